"""Whether an object in the cluster is as it is wanted: what we last applied, and what it holds now (pure)."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from presswerk.kubernetes.kinds import Body

APPLIED = "presswerk.io/applied"
"""Annotation: the digest of what was applied, so that a field no longer wanted is noticed too."""

# Lists that server-side apply merges by a key, so that others may add items of their own; other lists are one value.
_LIST_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "containers": "name",
        "initContainers": "name",
        "volumes": "name",
        "env": "name",
        "volumeMounts": "mountPath",
    }
)
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
    key = _LIST_KEYS.get(path[-1])
    if key is not None:
        by_key = {item.get(key): item for item in live}
        pairs = [(item, by_key.get(item[key]), str(item[key])) for item in wanted]
    elif len(wanted) != len(live):
        return ".".join(path)
    else:
        pairs = [(item, other, str(place)) for place, (item, other) in enumerate(zip(wanted, live, strict=True))]
    return next(filter(None, (_difference(item, other, (*path, name)) for item, other, name in pairs)), None)


def _same(wanted: Any, live: Any) -> bool:
    if wanted == live:
        return True
    if not isinstance(wanted, str) or not isinstance(live, str):
        return False
    # The cluster writes amounts its own way: 1000m becomes 1.
    amount = quantity(wanted)
    return amount is not None and amount == quantity(live)
