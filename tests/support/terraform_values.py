"""What a provider makes of a resource's values, by its schema alone: what is unknown before, and made up afterwards."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tf.types import Unknown  # type: ignore[import-untyped]  # it has no types

from tests.support.terraform_cloud import made_up

Block = Mapping[str, Any]
Values = dict[str, Any]
_Leaf = Callable[[str, Mapping[str, Any], Any], Any]
_Type = str | tuple[str, Any]

_TELLING = {
    "k8s_version": "1.34.2",
    "ipv4_cidr_block": "10.7.222.0/24",
    "ips": ["203.0.113.20"],
    "nameservers": ["ns-ic.ui-dns.example", "ns-ic.ui-dns.test"],
    "kube_config": "apiVersion: v1\nkind: Config\n",
}
"""Values that a reader of the outputs looks at."""


def planned(block: Block, proposed: Values, *, new: bool) -> Values:
    """What is known before the apply.

    Args:
        block: The resource's schema.
        proposed: What Terraform's core proposes: configuration over prior state.
        new: Whether there is no prior state, so that everything computed is unknown.
    """

    def leaf(_name: str, told: Mapping[str, Any], value: Any) -> Any:
        if told.get("write_only"):
            return None
        return Unknown if new and value is None and told.get("computed") else value

    return _over(block, proposed, leaf)


def made(block: Block, values: Values, identity: str) -> Values:
    """What is known afterwards.

    Args:
        block: The resource's schema.
        values: As planned.
        identity: The id the cloud gave.
    """

    def leaf(name: str, told: Mapping[str, Any], value: Any) -> Any:
        if value is not Unknown:
            return value
        return identity if name == "id" else _TELLING.get(name, _some(told["type"], name, identity))

    return _over(block, values, leaf)


def looked_up(block: Block, config: Values) -> Values:
    """What a data source says: everything computed, for the id that was asked for."""

    def leaf(name: str, told: Mapping[str, Any], value: Any) -> Any:
        if value is not None or not told.get("computed"):
            return value
        return _TELLING.get(name, _some(told["type"], name, str(config["id"])))

    return _over(block, config, leaf)


def _over(block: Block, values: Values, leaf: _Leaf) -> Values:
    done = {name: _attribute(name, told, values.get(name), leaf) for name, told in block.get("attributes", {}).items()}
    for name, told in block.get("block_types", {}).items():
        done[name] = _each(values.get(name), partial(_over, told["block"], leaf=leaf))
    return done


def _attribute(name: str, told: Mapping[str, Any], value: Any, leaf: _Leaf) -> Any:
    nested = told.get("nested_type")
    if nested is None or value is None or value is Unknown:
        return leaf(name, told, value)
    return _each(value, partial(_over, nested, leaf=leaf))


def _each(value: Any, change: Callable[[Values], Values]) -> Any:
    if isinstance(value, dict):
        return change(value)
    return [change(one) for one in value] if isinstance(value, list) else value


def _some(kind: _Type, name: str, identity: str) -> Any:
    if isinstance(kind, str):
        return {"string": made_up(identity, name), "number": 1, "bool": False}[kind]
    shape, inner = kind[0], kind[1]
    if shape == "object":
        return {each: _some(of, each, identity) for each, of in inner.items()}
    return {} if shape == "map" else [_some(inner, name, identity)]
