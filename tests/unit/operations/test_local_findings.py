"""What is found out on this machine: plugins to blame, files that are closed, missing modules, dead processes."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text

from presswerk.database import connect, migrate, newest_schema
from presswerk.declaration.tier import BackupPolicy
from presswerk.operations import local_targets
from presswerk.operations.checks import CHECKS, Outcome, Result, Target, ask
from presswerk.operations.checks.targets import (
    BackupTarget,
    DatabaseServerTarget,
    DatabaseTarget,
    InstallationTarget,
    MemoryTarget,
    ModulesTarget,
    PortTarget,
    ProcessTarget,
    QuotaTarget,
    RightsTarget,
    ServerState,
    SupervisorTarget,
)
from presswerk.operations.doctor.evidence import evidence
from presswerk.operations.local_targets import targets_at
from presswerk.operations.plugins import NoSuchPlugin, culprit, take_away
from presswerk.publishing.tables import publications
from presswerk.runtimes.local.installation import Installation, NoSuchInstallation
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.processes import stands_still, zombies_of
from presswerk.runtimes.local.supervisor_config import log_file
from presswerk.tenants.backups import Backup, BackupRecords
from tests.support.waiting import until


def look(check: str, target: Target) -> Result:
    return ask([entry for entry in CHECKS if entry.id == check], [target])[0]


def php_log(layout: Layout, *lines: str, ago: dt.timedelta = dt.timedelta(0)) -> None:
    layout.logs.mkdir(parents=True, exist_ok=True)
    written = f"{dt.datetime.now() - ago:%d-%b-%Y %H:%M:%S}"  # noqa: DTZ005  as PHP-FPM writes it
    log_file(layout, "php").write_text("".join(f"[{written}] {line}\n" for line in lines), encoding="utf-8")


def fatal(tenant: str, path: str) -> str:
    said = f"PHP Fatal error:  Uncaught Error: Call to undefined function x() in {path}:3"
    return f'WARNING: [pool {tenant}@12] child 7 said into stderr: "NOTICE: PHP message: {said}"'


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/state/sites/acme/content/plugins/bad-one/bad.php", "bad-one"),
        ("/state/sites/acme/content/plugins/single.php", "single.php"),
        ("/state/sites/acme/content/mu-plugins/0-fault.php", "0-fault.php"),
        ("/state/sites/acme/content/mu-plugins/presswerk-connector.php", None),
        ("/state/sites/acme/content/themes/theme/functions.php", None),
    ],
)
def test_the_plugin_that_php_stumbled_over_is_named(tmp_path: Path, path: str, named: str | None) -> None:
    layout = Layout(tmp_path)
    theirs = "/state/sites/other/content/plugins/theirs/a.php"
    for tenant, each in (("other", theirs), ("acme", path)):
        file = layout.site(tenant) / "content" / each.partition("/content/")[2]
        file.parent.mkdir(parents=True)
        file.touch()
    php_log(layout, fatal("other", theirs), fatal("acme", path))

    assert culprit(layout, "acme") == named
    assert culprit(layout, "other") == "theirs"


def test_a_plugin_that_was_taken_away_is_not_to_blame_any_more(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    stays = layout.site("acme") / "content" / "plugins" / "stays"
    stays.mkdir(parents=True)
    errors = [fatal("acme", f"/x/content/plugins/{name}/a.php") for name in ("stays", "gone")]

    php_log(layout, *errors)
    assert culprit(layout, "acme") == "stays"
    stays.rmdir()
    assert culprit(layout, "acme") is None


def test_what_php_stumbled_over_long_ago_is_not_to_blame_now(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (layout.site("acme") / "content" / "plugins" / "bad").mkdir(parents=True)
    php_log(layout, fatal("acme", "/x/content/plugins/bad/a.php"), ago=dt.timedelta(hours=1))

    assert culprit(layout, "acme") is None


def test_a_plugin_that_is_taken_away_is_kept_and_another_name_is_refused(tmp_path: Path) -> None:
    installation = Installation(Layout(tmp_path))
    plugins = installation.layout.site("acme") / "content" / "plugins"
    (plugins / "bad").mkdir(parents=True)
    (plugins / "bad" / "bad.php").write_text("<?php")

    kept = take_away(installation, "site-acme", "bad")

    assert (kept / "bad.php").read_text() == "<?php"
    assert not (plugins / "bad").exists()
    assert plugins not in kept.parents
    for name in ("bad", "..", "../plugins", "presswerk-connector.php", "a/b", ""):
        with pytest.raises(NoSuchPlugin):
            take_away(installation, "site-acme", name)


@pytest.mark.parametrize(("mode", "outcome"), [(0o600, Outcome.OK), (0o400, Outcome.FAILED), (0o060, Outcome.FAILED)])
def test_a_database_that_its_process_may_not_write_is_red_with_the_command(
    tmp_path: Path, mode: int, outcome: Outcome
) -> None:
    file = tmp_path / "hub.db"
    file.touch()
    file.chmod(mode)
    found = file.stat()
    # As an ordinary user has it: whoever runs as root may do everything.
    user, group = found.st_uid or 12345, found.st_gid or 12345
    if os.geteuid() == 0:
        os.chown(file, user, group)
        os.chown(tmp_path, user, group)
    closed = local_targets._closed_paths(tmp_path, user, group)

    result = look("rights", RightsTarget(service="hub", user=user, group=group, path=tmp_path, closed=lambda: closed))

    assert result.outcome is outcome, result
    assert outcome is Outcome.OK or f"chown --recursive {user}:{group} {tmp_path}" in result.remedy


def test_a_module_that_is_missing_is_named_with_what_brings_it_back(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.logs.mkdir()
    log_file(layout, "chat").write_text("Traceback ...\nModuleNotFoundError: No module named 'open_webui.main'\n")
    missing = local_targets._missing_module(layout, "chat")

    result = look("modules", ModulesTarget(service="chat", missing=lambda: missing, environment=tmp_path / "env"))
    ours = look("modules", ModulesTarget(service="hub", missing=lambda: "dateutil"))

    assert (result.outcome, ours.outcome) == (Outcome.FAILED, Outcome.FAILED)
    assert "open_webui.main" in result.seen
    assert f"rm --recursive {tmp_path / 'env'}" in result.remedy
    assert "pip install" in ours.remedy
    assert look("modules", ModulesTarget(service="hub", missing=lambda: None)).outcome is Outcome.OK


def test_children_that_have_ended_are_counted_until_their_parent_takes_note() -> None:
    leaves = "import os, sys\nfor _ in range(3):\n    os.fork() or os._exit(0)\nsys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", leaves], stdin=subprocess.PIPE) as parent:
        until(lambda: zombies_of({parent.pid}) == 3, lambda: zombies_of({parent.pid}))
        parent.communicate(timeout=60)

    assert zombies_of({parent.pid}) == 0


def test_a_process_that_a_signal_has_stopped_stands_still() -> None:
    import signal  # noqa: PLC0415

    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        os.kill(process.pid, signal.SIGSTOP)
        until(lambda: stands_still(process.pid))
        os.kill(process.pid, signal.SIGCONT)
        until(lambda: not stands_still(process.pid))
        process.kill()


@pytest.mark.parametrize(
    ("changes", "check", "outcome"),
    [
        ({"stands_still": True}, "process", Outcome.FAILED),
        ({"zombies": 11}, "zombies", Outcome.FAILED),
        ({"zombies": 10}, "zombies", Outcome.OK),
    ],
)
def test_a_process_that_stands_still_or_leaves_the_dead_is_red(
    changes: dict[str, int], check: str, outcome: Outcome
) -> None:
    process = ProcessTarget(service="hub", state="running", **changes)  # type: ignore[arg-type]

    assert look(check, process).outcome is outcome


@pytest.mark.parametrize(
    ("pid", "left", "outcome", "seen"),
    [(7, 0, Outcome.OK, "watches"), (None, 3, Outcome.FAILED, "outlived"), (None, 0, Outcome.FAILED, "Nothing runs")],
)
def test_a_supervisor_that_is_gone_is_red(pid: int | None, left: int, outcome: Outcome, seen: str) -> None:
    result = look("supervisor", SupervisorTarget(service="supervisor", pid=pid, services=5, left=left))

    assert result.outcome is outcome
    assert seen in result.seen
    assert outcome is Outcome.OK or result.command == "presswerk up"


def test_a_port_that_somebody_else_has_is_red_with_the_option_that_chooses_another() -> None:
    result = look("port", PortTarget(service="hub", port=8000, option="--hub-port", stranger=lambda: "nginx (7)"))

    assert result.outcome is Outcome.FAILED
    assert "8000 is taken by nginx (7)" in result.seen
    assert "presswerk up --hub-port PORT" in result.remedy


@pytest.mark.parametrize(("available", "outcome"), [(2000, Outcome.OK), (100, Outcome.FAILED)])
def test_a_machine_without_memory_is_red_and_says_who_has_it(available: int, outcome: Outcome) -> None:
    memory = MemoryTarget(service="memory", available_mib=available, total_mib=4000, largest=lambda: "hungry (9)")

    result = look("memory", memory)

    assert result.outcome is outcome
    assert outcome is Outcome.OK or "hungry (9)" in result.seen


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    found = connect(f"sqlite:///{tmp_path / 'hub.db'}")
    migrate(found)
    return found


@pytest.mark.parametrize(
    ("schema", "outcome", "remedy"),
    [(None, Outcome.OK, ""), ("0001", Outcome.FAILED, "presswerk up"), ("9999", Outcome.FAILED, "later version")],
)
def test_an_upgrade_that_is_half_done_or_undone_is_red(
    engine: Engine, schema: str | None, outcome: Outcome, remedy: str
) -> None:
    if schema is not None:
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :schema"), {"schema": schema})

    result = look("hub-schema", DatabaseTarget(service="hub", engine=engine, schema=newest_schema()))

    assert result.outcome is outcome, result
    assert remedy in f"{result.remedy} {result.seen}"


@pytest.mark.parametrize(("made", "outcome"), [(8, Outcome.OK), (9, Outcome.FAILED)])
def test_a_quota_near_its_end_is_a_warning(engine: Engine, made: int, outcome: Outcome) -> None:
    now = dt.datetime.now(dt.UTC)
    row = {
        "tenant": "acme", "state": "drafted", "revision": 1, "attempt": 1, "tries": 0, "title": "Bread",
        "target": "draft", "creator": {}, "source": {}, "created_at": now, "accepted_at": now, "updated_at": now,
        "warnings": [], "event_count": 0,
    }  # fmt: skip
    with engine.begin() as connection:
        for place in range(made):
            connection.execute(insert(publications).values(id=f"p{place}", **row))
        connection.execute(insert(publications).values(id="f", **{**row, "state": "failed"}))

    result = look("tenant-quota", QuotaTarget(service="site-acme", engine=engine, tenant="acme", articles=10))

    assert result.outcome is outcome, result
    assert f"{made} of 10" in result.seen


@pytest.mark.parametrize(
    ("hours", "proven", "problem", "made_days", "age", "proof"),
    [
        (None, None, None, 0, Outcome.OK, Outcome.OK),  # a new tenant
        (None, None, None, 3, Outcome.FAILED, Outcome.OK),
        (1, None, None, 3, Outcome.OK, Outcome.OK),
        (13, None, None, 3, Outcome.FAILED, Outcome.OK),
        (1, None, None, 90, Outcome.OK, Outcome.FAILED),
        (1, 1, None, 90, Outcome.OK, Outcome.OK),
        (1, 1, "A part of the table wp_posts is missing.", 3, Outcome.OK, Outcome.FAILED),
        (1, 15, None, 90, Outcome.OK, Outcome.FAILED),
    ],
)
def test_a_backup_that_is_too_old_or_not_proven_is_a_warning(
    engine: Engine,
    *,
    hours: int | None,
    proven: int | None,
    problem: str | None,
    made_days: int,
    age: Outcome,
    proof: Outcome,
) -> None:
    now = dt.datetime.now(dt.UTC)
    if hours is not None:
        at = None if proven is None else now - dt.timedelta(days=proven)
        taken = now - dt.timedelta(hours=hours)
        BackupRecords(engine).add(Backup("acme", "0" * 64, taken, "schedule", 1, 1, 1, 1, "0" * 64, at, 1.0, problem))
    policy = BackupPolicy(every_hours=6, prove_every_days=7)
    made = now - dt.timedelta(days=made_days)
    target = BackupTarget(service="site-acme", engine=engine, tenant="acme", made_at=made, policy=policy)

    assert [look(check, target).outcome for check in ("backup-age", "backup-proof")] == [age, proof]


@pytest.mark.parametrize(
    ("state", "check", "outcome"),
    [
        (ServerState(False, 5, 200), "database-server", Outcome.OK),
        (ServerState(True, 5, 200), "database-server", Outcome.FAILED),
        (ServerState(False, 179, 200), "database-connections", Outcome.OK),
        (ServerState(False, 180, 200), "database-connections", Outcome.FAILED),
    ],
)
def test_a_database_server_that_takes_nothing_or_nobody_is_red(
    state: ServerState, check: str, outcome: Outcome
) -> None:
    result = look(check, DatabaseServerTarget(service="mariadb", state=lambda: state))

    assert result.outcome is outcome
    assert outcome is Outcome.OK or result.command == "presswerk restart mariadb"


def test_an_installation_that_is_damaged_is_told_with_the_rest_and_none_is_none(tmp_path: Path) -> None:
    with pytest.raises(NoSuchInstallation):
        targets_at(tmp_path)
    (tmp_path / "installation.json").write_text("{")

    results = ask(CHECKS, targets_at(tmp_path))

    red = [result for result in results if result.outcome is Outcome.FAILED]
    assert [result.check for result in red] == ["installation"]
    assert "damaged" in red[0].seen
    assert {"disk", "memory"} <= {result.service for result in results}


def test_whoever_may_not_read_it_is_told_which_checks_need_more_rights() -> None:
    closed = InstallationTarget(service="installation", closed_to="press", out_of_reach=("hub-ready", "site-page"))

    result = look("installation", closed)

    assert result.outcome is Outcome.UNKNOWN
    assert "sudo -u press presswerk status" in result.seen
    assert "hub-ready, site-page" in result.seen


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read it")
def test_an_ordinary_user_is_told_of_the_machine(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o711)
    (state / "installation.json").write_text("{}")
    (state / "installation.json").chmod(0o600)
    program = (
        "import codecs, os, sys\n"
        "from pathlib import Path\n"
        "from presswerk.operations.local_targets import targets_at\n"
        "codecs.lookup('ascii')\n"
        "os.seteuid(65534)\n"
        "print(sorted(target.service for target in targets_at(Path(sys.argv[1]))))"
    )
    for directory in (tmp_path, *tmp_path.parents):
        if directory.stat().st_uid == os.geteuid() and not directory.stat().st_mode & 0o001:
            directory.chmod(directory.stat().st_mode | 0o011)

    done = subprocess.run(
        [sys.executable, "-c", program, str(state)], capture_output=True, text=True, check=False, timeout=120
    )

    assert done.stdout.strip() == "['disk', 'installation', 'memory']", done.stderr


def test_evidence_is_the_lines_that_tell_and_no_others(tmp_path: Path) -> None:
    installation = Installation(Layout(tmp_path))
    installation.layout.logs.mkdir()
    log_file(installation.layout, "hub").write_text(
        '{"event": "started", "logger": "uvicorn.error", "level": "info"}\n'
        '{"event": "disk is full", "level": "error"}\n'
        "OSError: [Errno 28] No space left on device\n"
    )
    hub = look("hub-database", DatabaseTarget(service="hub", engine=None, missing="It is missing."))

    lines = evidence(installation, hub)

    assert [line.partition(": ")[0] for line in lines] == ["hub.log", "hub.log"]
    assert "disk is full" in lines[0]
    assert "No space left" in lines[1]
