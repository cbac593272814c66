"""Cause and consequence among answers, by what each check says of its causes. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from presswerk.operations.checks import CHECKS, Check, Outcome, Result, Severity
from presswerk.operations.checks.model import SAME, Cause


@dataclass(frozen=True)
class Diagnosis:
    """One root cause, and what comes of it.

    Attributes:
        cause: The answer that no other one explains.
        consequences: The red answers that it explains, directly or by another.
    """

    cause: Result
    consequences: tuple[Result, ...] = ()


_BY_ID: Mapping[str, Check] = {check.id: check for check in CHECKS}


def diagnose(results: Sequence[Result], checks: Mapping[str, Check] = _BY_ID) -> tuple[Diagnosis, ...]:
    """Every root cause: what harms people now first, and of those what explains most.

    Args:
        results: What came of asking.
        checks: Every check by its id.
    """
    red = [result for result in results if result.outcome is Outcome.FAILED]
    order = {check: place for place, check in enumerate(checks)}
    causes = {id(result): [other for other in red if _explains(other, result, checks)] for result in red}
    roots = [result for result in red if not causes[id(result)]]
    claimed: dict[int, list[Result]] = {id(root): [] for root in roots}
    for result in red:
        if causes[id(result)]:
            root = min(_roots_of(result, causes), key=lambda found: order[found.check])
            claimed[id(root)].append(result)
    found = (Diagnosis(root, tuple(claimed[id(root)])) for root in roots)
    return tuple(
        sorted(
            found,
            key=lambda each: (
                each.cause.severity is not Severity.CRITICAL,
                -len(each.consequences),
                order[each.cause.check],
            ),
        )
    )


def _explains(cause: Result, result: Result, checks: Mapping[str, Check]) -> bool:
    return cause is not result and any(_fits(each, cause, result) for each in checks[result.check].causes)


def _fits(named: Cause, cause: Result, result: Result) -> bool:
    if named.check != cause.check:
        return False
    return named.service in {"", cause.service} or (named.service == SAME and cause.service == result.service)


def _roots_of(result: Result, causes: Mapping[int, Sequence[Result]]) -> Iterator[Result]:
    """What explains an answer and is explained by nothing; the graph of checks has no circle, a test sees to it."""
    for cause in causes[id(result)]:
        if causes[id(cause)]:
            yield from _roots_of(cause, causes)
        else:
            yield cause
