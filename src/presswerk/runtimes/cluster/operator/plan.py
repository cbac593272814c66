"""What to do about a tenant's objects, computed from what is wanted and what is there (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from presswerk.kubernetes.kinds import JOB, NAMESPACE, VOLUME_CLAIM, Body, Ref, ref_of
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.operator.differences import difference, lists_with_others, marked, quantity


@dataclass(frozen=True)
class Write:
    """An object to apply, and why.

    Attributes:
        body: As it is applied.
        because: `missing`, or the first field that differs.
        anew: Whether the one that is there has to go first, since what differs cannot be changed.
        lists: To replace before, by JSON pointer, since applying would leave others' items in them.
    """

    body: Body
    because: str
    anew: bool = False
    lists: Mapping[str, list[Any]] = field(default_factory=dict)


HOLD_DATA = frozenset({NAMESPACE, VOLUME_CLAIM})
"""What cannot be made again: it is neither replaced nor removed as long as there is the tenant."""


@dataclass(frozen=True)
class Shrinking:
    """A volume that is wanted smaller than it is: volumes only grow, so it stays as it is."""

    ref: Ref
    wanted: str
    has: str


@dataclass(frozen=True)
class Plan:
    """What to do, in order.

    Attributes:
        writes: To apply.
        removals: Of ours, and no longer wanted.
        waits_for: Being deleted though wanted; it can be made again when it is gone.
        shrinking: Volumes left as large as they are.
    """

    writes: tuple[Write, ...] = ()
    removals: tuple[Ref, ...] = ()
    waits_for: tuple[Ref, ...] = ()
    shrinking: tuple[Shrinking, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.writes and not self.removals


def plan(wanted: Sequence[Body], live: Mapping[Ref, Body]) -> Plan:
    """Compute what brings a tenant's objects to what is wanted.

    Args:
        wanted: In the order they are to be applied.
        live: All objects with the tenant's label.
    """
    writes: list[Write] = []
    waits_for: list[Ref] = []
    shrinking: list[Shrinking] = []
    for body in wanted:
        ref = ref_of(body)
        there = live.get(ref)
        if there is not None and _is_going(there):
            waits_for.append(ref)
            continue
        kept = None if there is None else _shrinking(ref, body, there)
        if kept is not None:
            shrinking.append(kept)
        write = _write(ref, marked(body if kept is None else _as_large(body, kept)), there)
        if write is not None:
            writes.append(write)
    return Plan(tuple(writes), tuple(_unwanted(wanted, live)), tuple(waits_for), tuple(shrinking))


def _write(ref: Ref, body: Body, there: Body | None) -> Write | None:
    if there is None:
        return Write(body, "missing")
    where = difference(body, there)
    if where is None:
        return None
    # What a Job runs can't be changed, and one that runs again does no harm.
    anew = ref.kind == JOB
    return Write(body, where, anew=anew, lists={} if anew else lists_with_others(body, there))


def _unwanted(wanted: Sequence[Body], live: Mapping[Ref, Body]) -> Iterable[Ref]:
    kept = {ref_of(body) for body in wanted} | {ref for ref in live if ref.kind in HOLD_DATA}
    for ref in sorted(live.keys() - kept, key=str):
        ours = live[ref]["metadata"].get("labels", {}).get("app.kubernetes.io/managed-by") == names.MANAGER
        if ours and not _is_going(live[ref]) and "ownerReferences" not in live[ref]["metadata"]:
            yield ref


def _is_going(body: Body) -> bool:
    return "deletionTimestamp" in body["metadata"]


def _storage(body: Body) -> str:
    return str(body["spec"]["resources"]["requests"]["storage"])


def _shrinking(ref: Ref, wanted: Body, there: Body) -> Shrinking | None:
    if ref.kind != VOLUME_CLAIM:
        return None
    wants, has = _storage(wanted), _storage(there)
    return Shrinking(ref, wants, has) if (quantity(wants) or Decimal(0)) < (quantity(has) or Decimal(0)) else None


def _as_large(body: Body, kept: Shrinking) -> Body:
    resources = body["spec"]["resources"]
    requests = {**resources["requests"], "storage": kept.has}
    return {**body, "spec": {**body["spec"], "resources": {**resources, "requests": requests}}}
