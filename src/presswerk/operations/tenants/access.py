"""What commands about tenants work with, wherever these are."""

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from presswerk.declaration import Allotment, Role
from presswerk.errors import PresswerkError
from presswerk.operations.hub_client import HubClient
from presswerk.tenants import (
    DeclaredTenant,
    Member,
    Phase,
    TenantRuntime,
    TenantService,
    TenantsUnavailable,
    UnknownTenant,
)
from presswerk.tenants.checking import TenantCheck

Progress = Callable[[str], None]

_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 900.0
_STAYS_WRONG_SECONDS = 20.0
"""How long a problem must have been there to be told: a service that starts refuses for a moment."""


@dataclass(frozen=True)
class Place:
    """Which tenants are meant.

    Attributes:
        state: The state directory of the installation on this machine, where no other place is named.
        hub: A hub's address.
        kubeconfig: The file that names a cluster.
    """

    state: Path
    hub: str | None = None
    kubeconfig: Path | None = None

    @property
    def is_here(self) -> bool:
        """Whether they are on this machine."""
        return self.hub is None and self.kubeconfig is None


@dataclass(frozen=True)
class Followed:
    """What became of a request.

    Attributes:
        known: The tenant now; None when it is gone.
        changes: One line for each thing that was made, changed or removed, where this machine did it.
        carried_out: Whether somebody is there who does what is wanted.
    """

    known: DeclaredTenant | None
    changes: tuple[str, ...] = ()
    carried_out: bool = True


@dataclass(frozen=True)
class MemberChange:
    """Whether anything is different now, and the password of an account that commands made."""

    changed: bool
    first_password: str | None = None


@dataclass(frozen=True)
class InvitationLink:
    """An invitation with its link, which is shown this once."""

    id: str
    expires_at: dt.datetime
    link: str


class TenantPeople(Protocol):
    """Who belongs to tenants, as commands ask for it."""

    def list(self, tenant_id: str) -> tuple[Member, ...]:
        """A tenant's members by name."""
        ...

    def put(self, member: Member) -> MemberChange:
        """Give a person a role in a tenant, instead of the one they had there."""
        ...

    def remove(self, tenant_id: str, user_name: str) -> bool:
        """Take a person out of a tenant; tells whether they were in it."""
        ...

    def invite(self, tenant_id: str, role: Role, email: str | None) -> InvitationLink:
        """Make a link by which somebody joins."""
        ...


@dataclass(frozen=True)
class TenantAccess:
    """What commands about tenants work with, wherever these are.

    Attributes:
        tenants: Takes requests about them.
        people: Takes requests about who belongs to them.
        follow: Waits until what is wanted of one is done, or does it.
        allotment: What one has in the end.
        check: Tries every link of one, each as soon as the one before is done.
    """

    tenants: TenantService
    people: TenantPeople
    follow: Callable[[DeclaredTenant], Followed]
    allotment: Callable[[DeclaredTenant], Allotment]
    check: Callable[[str], Iterable[TenantCheck]]


@contextmanager
def tenant_access(
    place: Place, sign_in: Callable[[str], HubClient], progress: Progress, *, changing: bool = False
) -> Iterator[TenantAccess]:
    """Open what commands about tenants work with.

    Args:
        place: Which tenants.
        sign_in: Gives a client of the hub at an address.
        progress: Told what happens.
        changing: Whether anything is to be changed; on this machine only one command at a time does.

    Raises:
        PresswerkError: There are no such tenants, or they cannot be reached.
    """
    # Each brings its whole room along, and a command needs one of them.
    if place.hub is not None and place.kubeconfig is not None:
        raise PresswerkError("--hub and --kubeconfig name two places.", "Give one of them.")
    if place.hub is not None:
        from presswerk.operations.tenants.hub import of_a_hub  # noqa: PLC0415

        yield of_a_hub(sign_in(place.hub.rstrip("/")), progress)
    elif place.kubeconfig is not None:
        from presswerk.operations.tenants.cluster import of_a_cluster  # noqa: PLC0415

        yield of_a_cluster(place.kubeconfig, progress)
    else:
        from presswerk.operations.tenants.here import of_this_machine  # noqa: PLC0415

        with of_this_machine(place.state, progress, changing=changing) as found:
            yield found


def follow(runtime: TenantRuntime, known: DeclaredTenant, progress: Progress) -> Followed:
    """Wait until others have done what is wanted of a tenant, or something stands in the way."""
    tenant_id, told, wrong_since = known.id, "", None
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(TenantsUnavailable):
            try:
                known = runtime.get(tenant_id)
            except UnknownTenant:
                return Followed(None)
            if known.phase in {Phase.READY, Phase.SUSPENDED} or _is_waiting(known):
                return Followed(known)
            wrong_since = None if known.problem is None else wrong_since or time.monotonic()
            if wrong_since is not None and time.monotonic() - wrong_since > _STAYS_WRONG_SECONDS:
                return Followed(known)
            now = f"{tenant_id} is {known.phase}" + (f": {known.problem}" if known.problem else "")
            if now != told:
                progress(now)
                told = now
        time.sleep(_LOOK_SECONDS)
    return Followed(known)


def _is_waiting(known: DeclaredTenant) -> bool:
    """Whether it is closed until the time of its removal comes."""
    return known.phase is Phase.DELETING and not known.is_due(dt.datetime.now(dt.UTC))
