"""The caller, and the sites the caller may write for."""

from typing import Literal

from presswerk.declaration import Role
from presswerk.tenants import TenantState
from presswerk.web.api.dependencies import Caller, CurrentHub, signed_in_router
from presswerk.web.api.shapes import Output

router = signed_in_router("Me")


class MembershipOutput(Output):
    """A role in a tenant."""

    tenant: str
    role: Role


class MeOutput(Output):
    """The caller."""

    issuer: str
    subject: str
    name: str
    operator: bool
    memberships: list[MembershipOutput]


class SiteOutput(Output):
    """A site the caller may write for."""

    tenant: str
    name: str
    url: str
    role: Role
    may: list[Literal["draft", "publish", "schedule"]]


class SiteList(Output):
    """The caller's sites by tenant id."""

    items: list[SiteOutput]


@router.get("/me")
def me(caller: Caller) -> MeOutput:
    """Who I am, and where I have which role."""
    return MeOutput(
        issuer=caller.issuer,
        subject=caller.subject,
        name=caller.name,
        operator=caller.operator,
        memberships=[MembershipOutput(tenant=tenant, role=role) for tenant, role in sorted(caller.roles.items())],
    )


@router.get("/sites")
def sites(caller: Caller, hub: CurrentHub) -> SiteList:
    """Sites I may write for, and what I may do there; nothing on a suspended one."""
    return SiteList(
        items=[
            SiteOutput(
                tenant=registered.id,
                name=registered.tenant.name,
                url=registered.public_url,
                role=caller.roles[registered.id],
                may=_may(caller.roles[registered.id]) if registered.state is TenantState.ACTIVE else [],
            )
            for registered in hub.tenants.list()
            if registered.id in caller.roles
        ]
    )


def _may(role: Role) -> list[Literal["draft", "publish", "schedule"]]:
    return ["draft", "publish", "schedule"] if role.includes(Role.EDITOR) else ["draft"]
