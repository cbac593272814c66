"""What there is to ask of a platform, as the hub's database knows it; the same for every runtime."""

import datetime as dt
from collections.abc import Iterator

from presswerk.operations.checks.model import Target
from presswerk.operations.checks.targets import Site, Tenant
from presswerk.tenants import Declarations, TenantRegistry, TenantState, UnknownTenant
from presswerk.tenants.vault import CannotOpen
from presswerk.wordpress import Connection


def tenants_and_sites(declarations: Declarations, registry: TenantRegistry, issuer: str) -> tuple[Target, ...]:
    """Every tenant, and its site where it has one.

    Args:
        declarations: What is declared of tenants.
        registry: Where their sites are.
        issuer: The identity provider people sign in at.

    Raises:
        SQLAlchemyError: The database does not answer.
    """
    return tuple(_targets(declarations, registry, issuer))


def site_service(tenant_id: str) -> str:
    """The line of a tenant's site."""
    return f"site-{tenant_id}"


def _targets(declarations: Declarations, registry: TenantRegistry, issuer: str) -> Iterator[Target]:
    under_way: dict[str, str] = {}
    now = dt.datetime.now(dt.UTC)
    for known in declarations.list():
        if known.problem is None and known.is_due(now):
            under_way[known.id] = "It is being removed."
        elif known.problem is None and known.applied == 0:
            under_way[known.id] = "It is being made."
        pending = known.applied < known.generation
        yield Tenant(service=site_service(known.id), problem=known.problem, pending=pending)
    for registered in registry.list():
        yield Site(
            service=site_service(registered.id),
            address=registered.public_url,
            under_way=under_way.get(registered.id, ""),
            name=registered.tenant.name,
            internal_url=registered.internal_url,
            issuer=issuer,
            connection=_connection(registry, registered.id),
            closed=registered.state is TenantState.SUSPENDED,
        )


def _connection(registry: TenantRegistry, tenant_id: str) -> Connection | None:
    try:
        return registry.connection(tenant_id)
    except (CannotOpen, UnknownTenant):
        return None
