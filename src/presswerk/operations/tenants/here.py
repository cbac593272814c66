"""Tenants of the installation on this machine: a command does itself what it asks for."""

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from presswerk.declaration import Role
from presswerk.operations.checks import Target
from presswerk.operations.checks.tenant_targets import site_service
from presswerk.operations.local_targets import targets_of
from presswerk.operations.reconcile import converge
from presswerk.operations.tenants.access import Followed, InvitationLink, MemberChange, Progress, TenantAccess
from presswerk.operations.workspace import Workspace, exclusive_workspace, open_workspace, operator_here
from presswerk.runtimes.local.installation import Installation, remembered
from presswerk.runtimes.local.secrets import person_password
from presswerk.runtimes.local.supervision import Supervision
from presswerk.tenants import DeclaredTenant, Member, UnknownTenant
from presswerk.tenants.checking import TenantCheck, check_tenant


@contextmanager
def of_this_machine(state: Path, progress: Progress, *, changing: bool) -> Iterator[TenantAccess]:
    """Those of an installation; only one command at a time changes it.

    Raises:
        PresswerkError: There is no installation, or a file of it cannot be read.
    """
    workspace = exclusive_workspace(state) if changing else open_workspace(remembered(state))
    with workspace as found:
        yield _access(found, progress)


def running_installation(state: Path) -> Installation | None:
    """The installation, if it runs."""
    installation = remembered(state)
    return installation if Supervision(installation.layout).is_running() else None


def site_targets(installation: Installation) -> tuple[Target, ...]:
    """What there is to ask of the tenants' sites."""
    return tuple(target for target in targets_of(installation) if target.service.startswith(site_service("")))


def _access(found: Workspace, progress: Progress) -> TenantAccess:
    def check(tenant_id: str) -> Iterable[TenantCheck]:
        found.tenants.get(tenant_id)
        try:
            connection = found.registry.connection(tenant_id)
        except UnknownTenant:
            raise UnknownTenant(f"{tenant_id} has no site yet; `presswerk up` makes it.") from None
        return check_tenant(connection, issuer=found.installation.layout.identity_url)

    return TenantAccess(
        found.tenants,
        LocalPeople(found),
        lambda known: _carry_out(found, known, os.environ, progress),
        lambda known: found.declared.allotment(known.tenant),
        check,
    )


def _carry_out(found: Workspace, known: DeclaredTenant, environment: Mapping[str, str], progress: Progress) -> Followed:
    """Do what is wanted of a tenant, where the installation runs."""
    if not Supervision(found.installation.layout).is_running():
        return Followed(known, carried_out=False)
    changes: tuple[str, ...] = ()
    if known.needs_work(dt.datetime.now(dt.UTC)) or known.problem is not None:
        changes = converge(found, known.id, environment, progress)
    return Followed(found.runtime.find(known.id), changes)


@dataclass(frozen=True)
class LocalPeople:
    """Of the installation on this machine."""

    found: Workspace

    def list(self, tenant_id: str) -> tuple[Member, ...]:
        """As `TenantPeople.list`."""
        return self.found.memberships.members(tenant_id)

    def put(self, member: Member) -> MemberChange:
        """As `TenantPeople.put`."""
        changed = self.found.memberships.put(operator_here(), member).changed
        # Who is declared in a file was told by `presswerk up`.
        if any(person.user_name == member.user_name for person in self.found.declared.people):
            return MemberChange(changed)
        return MemberChange(changed, self.found.secrets.get(person_password(member.user_name)))

    def remove(self, tenant_id: str, user_name: str) -> bool:
        """As `TenantPeople.remove`."""
        return self.found.memberships.remove(operator_here(), tenant_id, user_name)

    def invite(self, tenant_id: str, role: Role, email: str | None) -> InvitationLink:
        """As `TenantPeople.invite`."""
        made, token = self.found.memberships.invite(operator_here(), tenant_id, role, email)
        hub = self.found.installation.layout.hub_url
        return InvitationLink(made.id, made.expires_at, f"{hub}/invitations/{token}")
