"""What operator and hub may do in a cluster, computed from the kinds of objects they handle (pure)."""

from collections import defaultdict
from typing import Any

from presswerk.kubernetes.kinds import EVENT, OWNED, POD, TENANT, Kind

OWNED_VERBS = ("create", "delete", "get", "list", "patch", "watch")
"""Server-side apply needs `patch`, and `create` where there is nothing yet; nothing is ever replaced (`update`)."""
TENANT_VERBS = ("get", "list", "patch", "watch")
"""It says what became of a tenant and holds it until all is gone; it neither makes nor deletes one."""

HUB_VERBS = ("create", "delete", "get", "list", "patch")
"""What its API is asked to do with tenants; a Tenant is deleted only once it names itself in an annotation."""

Rule = dict[str, Any]


def hub_rules() -> list[Rule]:
    """The rules of the hub's ClusterRole."""
    return [_rule(TENANT.group, [TENANT.plural], HUB_VERBS)]


def operator_rules() -> list[Rule]:
    """The rules of the operator's ClusterRole: as few as there are API groups, in a fixed order."""
    return [
        *_owned(OWNED),
        _rule(TENANT.group, [TENANT.plural], TENANT_VERBS),
        _rule(TENANT.group, [f"{TENANT.plural}/status"], ("get", "patch")),
        # Why pods are not ready, and what is said of it.
        _rule(POD.group, [POD.plural], ("list",)),
        _rule(EVENT.group, [EVENT.plural], ("create", "list")),
    ]


def _owned(kinds: tuple[Kind, ...]) -> list[Rule]:
    by_group: defaultdict[str, list[str]] = defaultdict(list)
    for kind in kinds:
        by_group[kind.group].append(kind.plural)
    return [_rule(group, plurals, OWNED_VERBS) for group, plurals in sorted(by_group.items())]


def _rule(group: str, resources: list[str], verbs: tuple[str, ...]) -> Rule:
    return {"apiGroups": [group], "resources": sorted(resources), "verbs": list(verbs)}
