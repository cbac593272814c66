"""Roles of a person in a tenant, and the identity-provider groups that carry them."""

import enum
import re
from collections.abc import Iterable

OPERATOR_GROUP = "presswerk-admin"
"""The group of the platform's operators."""

_TENANT_GROUP = re.compile(r"\Atenant-(?P<tenant>[a-z0-9][a-z0-9-]{0,18}[a-z0-9])-(?P<role>admin|editor|author)\Z")


class Role(enum.StrEnum):
    """A person's role in one tenant; a higher role may do all that a lower one may."""

    AUTHOR = "author"  # creates drafts
    EDITOR = "editor"  # publishes and schedules, for everybody in the tenant
    ADMIN = "admin"  # manages the tenant: members, keys, site

    @property
    def rank(self) -> int:
        """The role's height, 0 for the lowest."""
        return _ORDER.index(self)

    def includes(self, other: "Role") -> bool:
        """Whether this role may do all that `other` may."""
        return self.rank >= other.rank


_ORDER = (Role.AUTHOR, Role.EDITOR, Role.ADMIN)


def group_name(tenant: str, role: Role) -> str:
    """Name the identity-provider group that gives `role` in `tenant`."""
    return f"tenant-{tenant}-{role}"


def parse_groups(groups: Iterable[str]) -> dict[str, Role]:
    """Read tenant memberships from group names.

    Args:
        groups: Group names as the identity provider sends them; names that are not ours are passed over.

    Returns:
        The highest role for each tenant id named.
    """
    roles: dict[str, Role] = {}
    for group in groups:
        match = _TENANT_GROUP.match(group)
        if match is None:
            continue
        tenant, role = match["tenant"], Role(match["role"])
        if tenant not in roles or role.includes(roles[tenant]):
            roles[tenant] = role
    return roles
