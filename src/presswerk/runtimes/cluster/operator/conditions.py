"""What the operator says about a tenant: phase, conditions and addresses (pure)."""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Phase(enum.StrEnum):
    """A tenant at a glance."""

    PENDING = "Pending"  # on its way for the first time
    READY = "Ready"
    DEGRADED = "Degraded"  # was ready once, or cannot become so without somebody's help
    SUSPENDED = "Suspended"
    DELETING = "Deleting"


class Topic(enum.StrEnum):
    """What a condition is about, in the order they become true."""

    DATABASE = "DatabaseReady"
    IDENTITY = "IdentityReady"
    SITE = "SiteReady"
    CONNECTION = "ConnectionReady"
    READY = "Ready"


@dataclass(frozen=True)
class Condition:
    """One statement.

    Attributes:
        topic: About what.
        holds: Whether it is so; None if that is not known yet.
        reason: One CamelCase word for programs.
        message: A sentence for whoever is on duty; never a secret.
    """

    topic: Topic
    holds: bool | None
    reason: str
    message: str

    @property
    def status(self) -> str:
        """As Kubernetes writes it."""
        return "Unknown" if self.holds is None else str(self.holds)


def status_of(
    previous: Mapping[str, Any],
    *,
    phase: Phase,
    conditions: tuple[Condition, ...],
    site_url: str | None,
    generation: int,
    now: dt.datetime,
) -> dict[str, Any]:
    """The whole status.

    A condition keeps its `lastTransitionTime` while its status stays the same, so that the same statements give the
    same status, and nothing needs to be written.

    Args:
        previous: The status as it stands.
        phase: At a glance.
        conditions: One for each topic.
        site_url: The public address, once there is a site.
        generation: Of the declaration these statements are about.
        now: Aware, in UTC.
    """
    before = {item["type"]: item for item in previous.get("conditions", ())}
    status: dict[str, Any] = {
        "phase": phase.value,
        "observedGeneration": generation,
        "conditions": [_written(each, before.get(each.topic.value), generation, now) for each in conditions],
    }
    if site_url is not None:
        status["urls"] = {"site": site_url}
    return status


def _written(
    condition: Condition, before: Mapping[str, Any] | None, generation: int, now: dt.datetime
) -> dict[str, Any]:
    same = before is not None and before["status"] == condition.status
    return {
        "type": condition.topic.value,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message,
        "observedGeneration": generation,
        "lastTransitionTime": before["lastTransitionTime"] if before and same else now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
