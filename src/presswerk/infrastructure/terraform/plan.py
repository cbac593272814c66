"""Terraform's plan as a person reads it: what is made, changed, replaced and lost, and whether that was allowed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from presswerk.infrastructure.prices import PriceTable
from presswerk.infrastructure.terraform.cost import Estimate, estimate

_HARMLESS = frozenset({"ionoscloud_s3_bucket_versioning", "ionoscloud_dns_record"})
"""Kinds whose removal loses nothing; everything else that goes needs a word from a person."""


class ResourceAction(StrEnum):
    """What becomes of a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DESTROY = "destroy"


@dataclass(frozen=True)
class ResourceChange:
    """One resource's change.

    Attributes:
        address: Terraform's.
        kind: The resource's type.
        action: What becomes of it.
        fields: What differs of one that is updated; what forces the replacement of one that is replaced.
        half_made: Whether it is replaced only because the run that made it failed before it was ready.
        nodes: Of a node pool that is there already: how many nodes it has now.
    """

    address: str
    kind: str
    action: ResourceAction
    fields: tuple[str, ...] = ()
    half_made: bool = False
    nodes: int | None = None

    @property
    def loses(self) -> bool:
        """Whether something is gone afterwards that no repeat brings back."""
        return self.action in {ResourceAction.REPLACE, ResourceAction.DESTROY} and self.kind not in _HARMLESS


@dataclass(frozen=True)
class InfrastructurePlan:
    """All changes, and what everything costs afterwards."""

    changes: tuple[ResourceChange, ...]
    cost: Estimate

    def not_allowed(self, allowed: Iterable[str]) -> tuple[ResourceChange, ...]:
        """What would be lost without having been named."""
        named = frozenset(allowed)
        return tuple(change for change in self.changes if change.loses and change.address not in named)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "changes": [
                {"address": change.address, "action": change.action, "fields": list(change.fields)}
                for change in self.changes
            ],
            "would_be_lost": [change.address for change in self.not_allowed(())],
            "half_made": [change.address for change in self.changes if change.half_made],
            "cost": self.cost.as_json(),
        }


def read_plan(shown: Mapping[str, Any], prices: PriceTable) -> InfrastructurePlan:
    """Read what `terraform show -json PLAN` says.

    Args:
        shown: The decoded JSON; format version 1.
        prices: What everything costs.
    """
    changes = tuple(
        _change(resource, action)
        for resource in shown.get("resource_changes", ())
        if resource["mode"] == "managed" and (action := _action(resource["change"]["actions"])) is not None
    )
    resources = shown.get("planned_values", {}).get("root_module", {}).get("resources", ())
    return InfrastructurePlan(changes, estimate((each for each in resources if each.get("mode") != "data"), prices))


def _change(resource: Mapping[str, Any], action: ResourceAction) -> ResourceChange:
    told = resource["change"]
    return ResourceChange(
        address=resource["address"],
        kind=resource["type"],
        action=action,
        fields=_fields(told, action),
        half_made=resource.get("action_reason") == "replace_because_tainted",
        nodes=(told.get("before") or {}).get("node_count"),
    )


def _fields(told: Mapping[str, Any], action: ResourceAction) -> tuple[str, ...]:
    if action is ResourceAction.REPLACE:
        return tuple(sorted({str(path[0]) for path in told.get("replace_paths", ()) if path}))
    if action is not ResourceAction.UPDATE:
        return ()
    before, after, unknown = told.get("before") or {}, told.get("after") or {}, told.get("after_unknown") or {}
    return tuple(
        sorted(name for name in {*before, *after} if not unknown.get(name) and before.get(name) != after.get(name))
    )


def _action(actions: list[str]) -> ResourceAction | None:
    if {"create", "delete"} <= set(actions):
        return ResourceAction.REPLACE
    named = {"create": ResourceAction.CREATE, "update": ResourceAction.UPDATE, "delete": ResourceAction.DESTROY}
    # `forget` leaves the resource where it is but nobody's: it is lost to this state.
    return ResourceAction.DESTROY if "forget" in actions else named.get(actions[0])
