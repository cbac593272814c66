"""Files for their owner alone, whole or not at all, one writer at a time."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from presswerk.runtimes.local.private_files import only_one, replacing, write_private


def test_a_private_file_is_for_its_owner_alone_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "env" / "hub.json"
    write_private(path, "first")

    write_private(path, "second")

    assert path.read_text() == "second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_what_a_killed_writer_had_begun_goes_with_the_next_write_and_a_living_ones_stays(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    killed = subprocess.Popen([sys.executable, "-c", _WRITE_AND_BE_KILLED, str(path)])
    killed.wait()
    left = [found.name for found in tmp_path.iterdir()]
    living = path.with_name(f".{path.name}.{os.getppid()}")
    living.write_text("another's")
    others = path.with_name(f".{path.name}.lock")
    others.write_text("no process's")

    write_private(path, "whole")

    assert left == [f".{path.name}.{killed.pid}"]
    assert sorted(tmp_path.iterdir()) == sorted([path, living, others])


_WRITE_AND_BE_KILLED = """
import os, pathlib, sys
from presswerk.runtimes.local.private_files import replacing
with replacing(pathlib.Path(sys.argv[1])) as file:
    file.write(b"half")
    os.kill(os.getpid(), 9)
"""


def test_a_block_that_fails_leaves_the_former_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    path.write_text("former")

    def fail() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert path.read_text() == "former"
    assert list(tmp_path.iterdir()) == [path]


def test_one_at_a_time_is_in_the_block_and_the_other_says_that_it_waits(tmp_path: Path) -> None:
    lock, inside, leave = tmp_path / "lock", threading.Event(), threading.Event()
    order: list[str] = []

    def first() -> None:
        with only_one(lock):
            inside.set()
            leave.wait()
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait()

    with only_one(lock, waiting=leave.set):
        order.append("second")

    thread.join()
    assert order == ["first", "second"]


def test_who_does_not_want_to_wait_may_refuse(tmp_path: Path) -> None:
    def refuse() -> None:
        raise PermissionError("busy")

    with (
        only_one(tmp_path / "lock"),
        pytest.raises(PermissionError, match="busy"),
        only_one(tmp_path / "lock", waiting=refuse),
    ):
        pytest.fail("two were in the block")
