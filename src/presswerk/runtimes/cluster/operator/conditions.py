"""What the operator says about a tenant: phase, conditions and addresses (pure)."""

import datetime as dt
import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from presswerk.declaration import DatabaseKind
from presswerk.kubernetes.errors import ClusterError
from presswerk.runtimes.cluster.operator.outcome import NotYet, Problem, ServiceError
from presswerk.runtimes.databases import DatabaseAccess


class TenantPhase(enum.StrEnum):
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
    CONTENT = "ContentKept"
    SITE = "SiteReady"
    CLOCK = "ClockReady"
    CONNECTION = "ConnectionReady"
    ENTRY = "EntryReady"
    READY = "Ready"


_ENDING = dt.timedelta(minutes=2)
"""How long a namespace takes to go with all that is in it, its pods' last half minute included."""
RESTORED = "presswerk.io/restored"
"""Annotation of a Tenant: the uid of the volume on which its lost content is back."""
DOMAIN = "DomainReady"
"""What a condition about a domain of the tenant's own is called, after the domain and a slash."""


@dataclass(frozen=True)
class Condition:
    """One statement.

    Attributes:
        topic: About what: a `Topic`, or `<domain>/DomainReady`.
        holds: Whether it is so; None if that is not known yet.
        reason: One CamelCase word for programs.
        message: A sentence for whoever is on duty; never a secret.
    """

    topic: str
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
    phase: TenantPhase,
    conditions: tuple[Condition, ...],
    generation: int,
    now: dt.datetime,
    site_url: str | None = None,
    volume: str | None = None,
) -> dict[str, Any]:
    """The whole status.

    A condition keeps its `lastTransitionTime` while its status stays the same, so that the same statements give the
    same status, and nothing needs to be written.

    Args:
        previous: The status as it stands.
        phase: At a glance.
        conditions: One for each topic.
        generation: Of the declaration these statements are about.
        now: Aware, in UTC.
        site_url: The public address, once there is a site.
        volume: The uid of the volume claim that holds its files, once there is one.
    """
    before = {item["type"]: item for item in previous.get("conditions", ())}
    status: dict[str, Any] = {
        "phase": phase.value,
        "observedGeneration": generation,
        "conditions": [_written(each, before.get(each.topic), generation, now) for each in conditions],
    }
    if site_url is not None:
        status["urls"] = {"site": site_url}
    if volume is not None:
        status["volume"] = volume
    return status


def is_same_at_a_glance(previous: Mapping[str, Any], status: Mapping[str, Any]) -> bool:
    """Whether a tenant is still on its way, for the same reason: then each part that becomes ready is no write."""
    on_its_way = all(each.get("phase") == TenantPhase.PENDING for each in (previous, status))
    if not on_its_way or previous.get("observedGeneration") != status["observedGeneration"]:
        return False
    ready = [
        next((each for each in told["conditions"] if each["type"] == Topic.READY), None) for told in (previous, status)
    ]
    return ready[0] == ready[1] and not any(each["status"] == "False" for each in status["conditions"])


def _written(
    condition: Condition, before: Mapping[str, Any] | None, generation: int, now: dt.datetime
) -> dict[str, Any]:
    same = before is not None and before["status"] == condition.status
    return {
        "type": condition.topic,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message,
        "observedGeneration": generation,
        "lastTransitionTime": before["lastTransitionTime"] if before and same else now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def kept_in(access: DatabaseAccess | None) -> tuple[str, str]:
    """Reason and message of where the content is."""
    if access is None:
        return "File", "The content is kept in a file on the site's volume."
    return "Ready", f"The content is kept in the database {access.name} at {access.server.wordpress_host}."


def stopped(topic: str, error: Problem) -> Condition:
    """What stands in the way, as a condition of what it stands in the way of."""
    return Condition(topic, None if isinstance(error, NotYet) else False, *_reason(error))


def _reason(error: Problem) -> tuple[str, str]:
    if isinstance(error, ServiceError | ClusterError):
        return error.reason or "Refused", str(error)
    return "Failed", str(error)


def content_condition(
    tenant: Mapping[str, Any], kind: DatabaseKind, claim: Mapping[str, Any] | None, storage_class: str | None = None
) -> Condition:
    """Whether the volume is still the one that the tenant's content was put on.

    A loss is told until a person says that the content is back, by an annotation with the uid of the volume it is on.

    Args:
        tenant: The resource, whose status has the uid of the volume as last seen.
        kind: Where the tier keeps the content.
        claim: Of the volume; None when there is none.
        storage_class: Declared for volumes like it; None for the cluster's own choice.
    """
    volume = None if claim is None else claim["metadata"]
    status = tenant.get("status", {})
    known = status.get("volume")
    was_lost = any(each["type"] == Topic.CONTENT and each["status"] == "False" for each in status.get("conditions", ()))
    if volume is None and known is None:
        return Condition(Topic.CONTENT, None, "Waiting", "The site's volume is not made yet.")
    uid = known if volume is None else volume["uid"]
    is_restored = tenant["metadata"].get("annotations", {}).get(RESTORED) == uid
    is_lost = volume is None or known not in {None, uid} or was_lost
    if not is_lost or (volume is not None and known in {None, uid} and is_restored):
        told = "The volume is the one that the site's content was put on."
        has = None if claim is None else claim["spec"].get("storageClassName")
        if storage_class is not None and has is not None and has != storage_class:
            told += f" It keeps its storage class {has}, as a volume does for good; {storage_class} is for new ones."
        return Condition(Topic.CONTENT, True, "Kept", told)
    name = tenant["metadata"]["name"]
    what = "all its content" if kind is DatabaseKind.SQLITE else "its uploaded files"
    message = (
        f"The volume of this tenant was deleted, and with it {what}; the site runs on an empty one. Restore the newest "
        f"backup of the volume claim site-files of namespace tenant-{name} from whatever backs this cluster's volumes "
        f"up, then say so: kubectl annotate tenant {name} {RESTORED}={uid} --overwrite"
    )
    return Condition(Topic.CONTENT, False, "ContentLost", message)


def why_it_stays(namespace: Mapping[str, Any], now: dt.datetime) -> str:
    """What keeps a namespace that was deleted from going; empty while it takes no longer than it may."""
    since = namespace["metadata"].get("deletionTimestamp")
    if since is None or now - dt.datetime.fromisoformat(since) < _ENDING:
        return ""
    said = [each for each in namespace.get("status", {}).get("conditions", ()) if each["status"] == "True"]
    return " ".join(str(each.get("message") or each.get("reason") or each["type"]) for each in said)


def has(body: Mapping[str, Any], condition: str) -> bool:
    """Whether an object's own status says that a condition is true."""
    conditions = body.get("status", {}).get("conditions", ())
    return any(item["type"] == condition and item["status"] == "True" for item in conditions)


def is_current(body: Mapping[str, Any]) -> bool:
    """Whether what a status says is about the newest version."""
    return int(body.get("status", {}).get("observedGeneration", 0)) >= int(body["metadata"].get("generation", 0))


def summed_up(
    statements: Mapping[str, Condition], domains: Iterable[str] = (), *, suspended: bool
) -> Iterator[Condition]:
    """One condition for each topic; what was not looked at waits for what is before it; the last sums up.

    Those of the tenant's own domains are not summed up: a customer's DNS may come weeks later.
    """
    found = []
    for topic in Topic:
        if topic is not Topic.READY:
            waits = Condition(topic, None, "Waiting", "It waits for what comes before it.")
            found.append(statements.get(topic, waits))
    yield from found
    for domain in domains:
        waits = Condition(f"{domain}/{DOMAIN}", None, "Waiting", "It waits for the site.")
        yield statements.get(waits.topic, waits)
    if Topic.READY in statements:
        yield statements[Topic.READY]
        return
    open_ones = [each for each in found if each.holds is not True]
    if suspended and all(each.reason == "Suspended" for each in open_ones):
        yield Condition(Topic.READY, False, "Suspended", "The tenant is closed on request; all its data stays.")
    elif open_ones:
        first = min(open_ones, key=lambda each: (each.holds is not False, each.reason == "Waiting"))
        yield Condition(Topic.READY, first.holds, first.reason, f"{first.topic}: {first.message}")
    else:
        yield Condition(Topic.READY, True, "Ready", "Everything works.")


def phase_of(ready: Condition, previous: Mapping[str, Any], *, suspended: bool) -> TenantPhase:
    """A tenant at a glance: what was ready once is degraded rather than pending."""
    if suspended and ready.reason == "Suspended":
        return TenantPhase.SUSPENDED
    if ready.holds:
        return TenantPhase.READY
    was_ready = previous.get("phase") in {TenantPhase.READY, TenantPhase.DEGRADED}
    return TenantPhase.DEGRADED if ready.holds is False or was_ready else TenantPhase.PENDING
