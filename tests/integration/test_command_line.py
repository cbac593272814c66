"""`presswerk up`, `status` and `down` as a person runs them, with the whole platform behind them."""

import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from presswerk.openwebui.session import sign_in
from presswerk.runtimes.local.installation import remembered
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.login import access_token, provider_login
from presswerk.runtimes.local.processes import MarkedProcess, marked_processes
from presswerk.runtimes.local.secrets import Secrets, person_password
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import log_file, state_mark
from tests.support.process import free_ports
from tests.support.processes import visible_command_lines
from tests.support.waiting import until

pytestmark = pytest.mark.integration

PROCESSES = {"identity", "ai-stand-in", "php", "web", "cron", "hub", "chat"}
SERVICES = {"supervisor", "memory", *PROCESSES, "site-acme", "site-nordlicht", "disk", "clock"}


@dataclass(frozen=True)
class CommandLine:
    """Runs `presswerk` on one state directory."""

    state: Path
    ports: Sequence[str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        # A key in the environment of whoever runs the tests would replace the stand-in.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWERK_")}
        return subprocess.run(
            [sys.executable, "-m", "presswerk.cli", *arguments, "--state-dir", str(self.state)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self) -> dict[str, Any]:
        done = self.run("up", "--json", *self.ports)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def pids(self) -> dict[str, int | None]:
        """Of what the supervisor runs."""
        return {each.name: each.pid for each in Supervision(Layout(self.state)).status()}

    def status_once_healthy(self) -> dict[str, dict[str, Any]]:
        """A check has seconds, which a machine that is busy with other tests may not have at once."""
        seen: list[dict[str, dict[str, Any]]] = []

        def healthy() -> bool:
            seen.append(self.status())
            return all(row["healthy"] for row in seen[-1].values())

        until(healthy, lambda: seen[-1])
        return seen[-1]

    def status(self) -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in json.loads(self.run("status", "--json").stdout)["services"]}


@pytest.fixture(scope="module")
def presswerk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    first = free_ports(6)
    names = ("--hub-port", "--chat-port", "--identity-port", "--ai-port", "--first-site-port")
    ports = [part for name, port in zip(names, range(first, first + 5), strict=True) for part in (name, str(port))]
    command_line = CommandLine(tmp_path_factory.mktemp("state") / "state", ports)
    try:
        command_line.up()
        yield command_line
    finally:
        command_line.run("down", "--purge", "--yes")


def password(presswerk: CommandLine, user_name: str) -> str:
    return Secrets.open(remembered(presswerk.state).layout).get(person_password(user_name))


def processes_of(presswerk: CommandLine) -> tuple[MarkedProcess, ...]:
    return marked_processes(state_mark(Layout(presswerk.state)))


def test_everything_runs_and_is_healthy(presswerk: CommandLine) -> None:
    status = presswerk.status_once_healthy()

    assert set(status) == SERVICES
    assert {check["outcome"] for row in status.values() for check in row["checks"]} == {"ok"}


def test_a_line_a_service_fits_80_columns_with_its_address_and_without_its_log(presswerk: CommandLine) -> None:
    done = presswerk.run("status")

    *lines, summary = done.stdout.splitlines()
    assert done.returncode == 0
    assert {line.split()[1] for line in lines} == SERVICES
    assert all(line.startswith("ok   ") and len(line) <= 80 and ".log" not in line for line in lines)
    assert any("http://acme.localhost:" in line for line in lines)
    assert summary.startswith(f"All {len(SERVICES)} services work.")


def test_the_list_of_tenants_says_of_a_site_what_the_status_says(presswerk: CommandLine) -> None:
    broken = Layout(presswerk.state).site("acme") / "content" / "mu-plugins" / "0-broken.php"
    broken.write_text("<?php if ( '/' === strtok( $_SERVER['REQUEST_URI'], '?' ) ) { exit; }")
    try:
        listed = json.loads(presswerk.run("tenant", "list", "--json").stdout)["tenants"]
        told = presswerk.run("tenant", "list")
        status = presswerk.run("status")
    finally:
        broken.unlink()

    assert {row["id"]: row["works"] for row in listed} == {"acme": False, "nordlicht": True}
    assert "The front page is empty" in told.stdout
    assert "The front page is empty" in status.stdout
    assert (status.returncode, status.stdout.split()[:2]) == (1, ["FAIL", "site-acme"])


def test_logs_show_the_end_hide_secrets_and_suggest_names(presswerk: CommandLine) -> None:
    layout = remembered(presswerk.state).layout
    secret = Secrets.open(layout).get("encryption-key")
    path = log_file(layout, "php")
    before = path.stat().st_size
    of = "WARNING: [pool {}@0123456789ab] child 1 said into stderr: "
    with path.open("a", encoding="utf-8") as log:
        log.write("".join(f"{of.format('acme')}line {number}\n" for number in range(30)))
        log.write(f"{of.format('acme')}with {secret} in it\n{of.format('nordlicht')}another's\n")
    try:
        named = presswerk.run("logs")
        last = presswerk.run("logs", "site-acme", "--lines", "2")
        of_tenant = presswerk.run("logs", "acme", "-n", "1")
        misspelled = presswerk.run("logs", "site-acem")
    finally:
        os.truncate(path, before)

    assert SERVICES - {"disk", "memory", "clock"} <= set(named.stdout.split())
    assert [line.partition("stderr: ")[2] for line in last.stdout.splitlines()] == ["line 29", "with *** in it"]
    assert of_tenant.stdout == last.stdout.splitlines(keepends=True)[-1]
    assert (misspelled.returncode, "Did you mean site-acme?" in misspelled.stderr) == (1, True)


def test_logs_follow_until_a_person_ends_it(presswerk: CommandLine) -> None:
    path = log_file(remembered(presswerk.state).layout, "hub")
    command = [
        sys.executable,
        "-m",
        "presswerk.cli",
        "logs",
        "hub",
        "-n",
        "0",
        "-f",
        "--state-dir",
        str(presswerk.state),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert following.stderr is not None
        for _ in range(600):
            with path.open("a", encoding="utf-8") as log:
                log.write("a new line\n")
            if select.select([following.stdout], [], [], 0.1)[0]:
                break
        first = following.stdout.readline()
        following.send_signal(signal.SIGINT)
        said = following.stderr.read()

    assert first == "a new line\n"
    assert following.returncode == 130
    assert "Stopped.\nThe service runs on." in said


def test_a_service_is_restarted_alone(presswerk: CommandLine) -> None:
    before = presswerk.pids()

    done = presswerk.run("restart", "ai-stand-in", "--json")
    unknown = presswerk.run("restart", "ai-standin")

    after = presswerk.pids()
    assert json.loads(done.stdout) == {"name": "ai-stand-in", "restarted": True}
    assert presswerk.status()["ai-stand-in"]["restarts"] == 0, "on purpose is no crash"
    assert {name for name in PROCESSES if after[name] != before[name]} == {"ai-stand-in"}
    assert "Did you mean ai-stand-in?" in unknown.stderr


def test_a_shell_completes_commands_options_and_services(presswerk: CommandLine) -> None:
    def completed(*words: str) -> set[str]:
        typed = ["presswerk", *words]
        environment = {
            **os.environ,
            "_PRESSWERK_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(typed),
            "COMP_CWORD": str(len(typed) - 1),
        }
        command = [str(Path(sys.executable).with_name("presswerk"))]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return set(done.stdout.split())

    assert completed("st") == {"status"}
    assert {"create", "list"} <= completed("tenant", "")
    assert "--follow" in completed("logs", "--fo")
    assert completed("logs", "--state-dir", str(presswerk.state), "site-a") == {"site-acme"}


def test_a_second_up_changes_nothing_and_needs_no_options(presswerk: CommandLine) -> None:
    before = presswerk.pids()

    done = presswerk.run("up", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changes"] == []
    assert presswerk.pids() == before


def test_one_login_opens_hub_and_chat(presswerk: CommandLine) -> None:
    layout = remembered(presswerk.state).layout
    secret = password(presswerk, "frida")

    tokens = access_token(layout.identity_url, "frida", secret)
    answer = httpx.get(f"{layout.hub_url}/api/v1/sites", headers={"Authorization": f"Bearer {tokens.access_token}"})

    assert [site["tenant"] for site in answer.json()["items"]] == ["acme", "nordlicht"]
    assert sign_in(layout.chat_url, provider_login("frida", secret))


def test_a_killed_service_comes_back_and_passwords_are_not_printed_again(presswerk: CommandLine) -> None:
    before, secret = presswerk.pids()["ai-stand-in"], password(presswerk, "acme-author")
    assert before is not None

    os.kill(before, signal.SIGKILL)
    done = presswerk.run("up")
    after = presswerk.status_once_healthy()["ai-stand-in"]
    asked = presswerk.run("logins")

    assert done.returncode == 0, done.stderr
    assert after["pid"] != before
    assert after["restarts"] == 1
    assert "SIGKILL" in after["last_exit"]
    assert secret not in done.stdout
    assert "logins" in done.stdout
    assert secret in asked.stdout


def test_a_person_who_ends_a_command_is_told_what_still_runs_and_how_to_go_on(tmp_path: Path) -> None:
    other = CommandLine(tmp_path / "other", ())
    first = free_ports(5)
    names = ("--hub-port", "--chat-port", "--identity-port", "--ai-port", "--first-site-port")
    ports = [part for name, port in zip(names, range(first, first + 5), strict=True) for part in (name, str(port))]
    command = [sys.executable, "-m", "presswerk.cli", "up", *ports, "--state-dir", str(other.state)]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as starting:
            assert starting.stdout is not None
            assert starting.stderr is not None
            starting.stdout.readline()
            starting.send_signal(signal.SIGINT)
            said = starting.stderr.read()
    finally:
        other.run("down", "--purge", "--yes")

    assert starting.returncode == 130, said
    assert "Stopped.\nWhat was started runs on." in said
    assert f"up --state-dir {other.state}` goes on from here" in said
    assert "Traceback" not in said


def test_a_port_in_use_is_told_with_its_holder_and_what_to_set(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        done = CommandLine(tmp_path / "other", ()).run("up", "--hub-port", str(port))

    assert done.returncode == 1
    assert f"Port {port}, for the hub, is in use by process {os.getpid()}" in done.stderr
    assert "--hub-port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_declaration_is_told_with_its_place(tmp_path: Path) -> None:
    declaration = tmp_path / "platform.yaml"
    declaration.write_text("tenants:\n  - id: Not Allowed\n    name: A\n")

    done = CommandLine(tmp_path / "other", ()).run("up", "--config", str(declaration))

    assert done.returncode == 1
    assert f"{declaration}:2: tenants.0.id" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "other" / "secrets.json").exists()


def test_no_secret_is_in_a_log_or_a_process_list(presswerk: CommandLine) -> None:
    layout = remembered(presswerk.state).layout
    shown = "\n".join(visible_command_lines().values())
    files = [path for folder in (layout.logs, layout.run) for path in folder.rglob("*") if path.is_file()]
    texts = {path: path.read_text(errors="replace") for path in files}

    assert any(texts.values())
    for secret in Secrets.open(layout).all_values():
        assert secret not in shown
        assert [path.name for path, text in texts.items() if secret in text] == []


def test_every_file_belongs_to_its_owner_alone(presswerk: CommandLine) -> None:
    open_to_others = [
        path
        for path in presswerk.state.rglob("*")
        if path.is_file() and not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]

    assert stat.S_IMODE(presswerk.state.stat().st_mode) == 0o700
    assert open_to_others == []


def test_a_tenant_that_is_declared_no_longer_closes_and_may_return(presswerk: CommandLine, tmp_path: Path) -> None:
    declaration = tmp_path / "platform.yaml"
    acme = {"id": "acme", "name": "Acme News"}
    nordlicht = {"id": "nordlicht", "name": "Verlag Nordlicht"}

    def up_with(*tenants: dict[str, str]) -> list[str]:
        declaration.write_text(json.dumps({"tenants": tenants}))  # YAML takes JSON
        done = presswerk.run("up", "--json", "--config", str(declaration))
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout)["changes"])

    before = presswerk.pids()
    port = remembered(presswerk.state).layout.ports.first_site
    acmes = f"http://127.0.0.1:{port}/"
    gone = up_with(nordlicht)
    closed = httpx.get(acmes, trust_env=False)
    german = httpx.get(acmes, headers={"Accept-Language": "de-CH,en;q=0.5"}, trust_env=False)
    without = presswerk.pids()
    back = up_with(nordlicht, acme)
    opened = httpx.get(acmes, headers={"Host": f"acme.localhost:{port}"}, trust_env=False)

    assert {"service php: reloaded", "service web: reloaded"} <= set(gone)
    assert "tenant acme: suspended, because it is no longer declared" in gone
    assert (closed.status_code, "closed for now" in closed.text) == (503, True)
    assert "vorübergehend geschlossen" in german.text
    assert [without[name] for name in ("php", "web")] == [before[name] for name in ("php", "web")]
    assert {"service php: reloaded", "service web: reloaded", "tenant acme: resumed"} <= set(back)
    assert opened.status_code == 200


def test_down_leaves_no_process_and_up_finds_its_data_again(presswerk: CommandLine) -> None:
    before = password(presswerk, "acme-author")
    assert len(processes_of(presswerk)) > len(PROCESSES)

    done = presswerk.run("down")
    left = processes_of(presswerk)
    unhealthy = presswerk.run("status")
    presswerk.up()

    assert done.returncode == 0, done.stderr
    assert left == ()
    assert unhealthy.returncode == 1
    assert set(presswerk.status_once_healthy()) == SERVICES
    assert password(presswerk, "acme-author") == before


def test_purge_asks_first_and_leaves_nothing(presswerk: CommandLine) -> None:
    refused = presswerk.run("down", "--purge")
    still_there = presswerk.state.exists()

    purged = presswerk.run("down", "--purge", "--yes")
    again = presswerk.run("down", "--purge", "--yes")

    assert (refused.returncode, still_there) == (2, True)
    assert (purged.returncode, presswerk.state.exists()) == (0, False)
    assert processes_of(presswerk) == ()
    assert again.returncode == 0
