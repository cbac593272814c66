"""What a runtime knows of a tenant and can be asked to do with it; the same on one machine and on a cluster."""

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from presswerk.declaration import Platform, Tenant
from presswerk.tenants.errors import TenantLeaving
from presswerk.tenants.members import Member


@dataclass(frozen=True)
class DeclaredPlatform:
    """The platform tenants are checked against; `file` is its `platform.yaml`, None where there is none."""

    platform: Platform
    file: str | None = None

    def declaring(self, tenant_id: str, remedy: str) -> str | None:
        """Where the file declares a tenant and what to do to change it; None where it does not."""
        if self.file is None or self.platform.tenant(tenant_id) is None:
            return None
        return f"in {self.file}: change it there and {remedy}. What a command changed, that would undo."


class Origin(enum.StrEnum):
    """Where a tenant is declared, and so where it is changed."""

    FILE = "file"  # in platform.yaml
    COMMAND = "command"  # by `presswerk tenant` or the API
    REPOSITORY = "repository"  # in files that a tool such as Flux, Argo CD or Helm applies to a cluster


class DesiredState(enum.StrEnum):
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
    """A tenant as it is wanted, and how far its runtime has come with it.

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
        url: Its site as a browser sees it; None until there is one.
        version: What a change is based on; it is refused when somebody else has changed the tenant since.
        declared_by: Who declares it, and where to change it, as the end of "acme is declared ..."; None where that is
            up to commands and the API.
    """

    tenant: Tenant
    origin: Origin
    wanted: DesiredState
    generation: int
    applied: int
    remove_at: dt.datetime | None
    final_backup: str | None
    problem: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    url: str | None = None
    version: str = ""
    declared_by: str | None = None

    @property
    def id(self) -> str:
        """The tenant's id."""
        return self.tenant.id

    @property
    def phase(self) -> Phase:
        """How it is."""
        if self.problem is not None:
            return Phase.DEGRADED
        if self.wanted is DesiredState.ABSENT:
            return Phase.DELETING
        if self.applied < self.generation:
            return Phase.PENDING
        return Phase.READY if self.wanted is DesiredState.ACTIVE else Phase.SUSPENDED

    def is_due(self, now: dt.datetime) -> bool:
        """Whether the time of its removal has come."""
        return self.wanted is DesiredState.ABSENT and (self.remove_at is None or self.remove_at <= now)

    def require_staying(self) -> None:
        """Let on only while it is not to be removed.

        Raises:
            TenantLeaving: It is.
        """
        if self.wanted is DesiredState.ABSENT:
            raise TenantLeaving(f"{self.id} is to be removed; run `presswerk tenant resume {self.id}` first.")

    def needs_work(self, now: dt.datetime) -> bool:
        """Whether the runtime has something to do for it."""
        return self.applied < self.generation or self.is_due(now)


class TenantRuntime(Protocol):
    """Where tenants live: it keeps what is wanted of them, and carries it out in the background.

    Each change is based on a tenant as it was read, and gives it back as it is wanted now: one that asks for what is
    wanted already writes nothing. All raise `TenantsUnavailable` when what is wanted can be neither read nor stored.
    """

    def list(self) -> tuple[DeclaredTenant, ...]:
        """All tenants by id."""
        ...

    def get(self, tenant_id: str) -> DeclaredTenant:
        """One tenant.

        Raises:
            UnknownTenant: None has this id.
        """
        ...

    def apply(self, tenant: Tenant, known: DeclaredTenant | None = None) -> DeclaredTenant:
        """Declare a new tenant, or, where it is known, declare it otherwise.

        Raises:
            ChangedMeanwhile: Somebody else declared or changed it since it was read.
        """
        ...

    def suspend(self, known: DeclaredTenant) -> DeclaredTenant:
        """Close a tenant: no article is taken, its site says that it is closed, all data stays.

        Raises:
            ChangedMeanwhile: Somebody else changed it since it was read.
        """
        ...

    def resume(self, known: DeclaredTenant) -> DeclaredTenant:
        """Open a tenant again, and forget that it was to be removed.

        Raises:
            ChangedMeanwhile: Somebody else changed it since it was read.
        """
        ...

    def remove(self, known: DeclaredTenant, at: dt.datetime, final_backup: str | None = None) -> DeclaredTenant:
        """Close a tenant now, and remove it with everything it has when its time has come.

        Args:
            known: As it was read.
            at: When; aware.
            final_backup: The directory its content goes to before; None to keep nothing.

        Raises:
            InvalidTenant: This runtime makes no last backup.
            ChangedMeanwhile: Somebody else changed it since it was read.
        """
        ...

    def members(self, tenant_id: str) -> tuple[Member, ...]:
        """Who belongs to a tenant, by name.

        Raises:
            KeptAtProvider: Nobody here knows; the identity provider does.
        """
        ...


class MemberRuntime(TenantRuntime, Protocol):
    """A runtime that gives and takes memberships, too; all raise `TenantsUnavailable` where nobody can be asked."""

    def find_person(self, *, user_name: str | None = None, subject: str | None = None) -> Member | None:
        """Somebody who has an account, by name or by what their tokens call them; without tenant and role."""
        ...

    def put_member(self, member: Member, within: Connection | None = None) -> bool:
        """Give somebody a role in a tenant, or take theirs away; tells whether anything is different now.

        Args:
            member: The person, who has an account.
            within: A transaction of the hub's database that it is to be a part of.

        Raises:
            ChangedMeanwhile: Somebody else changed it at the same time.
        """
        ...
