"""What came of a delivery, for people and for programs."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from presswerk.infrastructure.delivery.plan import Change
from presswerk.infrastructure.delivery.preflight import Finding
from presswerk.infrastructure.delivery.probes import Answer
from presswerk.infrastructure.delivery.timing import Timed


class Outcome(enum.StrEnum):
    """How it ended."""

    DONE = "done"
    UNCHANGED = "unchanged"  # all was as declared already
    INCOMPLETE = "incomplete"  # all is well but for what the reason names
    LEFT = "left"  # a first installation failed, and stays for a look
    RESTORED = "restored"  # it failed, and what was before is back and answers
    BROKEN = "broken"  # it failed, and what was before is not back: a person must look


EXIT_CODES = {
    Outcome.DONE: 0,
    Outcome.UNCHANGED: 0,
    Outcome.INCOMPLETE: 1,
    Outcome.LEFT: 1,
    Outcome.RESTORED: 3,
    Outcome.BROKEN: 4,
}


@dataclass(frozen=True)
class Report:
    """The whole.

    Attributes:
        outcome: How it ended.
        number: Of the delivery.
        version: Of Presswerk.
        reason: Why it is not done.
        next_step: What to do now.
        changes: What was to be done.
        steps: What was done, in order.
        answers: Of the endpoints, the last ones.
        warnings: What else is to be known.
        findings: Of the checks before.
    """

    outcome: Outcome
    number: int
    version: str
    reason: str = ""
    next_step: str = ""
    changes: Sequence[Change] = ()
    steps: Sequence[Timed] = ()
    answers: Sequence[Answer] = ()
    warnings: Sequence[str] = ()
    findings: Sequence[Finding] = ()

    @property
    def seconds(self) -> float:
        """How long all of it took."""
        return sum(each.seconds for each in self.steps)

    @property
    def exit_code(self) -> int:
        """What the command ends with."""
        return EXIT_CODES[self.outcome]


def as_json(report: Report) -> dict[str, Any]:
    """The whole, for programs."""
    return {
        "outcome": report.outcome,
        "delivery": report.number,
        "version": report.version,
        "reason": report.reason,
        "next_step": report.next_step,
        "seconds": round(report.seconds, 3),
        "checks": [vars(each) for each in report.findings],
        "changes": [vars(each) for each in report.changes],
        "steps": [{**vars(each), "seconds": round(each.seconds, 3)} for each in report.steps],
        "probes": [
            {"name": each.endpoint.name, "url": each.endpoint.url, "good": each.good, "said": each.said}
            for each in report.answers
        ],
        "warnings": list(report.warnings),
    }
