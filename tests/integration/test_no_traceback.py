"""Every command, given what is missing, damaged, full or not its own, ends with a sentence and never with a traceback.

The commands are read from the command line itself: one that is new is asked, too.
"""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from presswerk.cli import imported
from presswerk.cli.commands import COMMANDS
from presswerk.database import connect, migrate
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.secrets import Secrets
from tests.support.command import Ended, run
from tests.support.process import free_port
from tests.support.scripted_server import Scripted, scripted_server

pytestmark = pytest.mark.integration

# What a command is given where it must be given something; a name that is not here fails the test of the commands.
GIVEN = {
    "tenant_id": "acme",
    "tier": "pro",
    "user_name": "anna",
    "role": "author",
    "service": "hub",
    "tenant": "acme",
    "label": "test",
    "key_id": "abcdefgh",
    "file": "article.md",
    "publication": "01a22533-a506-72da-8b09-3b157aeabba8",
    "state_bucket": "bucket",
    "output_name": "name",
    "lock_id": "lock",
    "site": "site-acme",
    "name": "hello",
    "snapshots": "0123abcd",
}
# They serve until they are told to end; what they are told wrongly is tested where they are.
SERVING = {"hub serve", "operator run"}


def commands() -> Iterator[tuple[str, Any]]:
    for name in COMMANDS:
        yield from _leaves(name, imported(name))


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, each in inner.items():
        yield from _leaves(f"{path} {name}", each)


ALL = dict(commands())


def names(command: str) -> set[str]:
    return {parameter.name for parameter in ALL[command].params}


OF_AN_INSTALLATION = [each for each in ALL if "state_dir" in names(each)]
OF_A_HUB = [each for each in ALL if "hub" in names(each)]
OF_A_DECLARATION = [each for each in ALL if "config" in names(each) and each not in {"up"}] + [
    "config check",
    "config show",
]


def required(command: str) -> list[str]:
    given: list[str] = []
    for parameter in ALL[command].params:
        if parameter.required:
            value = GIVEN[parameter.name]
            given += [value] if type(parameter).__name__ == "TyperArgument" else [parameter.opts[0], value]
    return given


def explained(ended: Ended) -> None:
    assert ended.status in {1, 2, 3, 4}, ended
    assert "Traceback" not in ended.out + ended.err, ended
    assert "defect" not in ended.out + ended.err, ended
    assert ended.out.strip() or ended.err.strip(), "it ends without a word"


def test_whatever_a_command_must_be_given_is_known_here() -> None:
    needed = {each.name for command in ALL.values() for each in command.params if each.required}

    assert needed <= set(GIVEN)
    assert {"up", "status", "tenant create", "publish", "config check", "deploy"} <= set(ALL)


NO_PLACES: dict[str, Callable[[Path], Path]] = {
    "below /proc": lambda _: Path("/proc/x"),
    "/proc": lambda _: Path("/proc"),
    "a device": lambda _: Path("/dev/null"),
    "a file": lambda at: _touched(at / "file"),
    "below a file": lambda at: _touched(at / "file") / "state",
    "a loop of links": lambda at: _loop(at / "loop"),
    "too long a name": lambda at: at / ("x" * 300),
    "a name of two lines": lambda at: at / "two\nlines",
}


def _touched(path: Path) -> Path:
    path.touch()
    return path


def _loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


@pytest.mark.parametrize("place", NO_PLACES)
@pytest.mark.parametrize("command", OF_AN_INSTALLATION)
def test_a_place_where_no_state_can_be_is_named(command: str, place: str, tmp_path: Path) -> None:
    state = NO_PLACES[place](tmp_path)

    ended = run(*command.split(), *required(command), "--state-dir", str(state))

    if command == "down":  # what is not there need not be stopped
        assert "Traceback" not in ended.out + ended.err
        return
    explained(ended)
    assert state.name[:80] in ended.err or "of one line" in ended.err


def installation(state: Path) -> Layout:
    """One that was made once and does not run, with a tenant."""
    first = free_port()
    ports = Ports(hub=first, chat=free_port(), identity=free_port(), ai_stand_in=free_port(), first_site=free_port())
    layout = Layout(state, ports)
    (layout.hub).mkdir(parents=True)
    Installation(layout, demonstrated=True).remember()
    Secrets.open(layout).get("encryption-key")
    (layout.environment_files).mkdir()
    engine = connect(f"sqlite:///{layout.hub / 'hub.db'}")
    migrate(engine)
    engine.dispose()
    return layout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("made") / "state"
    installation(state)
    return state


DAMAGES: dict[str, bytes | None] = {
    "empty": b"",
    "cut short": b'{"ports": {"hub": 1',
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "no field": b"{}",
    "wrong kinds": b'{"ports": 5, "declaration": 5, "places": 5, "command": 5, "environment": 5}',
    "binary": bytes(random.Random(1).randbytes(2000)),
    "deep": b"[" * 100_000,
    "a directory": None,
}
STATE_FILES = ("installation.json", "secrets.json", "env/hub.json", "hub/hub.db")


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", STATE_FILES)
def test_a_damaged_file_of_the_state_is_named_by_every_command(
    file: str, damage: str, made: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    shutil.copytree(made, state)
    content = DAMAGES[damage]
    (state / file).unlink(missing_ok=True)
    if content is None:
        (state / file).mkdir()
    else:
        (state / file).write_bytes(content)
    for command in OF_AN_INSTALLATION:
        if command in {"up", "demo"} and _is_new(file, content):
            continue
        for as_json in ([], ["--json"]) if "json_output" in names(command) else ([],):
            ended = run(*command.split(), *required(command), "--state-dir", str(state), *as_json)
            assert "Traceback" not in ended.out + ended.err, (command, ended)
            assert "defect" not in ended.out + ended.err, (command, ended)
            if command in {"up", "demo", "tenant create"}:
                assert ended.status != 0, (command, ended)
            if as_json:
                json.loads(ended.out)


def _is_new(file: str, content: bytes | None) -> bool:
    """Whether it is that of a new installation, which would be started; so is a database of less than a page."""
    least = 512
    short = content is not None and len(content) < least
    return (file == "hub/hub.db" and short) or (file == "secrets.json" and content == b"{}")


def _full(state: Path) -> None:
    filler = os.open(state / "filler", os.O_WRONLY | os.O_CREAT)
    for size in (65_536, 4096, 512, 1):
        with contextlib.suppress(OSError):
            while os.write(filler, b"x" * size):
                pass
    os.close(filler)


@pytest.fixture
def full_disk(made: Path, tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("only who may mount a file system can fill a real one")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(disk)], check=True)
    try:
        shutil.copytree(made, disk / "state")
        _full(disk / "state")
        yield disk / "state"
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_told_by_every_command_that_needs_room(full_disk: Path) -> None:
    told: dict[str, Ended] = {}
    for command in OF_AN_INSTALLATION:
        told[command] = run(*command.split(), *required(command), *_fields(command), "--state-dir", str(full_disk))
    state_home = {"XDG_STATE_HOME": str(full_disk)}
    with scripted_server() as server:
        for command in OF_A_HUB:
            told[f"{command} --hub"] = run(
                *command.split(), *required(command), "--hub", server.url, environment=state_home
            )

    for command, ended in told.items():
        assert "Traceback" not in ended.out + ended.err, (command, ended)
        assert "defect" not in ended.out + ended.err, (command, ended)
    assert "disk" in told["up"].err
    assert "disk is full" in told["tenant create"].err
    assert "Make room" in told["tenant create"].err
    assert told["tenant create"].status == 1


def _fields(command: str) -> Sequence[str]:
    return ("--name", "Acme News") if command == "tenant create" else ()


NO_DECLARATIONS: dict[str, Callable[[Path], Path]] = {
    "missing": lambda at: at / "missing.yaml",
    "a directory": lambda at: at,
    "empty": lambda at: _touched(at / "empty.yaml"),
    "without end": lambda _: Path("/dev/zero"),
    "another encoding": lambda at: _written(at / "latin.yaml", "tenants:\n  - name: Käse".encode("latin-1")),
    "binary": lambda at: _written(at / "binary.yaml", bytes(range(256)) * 20),
    "a list": lambda at: _written(at / "list.yaml", b"- tenants\n"),
    "bombs": lambda at: _written(at / "bomb.yaml", _bomb()),
    "below a file": lambda at: _touched(at / "file") / "platform.yaml",
    "not to be read": lambda _: Path("/proc/1/mem"),
}


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _bomb() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("kind", NO_DECLARATIONS)
@pytest.mark.parametrize("command", OF_A_DECLARATION)
def test_a_file_that_declares_nothing_is_named(command: str, kind: str, tmp_path: Path) -> None:
    file = NO_DECLARATIONS[kind](tmp_path)
    given = [str(file)] if command.startswith("config") else [*required(command), "--config", str(file)]

    explained(run(*command.split(), *given))
    if "json_output" in names(command):
        told = json.loads(run(*command.split(), *given, "--json").out)
        assert set(told["error"]) == {"problem", "problems", "remedy", "fields"}
        assert told["error"]["problems"]


NO_HUBS = {
    "nobody": None,
    "a page": Scripted("<html><body>It works!</body></html>"),
    "nothing": Scripted(""),
    "an error": Scripted("oops", 500),
    "a list": Scripted("[]", media_type="application/json"),
    "a refusal": Scripted('{"title": 5, "errors": "none"}', 403, media_type="application/json"),
    "a wrong provider": Scripted('{"authorization_servers": ["http://127.0.0.1:1"]}', media_type="application/json"),
}


@pytest.mark.parametrize("kind", NO_HUBS)
@pytest.mark.parametrize("command", OF_A_HUB)
def test_whoever_answers_instead_of_a_hub_is_named(command: str, kind: str, tmp_path: Path) -> None:
    article = _written(tmp_path / "article.md", b"# Bread\n\nIt rises.")
    given = [str(article) if each == "article.md" else each for each in required(command)]
    variables = {"PRESSWERK_API_KEY": "pw_key", "XDG_STATE_HOME": str(tmp_path)}
    answer = NO_HUBS[kind]
    with scripted_server() as server:
        server.others = answer or Scripted()
        address = server.url if answer is not None else f"http://127.0.0.1:{free_port()}"
        ended = run(*command.split(), *given, "--hub", address, environment=variables)

    assert "Traceback" not in ended.out + ended.err
    assert "defect" not in ended.out + ended.err
    if command != "logout":
        assert ended.status != 0


@pytest.mark.parametrize("content", [content for content in DAMAGES.values() if content is not None])
def test_a_damaged_sign_in_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "presswerk").mkdir()
    _written(tmp_path / "presswerk" / "logins.json", content)

    for command in OF_A_HUB:
        if command == "login":
            continue
        ended = run(
            *command.split(),
            *required(command),
            "--hub",
            "http://127.0.0.1:1",
            environment={"XDG_STATE_HOME": str(tmp_path), "PRESSWERK_API_KEY": ""},
        )
        assert "Traceback" not in ended.out + ended.err
        assert "defect" not in ended.out + ended.err


@pytest.mark.parametrize("file", ["/nope/article.md", "/proc/1/mem", "/", "/dev/null"])
def test_an_article_that_cannot_be_read_is_named(file: str) -> None:
    ended = run("publish", file, "--tenant", "acme", "--hub", "http://127.0.0.1:1")

    explained(ended)


@pytest.mark.parametrize("command", [each for each in ALL if each not in SERVING and "hub" not in each.split()])
def test_an_option_that_is_not_there_is_answered_alike_by_all(command: str) -> None:
    ended = run(*command.split(), "--nope", "--json")

    assert ended.status == 2
    assert "--nope" in json.loads(ended.out)["error"]["problem"]


def test_a_reader_that_goes_away_is_no_problem(made: Path) -> None:
    line = f"{sys.executable} -m presswerk.cli logs --state-dir {made} | head -0"

    done = subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True, check=False)

    assert done.stderr == "" or "Next:" in done.stderr
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_a_defect_is_one_sentence_and_shows_its_place_on_request(made: Path) -> None:
    program = (
        "import sys, presswerk.cli.status as s, presswerk.cli as c\n"
        "def broken(*_): raise ZeroDivisionError('so')\n"
        "s.look = broken\n"
        f"sys.argv = ['presswerk', 'status', '--state-dir', {str(made)!r}]\n"
        "c.main()\n"
    )
    plain = {name: value for name, value in os.environ.items() if name != "PRESSWERK_DEBUG"}

    quiet = subprocess.run([sys.executable, "-c", program], env=plain, capture_output=True, text=True, check=False)
    loud = subprocess.run(
        [sys.executable, "-c", program],
        env=plain | {"PRESSWERK_DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert quiet.returncode == 1
    assert "Presswerk has a defect here (ZeroDivisionError: so)." in quiet.stderr
    assert "Traceback" not in quiet.stderr
    assert "Traceback" in loud.stderr


@pytest.mark.parametrize("width", [40, 80])
def test_help_and_status_are_told_on_a_narrow_plain_terminal(width: int, made: Path) -> None:
    environment = {**os.environ, "COLUMNS": str(width), "LANG": "C", "LC_ALL": "C", "TERM": "dumb"}
    for arguments in (["status", "--state-dir", str(made)], ["tenant", "--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "presswerk.cli", *arguments], env=environment, capture_output=True, check=False
        )
        text = (done.stdout + done.stderr).decode()
        assert "Traceback" not in text
        assert text.strip()
