"""Tenants of one machine: what is wanted of each is kept in the hub's database, and how far it has come."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from presswerk.declaration import Tenant
from presswerk.tenants import (
    Accounts,
    ChangedMeanwhile,
    DeclaredPlatform,
    DeclaredTenant,
    DesiredState,
    Member,
    Members,
    Origin,
    TenantRegistry,
    TenantState,
    UnknownTenant,
    effective_people,
)
from presswerk.tenants.members import write_membership
from presswerk.tenants.tables import declared_tenants


@dataclass(frozen=True)
class Takeover:
    """A tenant that became as the file declares it: `action` and `detail` for the audit trail, `told` for people."""

    tenant_id: str
    action: str
    detail: Mapping[str, object]
    told: str


class LocalRuntime:
    """Keeps what is wanted of tenants; a worker beside the hub, or the command that asked, carries it out.

    Args:
        engine: The hub's database.
        registry: Where their sites are; told at once that one takes no articles any more.
        declared: The platform, with the people and tenants of its file.
        changed: Told the id of each tenant that something is to be carried out for.
    """

    def __init__(
        self,
        engine: Engine,
        registry: TenantRegistry,
        declared: DeclaredPlatform,
        *,
        changed: Callable[[str], None] = lambda _tenant_id: None,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._declared = declared
        self._changed = changed
        self._members = Members(engine)
        self._accounts = Accounts(engine)

    def get(self, tenant_id: str) -> DeclaredTenant:
        """As `TenantRuntime.get`."""
        found = self.find(tenant_id)
        if found is None:
            raise UnknownTenant(f"There is no tenant {tenant_id!r}; `presswerk tenant list` names them.")
        return found

    def find(self, tenant_id: str) -> DeclaredTenant | None:
        """Look a tenant up; None when there is none of this id."""
        if not tenant_id.isprintable():
            return None
        with self._engine.connect() as database:
            query = select(declared_tenants).where(declared_tenants.c.id == tenant_id)
            row = database.execute(query).mappings().first()
        if row is None:
            return None
        try:
            url = self._registry.get(tenant_id).public_url
        except UnknownTenant:
            url = None
        return self._read(row, url)

    def list(self) -> tuple[DeclaredTenant, ...]:
        """As `TenantRuntime.list`."""
        urls = {each.id: each.public_url for each in self._registry.list()}
        with self._engine.connect() as database:
            rows = database.execute(select(declared_tenants).order_by(declared_tenants.c.id)).mappings()
            return tuple(self._read(row, urls.get(row["id"])) for row in rows)

    def apply(self, tenant: Tenant, known: DeclaredTenant | None = None) -> DeclaredTenant:
        """As `TenantRuntime.apply`."""
        if known is None:
            return self._add(tenant, Origin.COMMAND)
        return self._change(known, tenant=tenant, origin=Origin.COMMAND)

    def suspend(self, known: DeclaredTenant) -> DeclaredTenant:
        """As `TenantRuntime.suspend`; the hub takes no article from now on, even before the site is closed."""
        changed = self._change(known, origin=Origin.COMMAND, wanted=DesiredState.SUSPENDED)
        self._close(known.id)
        return changed

    def resume(self, known: DeclaredTenant) -> DeclaredTenant:
        """As `TenantRuntime.resume`."""
        return self._change(known, origin=Origin.COMMAND, wanted=DesiredState.ACTIVE)

    def remove(self, known: DeclaredTenant, at: dt.datetime, final_backup: str | None = None) -> DeclaredTenant:
        """As `TenantRuntime.remove`."""
        changed = self._change(
            known, origin=Origin.COMMAND, wanted=DesiredState.ABSENT, remove_at=at, final_backup=final_backup
        )
        self._close(known.id)
        return changed

    def members(self, tenant_id: str) -> tuple[Member, ...]:
        """As `TenantRuntime.members`: declared people, and those added by command."""
        people = effective_people(self._declared.platform.people, self._accounts.list(), self._members.list())
        return tuple(
            Member(tenant_id, person.user_name, role, person.given_name, person.family_name, person.email)
            for person in sorted(people, key=lambda person: person.user_name)
            if (role := person.memberships.get(tenant_id)) is not None
        )

    def find_person(self, *, user_name: str | None = None, subject: str | None = None) -> Member | None:
        """As `TenantRuntime.find_person`: on one machine a person's subject is the name they sign in with."""
        people = effective_people(self._declared.platform.people, self._accounts.list(), self._members.list())
        found = next((each for each in people if each.user_name == (user_name or subject)), None)
        return None if found is None else Member("", found.user_name, None, subject=found.user_name)

    def put_member(self, member: Member, within: Connection | None = None) -> bool:
        """As `TenantRuntime.put_member`."""
        if within is None:
            return self._members.put(member)
        write_membership(within, member.tenant, member.user_name, member.role)
        return True

    def declare(self, tenants: Iterable[Tenant]) -> tuple[Takeover, ...]:
        """Take over what `platform.yaml` declares: what is new, what changed, and what is no longer in it.

        A tenant that is no longer in it is suspended, not removed: a line lost by mistake must lose no data. One that
        was made by command is the file's from now on; without a file it stays as the command left it.
        """
        wanted = {tenant.id: tenant for tenant in tenants}
        return (
            *(change for tenant in wanted.values() for change in self._take_over(tenant)),
            *(change for known in self.list() if known.id not in wanted for change in self._let_go(known)),
        )

    def touch(self, tenant_id: str) -> None:
        """Note that something about a tenant that stands elsewhere, such as its members, is to be carried out."""
        query = update(declared_tenants).where(declared_tenants.c.id == tenant_id)
        with self._engine.begin() as database:
            now = dt.datetime.now(dt.UTC)
            database.execute(query.values(generation=declared_tenants.c.generation + 1, updated_at=now))
        self._changed(tenant_id)

    def carried_out(self, known: DeclaredTenant) -> None:
        """Note that what was wanted in this generation is done."""
        self._update(known, {"applied": known.generation, "problem": None})

    def failed(self, known: DeclaredTenant, problem: str) -> None:
        """Note why it could not be done."""
        self._update(known, {"problem": problem})

    def forget(self, known: DeclaredTenant) -> bool:
        """Remove the last of a tenant, unless somebody changed it meanwhile; tells whether it was removed."""
        query = delete(declared_tenants).where(
            declared_tenants.c.id == known.id, declared_tenants.c.generation == known.generation
        )
        with self._engine.begin() as database:
            return database.execute(query).rowcount == 1

    def _take_over(self, tenant: Tenant) -> Iterator[Takeover]:
        known = self.find(tenant.id)
        detail = {"tier": tenant.tier, "name": tenant.name}
        if known is None:
            self._add(tenant, Origin.FILE)
            yield Takeover(tenant.id, "tenant.create", detail, f"tenant {tenant.id}: declared")
            return
        if known.origin is Origin.COMMAND and self._declared.file is None:
            return
        if known.is_due(dt.datetime.now(dt.UTC)):
            told = f"tenant {tenant.id}: is being removed; run it again when that is done to make it anew"
            yield Takeover(tenant.id, "", {}, told)
            return
        later = self._change(known, tenant=tenant, origin=Origin.FILE, wanted=DesiredState.ACTIVE)
        if later.generation != known.generation:
            what = "resumed" if later.tenant == known.tenant else "changed"
            yield Takeover(tenant.id, "tenant.update", detail, f"tenant {tenant.id}: {what}")

    def _let_go(self, known: DeclaredTenant) -> Iterator[Takeover]:
        if known.origin is Origin.FILE and known.wanted is DesiredState.ACTIVE:
            self._change(known, wanted=DesiredState.SUSPENDED)
            self._close(known.id)
            told = f"tenant {known.id}: suspended, because it is no longer declared"
            yield Takeover(known.id, "tenant.suspend", {"reason": "no longer declared"}, told)

    def _close(self, tenant_id: str) -> None:
        try:
            self._registry.set_state(tenant_id, TenantState.SUSPENDED)
        except UnknownTenant:
            # Its site was never made.
            return

    def _add(self, tenant: Tenant, origin: Origin) -> DeclaredTenant:
        now = dt.datetime.now(dt.UTC)
        values: dict[str, Any] = {
            "id": tenant.id,
            "declaration": tenant.model_dump_json(exclude_none=True),
            "origin": origin,
            "wanted": DesiredState.ACTIVE,
            "generation": 1,
            "applied": 0,
            "created_at": now,
            "updated_at": now,
        }
        try:
            with self._engine.begin() as database:
                database.execute(insert(declared_tenants).values(values))
        except IntegrityError:
            raise ChangedMeanwhile(f"Somebody declared {tenant.id} just now; look at it and try again.") from None
        self._changed(tenant.id)
        return self.get(tenant.id)

    def _change(
        self,
        known: DeclaredTenant,
        *,
        tenant: Tenant | None = None,
        origin: Origin | None = None,
        wanted: DesiredState | None = None,
        remove_at: dt.datetime | None = None,
        final_backup: str | None = None,
    ) -> DeclaredTenant:
        """Want something else of a tenant; what is None stays, but `remove_at` and `final_backup` go with `wanted`."""
        former = (known.tenant, known.wanted, known.remove_at, known.final_backup)
        leaving = (known.remove_at, known.final_backup) if wanted is None else (remove_at, final_backup)
        later = (tenant or known.tenant, wanted or known.wanted, *leaving)
        if later == former and (origin or known.origin) is known.origin:
            return known
        values: dict[str, Any] = {
            "declaration": later[0].model_dump_json(exclude_none=True),
            "origin": origin or known.origin,
            "wanted": later[1],
            "remove_at": later[2],
            "final_backup": later[3],
            # Where a tenant is declared is nothing that has to be carried out.
            "generation": known.generation + (later != former),
            "updated_at": dt.datetime.now(dt.UTC),
        }
        if not self._update(known, values):
            raise ChangedMeanwhile(f"Somebody else changed {known.id} just now; look at it and try again.")
        self._changed(known.id)
        return self.get(known.id)

    def _update(self, known: DeclaredTenant, values: dict[str, Any]) -> bool:
        query = update(declared_tenants).where(
            declared_tenants.c.id == known.id, declared_tenants.c.generation == known.generation
        )
        with self._engine.begin() as database:
            return database.execute(query.values(values)).rowcount == 1

    def _read(self, row: RowMapping, url: str | None) -> DeclaredTenant:
        return DeclaredTenant(
            tenant=Tenant.model_validate_json(row["declaration"]),
            origin=Origin(row["origin"]),
            wanted=DesiredState(row["wanted"]),
            generation=row["generation"],
            applied=row["applied"],
            remove_at=row["remove_at"],
            final_backup=row["final_backup"],
            problem=row["problem"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            url=url,
            version=str(row["generation"]),
            # One that has left the file is nobody's any more, and so a command's to open or delete.
            declared_by=self._declared.declaring(row["id"], "run `presswerk up`"),
        )
