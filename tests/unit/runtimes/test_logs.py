"""The end of a log and what follows it, whatever is written, moved or cut off meanwhile."""

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presswerk.runtimes.local import logs
from presswerk.runtimes.local.logs import following, last_lines

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=20)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "hub.log"


@pytest.fixture
def while_idle(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What happens each time the reader has nothing to read; afterwards the reader is told to end."""
    events: list[Callable[[], object]] = []

    def sleep(_seconds: float) -> None:
        if not events:
            raise KeyboardInterrupt
        events.pop(0)()

    monkeypatch.setattr(time, "sleep", sleep)
    return events


def read(lines: Iterator[str]) -> list[str]:
    found: list[str] = []
    with contextlib.suppress(KeyboardInterrupt):
        for line in lines:
            found.append(line)
    return found


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_the_end_of_a_log_has_so_many_lines(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_CHUNK_BYTES", 7)
    log.write_text("".join(f"line {number}\n" for number in range(50)))
    assert last_lines(log, 3) == ("line 47", "line 48", "line 49")
    assert last_lines(log, 0) == ()
    assert len(last_lines(log, 99)) == 50
    assert last_lines(log.with_name("none"), 3) == ()


def test_what_is_written_between_the_end_and_the_following_is_shown(
    log: Path, while_idle: list[Callable[[], object]]
) -> None:
    log.write_text("one\ntwo\n")
    lines = following(log, 1)
    assert next(lines) == "two"
    append(log, "three\nfo")
    while_idle.append(lambda: append(log, "ur\n"))
    assert read(lines) == ["three", "four"]


@pytest.mark.parametrize("number", [0, 2, 50])
def test_a_log_that_is_moved_away_is_read_to_its_end_first(
    log: Path, while_idle: list[Callable[[], object]], number: int
) -> None:
    log.write_text("one\ntwo\n")

    def rotate() -> None:
        append(log, "the last of it\nhalf a line")
        log.rename(log.with_suffix(".1"))
        append(log, "a new one\n")

    while_idle += [rotate, lambda: append(log, "and on\n")]
    assert read(following(log, number))[min(number, 2) :] == ["the last of it", "half a line", "a new one", "and on"]


def test_a_log_that_is_cut_off_or_begins_later_is_followed(log: Path, while_idle: list[Callable[[], object]]) -> None:
    while_idle += [lambda: append(log, "first of all\n"), lambda: log.write_text("cut\n")]
    assert read(following(log, 9)) == ["first of all", "cut"]


def test_secrets_are_hidden_however_they_arrive(log: Path, while_idle: list[Callable[[], object]]) -> None:
    log.write_text("a token: geheim\n")
    while_idle += [lambda: append(log, "again gehe"), lambda: append(log, "im\n")]
    assert read(following(log, 5, ["geheim"])) == ["a token: ***", "again ***"]
    assert last_lines(log, 1, ["geheim"]) == ("again ***",)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(words, max_size=8), parts=st.lists(words | st.just("\n"), max_size=12), number=st.integers(0, 10)
)
def test_every_line_is_shown_once(
    log: Path, while_idle: list[Callable[[], object]], before: list[str], parts: list[str], number: int
) -> None:
    log.unlink(missing_ok=True)
    log.write_text("".join(f"{line}\n" for line in before))
    while_idle += [partial(append, log, part) for part in parts]
    while_idle.append(lambda: append(log, "\n"))
    expected = before[max(0, len(before) - number) :] + "".join(parts).split("\n")
    assert read(following(log, number)) == expected
