"""What goes with a tenant, told once for every runtime: what people see first, and what holds data last."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields

from sqlalchemy import Engine

from presswerk.identity import ApiKeys, ApiUsage
from presswerk.identity.people import forget_tenant
from presswerk.tenants.backups import BackupRecords
from presswerk.tenants.invitations import Invitations
from presswerk.tenants.members import Members
from presswerk.tenants.registry import TenantRegistry

Step = Callable[[], bool | None]
"""Removes a part of a tenant; can be repeated, and answers False while the part is still going."""


@dataclass(frozen=True)
class TenantParts:
    """How a runtime removes each part of one tenant, in the order in which they go.

    Attributes:
        site: Nobody reaches it any more, and what is to be kept of it is kept.
        chat: Its presets and groups, and people who were there for it alone.
        sign_on: Its groups and its site's client at the identity provider, and such people's accounts.
        files: What serves the site, with its files and secrets.
        database: Its databases, which nothing uses any more.
        records: What the hub has noted of it: `forget_records`.
        declaration: What says that there is such a tenant.
    """

    site: Step
    chat: Step
    sign_on: Step
    files: Step
    database: Step
    records: Step
    declaration: Step

    def remove(self, done: set[str]) -> bool:
        """Remove what is not removed yet; says whether that was all.

        Args:
            done: What was removed before, by name; what is removed now is added.
        """
        for part in fields(self):
            if part.name not in done:
                step: Step = getattr(self, part.name)
                if step() is False:
                    return False
                done.add(part.name)
        return True


def forget_records(
    engine: Engine,
    registry: TenantRegistry,
    tenant_id: str,
    purge: Callable[[str], None],
    *,
    issuer: str = "",
    leaving: Collection[str] = (),
) -> None:
    """Remove all that the hub has noted of a tenant but the audit trail.

    Args:
        engine: The hub's database.
        registry: Of tenants.
        tenant_id: Whose; no article of it is taken any more.
        purge: Removes its articles, of which this room knows nothing.
        issuer: Of the people.
        leaving: Subjects of those who belong to no other tenant.
    """
    purge(tenant_id)
    ApiKeys(engine).forget(tenant_id)
    ApiUsage(engine).forget(tenant_id)
    forget_tenant(engine, tenant_id, issuer, leaving)
    BackupRecords(engine).forget_tenant(tenant_id)
    Members(engine).forget(tenant_id)
    Invitations(engine).forget(tenant_id)
    registry.forget(tenant_id)
