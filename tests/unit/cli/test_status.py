"""How the status is shown: a line a service, what does not work first, on any terminal."""

import datetime as dt
import io
import re
import sys

import pytest
from rich.console import Console

from presswerk.cli.status import show, told_of
from presswerk.messages import Message
from presswerk.operations.checks import Outcome, Result, by_service

LONG = "http://news.a-rather-long-domain-name-of-a-customer.example:8101"


def result(service: str, outcome: Outcome, seen: str, remedy: str = "", *, address: str = "", ago: int = 0) -> Result:
    asked_at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ago)
    return Result(
        "disk", service, address, outcome, Message(seen), Message(remedy), asked_at, 0.1, skipped="Not" in seen
    )


def results() -> tuple[Result, ...]:
    return (
        result("hub", Outcome.OK, "It takes articles.", address="http://localhost:8000"),
        result("ai", Outcome.OK, "It writes.", address="https://ai.example/v1", ago=30),
        result("disk", Outcome.OK, "12.0 GiB are free."),
        result("clock", Outcome.UNKNOWN, "Nobody can be asked."),
        result(
            "site-bakery",
            Outcome.FAILED,
            "The front page is empty: it answers 200 and shows nothing.",
            "Read `presswerk logs site-bakery`; `presswerk restart site-bakery` starts it anew.",
            address=LONG,
        ),
        result("site-bakery", Outcome.FAILED, "It answers no JSON.", "Another remedy."),
        result("site-bakery", Outcome.UNKNOWN, "Not asked: nothing answers there."),
    )


def shown(width: int, *, colour: bool = False) -> str:
    to = io.StringIO()
    console = Console(file=to, width=width, force_terminal=colour, color_system="standard" if colour else None)
    show(console, by_service(results()), {}, 1.23)
    return to.getvalue()


def test_what_does_not_work_comes_first_with_its_causes_and_the_remedy_of_the_first() -> None:
    lines = shown(80).splitlines()

    assert lines[0].split()[:3] == ["FAIL", "site-bakery", LONG]
    assert lines[1] == "     The front page is empty: it answers 200 and shows nothing."
    assert lines[2] == "     It answers no JSON."
    assert "logs site-bakery" in lines[3]
    assert "Another remedy" not in "".join(lines)
    assert "Not asked" not in "".join(lines)
    assert [line.split()[:2] for line in lines if line.startswith(("ok", "?"))] == [
        ["?", "clock"],
        ["ok", "hub"],
        ["ok", "ai"],
        ["ok", "disk"],
    ]
    assert " ".join(lines[-2:]).startswith("1 of 5 services does not work. Asked in 1.2 s. ")


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_addresses_and_commands_are_never_cut_or_broken(width: int) -> None:
    text = shown(width)

    assert LONG in text
    assert "site-bakery` starts" in text or "site-bakery`\n" in text
    assert "logs site-bakery`" in text
    assert "restart site-bakery`" in text


def test_every_answer_says_how_old_it_is() -> None:
    ages = re.findall(r"(\d+) s ago$", shown(120), flags=re.MULTILINE)

    assert len(ages) == len(by_service(results()))
    assert max(map(int, ages)) >= 30


def test_of_many_sites_that_work_one_line_tells_the_rest() -> None:
    lines = by_service([result(f"site-t{place}", Outcome.OK, "It works.") for place in range(200)])
    to = io.StringIO()

    show(Console(file=to, width=80), lines, {}, 1.0)

    assert len(to.getvalue().splitlines()) <= 24
    assert "192 more sites work; the slowest takes 0.1 s" in to.getvalue()


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_line_of_what_works_is_longer_than_80_columns(language: str) -> None:
    to = io.StringIO()
    good = [each for each in results() if each.outcome is Outcome.OK]

    show(Console(file=to, width=80), by_service(good), {}, 1.0, language)

    assert max(map(len, to.getvalue().splitlines())) <= 80


def test_of_many_symptoms_two_are_told_and_the_remedy_of_the_first() -> None:
    told = [f"The {name} answers 500." for name in ("front page", "REST API", "connector", "sign-on")]
    (line,) = by_service([result("site-acme", Outcome.FAILED, seen, f"Mend: {seen}") for seen in (told[0], *told)])
    assert told_of(line) == (told[0], told[1], f"Mend: {told[0]}")
    assert [each.seen for each in line.results] == [told[0], *told]


def test_colours_are_for_terminals_alone() -> None:
    assert "\x1b[" not in shown(80)
    assert "\x1b[" in shown(80, colour=True)


def test_commands_in_what_was_seen_work_as_they_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["presswerk", "status", "--state-dir", "here"])
    seen = "It ends as soon as it is started. Read `presswerk logs hub`."
    line = by_service([result("hub", Outcome.FAILED, seen, "Run `presswerk up`.")])[0]

    assert [told.count("--state-dir here") for told in told_of(line)] == [1, 1]
