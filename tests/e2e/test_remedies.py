"""What mends a fault is run as it is printed, and everything is green again."""

import json
import os
import shlex
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from presswerk.operations.checks import Outcome
from presswerk.operations.doctor import diagnose
from presswerk.runtimes.local.processes import marked_processes
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import state_mark
from tests.e2e.test_faults import answers_of
from tests.support.drill import DRILL
from tests.support.platform import RunningPlatform
from tests.support.waiting import until

pytestmark = pytest.mark.e2e

Fault = Callable[[RunningPlatform], None]


def not_green(platform: RunningPlatform) -> list[str]:
    return [f"{each.id}: {each.seen}" for each in answers_of(platform) if each.outcome is not Outcome.OK]


def command(platform: RunningPlatform, printed: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Run what is printed, on this platform."""
    program, *arguments = shlex.split(printed)
    assert program == "presswerk"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWERK_")}
    return subprocess.run(
        [sys.executable, "-m", "presswerk.cli", *arguments, *more, "--state-dir", str(platform.layout.state)],
        capture_output=True, text=True, check=False, env=environment, timeout=540,
    )  # fmt: skip


def stays_ended(service: str) -> Fault:
    """A service's process is stopped at its supervisor, and nobody starts it again."""

    def fault(platform: RunningPlatform) -> None:
        client = Supervision(platform.layout)._client()
        client._call(client._proxy.supervisor.stopProcessGroup, service)

    return fault


def stands_still(service: str) -> Fault:
    def fault(platform: RunningPlatform) -> None:
        for each in marked_processes(state_mark(platform.layout)):
            if each.service == service:
                os.kill(each.pid, signal.SIGSTOP)

    return fault


def broken_plugin(platform: RunningPlatform) -> None:
    plugin = platform.layout.site("acme") / "content" / "mu-plugins" / f"0-broken-{uuid.uuid4().hex}.php"
    plugin.write_text("<?php call_to_nothing();", encoding="utf-8")


def connector_gone(platform: RunningPlatform) -> None:
    (platform.layout.site("acme") / "content/mu-plugins/presswerk-connector.php").unlink()


def supervisor_killed(platform: RunningPlatform) -> None:
    pid = Supervision(platform.layout).pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: Supervision(platform.layout).pid() is None)


def launch_file_gone_wrong(platform: RunningPlatform) -> None:
    """The hub is told of another provider, and started so."""
    from presswerk.runtimes.local.supervisor_config import launch_file  # noqa: PLC0415

    file = launch_file(platform.layout, "hub")
    described = json.loads(file.read_text(encoding="utf-8"))
    described["environment"]["PRESSWERK_OIDC_ISSUER"] = "http://localhost:1"
    file.write_text(json.dumps(described), encoding="utf-8")
    supervision = Supervision(platform.layout)
    supervision.restart("hub")
    supervision.wait_ready([each for each in supervision.declared() if each.name == "hub"])


FAULTS: dict[str, tuple[Fault, str, str]] = {
    # what is done, the root cause that is named, the command that is printed
    "PHP ended": (stays_ended("php"), "process@php", "presswerk restart php"),
    "plugin breaks the site": (broken_plugin, "site-page@site-acme", "presswerk repair plugin site-acme 0-broken-"),
    "web server ended": (stays_ended("web"), "process@web", "presswerk restart web"),
    "hub stands still": (stands_still("hub"), "process@hub", "presswerk restart hub"),
    "PHP stands still": (stands_still("php"), "process@php", "presswerk restart php"),
    "identity ended": (stays_ended("identity"), "process@identity", "presswerk restart identity"),
    "chat ended": (stays_ended("chat"), "process@chat", "presswerk restart chat"),
    "stand-in ended": (stays_ended("ai-stand-in"), "process@ai-stand-in", "presswerk restart ai-stand-in"),
    "connector gone": (connector_gone, "site-rest@site-acme", "presswerk up"),
    "hub trusts another": (launch_file_gone_wrong, "hub-issuer@hub", "presswerk up"),
    "supervisor killed": (supervisor_killed, "supervisor@supervisor", "presswerk up"),
}
SAMPLE = ("PHP ended", "plugin breaks the site")


@pytest.fixture(scope="module", autouse=True)
def _carried_out(platform: RunningPlatform) -> None:
    """What tests of other files asked for last may be under way still."""
    until(lambda: not not_green(platform), lambda: not_green(platform), every_seconds=2)


@pytest.mark.parametrize("name", FAULTS if DRILL else SAMPLE)
def test_the_root_cause_is_named_and_what_is_printed_mends_it(platform: RunningPlatform, name: str) -> None:
    inject, cause, printed = FAULTS[name]
    inject(platform)

    found = diagnose(answers_of(platform))
    told = found[0].cause
    done = command(platform, told.command)

    assert (told.id, told.command.startswith(printed)) == (cause, True), found
    assert done.returncode == 0, done.stdout + done.stderr
    until(lambda: not not_green(platform), lambda: not_green(platform), every_seconds=2)


def test_doctor_names_shows_and_mends_two_faults_at_once(platform: RunningPlatform) -> None:
    stays_ended("ai-stand-in")(platform)
    broken_plugin(platform)

    named = command(platform, "presswerk doctor", "--json")
    shown = command(platform, "presswerk doctor --fix --dry-run")
    still_red = not_green(platform)
    mended = command(platform, "presswerk doctor --fix", "--json")

    found = {each["id"]: each for each in json.loads(named.stdout)["findings"]}
    assert named.returncode == 1
    assert set(found) == {"process@ai-stand-in", "site-page@site-acme"}
    assert any("call_to_nothing" in line for line in found["site-page@site-acme"]["evidence"]), found
    assert shown.stdout.count("Would run") == 2
    assert still_red, "what is only shown changes nothing"
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert json.loads(mended.stdout)["findings"] == []
    assert (Path(platform.layout.site("acme")) / "content" / "plugins-away").is_dir()
