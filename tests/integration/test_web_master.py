"""The web server's master hands over from one Caddy to the next while readers read."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from presswerk.runtimes.local.artifacts import ensure_web_server
from presswerk.runtimes.local.web_master import REFUSED, SERVING, STAYING_SECONDS, command
from tests.support.process import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.integration


@dataclass
class Served:
    """A master with its configuration."""

    file: Path
    process: subprocess.Popen[bytes]

    def tell(self, **texts: int) -> str:
        """Have every text served at a port of its own, and wait until that is done; returns what became of it."""
        digest = configure(self.file, texts)
        self.process.send_signal(signal.SIGUSR1)
        notes = {name: self.file.with_name(name) for name in (SERVING, REFUSED)}
        until(lambda: any(note.exists() and note.read_text() == digest for note in notes.values()))
        return next(name for name, note in notes.items() if note.exists() and note.read_text() == digest)

    def children(self) -> list[int]:
        """Every running Caddy, the last one at the end."""
        tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return sorted(map(int, tasks.read_text().split()))


def configure(file: Path, texts: dict[str, int]) -> str:
    """Write a configuration; returns its digest."""
    servers = {
        text: {
            "listen": [f"127.0.0.1:{port}"],
            "automatic_https": {"disable": True},
            "routes": [{"handle": [{"handler": "static_response", "body": text}]}],
        }
        for text, port in texts.items()
    }
    told = {"admin": {"disabled": True}, "apps": {"http": {"servers": servers}}}
    content = json.dumps({**told, **({"nothing Caddy knows": 1} if "refused" in texts else {})}).encode()
    draft = file.with_name("draft.json")
    draft.write_bytes(content)
    draft.replace(file)
    return hashlib.sha256(content).hexdigest()


def ask(port: int, hesitates_seconds: float = 0.0) -> str:
    """Connect, take one's time, ask, and read to the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        threading.Event().wait(hesitates_seconds)
        connection.sendall(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(4096), b"")).decode().rpartition("\r\n\r\n")[2]


def wait_for(answers: list[str], more: int) -> None:
    """Wait until so many have come."""
    wanted = len(answers) + more
    until(lambda: len(answers) >= wanted)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def served(tmp_path: Path, port: int) -> Iterator[Served]:
    file = tmp_path / "caddy.json"
    configure(file, {"first": port})
    with subprocess.Popen(
        command(file, "-", ensure_web_server()), env={"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    ) as process:
        until((tmp_path / SERVING).exists)
        yield Served(file, process)
        process.terminate()
    assert process.returncode == 0


def test_nobody_is_turned_away_while_one_follows_the_other(served: Served, port: int) -> None:
    answers: list[str] = []
    stop = threading.Event()

    def read(hesitates_seconds: float) -> None:
        while not stop.is_set():
            answers.append(ask(port, hesitates_seconds))

    readers = [threading.Thread(target=read, args=(pause / 1000,)) for pause in (0, 1, 3, 300)]
    for reader in readers:
        reader.start()
    for number in range(6):
        served.tell(**{f"text-{number}": port, "other": free_port()})
        wait_for(answers, 20)
    stop.set()
    for reader in readers:
        reader.join()

    assert set(answers) == {"first", *(f"text-{number}" for number in range(6))}


def test_whoever_comes_after_is_answered_as_it_is_now(served: Served, port: int) -> None:
    assert ask(port) == "first"

    served.tell(second=port)

    assert ask(port) == "second"


def test_an_address_that_is_gone_refuses(served: Served, port: int) -> None:
    other = free_port()
    served.tell(first=port, other=other)
    assert ask(other) == "other"

    served.tell(first=port)

    with pytest.raises(ConnectionRefusedError):
        ask(other)


def test_what_caddy_does_not_take_leaves_the_former(served: Served, port: int) -> None:
    other = free_port()

    assert served.tell(refused=other) == REFUSED

    assert ask(port) == "first"
    with pytest.raises(ConnectionRefusedError):
        ask(other)
    assert served.tell(third=port) == SERVING


def test_a_killed_caddy_is_followed_by_another_on_the_same_sockets(served: Served, port: int) -> None:
    (first,) = served.children()
    # One that ends right after its start is nothing the master mends.
    threading.Event().wait(STAYING_SECONDS)

    os.kill(first, signal.SIGKILL)

    assert ask(port) == "first"
    assert served.children() != [first]


def test_an_address_that_somebody_else_has_keeps_no_other_from_being_served(served: Served, port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        other = taken.getsockname()[1]
        served.tell(second=port, other=other)
        assert ask(port) == "second"

    def is_served() -> bool:
        try:
            return ask(other) == "other"
        except OSError:
            return False

    until(is_served)
