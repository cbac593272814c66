"""What there is to ask of a platform, as the hub's database knows it; the same for every runtime."""

import datetime as dt
from collections.abc import Iterator

from presswerk.declaration import RESERVED_IDS
from presswerk.operations.checks.model import Target
from presswerk.operations.checks.targets import SiteTarget, TenantTarget
from presswerk.tenants import DeclaredTenant, TenantRegistry, TenantRuntime, TenantState, UnknownTenant
from presswerk.tenants.vault import CannotOpen
from presswerk.wordpress import Connection


def tenants_and_sites(
    tenants: TenantRuntime, registry: TenantRegistry, issuer: str, *, changing: bool = False
) -> tuple[Target, ...]:
    """Every tenant, and its site where it has one.

    Args:
        tenants: What is wanted of them, and how far that is.
        registry: Where their sites are.
        issuer: The identity provider people sign in at.
        changing: Whether somebody is carrying out at this moment what is pending.

    Raises:
        SQLAlchemyError: The database does not answer.
        TenantsUnavailable: The runtime does not.
    """
    return tuple(_targets(tenants, registry, issuer, changing))


def site_service(tenant_id: str) -> str:
    """The line of a tenant's site."""
    return f"site-{tenant_id}"


def _targets(tenants: TenantRuntime, registry: TenantRegistry, issuer: str, changing: bool) -> Iterator[Target]:
    under_way: dict[str, str] = {}
    for known in tenants.list():
        under_way[known.id] = _under_way(known, changing)
        pending = known.applied < known.generation
        reserved = known.id if known.id in RESERVED_IDS else None
        yield TenantTarget(service=site_service(known.id), problem=known.problem, pending=pending, reserved=reserved)
    for registered in registry.list():
        yield SiteTarget(
            service=site_service(registered.id),
            address=registered.public_url,
            under_way=under_way.get(registered.id, ""),
            name=registered.tenant.name,
            internal_url=registered.internal_url,
            issuer=issuer,
            connection=_connection(registry, registered.id),
            closed=registered.state is TenantState.SUSPENDED,
        )


def _under_way(known: DeclaredTenant, changing: bool) -> str:
    """Why nobody can expect of a tenant's site that it works; empty where everybody does."""
    now = dt.datetime.now(dt.UTC)
    if known.problem is not None or not known.needs_work(now):
        return ""
    if known.is_due(now):
        return "It is being removed."
    if known.applied == 0:
        return "It is being made."
    return "It is being changed." if changing else ""


def _connection(registry: TenantRegistry, tenant_id: str) -> Connection | None:
    try:
        return registry.connection(tenant_id)
    except (CannotOpen, UnknownTenant):
        return None
