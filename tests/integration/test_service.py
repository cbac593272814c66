"""The systemd unit: what systemd itself says of it, and its commands killed and started anew as systemd would."""

import configparser
import json
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from presswerk.cli import service
from presswerk.errors import PresswerkError
from presswerk.runtimes.local import systemd
from presswerk.runtimes.local.exposure import UnsafeOnTheInternet
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.supervisor_config import launch_file, launch_text
from presswerk.runtimes.local.systemd import Unit

ME = pwd.getpwuid(os.geteuid()).pw_name
NOBODY = 65_534
PLATFORM = """
tenants: [{id: acme, name: Acme}]
people: [{user_name: olga, given_name: Olga, family_name: Ops, email: olga@press.example, operator: true}]
"""
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


@pytest.fixture(autouse=True)
def no_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs this machine is left alone."""
    monkeypatch.setattr(systemd, "is_in_charge", lambda: False)


@pytest.fixture
def declaration(tmp_path: Path) -> Path:
    file = tmp_path / "platform.yaml"
    file.write_text(PLATFORM)
    return file


def install(tmp_path: Path, declaration: Path, *more: str) -> Path:
    arguments = ["install", "--config", str(declaration), "--state-dir", str(tmp_path / "state"), "--user", ME]
    directory = tmp_path / "units"
    told = CliRunner().invoke(
        service.app, [*arguments, "--unit-directory", str(directory), *more], catch_exceptions=False
    )
    assert told.exit_code == 0, told.output
    return directory / systemd.UNIT


def read(unit: Path) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parsed.optionxform = str  # type: ignore[assignment,method-assign]  # names of systemd have capitals
    parsed.read(unit)
    return parsed


@needs_systemd
@pytest.mark.parametrize("directory", ["plain", "with a space", 'with "quotes", $HOME and 50%'])
def test_systemd_takes_the_unit(tmp_path: Path, directory: str) -> None:
    place = tmp_path / directory
    place.mkdir()
    declaration = place / "platform.yaml"
    declaration.write_text(PLATFORM)

    unit = install(place, declaration)

    # Beside its own name it needs nothing of the machine it is looked at on.
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    about_ours = [line for line in (done.stdout + done.stderr).splitlines() if "presswerk" in line]
    assert (done.returncode, about_ours) == (0, [])


@needs_systemd
def test_systemd_calls_it_little_exposed(tmp_path: Path, declaration: Path) -> None:
    unit = install(tmp_path, declaration)

    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=40", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-2000:]


def test_it_starts_with_the_machine_comes_back_and_has_one_right(tmp_path: Path, declaration: Path) -> None:
    parsed = read(install(tmp_path, declaration))

    assert parsed["Install"]["WantedBy"] == "multi-user.target"
    assert parsed["Unit"]["After"] == "network-online.target"
    assert (parsed["Service"]["Restart"], parsed["Unit"]["StartLimitIntervalSec"]) == ("on-failure", "0")
    assert parsed["Service"]["User"] == ME
    assert {str(tmp_path / "state"), "/tmp"} <= set(parsed["Service"]["ReadWritePaths"].split())
    assert parsed["Service"]["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"


def test_memory_and_processes_are_bounded_and_one_that_takes_too_much_ends_alone(
    tmp_path: Path, declaration: Path
) -> None:
    told = read(install(tmp_path, declaration))["Service"]

    assert int(told["TasksMax"]) < 32_768
    assert 0 < int(told["MemoryHigh"].removesuffix("%")) < int(told["MemoryMax"].removesuffix("%")) < 100
    assert told["OOMPolicy"] == "continue"


@pytest.mark.parametrize(
    ("user", "rights"),
    [
        ("presswerk", {"CAP_NET_BIND_SERVICE"}),
        # Each tenant's PHP has a user of its own there.
        ("root", {"CAP_NET_BIND_SERVICE", "CAP_SETUID", "CAP_SETGID"}),
    ],
)
def test_an_ordinary_user_may_do_one_thing_more_than_others(tmp_path: Path, user: str, rights: set[str]) -> None:
    unit = tmp_path / systemd.UNIT
    unit.write_text(Unit(Path("/opt/p"), Path("/etc/p.yaml"), tmp_path, tmp_path / "cache", user, "/usr/bin").text())

    allowed = set(read(unit)["Service"]["CapabilityBoundingSet"].split())

    assert rights <= allowed
    assert user == "root" or rights == allowed


@pytest.fixture
def directory_of_nobody() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="presswerk-"))
    os.chown(directory, NOBODY, NOBODY)
    yield directory
    shutil.rmtree(directory)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give an ordinary user a right")
@pytest.mark.parametrize("keeps_rights", [True, False])
def test_the_entry_alone_keeps_the_units_right(directory_of_nobody: Path, keeps_rights: bool) -> None:
    """As systemd would start it: an ordinary user, who may listen at low ports and get no other right."""
    layout = Layout(directory_of_nobody)
    shown = ("/bin/cat", "/proc/self/status")
    service_of_it = Service("entry", shown, directory_of_nobody, keeps_rights=keeps_rights)
    file = launch_file(layout, "entry")
    for directory in (file.parent, layout.run / "starts"):
        directory.mkdir(parents=True)
        os.chown(directory, NOBODY, NOBODY)
    file.write_text(launch_text(layout, service_of_it))
    right = ["--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service", "--no-new-privs"]
    ordinary = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all,+net_bind_service"]

    done = subprocess.run(
        ["setpriv", *ordinary, *right, "--", sys.executable, "-m", "presswerk.runtimes.local.launch", str(file)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
    )

    status = dict(line.split(":\t", 1) for line in done.stdout.splitlines())
    listen_at_low_ports = 1 << 10  # linux/capability.h
    assert {int(status[kind], 16) for kind in ("CapPrm", "CapEff", "CapAmb")} == {
        listen_at_low_ports if keeps_rights else 0
    }, done.stderr
    assert int(status["CapBnd"], 16) == listen_at_low_ports


def test_a_second_time_changes_nothing_and_no_secret_is_in_it(
    tmp_path: Path, declaration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSWERK_AI_API_KEY", "a-very-secret-key")
    first = install(tmp_path, declaration).read_text()

    second = install(tmp_path, declaration).read_text()

    assert first == second
    assert "a-very-secret-key" not in first
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_what_its_user_may_not_read_is_told_before_anything_is_written(tmp_path: Path, declaration: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    declaration.chmod(0o600)

    with pytest.raises(PresswerkError, match=rf"{nobody.pw_name} may not read {declaration}"):
        service._see_that_it_is_read(declaration, nobody)


def test_what_is_unsafe_is_refused_before_it_is_installed(tmp_path: Path, declaration: Path) -> None:
    declaration.write_text(f"domain: press.test\n{PLATFORM}")

    with pytest.raises(UnsafeOnTheInternet):
        install(tmp_path, declaration)
    assert not (tmp_path / "units").exists()


def test_a_user_who_is_not_there(tmp_path: Path, declaration: Path) -> None:
    with pytest.raises(PresswerkError, match="There is no user nobody-has-this") as refused:
        install(tmp_path, declaration, "--user", "nobody-has-this")
    assert "adduser --system" in refused.value.remedy


def test_uninstalling_keeps_the_data(tmp_path: Path, declaration: Path) -> None:
    unit = install(tmp_path, declaration)
    arguments = ["uninstall", "--unit-directory", str(unit.parent), "--json"]

    first, second = (
        json.loads(CliRunner().invoke(service.app, arguments, catch_exceptions=False).output) for _ in range(2)
    )

    assert (first["removed"], second["removed"], unit.exists()) == (True, False, False)
    assert (tmp_path / "state").is_dir()


@pytest.mark.parametrize("installed", [True, False])
def test_status_says_whether_it_runs(tmp_path: Path, declaration: Path, installed: bool) -> None:
    if installed:
        install(tmp_path, declaration)

    told = CliRunner().invoke(
        service.app, ["status", "--unit-directory", str(tmp_path / "units")], catch_exceptions=False
    )

    assert told.exit_code == 1
    assert ("systemd does not run this machine" if installed else "presswerk service install") in told.output


def test_the_unit_names_what_up_and_down_write(tmp_path: Path) -> None:
    """The file by which systemd knows the supervisor is the supervisor's own."""
    unit = Unit(Path("/opt/presswerk"), Path("/etc/p.yaml"), tmp_path, tmp_path / "cache", ME, "/usr/bin")
    commands = {line.partition("=")[0]: line.partition("=")[2] for line in unit.text().splitlines() if "=" in line}

    assert commands["PIDFile"] == f"{tmp_path}/run/supervisord.pid"
    assert shlex.split(commands["ExecStart"])[1:3] == ["up", "--state-dir"]
    assert shlex.split(commands["ExecStop"])[1:] == ["down", "--state-dir", str(tmp_path)]
