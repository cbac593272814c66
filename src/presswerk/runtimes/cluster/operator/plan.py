"""What to do about a tenant's objects, computed from what is wanted and what is there (pure)."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from presswerk.kubernetes.kinds import DEPLOYMENT, JOB, NAMESPACE, VOLUME_CLAIM, Body, Ref, ref_of
from presswerk.runtimes.cluster import names

APPLIED = "presswerk.io/applied"
"""Annotation: the digest of what was applied, so that a field no longer wanted is noticed too."""

# Lists that server-side apply merges by keys (x-kubernetes-list-map-keys); other lists are one value. Where there are
# several sets of keys, the first whose first key the items have: a container's ports and a Service's differ.
_LIST_KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "containers": (("name",),),
        "initContainers": (("name",),),
        "volumes": (("name",),),
        "env": (("name",),),
        "volumeMounts": (("mountPath",),),
        "ports": (("containerPort", "protocol"), ("port", "protocol")),
        "listeners": (("name",),),
    }
)
_DEFAULT_KEYS: Mapping[str, str] = MappingProxyType({"protocol": "TCP"})
# Lists of which an item more changes what the object does; whoever adds containers adds them to pods.
_OURS_ALONE = frozenset({"containers", "initContainers", "ports", "listeners"})
# Maps that are one value: what somebody adds to them changes what they mean.
_ATOMIC = frozenset({"selector", "podSelector", "namespaceSelector", "labelSelector", "nodeSelector"})
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
_FACTORS: Mapping[str | None, Decimal] = MappingProxyType(
    {
        None: Decimal(1),
        "m": Decimal("0.001"),
        **{unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), start=1)},
        **{unit: Decimal(1024) ** power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)},
    }
)


def marked(wanted: Body) -> Body:
    """The object with the digest of itself, as it is applied."""
    metadata = wanted["metadata"]
    annotations = {**metadata.get("annotations", {}), APPLIED: _digest(wanted)}
    return {**wanted, "metadata": {**metadata, "annotations": annotations}}


def difference(wanted: Body, live: Body) -> str | None:
    """Where an object differs from what is wanted, such as `spec.replicas`; None if it does not.

    Only fields we set are looked at: what the cluster or somebody else adds beside them is theirs.

    Args:
        wanted: As `marked` made it.
        live: As the cluster has it.
    """
    return _difference(wanted, live, ())


def lists_with_others(wanted: Body, live: Body) -> dict[str, list[Any]]:
    """Lists in which somebody has put an item that must not be there, such as a port whose number was edited.

    To apply such an object would add our item beside theirs: the whole list has to be replaced.

    Returns:
        Each list as it is wanted, by its place in the object as a JSON pointer (RFC 6901).
    """
    return dict(_lists_with_others(wanted, live, ""))


def quantity(text: str) -> Decimal | None:
    """An amount such as `500m` or `2Gi` as a number; None if it is none."""
    found = _QUANTITY.fullmatch(text)
    return None if found is None else Decimal(found[1]) * _FACTORS[found[2]]


def _digest(body: Body) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _difference(wanted: Any, live: Any, path: tuple[str, ...]) -> str | None:
    if not wanted and not live:
        # The cluster leaves out what is empty, zero or false.
        return None
    if path and path[-1] in _ATOMIC:
        return None if wanted == live else ".".join(path)
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        found = (_difference(value, live.get(name), (*path, name)) for name, value in wanted.items())
        return next(filter(None, found), None)
    if isinstance(wanted, list) and isinstance(live, list):
        return _list_difference(wanted, live, path)
    return None if _same(wanted, live) else ".".join(path)


def _list_difference(wanted: Sequence[Any], live: Sequence[Any], path: tuple[str, ...]) -> str | None:
    keys = _keys_of(path[-1], wanted)
    if keys:
        by_key = {_key_of(item, keys): item for item in live}
        if path[-1] in _OURS_ALONE and len(by_key) != len(wanted):
            return ".".join(path)
        pairs = [(item, by_key.get(_key_of(item, keys)), str(item[keys[0]])) for item in wanted]
    elif len(wanted) != len(live):
        return ".".join(path)
    else:
        pairs = [(item, other, str(place)) for place, (item, other) in enumerate(zip(wanted, live, strict=True))]
    return next(filter(None, (_difference(item, other, (*path, name)) for item, other, name in pairs)), None)


def _lists_with_others(wanted: Any, live: Any, pointer: str) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        for name, value in wanted.items():
            yield from _lists_with_others(value, live.get(name), f"{pointer}/{name}")
    field = pointer.rpartition("/")[2]
    if not isinstance(wanted, list) or not isinstance(live, list) or not (keys := _keys_of(field, wanted)):
        return
    by_key = {_key_of(item, keys): item for item in live}
    if field in _OURS_ALONE and by_key.keys() - {_key_of(item, keys) for item in wanted}:
        yield pointer, wanted
    elif any(True for item in wanted for _ in _lists_with_others(item, by_key.get(_key_of(item, keys)), "")):
        # Where the item stands in the list may change at any time: the list is replaced as a whole.
        yield pointer, wanted


def _keys_of(field: str, items: Sequence[Any]) -> tuple[str, ...]:
    for keys in _LIST_KEYS.get(field, ()):
        if all(isinstance(item, Mapping) and keys[0] in item for item in items):
            return keys
    return ()


def _key_of(item: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(item.get(key, _DEFAULT_KEYS.get(key)) for key in keys)


def _same(wanted: Any, live: Any) -> bool:
    if wanted == live:
        return True
    if not isinstance(wanted, str) or not isinstance(live, str):
        return False
    # The cluster writes amounts its own way: 1000m becomes 1.
    amount = quantity(wanted)
    return amount is not None and amount == quantity(live)


@dataclass(frozen=True)
class Write:
    """An object to apply, and why.

    Attributes:
        body: As it is applied.
        because: `missing`, or the first field that differs.
        anew: Whether the one that is there has to go first, since what differs cannot be changed.
        parts: To replace before, by JSON pointer, since applying alone would leave what others made of them.
    """

    body: Body
    because: str
    anew: bool = False
    parts: Mapping[str, Any] = field(default_factory=dict)


HOLD_DATA = frozenset({NAMESPACE, VOLUME_CLAIM})
"""What cannot be made again: it is neither replaced nor removed as long as there is the tenant."""


@dataclass(frozen=True)
class KeptVolume:
    """A volume that is wanted smaller and stays as it is: volumes only grow."""

    ref: Ref
    wanted: str
    has: str


@dataclass(frozen=True)
class ObjectPlan:
    """What to do, in order.

    Attributes:
        writes: To apply.
        removals: Of ours, and no longer wanted.
        waits_for: Being deleted though wanted; it can be made again when it is gone.
        shrinking: Volumes that are wanted smaller, and left as large as they are.
    """

    writes: tuple[Write, ...] = ()
    removals: tuple[Ref, ...] = ()
    waits_for: tuple[Ref, ...] = ()
    shrinking: tuple[KeptVolume, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.writes and not self.removals


def plan(wanted: Sequence[Body], live: Mapping[Ref, Body], *, grows: bool = True) -> ObjectPlan:
    """Compute what brings a tenant's objects to what is wanted.

    Args:
        wanted: In the order they are to be applied.
        live: All objects with the tenant's label.
        grows: Whether a volume can become larger.
    """
    writes: list[Write] = []
    waits_for: list[Ref] = []
    shrinking: list[KeptVolume] = []
    for body in wanted:
        ref = ref_of(body)
        there = live.get(ref)
        if there is not None and _is_going(there):
            waits_for.append(ref)
            continue
        write = _write(ref, marked(body), there)
        if write is not None and there is not None and ref.kind == VOLUME_CLAIM:
            kept = KeptVolume(ref, _storage(body), _storage(there))
            if _amount(kept.wanted) < _amount(kept.has):
                shrinking.append(kept)
            write = _write(ref, marked(as_it_can_be(body, there, grows=grows)), there)
        if write is not None:
            writes.append(write)
    return ObjectPlan(tuple(writes), tuple(_unwanted(wanted, live)), tuple(waits_for), tuple(shrinking))


def _write(ref: Ref, body: Body, there: Body | None) -> Write | None:
    if there is None:
        return Write(body, "missing")
    where = difference(body, there)
    if (
        where is None
        and ref.kind == DEPLOYMENT
        and "replicas" not in body["spec"]
        and there["spec"].get("replicas") == 0
    ):
        # How many copies there are is the autoscaler's to say, and at none it says nothing.
        return Write(body, "spec.replicas", parts={"/spec/replicas": 1})
    if where is None:
        return None
    # What a Job runs can't be changed, and one that runs again does no harm.
    anew = ref.kind == JOB
    return Write(body, where, anew=anew, parts={} if anew else lists_with_others(body, there))


def _unwanted(wanted: Sequence[Body], live: Mapping[Ref, Body]) -> Iterable[Ref]:
    kept = {ref_of(body) for body in wanted} | {ref for ref in live if ref.kind in HOLD_DATA}
    for ref in sorted(live.keys() - kept, key=str):
        ours = live[ref]["metadata"].get("labels", {}).get("app.kubernetes.io/managed-by") == names.MANAGER
        if ours and not _is_going(live[ref]) and "ownerReferences" not in live[ref]["metadata"]:
            yield ref


def _is_going(body: Body) -> bool:
    return "deletionTimestamp" in body["metadata"]


def growth(wanted: Body, there: Body) -> tuple[str, str] | None:
    """From which size to which a volume claim is to grow; None when it is not."""
    wants, has = _storage(wanted), _storage(there)
    return (has, wants) if _amount(wants) > _amount(has) else None


def as_it_can_be(wanted: Body, there: Body, *, grows: bool = True) -> Body:
    """A volume claim as it is wanted, but for what Kubernetes never changes of one that is there: all but a growth."""
    size = _storage(wanted if grows and growth(wanted, there) is not None else there)
    fixed = {name: there["spec"][name] for name in ("accessModes", "storageClassName") if name in there["spec"]}
    return {**wanted, "spec": {**wanted["spec"], **fixed, "resources": {"requests": {"storage": size}}}}


def _storage(body: Body) -> str:
    return str(body["spec"]["resources"]["requests"]["storage"])


def _amount(text: str) -> Decimal:
    return quantity(text) or Decimal(0)
