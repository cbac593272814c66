"""One server on the internet: a network of its own, real certificates at 80 and 443, the unit's commands killed."""

import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from presswerk.runtimes.local.systemd import Unit

ROOT = Path(__file__).parents[2]
NAMES = ("hub.press.test", "chat.press.test", "id.press.test", "acme.press.test", "news.acme.test")
_UNSHARE = ["unshare", "--mount", "--net", *([] if os.geteuid() == 0 else ["--user", "--map-current-user"])]
can_have_a_network = pytest.mark.skipif(
    subprocess.run([*_UNSHARE, "ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode != 0,
    reason="only who may make a network namespace has ports 80 and 443, and names, of their own",
)


@can_have_a_network
def test_an_author_publishes_on_a_server_that_was_killed_on_the_way(tmp_path: Path) -> None:
    """It runs once more in a network of its own; what it found comes back as JSON."""
    found = tmp_path / "found.json"
    ran = subprocess.run(
        [*_UNSHARE, sys.executable, "-m", __name__, str(tmp_path), str(found)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    told = json.loads(found.read_text())

    assert told["unreached"] == []
    assert told["addresses"]["Site Acme News"] == "https://news.acme.test"
    assert told["proof"]["status"] == "draft"
    assert told["proof"]["edit_link"].startswith("https://news.acme.test/wp-admin/")
    # Twice: after the start that was killed half-way, and after the supervisor was.
    assert told["red"] == [[], []]
    assert told["changes_of_a_second_start"] == []
    assert told["exposed"] == ["*:443", "*:80"]
    assert told["left"] == []


def inside(directory: Path, found: Path) -> None:
    """What happens in that network, where every name of the platform leads to this machine."""
    # Imported here: outside, the test needs none of it.
    from tests.support.acme import running_authority  # noqa: PLC0415

    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    hosts = directory / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {' '.join(NAMES)}\n")
    subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)
    with running_authority(directory, http_port=80, https_port=443) as authority:
        declaration = directory / "platform.yaml"
        declaration.write_text(_declaration(authority.directory))
        unit = Unit(
            presswerk=Path(sys.executable).with_name("presswerk"),
            declaration=declaration,
            state=directory / "state",
            cache=Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))),
            user=pwd.getpwuid(os.geteuid()).pw_name,
            path=os.environ["PATH"],
            trusted=authority.authorities,
        )
        server = _Server(unit)
        try:
            found.write_text(json.dumps(_lived(server)))
        finally:
            server.run("ExecStop")


class _Server:
    """The unit's commands, run as systemd runs them: with the environment of the unit and nothing else."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        lines = unit.text().splitlines()
        self.commands = {line.partition("=")[0]: line.partition("=")[2].split() for line in lines if "Exec" in line}
        settings = (line.removeprefix("Environment=") for line in lines if line.startswith("Environment="))
        self.environment: Mapping[str, str] = dict(each.split("=", 1) for each in settings)

    def start(self, *more: str) -> "subprocess.Popen[str]":
        return self._begin([*self.commands["ExecStart"], *more])

    def run(self, what: str, *more: str) -> str:
        process = self._begin([*self.commands[what], *more])
        told, complained = process.communicate()
        assert process.returncode == 0, told + complained
        return told

    def asked(self, *words: str) -> dict[str, object]:
        command = [str(self.unit.presswerk), *words, "--state-dir", str(self.unit.state), "--json"]
        answered: dict[str, object] = json.loads(self._begin(command).communicate()[0])
        assert "error" not in answered, answered
        return answered

    def _begin(self, command: list[str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command,
            cwd=self.unit.declaration.parent,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def _lived(server: _Server) -> dict[str, object]:
    """A server's first day."""
    interrupted = server.start("--stand-in")
    assert interrupted.stdout is not None
    for line in interrupted.stdout:
        if "entry is ready" in line:
            break
    interrupted.kill()
    interrupted.communicate()
    report = json.loads(server.run("ExecStart", "--stand-in", "--json"))
    red = [_red(server)]
    walked = server.asked("demo")
    exposed = _exposed()

    supervisor = int((server.unit.state / "run" / "supervisord.pid").read_text())
    os.kill(supervisor, signal.SIGKILL)
    server.run("ExecStart")
    red.append(_red(server))
    again = json.loads(server.run("ExecStart", "--json"))
    server.run("ExecStop")
    return {
        "addresses": report["addresses"],
        "unreached": report["unreached"],
        "proof": walked["proof"],
        "red": red,
        "changes_of_a_second_start": again["changes"],
        "exposed": exposed,
        "left": [each for each in _listening() if "pebble" not in each],
    }


def _red(server: _Server) -> list[object]:
    services = server.asked("status")["services"]
    assert isinstance(services, list)
    return [each for each in services if not each["healthy"]]


def _exposed() -> list[str]:
    """What listens to others than this machine."""
    addresses = (line.split()[3] for line in _listening())
    return sorted(address for address in addresses if not address.startswith(("127.", "[::1]")))


def _listening() -> list[str]:
    listed = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def _declaration(authority: str) -> str:
    return f"""
domain: press.test
entry: {{certificate_authority: "{authority}", certificate_email: ops@press.test}}
tiers:
  free:
    database: sqlite
    features: [custom-domains]
    limits: {{cpu_millicores: 250, memory_mib: 256, storage_gib: 2, php_workers: 2,
              publications_per_month: 100, api_requests_per_day: 1000}}
    maximum: {{cpu_millicores: 500, memory_mib: 512, storage_gib: 5, php_workers: 4,
               publications_per_month: 200, api_requests_per_day: 5000}}
tenants:
  - {{id: acme, name: Acme News, domains: [news.acme.test]}}
people:
  - {{user_name: ann, given_name: Ann, family_name: Author, email: ann@press.test, memberships: {{acme: author}}}}
  - {{user_name: olga, given_name: Olga, family_name: Ops, email: olga@press.test, operator: true}}
"""


if __name__ == "__main__":
    inside(Path(sys.argv[1]), Path(sys.argv[2]))
