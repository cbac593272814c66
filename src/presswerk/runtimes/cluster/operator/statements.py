"""What is said of a tenant: each fact as a condition, and all of them summed up (pure)."""

from collections.abc import Iterator, Mapping
from typing import Any

from presswerk.kubernetes.errors import ClusterError
from presswerk.runtimes.cluster.operator.conditions import Condition, Phase, Topic
from presswerk.runtimes.cluster.operator.errors import NotYet, OutsideError, Problem
from presswerk.runtimes.databases import DatabaseAccess


def kept_in(access: DatabaseAccess | None) -> tuple[str, str]:
    """Reason and message of where the content is."""
    if access is None:
        return "File", "The content is kept in a file on the site's volume."
    return "Ready", f"The content is kept in the database {access.name} at {access.server.wordpress_host}."


def stopped(topic: Topic, error: Problem) -> Condition:
    """What stands in the way, as a condition of what it stands in the way of."""
    return Condition(topic, None if isinstance(error, NotYet) else False, *_reason(error))


def _reason(error: Problem) -> tuple[str, str]:
    if isinstance(error, OutsideError | ClusterError):
        return error.reason or "Refused", str(error)
    return "Failed", str(error)


def has(body: Mapping[str, Any], condition: str) -> bool:
    """Whether an object's own status says that a condition is true."""
    conditions = body.get("status", {}).get("conditions", ())
    return any(item["type"] == condition and item["status"] == "True" for item in conditions)


def is_current(body: Mapping[str, Any]) -> bool:
    """Whether what a status says is about the newest version."""
    return int(body.get("status", {}).get("observedGeneration", 0)) >= int(body["metadata"].get("generation", 0))


def summed_up(statements: Mapping[Topic, Condition], *, suspended: bool) -> Iterator[Condition]:
    """One condition for each topic; what was not looked at waits for what is before it; the last sums up."""
    found = []
    for topic in Topic:
        if topic is not Topic.READY:
            waits = Condition(topic, None, "Waiting", "It waits for what comes before it.")
            found.append(statements.get(topic, waits))
    yield from found
    if Topic.READY in statements:
        yield statements[Topic.READY]
        return
    open_ones = [each for each in found if each.holds is not True]
    if suspended and all(each.reason == "Suspended" for each in open_ones):
        yield Condition(Topic.READY, False, "Suspended", "The tenant is closed on request; all its data stays.")
    elif open_ones:
        first = next((each for each in open_ones if each.holds is False), open_ones[0])
        yield Condition(Topic.READY, first.holds, first.reason, f"{first.topic.value}: {first.message}")
    else:
        yield Condition(Topic.READY, True, "Ready", "Everything works.")


def phase_of(ready: Condition, previous: Mapping[str, Any], *, suspended: bool) -> Phase:
    """A tenant at a glance: what was ready once is degraded rather than pending."""
    if suspended and ready.reason == "Suspended":
        return Phase.SUSPENDED
    if ready.holds:
        return Phase.READY
    was_ready = previous.get("phase") in {Phase.READY, Phase.DEGRADED}
    return Phase.DEGRADED if ready.holds is False or was_ready else Phase.PENDING
