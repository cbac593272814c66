"""Memberships that were given, or taken away, by command; those of `platform.yaml` stand there."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select
from sqlalchemy.exc import IntegrityError

from presswerk.declaration import Role
from presswerk.tenants.errors import ChangedMeanwhile
from presswerk.tenants.tables import tenant_members


@dataclass(frozen=True)
class Member:
    """A person's membership in a tenant.

    Attributes:
        tenant: Its id.
        user_name: The person's name at the identity provider.
        role: None where a membership that was declared is taken away.
        given_name: With `family_name` and `email`, of the person; not stored with the membership.
        subject: What their tokens call them, where that is not the user name.
    """

    tenant: str
    user_name: str
    role: Role | None
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    subject: str = ""


class Members:
    """Stores memberships."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self, tenant_id: str | None = None) -> tuple[Member, ...]:
        """Memberships of a tenant, or all, by tenant and name."""
        query = select(tenant_members).order_by(tenant_members.c.tenant, tenant_members.c.user_name)
        if tenant_id is not None:
            query = query.where(tenant_members.c.tenant == tenant_id)
        with self._engine.connect() as database:
            return tuple(_member(row) for row in database.execute(query).mappings())

    def put(self, member: Member) -> bool:
        """Store a membership instead of the former one of this person in this tenant.

        Returns:
            Whether anything is different now.

        Raises:
            ChangedMeanwhile: Somebody stored one of this person just now.
        """
        key = (tenant_members.c.tenant == member.tenant) & (tenant_members.c.user_name == member.user_name)
        try:
            with self._engine.begin() as database:
                row = database.execute(select(tenant_members).where(key)).mappings().first()
                if row is not None and row["role"] == member.role:
                    return False
                write_membership(database, member.tenant, member.user_name, member.role)
        except IntegrityError:
            raise ChangedMeanwhile(f"Somebody changed {member.user_name} just now; look and try again.") from None
        return True

    def forget(self, tenant_id: str, user_name: str | None = None) -> None:
        """Remove what is stored of a tenant's members, or of one of them."""
        query = delete(tenant_members).where(tenant_members.c.tenant == tenant_id)
        if user_name is not None:
            query = query.where(tenant_members.c.user_name == user_name)
        with self._engine.begin() as database:
            database.execute(query)


def write_membership(database: Connection, tenant: str, user_name: str, role: Role | None) -> None:
    """Store a membership within a transaction of its caller's."""
    key = (tenant_members.c.tenant == tenant) & (tenant_members.c.user_name == user_name)
    database.execute(delete(tenant_members).where(key))
    values = {"tenant": tenant, "user_name": user_name, "role": role, "updated_at": dt.datetime.now(dt.UTC)}
    database.execute(insert(tenant_members).values(values))


def _member(row: RowMapping) -> Member:
    return Member(row["tenant"], row["user_name"], None if row["role"] is None else Role(row["role"]))
