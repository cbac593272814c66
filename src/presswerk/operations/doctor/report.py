"""How an installation is, for programs: the same from commands and from the hub."""

import datetime as dt
import enum
from collections.abc import Callable, Sequence
from typing import Any

from presswerk.languages import SOURCE
from presswerk.operations.checks import CHECKS, Outcome, Result, ServiceLine, Severity, by_service
from presswerk.operations.doctor.diagnosis import Diagnosis, diagnose
from presswerk.operations.doctor.silences import Silence

_PAGES = {check.id: check.page for check in CHECKS}
Known = Callable[[Result], Silence | None]


class Verdict(enum.IntEnum):
    """What a command about the whole ends with."""

    WORKS = 0
    FAILED = 1  # something does not work, or nothing runs
    WARNED = 3  # everything that was asked works, but a warning stands, or something could not be asked


def nobody_knows(_result: Result) -> None:
    """No finding is silenced."""
    return


def verdict(results: Sequence[Result], silenced: Known = nobody_knows) -> Verdict:
    """What comes of all answers; a finding that is silenced, and what comes of it, counts for nothing."""
    open_ones = [found for found in diagnose(results) if silenced(found.cause) is None]
    if any(found.cause.severity is Severity.CRITICAL for found in open_ones):
        return Verdict.FAILED
    unknown = any(result.outcome is Outcome.UNKNOWN and not result.skipped for result in results)
    return Verdict.WARNED if open_ones or unknown else Verdict.WORKS


def report(results: Sequence[Result], silenced: Known = nobody_knows, language: str = SOURCE) -> dict[str, Any]:
    """Services with their answers, and what is wrong, the root causes first."""
    found = verdict(results, silenced)
    return {
        "healthy": found is Verdict.WORKS,
        "verdict": found.name.lower(),
        "services": [service_as_json(line, language) for line in by_service(results)],
        "findings": [finding_as_json(each, silenced(each.cause), language) for each in diagnose(results)],
    }


def service_as_json(line: ServiceLine, language: str = SOURCE) -> dict[str, Any]:
    """A service with all its answers."""
    return {
        "name": line.service,
        "address": line.address or None,
        "healthy": line.outcome is Outcome.OK,
        "checks": [answer_as_json(result, language) for result in line.results],
    }


def answer_as_json(result: Result, language: str = SOURCE) -> dict[str, Any]:
    """An answer, with its age."""
    return {
        "check": result.check,
        "outcome": result.outcome,
        "severity": result.severity,
        "seen": result.said.worded(language),
        "remedy": result.advice.worded(language),
        "command": result.command or None,
        "page": _PAGES[result.check],
        "code": result.code,
        "seconds": result.seconds,
        "asked_at": result.asked_at.isoformat(),
        "age_seconds": round((dt.datetime.now(dt.UTC) - result.asked_at).total_seconds()),
    }


def finding_as_json(found: Diagnosis, silence: Silence | None, language: str = SOURCE) -> dict[str, Any]:
    """A root cause, with what comes of it."""
    return {
        "id": found.cause.id,
        "service": found.cause.service,
        **answer_as_json(found.cause, language),
        "consequences": [result.id for result in found.consequences],
        "silenced": None if silence is None else {"reason": silence.reason, "until": silence.until.isoformat()},
    }
