"""Asking many targets at the same time: nobody's silence keeps another's answer back."""

import dataclasses
import datetime as dt
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from presswerk.messages import Message
from presswerk.operations.checks import (
    CHECKS,
    CannotTell,
    Check,
    Memory,
    NotAsItShouldBe,
    Outcome,
    Remedy,
    Result,
    Silent,
    Target,
    ask,
    by_service,
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Thing(Target):
    key: str = dataclasses.field(default="", repr=False)


def a_check(ask_it: Callable[[Thing], str], name: str = "thing", remember_seconds: float = 0) -> Check:
    remedy = Remedy(Message("See `presswerk logs %(service)s`.", service="SERVICE"))
    return Check(name, Message("Does it work?"), remedy, Thing, ask_it, remember_seconds)


def fails(problem: Exception) -> Callable[[Thing], str]:
    def ask_it(_thing: Thing) -> str:
        raise problem

    return ask_it


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    found = threading.Event()
    yield found
    found.set()


def test_an_answer_says_what_was_seen_of_whom_and_when() -> None:
    (result,) = ask([a_check(lambda thing: f"{thing.service} works.")], [Thing(service="one", address="http://one")])

    assert (result.check, result.service, result.address) == ("thing", "one", "http://one")
    assert (result.outcome, result.seen, result.remedy) == (Outcome.OK, "one works.", "")
    assert dt.datetime.now(dt.UTC) - result.asked_at < dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("problem", "outcome", "remedy"),
    [
        (NotAsItShouldBe("It is red."), Outcome.FAILED, "See `presswerk logs one`."),
        (NotAsItShouldBe("It is red.", "Paint it."), Outcome.FAILED, "Paint it."),
        (Silent("It is red."), Outcome.FAILED, "See `presswerk logs one`."),
        (CannotTell("It is red."), Outcome.UNKNOWN, ""),
    ],
)
def test_what_is_wrong_comes_with_its_remedy(problem: Exception, outcome: Outcome, remedy: str) -> None:
    (result,) = ask([a_check(fails(problem))], [Thing(service="one")])

    assert (result.outcome, result.seen, result.remedy) == (outcome, "It is red.", remedy)


def test_after_a_silence_nothing_else_is_asked_of_the_same_target() -> None:
    asked: list[str] = []

    def note(thing: Thing) -> str:
        asked.append(thing.service)
        return "It works."

    results = ask([a_check(fails(Silent("Nothing."))), a_check(note, "second")], [Thing(service="one")])

    assert [result.outcome for result in results] == [Outcome.FAILED, Outcome.UNKNOWN]
    assert asked == []


def test_what_hangs_keeps_nobody_elses_answer_back(gate: threading.Event) -> None:
    def ask_it(thing: Thing) -> str:
        if thing.service == "hanging":
            gate.wait()
        return "It works."

    targets = [Thing(service=name) for name in ("hanging", *map(str, range(20)))]
    results = ask([a_check(ask_it), a_check(ask_it, "second")], targets, patience_seconds=1)

    hanging = [result for result in results if result.service == "hanging"]
    assert [result.outcome for result in hanging] == [Outcome.FAILED, Outcome.UNKNOWN]
    assert "logs hanging" in hanging[0].remedy
    assert {result.outcome for result in results if result.service != "hanging"} == {Outcome.OK}


def test_a_defect_of_a_check_is_told_and_is_no_green() -> None:
    results = ask([a_check(fails(KeyError("bug"))), a_check(lambda _: "ok", "second")], [Thing(service="one")])

    assert [result.outcome for result in results] == [Outcome.UNKNOWN, Outcome.UNKNOWN]
    assert "KeyError" in results[0].seen


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_costly_answer_is_used_again_only_for_the_same_key_and_while_it_is_young(kind: str, tmp_path: Path) -> None:
    asked: list[str] = []

    def note(thing: Thing) -> str:
        asked.append(thing.key)
        return "It works."

    check = a_check(note, remember_seconds=600)
    memory = Memory() if kind == "memory" else Memory(tmp_path / "checks.json")

    def look(key: str, how: Check = check) -> Result:
        return ask([how], [Thing(service="one", key=key)], memory=memory)[0]

    first, again = look("key-1"), look("key-1")
    look("key-2")
    look("key-1", dataclasses.replace(check, remember_seconds=1e-9))

    assert asked == ["key-1", "key-2", "key-1"]
    assert again == first
    if kind == "file":
        assert (tmp_path / "checks.json").stat().st_mode & 0o777 == 0o600
        assert "key-1" not in (tmp_path / "checks.json").read_text()


def test_what_does_not_work_is_asked_again_at_once() -> None:
    broken = [True]

    def ask_it(_: Thing) -> str:
        if broken:
            raise NotAsItShouldBe("The key is refused.")
        return "It works."

    check, memory = a_check(ask_it, remember_seconds=600), Memory()
    outcomes = [ask([check], [Thing(service="one")], memory=memory)[0].outcome]
    broken.clear()
    outcomes += [ask([check], [Thing(service="one")], memory=memory)[0].outcome]

    assert outcomes == [Outcome.FAILED, Outcome.OK]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', "null", b"\xff"])
def test_a_damaged_memory_is_no_obstacle(content: str | bytes, tmp_path: Path) -> None:
    file = tmp_path / "checks.json"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    check, memory = a_check(lambda _: "It works.", remember_seconds=600), Memory(file)

    results = [ask([check], [Thing(service="one")], memory=memory)[0] for _ in range(2)]

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.OK]
    assert json.loads(file.read_text())


def test_a_memory_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "missing" / "checks.json")
    check = a_check(lambda _: "It works.", remember_seconds=600)

    assert ask([check], [Thing(service="one")], memory=memory)[0].outcome is Outcome.OK


def test_services_that_do_not_work_come_first_with_their_worst_answer_first() -> None:
    def ask_it(thing: Thing) -> str:
        if thing.service == "red":
            raise NotAsItShouldBe("It is red.")
        if thing.service == "grey":
            raise CannotTell("Who knows.")
        return "It works."

    works = a_check(lambda _: "It works.", "works")
    targets = [Thing(service=name, address=f"http://{name}") for name in ("green", "grey", "red")]

    lines = by_service(ask([works, a_check(ask_it)], targets))

    assert [line.service for line in lines] == ["red", "grey", "green"]
    assert lines[0].outcome is Outcome.FAILED
    assert [result.check for result in lines[0].results] == ["thing", "works"]
    assert lines[0].address == "http://red"


def test_every_entry_asks_a_question_and_has_a_remedy() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert str(check.question).endswith("?"), check.id
        assert str(check.remedy.advice("hub")).endswith("."), check.id


def test_what_is_under_way_is_not_red(gate: threading.Event) -> None:
    def hangs(_thing: Thing) -> str:
        gate.wait()
        return "It works."

    checks = [
        a_check(fails(NotAsItShouldBe("It is not there.")), "there"),
        a_check(fails(Silent("Nothing.")), "answers"),
    ]
    new = Thing(service="new", under_way="It is being made.")

    results = ask([a_check(lambda _thing: "It works.", "works"), *checks], [new])
    hanging = ask([a_check(hangs)], [new], patience_seconds=0.01)

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.UNKNOWN, Outcome.UNKNOWN]
    assert {(result.seen, result.remedy) for result in (*results[1:], *hanging)} == {("It is being made.", "")}
    assert by_service(results)[0].outcome is Outcome.UNKNOWN


def test_a_check_that_hangs_does_not_keep_the_program_from_ending() -> None:
    program = """
import threading
from presswerk.messages import Message
from presswerk.operations.checks import Check, Remedy, Target, ask

def hangs(_target):
    threading.Event().wait()

(result,) = ask(
    [Check("thing", Message("?"), Remedy(), Target, hangs)], [Target(service="one")], patience_seconds=0.01
)
print(result.outcome)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)

    assert ended.stdout == "failed\n"
