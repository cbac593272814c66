"""Files for their owner alone, whole or not at all, one writer at a time."""

import stat
import threading
from pathlib import Path

import pytest

from presswerk.runtimes.local.private_files import only_one, write_private


def test_a_private_file_is_for_its_owner_alone_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "env" / "hub.json"
    write_private(path, "first")

    write_private(path, "second")

    assert path.read_text() == "second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


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
