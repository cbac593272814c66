"""Cause and consequence: one root cause is named, and what comes of it counts for nothing of its own."""

import datetime as dt
import re
from pathlib import Path

import pytest

from presswerk.messages import Message
from presswerk.operations.checks import CHECKS, Outcome, Remedy, Result, Severity
from presswerk.operations.checks.model import SAME, Act
from presswerk.operations.doctor import Silence, Silences, diagnose, report, verdict
from presswerk.operations.doctor.report import Verdict
from presswerk.operations.doctor.silences import NoSuchFinding

BY_ID = {check.id: check for check in CHECKS}
SOURCES = Path(__file__).parents[3] / "src" / "presswerk"
WARNINGS = [check.id for check in CHECKS if check.severity is Severity.WARNING]


def red(finding: str, outcome: Outcome = Outcome.FAILED) -> Result:
    check, _, service = finding.partition("@")
    entry = BY_ID[check]
    said = Message("It is red.")
    advice = entry.remedy.advice(service)
    return Result(check, service, "", outcome, said, advice, dt.datetime.now(dt.UTC), 0.1, entry.severity, entry.remedy)


CHAINS = {
    # red answers, in any order: the root causes, each with what comes of it
    "full disk": (
        ["site-page@site-acme", "hub-database@hub", "process@chat", "disk@disk"],
        {"disk@disk": {"site-page@site-acme", "hub-database@hub", "process@chat"}},
    ),
    "ended PHP": (
        ["process@php", "site-page@site-acme", "site-rest@site-acme", "site-page@site-nordlicht"],
        {"process@php": {"site-page@site-acme", "site-rest@site-acme", "site-page@site-nordlicht"}},
    ),
    "another service's process explains nothing": (
        ["process@chat", "site-page@site-acme"],
        {"process@chat": set(), "site-page@site-acme": set()},
    ),
    "one site's plugin": (
        ["site-rest@site-acme", "site-connector@site-acme", "site-page@site-nordlicht"],
        {"site-rest@site-acme": {"site-connector@site-acme"}, "site-page@site-nordlicht": set()},
    ),
    "connector gone": (
        ["site-sign-on@site-acme", "site-rest@site-acme", "site-connector@site-acme"],
        {"site-rest@site-acme": {"site-sign-on@site-acme", "site-connector@site-acme"}},
    ),
    "two at once": (
        ["ai-writes@ai", "process@php", "site-page@site-acme"],
        {"process@php": {"site-page@site-acme"}, "ai-writes@ai": set()},
    ),
    "over three steps": (
        ["disk@disk", "process-stays@hub", "process@hub", "hub-ready@hub", "removals@hub"],
        {"disk@disk": {"process-stays@hub", "process@hub", "hub-ready@hub", "removals@hub"}},
    ),
}


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("turned", [False, True])
def test_a_root_cause_is_told_before_what_comes_of_it(name: str, turned: bool) -> None:
    findings, expected = CHAINS[name]

    found = diagnose([red(finding) for finding in (reversed(findings) if turned else findings)])

    assert {each.cause.id: {result.id for result in each.consequences} for each in found} == expected
    assert found[0].cause.id == next(iter(expected))


def test_every_red_answer_is_a_cause_or_comes_of_one() -> None:
    everything = [red(f"{check.id}@{service}") for check in CHECKS for service in ("hub", "php", "site-acme")]

    found = diagnose(everything)

    told = [result for each in found for result in (each.cause, *each.consequences)]
    assert sorted(result.id for result in told) == sorted(result.id for result in everything)


def test_a_cause_is_a_check_and_no_check_causes_itself_in_a_circle() -> None:
    def reaches(check: str, path: tuple[str, ...]) -> None:
        assert check not in path, " -> ".join((*path, check))
        for cause in BY_ID[check].causes:
            reaches(cause.check, (*path, check))

    for check in CHECKS:
        reaches(check.id, ())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.id))
def test_what_a_check_says_can_be_acted_upon(check: object) -> None:
    entry = BY_ID[str(getattr(check, "id", ""))]
    advice = str(entry.remedy.advice("hub"))

    assert "%(" not in advice
    assert advice.endswith(".")
    assert all(cause.service in {"", SAME} or re.fullmatch(r"[a-z-]+", cause.service) for cause in entry.causes)
    assert entry.id in entry.alert
    assert entry.page == f"docs/troubleshooting.md#{entry.id}"


@pytest.mark.parametrize("act", Act)
def test_an_act_is_printed_as_a_command_that_there_is(act: Act) -> None:
    from presswerk.cli.commands import COMMANDS  # noqa: PLC0415  the command line is no part of these rooms

    command = Remedy(act=act, subject="x").command("hub").split()

    assert command[0] == "presswerk"
    assert command[1] in COMMANDS
    assert "{" not in " ".join(command)


def test_the_verdict_is_an_exit_status() -> None:
    works = red("disk@disk", Outcome.OK)
    unknown = red("hub-queue@hub", Outcome.UNKNOWN)

    assert verdict([works]) is Verdict.WORKS
    assert verdict([works, red("site-page@site-acme")]) is Verdict.FAILED
    assert verdict([works, unknown]) is Verdict.WARNED
    assert [each.value for each in Verdict] == [0, 1, 3]
    for warning in WARNINGS:
        assert verdict([works, red(f"{warning}@hub")]) == Verdict.WARNED


def test_a_silenced_cause_counts_for_nothing_until_its_day_and_nothing_else_does(tmp_path: Path) -> None:
    silences, later = Silences(tmp_path), dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    results = [red("process@php"), red("site-page@site-acme")]

    silences.put("process@php", Silence("PHP is replaced today", later))

    assert verdict(results, silences.of) == Verdict.WORKS
    assert verdict([*results, red("process@chat")], silences.of) == Verdict.FAILED
    (found,) = report(results, silences.of)["findings"]
    assert found["silenced"]["reason"] == "PHP is replaced today"
    assert (tmp_path / "silences.json").stat().st_mode & 0o777 == 0o600
    silences.put("process@php", Silence("over", dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)))
    assert verdict(results, silences.of) == Verdict.FAILED


def test_a_check_is_silenced_for_all_services_and_told_again(tmp_path: Path) -> None:
    silences, later = Silences(tmp_path), dt.datetime.now(dt.UTC) + dt.timedelta(days=1)

    silences.put("process", Silence("all of them", later))

    assert silences.of(red("process@chat")) is not None
    assert silences.remove("process") is True
    assert silences.remove("process") is False
    assert silences.of(red("process@chat")) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"process": 1}'])
def test_a_damaged_file_of_silences_silences_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "silences.json").write_bytes(content)

    assert Silences(tmp_path).of(red("process@chat")) is None


def test_what_is_no_check_is_not_silenced(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFinding, match="no check 'porcess'"):
        Silences(tmp_path).put("porcess@php", Silence("x", dt.datetime.now(dt.UTC) + dt.timedelta(days=1)))
