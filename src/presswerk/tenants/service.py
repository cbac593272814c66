"""A tenant's life as its operator asks for it: what is wanted is checked, stored and audited; a runtime carries it out.

Every request can be repeated: one that asks for what is wanted already changes nothing and leaves no record.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from pydantic import ValidationError

from presswerk.declaration import Tenant, TierName
from presswerk.identity import AuditTrail, Principal
from presswerk.tenants.declarations import Declarations, DeclaredPlatform, DeclaredTenant, Origin, Wanted
from presswerk.tenants.errors import DeclaredElsewhere, InvalidTenant, TenantExists, TenantLeaving, UnknownTenant
from presswerk.tenants.registry import TenantRegistry, TenantState

WAITING_PERIOD = dt.timedelta(days=7)
"""How long a tenant that is to be deleted can still be resumed, unless it is said otherwise."""


class TenantService:
    """Takes requests about tenants.

    Args:
        declarations: What is wanted.
        registry: What the hub publishes to; told at once when a tenant is to be closed.
        audit: Gets a record of each change.
        declared: The platform.
        changed: Told the id of each tenant that something else is wanted of.
    """

    def __init__(
        self,
        declarations: Declarations,
        registry: TenantRegistry,
        audit: AuditTrail,
        declared: DeclaredPlatform,
        *,
        changed: Callable[[str], None] = lambda _tenant_id: None,
    ) -> None:
        self._declarations = declarations
        self._registry = registry
        self._audit = audit
        self._declared = declared
        self._changed = changed

    def list(self) -> tuple[DeclaredTenant, ...]:
        """All tenants by id."""
        return self._declarations.list()

    def get(self, tenant_id: str) -> DeclaredTenant:
        """A tenant.

        Raises:
            UnknownTenant: None has this id.
        """
        return self._declarations.get(tenant_id)

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
        known = self._declarations.find(tenant.id)
        if known is not None:
            if known.tenant == tenant and known.wanted is not Wanted.ABSENT:
                return known
            raise TenantExists(_exists(known))
        made = self._declarations.add(tenant, Origin.COMMAND)
        self._record(caller, "tenant.create", tenant.id, {"tier": tenant.tier, "name": tenant.name})
        return made

    def update(self, caller: Principal, tenant_id: str, changes: Mapping[str, object]) -> DeclaredTenant:
        """Change fields of a tenant's declaration; its id never changes.

        Raises:
            UnknownTenant: None has this id.
            InvalidTenant: A field is wrong, or the tier does not allow it.
            DeclaredElsewhere: It stands in `platform.yaml`.
            TenantLeaving: It is to be removed.
        """
        known = self._changeable(tenant_id)
        if changes.get("id", tenant_id) != tenant_id:
            raise InvalidTenant("The id of a tenant never changes.", (("id", "never changes; make a new tenant"),))
        tenant = self._checked({**known.tenant.model_dump(), **changes})
        changed = self._declarations.change(known, tenant=tenant, origin=Origin.COMMAND)
        if changed.generation != known.generation:
            detail = {name: str(value) for name, value in changes.items()}
            self._record(caller, "tenant.update", tenant_id, detail)
        return changed

    def scale(self, caller: Principal, tenant_id: str, tier: TierName) -> DeclaredTenant:
        """Move a tenant to another tier.

        Raises:
            As for `update`.
        """
        known = self._changeable(tenant_id)
        tenant = self._checked({**known.tenant.model_dump(), "tier": tier})
        changed = self._declarations.change(known, tenant=tenant, origin=Origin.COMMAND)
        if changed.generation != known.generation:
            self._record(caller, "tenant.scale", tenant_id, {"from": known.tenant.tier, "to": tier})
        return changed

    def suspend(self, caller: Principal, tenant_id: str) -> DeclaredTenant:
        """Close a tenant: its site says so, no article is taken, all data stays.

        Raises:
            UnknownTenant: None has this id.
            DeclaredElsewhere: It stands in `platform.yaml`.
            TenantLeaving: It is closed already, because it is to be removed.
        """
        return self._want(caller, self._changeable(tenant_id), Wanted.SUSPENDED, "tenant.suspend")

    def resume(self, caller: Principal, tenant_id: str) -> DeclaredTenant:
        """Open a tenant again, also one that waits for its removal.

        Raises:
            UnknownTenant: None has this id.
            DeclaredElsewhere: It stands in `platform.yaml`.
            TenantLeaving: Its removal has begun.
        """
        known = self._own(tenant_id)
        if known.is_due(dt.datetime.now(dt.UTC)):
            raise TenantLeaving(f"The removal of {tenant_id} has begun; it cannot be resumed any more.")
        return self._want(caller, known, Wanted.ACTIVE, "tenant.resume")

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
            DeclaredElsewhere: It stands in `platform.yaml`.
        """
        known = self._own(tenant_id)
        remove_at = dt.datetime.now(dt.UTC) + after
        if known.wanted is Wanted.ABSENT and known.remove_at is not None and known.remove_at <= remove_at:
            remove_at = known.remove_at
        changed = self._declarations.change(
            known,
            origin=Origin.COMMAND,
            wanted=Wanted.ABSENT,
            remove_at=remove_at,
            final_backup=final_backup or known.final_backup,
        )
        self._close(tenant_id)
        if changed.generation != known.generation:
            detail = {"remove_at": remove_at.isoformat(), "final_backup": bool(changed.final_backup)}
            self._record(caller, "tenant.delete", tenant_id, detail)
        return changed

    def declare(self, caller: Principal, tenants: Iterable[Tenant]) -> tuple[str, ...]:
        """Take over what `platform.yaml` declares: what is new, what changed, and what is no longer in it.

        A tenant that is no longer in it is suspended, not removed: a line lost by mistake must lose no data. One that
        was made by command is the file's from now on; without a file it stays as the command left it.

        Returns:
            One line for each change.
        """
        wanted = {tenant.id: tenant for tenant in tenants}
        changes = [change for tenant in wanted.values() if (change := self._take_over(caller, tenant)) is not None]
        for known in self._declarations.list():
            if known.origin is Origin.FILE and known.id not in wanted and known.wanted is Wanted.ACTIVE:
                self._declarations.change(known, wanted=Wanted.SUSPENDED)
                self._close(known.id)
                self._record(caller, "tenant.suspend", known.id, {"reason": "no longer declared"})
                changes.append(f"tenant {known.id}: suspended, because it is no longer declared")
        return tuple(changes)

    def _take_over(self, caller: Principal, tenant: Tenant) -> str | None:
        known = self._declarations.find(tenant.id)
        detail = {"tier": tenant.tier, "name": tenant.name}
        if known is None:
            self._declarations.add(tenant, Origin.FILE)
            self._record(caller, "tenant.create", tenant.id, detail)
            return f"tenant {tenant.id}: declared"
        if known.origin is Origin.COMMAND and self._declared.file is None:
            return None
        if known.is_due(dt.datetime.now(dt.UTC)):
            return f"tenant {tenant.id}: is being removed; run it again when that is done to make it anew"
        later = self._declarations.change(known, tenant=tenant, origin=Origin.FILE, wanted=Wanted.ACTIVE)
        if later.generation == known.generation:
            return None
        self._record(caller, "tenant.update", tenant.id, detail)
        return f"tenant {tenant.id}: {'resumed' if later.tenant == known.tenant else 'changed'}"

    def _want(self, caller: Principal, known: DeclaredTenant, wanted: Wanted, action: str) -> DeclaredTenant:
        changed = self._declarations.change(known, origin=Origin.COMMAND, wanted=wanted)
        if wanted is Wanted.SUSPENDED:
            self._close(known.id)
        if changed.generation != known.generation:
            self._record(caller, action, known.id, {})
        return changed

    def _close(self, tenant_id: str) -> None:
        """No article is taken from now on, even before the runtime has closed the site."""
        try:
            self._registry.set_state(tenant_id, TenantState.SUSPENDED)
        except UnknownTenant:
            # Its site was never made.
            return

    def _changeable(self, tenant_id: str) -> DeclaredTenant:
        known = self._own(tenant_id)
        known.require_staying()
        return known

    def _own(self, tenant_id: str) -> DeclaredTenant:
        known = self._declarations.get(tenant_id)
        # One that has left the file is nobody's any more, and so a command's to open or delete.
        if self._declared.file is not None and self._declared.platform.tenant(tenant_id) is not None:
            raise DeclaredElsewhere(
                f"{tenant_id} is declared in {self._declared.file}: change it there and run `presswerk up`. "
                "What a command changed, the next `up` would undo."
            )
        return known

    def _checked(self, fields: Mapping[str, object]) -> Tenant:
        try:
            tenant = Tenant.model_validate(fields)
        except ValidationError as error:
            raise InvalidTenant.of(error, "The tenant cannot be declared like this.") from None
        others = (known.tenant for known in self._declarations.list() if known.id != tenant.id)
        problems = self._declared.platform.problems_with(tenant, others)
        if problems:
            raise InvalidTenant("The tenant cannot be declared like this.", problems)
        return tenant

    def _record(self, caller: Principal, action: str, tenant_id: str, detail: Mapping[str, object]) -> None:
        self._changed(tenant_id)
        self._audit.record(caller, action, tenant_id, detail, tenant=tenant_id)


def _exists(known: DeclaredTenant) -> str:
    if known.wanted is Wanted.ABSENT:
        return f"{known.id} is being removed; wait until it is gone, or run `presswerk tenant resume {known.id}`."
    return f"There is a tenant {known.id} already, declared otherwise; change it with `presswerk tenant update`."
