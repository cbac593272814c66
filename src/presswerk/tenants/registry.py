"""The tenants the hub knows: what was declared, where their sites are, and their sealed connections."""

import datetime as dt
import enum
import json
import math
import time
from dataclasses import dataclass

from sqlalchemy import Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from presswerk.database import reading, writing
from presswerk.declaration import Tenant
from presswerk.tenants.errors import UnknownTenant
from presswerk.tenants.tables import tenants
from presswerk.tenants.vault import CannotOpen, Vault
from presswerk.wordpress.model import Connection

_REMEMBERED_SECONDS = 2.0


class TenantState(enum.StrEnum):
    """Whether a tenant takes part."""

    ACTIVE = "active"  # publishes
    SUSPENDED = "suspended"  # is seen, but takes no publications


@dataclass(frozen=True)
class RegisteredTenant:
    """A tenant as the hub knows it; `public_url` and `internal_url` are its site's."""

    tenant: Tenant
    state: TenantState
    public_url: str
    internal_url: str

    @property
    def id(self) -> str:
        """The tenant's id."""
        return self.tenant.id


class TenantRegistry:
    """Stores tenants; connections are sealed by the vault and bound to their tenant."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault
        self._declared: dict[str, tuple[float, Tenant]] = {}

    def put(self, tenant: Tenant, connection: Connection) -> RegisteredTenant:
        """Add a tenant, or replace what is known of it; its state stays as it is.

        Args:
            tenant: As declared.
            connection: The managed connection to its site.
        """
        now = dt.datetime.now(dt.UTC)
        values = {
            # Without what is unset: a hub of before, to which one may have to return, refuses fields it does not know.
            "declaration": tenant.model_dump_json(exclude_none=True),
            "public_url": connection.public_url,
            "internal_url": connection.internal_url,
            "sealed_connection": self._vault.seal(_connection_text(tenant.id, connection)),
            "updated_at": now,
        }
        if not self._update(tenant.id, values):
            try:
                with writing(self._engine) as database:
                    database.execute(
                        insert(tenants).values(id=tenant.id, state=TenantState.ACTIVE, created_at=now, **values)
                    )
            except IntegrityError:
                # Somebody else added it in between.
                self._update(tenant.id, values)
        return self.get(tenant.id)

    def get(self, tenant_id: str) -> RegisteredTenant:
        """Look a tenant up.

        Raises:
            UnknownTenant: No tenant has this id.
        """
        found = _registered(self._row(tenant_id))
        self._declared[tenant_id] = time.monotonic(), found.tenant
        return found

    def declared(self, tenant_id: str) -> Tenant:
        """A tenant as it was declared some seconds ago at most; whether it is there and active, `get` says.

        Raises:
            UnknownTenant: No tenant had this id.
        """
        asked_at, tenant = self._declared.get(tenant_id, (-math.inf, None))
        if tenant is None or time.monotonic() - asked_at > _REMEMBERED_SECONDS:
            return self.get(tenant_id).tenant
        return tenant

    def list(self) -> tuple[RegisteredTenant, ...]:
        """All tenants by id."""
        with reading(self._engine) as database:
            return tuple(_registered(row) for row in database.execute(select(tenants).order_by(tenants.c.id)))

    def set_state(self, tenant_id: str, state: TenantState) -> RegisteredTenant:
        """Suspend a tenant or let it take part again.

        Raises:
            UnknownTenant: No tenant has this id.
        """
        self._update(tenant_id, {"state": state, "updated_at": dt.datetime.now(dt.UTC)})
        return self.get(tenant_id)

    def forget(self, tenant_id: str) -> None:
        """Remove a tenant and its connection; does nothing when there is none."""
        with writing(self._engine) as database:
            database.execute(delete(tenants).where(tenants.c.id == tenant_id))

    def connection(self, tenant_id: str) -> Connection:
        """The managed connection to a tenant's site.

        Raises:
            UnknownTenant: No tenant has this id.
            CannotOpen: The sealed connection does not open, or is another tenant's.
        """
        return self._opened(self._row(tenant_id))

    def active_connection(self, tenant_id: str) -> Connection | None:
        """The same where the tenant takes part; None while it is suspended."""
        row = self._row(tenant_id)
        return self._opened(row) if row.state == TenantState.ACTIVE else None

    def _opened(self, row: Row[tuple[object, ...]]) -> Connection:
        stored = json.loads(self._vault.open(row.sealed_connection))
        if stored["tenant"] != row.id:
            raise CannotOpen(f"the connection stored for {row.id} belongs to another tenant")
        return Connection(
            public_url=row.public_url,
            internal_url=row.internal_url,
            user_name=stored["user_name"],
            application_password=stored["application_password"],
            kind="managed",
        )

    def rotate(self) -> int:
        """Seal every connection with the vault's newest key.

        Returns:
            How many were sealed again.

        Raises:
            CannotOpen: A connection opens with none of the configured keys.
        """
        rotated = 0
        with reading(self._engine) as database:
            rows = database.execute(select(tenants.c.id, tenants.c.sealed_connection)).all()
        for tenant_id, sealed in rows:
            with writing(self._engine) as database:
                # Only if nobody has stored another connection since it was read.
                result = database.execute(
                    update(tenants)
                    .where(tenants.c.id == tenant_id, tenants.c.sealed_connection == sealed)
                    .values(sealed_connection=self._vault.reseal(sealed))
                )
                rotated += result.rowcount
        return rotated

    def _row(self, tenant_id: str) -> Row[tuple[object, ...]]:
        if not tenant_id.isprintable():
            # What no tenant can be called, the database need not be asked for.
            raise UnknownTenant(tenant_id)
        with reading(self._engine) as database:
            row = database.execute(select(tenants).where(tenants.c.id == tenant_id)).first()
        if row is None:
            raise UnknownTenant(tenant_id)
        return row

    def _update(self, tenant_id: str, values: dict[str, object]) -> bool:
        with writing(self._engine) as database:
            return database.execute(update(tenants).where(tenants.c.id == tenant_id).values(values)).rowcount == 1


def _connection_text(tenant_id: str, connection: Connection) -> str:
    return json.dumps(
        {
            "tenant": tenant_id,
            "user_name": connection.user_name,
            "application_password": connection.application_password,
        }
    )


def _registered(row: Row[tuple[object, ...]]) -> RegisteredTenant:
    return RegisteredTenant(
        tenant=Tenant.model_validate_json(row.declaration),
        state=TenantState(row.state),
        public_url=row.public_url,
        internal_url=row.internal_url,
    )
