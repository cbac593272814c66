"""Who is calling, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from presswerk.declaration import Role


@dataclass(frozen=True)
class Principal:
    """A verified caller. People are keyed by (issuer, subject), never by e-mail.

    Attributes:
        issuer: The identity provider's issuer URL.
        subject: The provider's id for the person.
        name: For display.
        email: As the provider says, unverified.
        roles: The role in each tenant the person belongs to.
        operator: Member of the platform's operators.
        via: How the caller proved it: an OIDC access token, an API key, or by working on the machine itself.
        api_key_id: Which key, when `via` is `api-key`.
    """

    issuer: str
    subject: str
    name: str
    email: str | None = None
    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    operator: bool = False
    via: Literal["token", "api-key", "command"] = "token"
    api_key_id: str | None = None

    def may(self, role: Role, tenant: str) -> bool:
        """Whether the caller has at least `role` in `tenant`."""
        own = self.roles.get(tenant)
        return own is not None and own.includes(role)

    def sees(self, tenant: str) -> bool:
        """Whether the caller may know that `tenant` exists."""
        return self.operator or tenant in self.roles

    def is_person(self, issuer: str, subject: str) -> bool:
        """Whether the caller is the person named."""
        return (self.issuer, self.subject) == (issuer, subject)

    def limited(self, caps: Mapping[str | None, Role | None]) -> "Principal":
        """The caller with no more than `caps` allow, by tenant; `None` stands for what an operator may."""
        return replace(self, roles=limited_roles(self.roles, caps), operator=self.operator and None not in caps)


def limited_roles(roles: Mapping[str, Role], caps: Mapping[str | None, Role | None]) -> Mapping[str, Role]:
    """Roles by tenant with no more than `caps` allow."""
    lowered = {tenant: lower_role(role, caps.get(tenant, role)) for tenant, role in roles.items()}
    return MappingProxyType({tenant: role for tenant, role in lowered.items() if role is not None})


def lower_role(one: Role | None, other: Role | None) -> Role | None:
    """The lower of two roles; None is no role at all."""
    if one is None or other is None:
        return None
    return other if one.includes(other) else one
