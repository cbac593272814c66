"""A tenant's life as its operator asks for it: what is wanted is checked, stored and audited; a runtime carries it out.

Every request can be repeated: one that asks for what is wanted already changes nothing and leaves no record.
"""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from pydantic import ValidationError

from presswerk.declaration import Platform, Tenant, TierName
from presswerk.identity import AuditTrail, Principal
from presswerk.tenants.errors import DeclaredElsewhere, InvalidTenant, TenantExists, TenantLeaving, UnknownTenant
from presswerk.tenants.runtime import DeclaredTenant, DesiredState, TenantRuntime

WAITING_PERIOD = dt.timedelta(days=7)
"""How long a tenant that is to be deleted can still be resumed, unless it is said otherwise."""

_NOTHING: Mapping[str, object] = MappingProxyType({})


class TenantService:
    """Takes requests about tenants.

    Args:
        runtime: Where the tenants are.
        platform: Its tiers bound them; None where the runtime itself checks a declaration, as another hub does.
        audit: Gets a record of each change; None where the runtime keeps one, as a cluster's API does.
    """

    def __init__(
        self, runtime: TenantRuntime, platform: Platform | None = None, audit: AuditTrail | None = None
    ) -> None:
        self._runtime = runtime
        self._platform = platform
        self._audit = audit

    def list(self) -> tuple[DeclaredTenant, ...]:
        """All tenants by id."""
        return self._runtime.list()

    def get(self, tenant_id: str) -> DeclaredTenant:
        """A tenant.

        Raises:
            UnknownTenant: None has this id.
        """
        return self._runtime.get(tenant_id)

    def create(self, caller: Principal, fields: Mapping[str, object]) -> DeclaredTenant:
        """Add a tenant; the same request again returns the one that is there.

        Args:
            caller: For the audit trail.
            fields: Of `presswerk.declaration.Tenant`.

        Raises:
            InvalidTenant: Fields are wrong, or the tier does not allow them.
            TenantExists: A tenant of this id is declared otherwise.
        """
        tenant = self._checked(fields)
        try:
            known = self._runtime.get(tenant.id)
        except UnknownTenant:
            reserved = None if self._platform is None else self._platform.reserved(tenant.id)
            if reserved is not None:
                raise InvalidTenant("The tenant cannot be declared like this.", (("id", reserved),)) from None
            made = self._runtime.apply(tenant)
        else:
            if known.tenant == tenant and known.wanted is not DesiredState.ABSENT:
                return known
            raise TenantExists(_exists(known))
        self._record(caller, "tenant.create", tenant.id, {"tier": tenant.tier, "name": tenant.name})
        return made

    def update(self, caller: Principal, tenant_id: str, changes: Mapping[str, object]) -> DeclaredTenant:
        """Change fields of a tenant's declaration; its id never changes.

        Raises:
            UnknownTenant: None has this id.
            InvalidTenant: A field is wrong, or the tier does not allow it.
            DeclaredElsewhere: A file or a repository declares it.
            TenantLeaving: It is to be removed.
        """
        known = self._changeable(tenant_id)
        if changes.get("id", tenant_id) != tenant_id:
            raise InvalidTenant("The id of a tenant never changes.", (("id", "never changes; make a new tenant"),))
        tenant = self._checked({**known.tenant.model_dump(), **changes})
        detail = {name: str(value) for name, value in changes.items()}
        return self._recorded(caller, "tenant.update", known, self._runtime.apply(tenant, known), detail)

    def scale(self, caller: Principal, tenant_id: str, tier: TierName) -> DeclaredTenant:
        """Move a tenant to another tier.

        Raises:
            As for `update`.
        """
        known = self._changeable(tenant_id)
        tenant = self._checked({**known.tenant.model_dump(), "tier": tier})
        detail = {"from": known.tenant.tier, "to": tier}
        return self._recorded(caller, "tenant.scale", known, self._runtime.apply(tenant, known), detail)

    def suspend(self, caller: Principal, tenant_id: str) -> DeclaredTenant:
        """Close a tenant: its site says so, no article is taken, all data stays.

        Raises:
            UnknownTenant: None has this id.
            DeclaredElsewhere: A file or a repository declares it.
            TenantLeaving: It is closed already, because it is to be removed.
        """
        known = self._changeable(tenant_id)
        return self._recorded(caller, "tenant.suspend", known, self._runtime.suspend(known))

    def resume(self, caller: Principal, tenant_id: str) -> DeclaredTenant:
        """Open a tenant again, also one that waits for its removal.

        Raises:
            UnknownTenant: None has this id.
            DeclaredElsewhere: A file or a repository declares it.
            TenantLeaving: Its removal has begun.
        """
        known = self._own(tenant_id)
        if known.is_due(dt.datetime.now(dt.UTC)):
            raise TenantLeaving(f"The removal of {tenant_id} has begun; it cannot be resumed any more.")
        return self._recorded(caller, "tenant.resume", known, self._runtime.resume(known))

    def delete(
        self,
        caller: Principal,
        tenant_id: str,
        *,
        after: dt.timedelta = WAITING_PERIOD,
        final_backup: str | None = None,
    ) -> DeclaredTenant:
        """Close a tenant and remove it with everything it has.

        Args:
            caller: For the audit trail.
            tenant_id: Whose end it is.
            after: How long it can still be resumed; a shorter time than before is taken, a longer one is not.
            final_backup: The directory its content goes to first; None to keep nothing.

        Raises:
            UnknownTenant: None has this id.
            DeclaredElsewhere: A file or a repository declares it.
        """
        known = self._own(tenant_id)
        remove_at = dt.datetime.now(dt.UTC) + after
        if known.wanted is DesiredState.ABSENT and known.remove_at is not None and known.remove_at <= remove_at:
            remove_at = known.remove_at
        changed = self._runtime.remove(known, remove_at, final_backup or known.final_backup)
        detail = {"remove_at": remove_at.isoformat(), "final_backup": bool(changed.final_backup)}
        return self._recorded(caller, "tenant.delete", known, changed, detail)

    def _changeable(self, tenant_id: str) -> DeclaredTenant:
        known = self._own(tenant_id)
        known.require_staying()
        return known

    def _own(self, tenant_id: str) -> DeclaredTenant:
        known = self._runtime.get(tenant_id)
        if known.declared_by is not None:
            raise DeclaredElsewhere(f"{tenant_id} is declared {known.declared_by}")
        return known

    def _checked(self, fields: Mapping[str, object]) -> Tenant:
        try:
            tenant = Tenant.model_validate(fields)
        except ValidationError as error:
            raise InvalidTenant.of(error, "The tenant cannot be declared like this.") from None
        if self._platform is None:
            return tenant
        others = (known.tenant for known in self._runtime.list() if known.id != tenant.id)
        problems = self._platform.problems_with(tenant, others)
        if problems:
            raise InvalidTenant("The tenant cannot be declared like this.", problems)
        return tenant

    def _recorded(
        self,
        caller: Principal,
        action: str,
        known: DeclaredTenant,
        changed: DeclaredTenant,
        detail: Mapping[str, object] = _NOTHING,
    ) -> DeclaredTenant:
        """A change, noted where there was one."""
        if changed.version != known.version:
            self._record(caller, action, known.id, detail)
        return changed

    def _record(self, caller: Principal, action: str, tenant_id: str, detail: Mapping[str, object]) -> None:
        if self._audit is not None:
            self._audit.record(caller, action, tenant_id, detail, tenant=tenant_id)


def _exists(known: DeclaredTenant) -> str:
    if known.wanted is DesiredState.ABSENT:
        return f"{known.id} is being removed; wait until it is gone, or run `presswerk tenant resume {known.id}`."
    return f"There is a tenant {known.id} already, declared otherwise; change it with `presswerk tenant update`."
