"""What is wanted of each tenant, and how far the runtime has come with it."""

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from presswerk.declaration import Platform, Tenant
from presswerk.tenants.errors import ChangedMeanwhile, TenantLeaving, UnknownTenant
from presswerk.tenants.tables import declared_tenants


@dataclass(frozen=True)
class DeclaredPlatform:
    """The platform tenants are checked against; `file` is its `platform.yaml`, None where there is none."""

    platform: Platform
    file: str | None = None


class Origin(enum.StrEnum):
    """Where a tenant is declared, and so where it is changed."""

    FILE = "file"  # in platform.yaml
    COMMAND = "command"  # by `presswerk tenant` or the API


class Wanted(enum.StrEnum):
    """What is to be of a tenant."""

    ACTIVE = "active"  # its site serves, articles are taken
    SUSPENDED = "suspended"  # its site says that it is closed, nothing is taken, all data stays
    ABSENT = "absent"  # suspended until its time has come, then removed with everything it has


class Phase(enum.StrEnum):
    """How a tenant is."""

    PENDING = "Pending"  # what is wanted is not done yet
    READY = "Ready"  # as wanted
    DEGRADED = "Degraded"  # the last attempt failed; it is tried again
    SUSPENDED = "Suspended"  # as wanted, and closed
    DELETING = "Deleting"  # waits for its removal, or is being removed


@dataclass(frozen=True)
class DeclaredTenant:
    """A tenant as it is wanted.

    Attributes:
        tenant: Its declaration.
        origin: Where it is declared.
        wanted: What is to be of it.
        generation: Counts the changes of what is wanted.
        applied: The generation the runtime has carried out.
        remove_at: When it is to be removed, where it is to be absent.
        final_backup: The directory its content goes to before; None to keep nothing.
        problem: Why the last attempt failed.
        created_at: When it was first declared.
        updated_at: When what is wanted last changed.
    """

    tenant: Tenant
    origin: Origin
    wanted: Wanted
    generation: int
    applied: int
    remove_at: dt.datetime | None
    final_backup: str | None
    problem: str | None
    created_at: dt.datetime
    updated_at: dt.datetime

    @property
    def id(self) -> str:
        """The tenant's id."""
        return self.tenant.id

    @property
    def phase(self) -> Phase:
        """How it is."""
        if self.problem is not None:
            return Phase.DEGRADED
        if self.wanted is Wanted.ABSENT:
            return Phase.DELETING
        if self.applied < self.generation:
            return Phase.PENDING
        return Phase.READY if self.wanted is Wanted.ACTIVE else Phase.SUSPENDED

    def is_due(self, now: dt.datetime) -> bool:
        """Whether the time of its removal has come."""
        return self.wanted is Wanted.ABSENT and (self.remove_at is None or self.remove_at <= now)

    def require_staying(self) -> None:
        """Let on only while it is not to be removed.

        Raises:
            TenantLeaving: It is.
        """
        if self.wanted is Wanted.ABSENT:
            raise TenantLeaving(f"{self.id} is to be removed; run `presswerk tenant resume {self.id}` first.")

    def needs_work(self, now: dt.datetime) -> bool:
        """Whether the runtime has something to do for it."""
        return self.applied < self.generation or self.is_due(now)


class Declarations:
    """Stores what is wanted of tenants."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, tenant_id: str) -> DeclaredTenant:
        """Look a tenant up.

        Raises:
            UnknownTenant: None has this id.
        """
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
        return None if row is None else _declared(row)

    def list(self) -> tuple[DeclaredTenant, ...]:
        """All tenants by id."""
        with self._engine.connect() as database:
            rows = database.execute(select(declared_tenants).order_by(declared_tenants.c.id)).mappings()
            return tuple(_declared(row) for row in rows)

    def add(self, tenant: Tenant, origin: Origin) -> DeclaredTenant:
        """Declare a new tenant.

        Raises:
            ChangedMeanwhile: Somebody declared one of this id just now.
        """
        now = dt.datetime.now(dt.UTC)
        values: dict[str, Any] = {
            "id": tenant.id,
            "declaration": tenant.model_dump_json(),
            "origin": origin,
            "wanted": Wanted.ACTIVE,
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
        return self.get(tenant.id)

    def change(
        self,
        known: DeclaredTenant,
        *,
        tenant: Tenant | None = None,
        origin: Origin | None = None,
        wanted: Wanted | None = None,
        remove_at: dt.datetime | None = None,
        final_backup: str | None = None,
    ) -> DeclaredTenant:
        """Want something else of a tenant; what is None stays, but `remove_at` and `final_backup` go with `wanted`.

        Args:
            known: As it was read; nothing is written when it changed since, or when nothing is different.
            tenant: Its new declaration.
            origin: Where it is declared from now on.
            wanted: What is to be of it.
            remove_at: When, for `Wanted.ABSENT`.
            final_backup: Where to, for `Wanted.ABSENT`.

        Raises:
            ChangedMeanwhile: Somebody else changed it since it was read.
        """
        former = (known.tenant, known.wanted, known.remove_at, known.final_backup)
        leaving = (known.remove_at, known.final_backup) if wanted is None else (remove_at, final_backup)
        later = (tenant or known.tenant, wanted or known.wanted, *leaving)
        if later == former and (origin or known.origin) is known.origin:
            return known
        values: dict[str, Any] = {
            "declaration": later[0].model_dump_json(),
            "origin": origin or known.origin,
            "wanted": later[1],
            "remove_at": later[2],
            "final_backup": later[3],
            # Where a tenant is declared is nothing the runtime has to carry out.
            "generation": known.generation + (later != former),
            "updated_at": dt.datetime.now(dt.UTC),
        }
        if not self._update(known.id, known.generation, values):
            raise ChangedMeanwhile(f"Somebody else changed {known.id} just now; look at it and try again.")
        return self.get(known.id)

    def outdate(self, tenant_id: str) -> None:
        """Note that something about a tenant that stands elsewhere, such as its members, is to be carried out."""
        query = update(declared_tenants).where(declared_tenants.c.id == tenant_id)
        with self._engine.begin() as database:
            now = dt.datetime.now(dt.UTC)
            database.execute(query.values(generation=declared_tenants.c.generation + 1, updated_at=now))

    def carried_out(self, known: DeclaredTenant) -> None:
        """Note that the runtime has done what was wanted in this generation."""
        self._update(known.id, known.generation, {"applied": known.generation, "problem": None})

    def failed(self, known: DeclaredTenant, problem: str) -> None:
        """Note why the runtime could not do it."""
        self._update(known.id, known.generation, {"problem": problem})

    def forget(self, known: DeclaredTenant) -> bool:
        """Remove the last of a tenant, unless somebody changed it meanwhile; tells whether it was removed."""
        query = delete(declared_tenants).where(
            declared_tenants.c.id == known.id, declared_tenants.c.generation == known.generation
        )
        with self._engine.begin() as database:
            return database.execute(query).rowcount == 1

    def _update(self, tenant_id: str, generation: int, values: dict[str, Any]) -> bool:
        query = update(declared_tenants).where(
            declared_tenants.c.id == tenant_id, declared_tenants.c.generation == generation
        )
        with self._engine.begin() as database:
            return database.execute(query.values(values)).rowcount == 1


def _declared(row: RowMapping) -> DeclaredTenant:
    return DeclaredTenant(
        tenant=Tenant.model_validate_json(row["declaration"]),
        origin=Origin(row["origin"]),
        wanted=Wanted(row["wanted"]),
        generation=row["generation"],
        applied=row["applied"],
        remove_at=row["remove_at"],
        final_backup=row["final_backup"],
        problem=row["problem"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
