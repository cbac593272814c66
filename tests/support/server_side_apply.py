"""Server-side apply as Kubernetes documents it, as far as a test of an operator needs it.

A double's part: see `tests.support.cluster`. The rules are those of
https://kubernetes.io/docs/reference/using-api/server-side-apply/ : a manager owns the fields it applied; a field it
owned and no longer applies goes, unless somebody else owns it too; a change by anybody else takes a field over.
"""

import copy
import json
from typing import Any

Path = tuple[str, ...]

# Lists that are maps by keys in the published API (x-kubernetes-list-map-keys); any other list is one value. A field
# with several has them in the order to try: a container's ports and a Service's differ.
_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "ports": (("containerPort", "protocol"), ("port", "protocol")),
    "listeners": (("name",),),
    "containers": (("name",),),
    "initContainers": (("name",),),
    "volumes": (("name",),),
    "env": (("name",),),
    "volumeMounts": (("mountPath",),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "conditions": (("type",),),
    "imagePullSecrets": (("name",),),
}
_DEFAULTS = {"protocol": "TCP"}
_IDENTITY = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}


def owned_fields(value: Any) -> set[Path]:
    """The fields a manager owns that applied this."""
    return set(_fields(value, ())) - _IDENTITY


def merged(live: dict[str, Any], applied: dict[str, Any]) -> dict[str, Any]:
    """The live object with the applied fields laid over it."""
    result: dict[str, Any] = _merge(copy.deepcopy(live), copy.deepcopy(applied), "")
    return result


def without(body: dict[str, Any], paths: set[Path], kept: set[Path]) -> dict[str, Any]:
    """An object without these fields; what becomes empty goes too, unless somebody keeps something below it."""
    result = copy.deepcopy(body)
    for path in sorted(paths, key=len, reverse=True):
        _remove(result, path, kept)
    return result


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> set[Path]:
    """The fields whose values differ."""
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    return {path for path in old.keys() | new.keys() if old.get(path, _NOTHING) != new.get(path, _NOTHING)}


_NOTHING = object()


def _keys_of(field: str, value: list[Any]) -> tuple[str, ...] | None:
    for keys in _KEYS.get(field, ()):
        if all(isinstance(item, dict) and keys[0] in item for item in value):
            return keys
    return None


def _mark(item: dict[str, Any], keys: tuple[str, ...]) -> str:
    return json.dumps([item.get(key, _DEFAULTS.get(key)) for key in keys])


def _leaves(value: Any, path: Path) -> list[tuple[Path, Any]]:
    field = path[-1] if path else ""
    if isinstance(value, dict) and value:
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    if isinstance(value, list) and value and (keys := _keys_of(field, value)):
        return [leaf for item in value for leaf in _leaves(item, (*path, _mark(item, keys)))]
    return [(path, value)]


def _fields(value: Any, path: Path) -> list[Path]:
    return [leaf for leaf, _ in _leaves(value, path)]


def _merge(live: Any, applied: Any, field: str) -> Any:
    if isinstance(live, dict) and isinstance(applied, dict):
        for key, value in applied.items():
            live[key] = _merge(live.get(key), value, key)
        return live
    if isinstance(live, list) and isinstance(applied, list) and applied and (keys := _keys_of(field, applied)):
        by_key = {_mark(item, keys): item for item in live}
        for item in applied:
            by_key[_mark(item, keys)] = _merge(by_key.get(_mark(item, keys)), item, "")
        return list(by_key.values())
    return applied


def _step(container: Any, field: str, parent: str) -> Any:
    if isinstance(container, dict):
        return container.get(field)
    if isinstance(container, list) and (keys := _keys_of(parent, container)):
        return next((item for item in container if _mark(item, keys) == field), None)
    return None


def _remove(body: dict[str, Any], path: Path, kept: set[Path]) -> None:
    chain: list[Any] = [body]
    for depth, field in enumerate(path[:-1]):
        chain.append(_step(chain[-1], field, path[depth - 1] if depth else ""))
        if chain[-1] is None:
            return
    for depth in range(len(path) - 1, -1, -1):
        here = path[: depth + 1]
        if any(other[: len(here)] == here for other in kept):
            return
        container, is_leaf = chain[depth], depth == len(path) - 1
        if is_leaf and path[depth] in _key_fields(path[depth - 2] if depth > 1 else ""):
            # An item's key goes with the item.
            continue
        gone = _step(container, path[depth], path[depth - 1] if depth else "")
        if not is_leaf and not _only_keys(gone, path[depth - 1] if depth else ""):
            return
        if isinstance(container, dict):
            container.pop(path[depth], None)
        elif gone is not None:
            container.remove(gone)


def _only_keys(value: Any, parent: str) -> bool:
    """Whether nothing is left of a map or a list's item but the key it is found by."""
    return not value or (isinstance(value, dict) and set(value) <= _key_fields(parent))


def _key_fields(field: str) -> set[str]:
    return {key for keys in _KEYS.get(field, ()) for key in keys}
