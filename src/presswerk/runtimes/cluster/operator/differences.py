"""Whether an object in the cluster is as it is wanted: what we last applied, and what it holds now (pure)."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from presswerk.kubernetes.kinds import Body

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
