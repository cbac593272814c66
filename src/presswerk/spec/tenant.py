"""A tenant as declared: id, display name, tier, people."""

import enum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from presswerk.spec.roles import Role

TenantId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])$", min_length=2, max_length=20),
]
"""2-20 characters of a-z, 0-9 and inner hyphens; part of host names, group names and workflow ids."""

UserName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,39}$")]


class TierName(enum.StrEnum):
    """The tiers a tenant can be on."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tenant(_Declared):
    """A customer or team with one site."""

    id: TenantId
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    tier: TierName = TierName.FREE
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$")] = "en-US"


class Person(_Declared):
    """Someone to create at a local identity provider; in production people come from the provider itself."""

    user_name: UserName
    given_name: str
    family_name: str
    email: str
    operator: bool = False
    memberships: dict[TenantId, Role] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name shown beside an article."""
        return f"{self.given_name} {self.family_name}"
