"""Tenants: operators add, change, close and remove them; a tenant's admins see theirs."""

import datetime as dt
from dataclasses import asdict
from typing import Annotated

from fastapi import Query, Response
from pydantic import StringConstraints

from presswerk.declaration import DatabaseKind, Feature, Limits, Role, Tenant, TenantId
from presswerk.identity import Principal
from presswerk.messages import Message
from presswerk.publishing import Forbidden, NotFound, NotPossibleNow
from presswerk.tenants import DeclaredTenant, DesiredState, Origin, Phase, UnknownTenant
from presswerk.tenants.checking import check_tenant
from presswerk.web.api.dependencies import Caller, CurrentHub, is_tenant_id, signed_in_router
from presswerk.web.api.shapes import Output
from presswerk.web.hub import Hub

router = signed_in_router("Tenants")


class TenantOutput(Output):
    """A tenant as declared, and how it is; `problem` says why it is not as wanted.

    `declared_by` says where a tenant is changed that is not changed here; `database`, `limits` and `features` are what
    it has in the end, by its tier and its own declaration.
    """

    tenant: Tenant
    declared_in: Origin
    declared_by: str | None
    wanted: DesiredState
    phase: Phase
    problem: str | None
    url: str | None
    database: DatabaseKind
    limits: Limits
    features: list[Feature]
    remove_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class TenantList(Output):
    """Tenants by id."""

    items: list[TenantOutput]


class CheckOutput(Output):
    """One link of the chain: null where it was not tried, because one before it is broken."""

    name: str
    passed: bool | None
    detail: str
    milliseconds: int


class ChecksOutput(Output):
    """Whether a tenant works, link by link."""

    passed: bool
    checks: list[CheckOutput]


class TenantChanges(Tenant):
    """The fields of a tenant to change; what is not sent stays as it is."""

    id: TenantId = ""
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = ""


_NO_SUCH_TENANT = Message("There is no such tenant.")
_DAYS = Query(ge=0, le=365, description="So long it is only closed, and can be resumed; 0 removes it at once.")


@router.get("/tenants")
def tenants(caller: Caller, hub: CurrentHub) -> TenantList:
    """List all tenants for an operator, for others those they are admin of."""
    visible = [known for known in hub.tenant_requests.list() if _may_see(caller, known.id)]
    return TenantList(items=[_output(hub, known) for known in visible])


@router.post("/tenants", status_code=202)
def create(body: Tenant, caller: Caller, hub: CurrentHub, response: Response) -> TenantOutput:
    """Add a tenant; it is made in the background, and `phase` tells how far it is."""
    _require_operator(caller)
    made = hub.tenant_requests.create(caller, body.model_dump())
    response.headers["Location"] = f"/api/v1/tenants/{made.id}"
    return _output(hub, made)


@router.get("/tenants/{tenant_id}")
def show(tenant_id: str, caller: Caller, hub: CurrentHub) -> TenantOutput:
    """Show a tenant: what is declared of it, and how it is."""
    return _output(hub, seen_tenant(hub, caller, tenant_id))


@router.patch("/tenants/{tenant_id}", status_code=202)
def update(tenant_id: str, changes: TenantChanges, caller: Caller, hub: CurrentHub) -> TenantOutput:
    """Change the fields that are sent, its tier too; a new list or object replaces the former one whole."""
    _require_operator(caller, hub, tenant_id)
    return _output(hub, hub.tenant_requests.update(caller, tenant_id, changes.model_dump(exclude_unset=True)))


@router.post("/tenants/{tenant_id}/suspend", status_code=202)
def suspend(tenant_id: str, caller: Caller, hub: CurrentHub) -> TenantOutput:
    """Close a tenant: no article is taken from now on, its site says that it is closed, all data stays."""
    _require_operator(caller, hub, tenant_id)
    return _output(hub, hub.tenant_requests.suspend(caller, tenant_id))


@router.post("/tenants/{tenant_id}/resume", status_code=202)
def resume(tenant_id: str, caller: Caller, hub: CurrentHub) -> TenantOutput:
    """Open a tenant again, also one that waits for its removal."""
    _require_operator(caller, hub, tenant_id)
    return _output(hub, hub.tenant_requests.resume(caller, tenant_id))


@router.delete("/tenants/{tenant_id}", status_code=202)
def delete(tenant_id: str, caller: Caller, hub: CurrentHub, in_days: Annotated[float, _DAYS] = 7) -> TenantOutput:
    """Close a tenant, and remove it with everything it has when its waiting period is over."""
    _require_operator(caller, hub, tenant_id)
    return _output(hub, hub.tenant_requests.delete(caller, tenant_id, after=dt.timedelta(days=in_days)))


@router.post("/tenants/{tenant_id}/test")
def test(tenant_id: str, caller: Caller, hub: CurrentHub) -> ChecksOutput:
    """Try every link: site, REST, database, sign-on, and a draft that is delivered and removed again."""
    _require_operator(caller, hub, tenant_id)
    try:
        connection = hub.tenants.connection(tenant_id)
    except UnknownTenant:
        raise NotPossibleNow(Message("The tenant has no site yet.")) from None
    checks = [CheckOutput(**asdict(each)) for each in check_tenant(connection, issuer=hub.settings.oidc_issuer)]
    return ChecksOutput(passed=all(each.passed for each in checks), checks=checks)


def _may_see(caller: Principal, tenant_id: str) -> bool:
    return caller.operator or caller.may(Role.ADMIN, tenant_id)


def seen_tenant(hub: Hub, caller: Principal, tenant_id: str) -> DeclaredTenant:
    """A tenant that the caller may look at.

    Raises:
        NotFound: It is not the caller's, or nobody's.
        Forbidden: The caller belongs to it, but is no admin.
    """
    if not is_tenant_id(tenant_id) or not caller.sees(tenant_id):
        raise NotFound(_NO_SUCH_TENANT)
    try:
        known = hub.tenant_requests.get(tenant_id)
    except UnknownTenant:
        raise NotFound(_NO_SUCH_TENANT) from None
    if not _may_see(caller, tenant_id):
        raise Forbidden(Message("Only an admin of the tenant may see this."))
    return known


def _require_operator(caller: Principal, hub: Hub | None = None, tenant_id: str | None = None) -> None:
    if hub is not None and tenant_id is not None:
        seen_tenant(hub, caller, tenant_id)
    if not caller.operator:
        raise Forbidden(Message("Only an operator of the platform may do this."))


def _output(hub: Hub, known: DeclaredTenant) -> TenantOutput:
    allotment = hub.allotment(known.tenant)
    return TenantOutput(
        tenant=known.tenant,
        declared_in=known.origin,
        declared_by=known.declared_by,
        wanted=known.wanted,
        phase=known.phase,
        problem=known.problem,
        url=known.url,
        database=allotment.database,
        limits=allotment.limits,
        features=sorted(allotment.features),
        remove_at=known.remove_at,
        created_at=known.created_at,
        updated_at=known.updated_at,
    )
