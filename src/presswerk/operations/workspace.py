"""An installation on this machine with its database open: what is declared, and what is known of its tenants."""

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from presswerk.database import connect, migrate
from presswerk.declaration import Person, Platform
from presswerk.identity import AuditTrail, Departures, KnownPeople, Principal
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.configured_ai import ConfiguredAi
from presswerk.runtimes.local.installation import Installation, remembered
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.site_database import being_restored
from presswerk.runtimes.local.stack import LocalStack, hub_database_url
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import (
    Accounts,
    DeclaredPlatform,
    DeclaredTenant,
    DesiredState,
    Invitations,
    Members,
    MembershipService,
    TenantRegistry,
    TenantService,
    Vault,
    effective_people,
)
from presswerk.tenants.departing import MemberDepartures

_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Workspace:
    """The parts that commands about tenants work with."""

    installation: Installation
    declared: Platform
    secrets: Secrets
    engine: Engine
    registry: TenantRegistry
    runtime: LocalRuntime
    members: Members
    accounts: Accounts
    invitations: Invitations
    audit: AuditTrail
    tenants: TenantService
    memberships: MembershipService

    def platform(self) -> Platform:
        """What runs, or is to run: the declared platform with all tenants and people there are now."""
        order = {tenant.id: place for place, tenant in enumerate(self.declared.tenants)}
        known = sorted(self.runtime.list(), key=lambda each: (order.get(each.id, len(order)), each.id))
        ids = frozenset(each.id for each in known)
        people = self._everybody()
        return self.declared.model_copy(
            update={
                "tenants": tuple(each.tenant for each in known),
                "people": tuple(_within(person, ids) for person in people if self._belongs(person, ids)),
            }
        )

    def stack(self, environment: Mapping[str, str], without: DeclaredTenant | None = None) -> LocalStack:
        """All services, of tenants as they are wanted.

        Args:
            environment: `PRESSWERK_AI_*` are read from it.
            without: A tenant that is being removed.
        """
        platform = self.platform()
        if without is not None:
            rest = tuple(tenant for tenant in platform.tenants if tenant.id != without.id)
            ids = frozenset(tenant.id for tenant in rest)
            people = tuple(_within(person, ids) for person in platform.people if self._belongs(person, ids))
            platform = platform.model_copy(update={"tenants": rest, "people": people})
        layout = self.installation.layout
        return LocalStack(
            layout,
            platform,
            self.secrets,
            self.ai(environment),
            self.installation.places,
            closed=frozenset(
                each.id
                for each in self.runtime.list()
                if each.wanted is not DesiredState.ACTIVE or being_restored(layout, each.id) is not None
            ),
            declaration=self.installation.declaration,
        )

    def ai(self, environment: Mapping[str, str]) -> ConfiguredAi:
        """Who writes; on the internet, where the environment names nobody, whoever does now."""
        layout, declared = self.installation.layout, self.declared.ai
        if layout.public is not None and not environment.get("PRESSWERK_AI_API_KEY", "").strip():
            now = Supervision(layout).settings_of("hub", "PRESSWERK_AI_")
            if now.get("PRESSWERK_AI_API_KEY"):
                models = Supervision(layout).settings_of("chat", "DEFAULT_MODELS")
                environment = {**now, "PRESSWERK_AI_MODEL": models.get("DEFAULT_MODELS", "")}
        return ConfiguredAi.from_environment(environment, layout, declared)

    def nobodys(self, ids: frozenset[str]) -> tuple[str, ...]:
        """People who belong to none of these tenants any more: nobody needs them."""
        return tuple(person.user_name for person in self._everybody() if not self._belongs(person, ids))

    def _everybody(self) -> tuple[Person, ...]:
        return effective_people(self.declared.people, self.accounts.list(), self.members.list())

    def _belongs(self, person: Person, ids: frozenset[str]) -> bool:
        if person.operator or any(tenant in ids for tenant in person.memberships):
            return True
        # An account made by command goes with its last membership.
        declared = {each.user_name: each for each in self.declared.people}.get(person.user_name)
        if declared is None:
            return False
        # Declared without any tenant, they are meant to be there; the demonstration's people go with their tenants.
        return not declared.memberships or any(tenant in ids for tenant in declared.memberships)


def _within(person: Person, ids: frozenset[str]) -> Person:
    kept = {tenant: role for tenant, role in person.memberships.items() if tenant in ids}
    return person.model_copy(update={"memberships": kept})


@contextmanager
def private_files() -> Iterator[None]:
    """Databases and logs, made here and by what is started from here, are their owner's alone."""
    former = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(former)


@contextmanager
def open_workspace(installation: Installation) -> Iterator[Workspace]:
    """Open an installation's database, and bring it to the newest schema.

    Raises:
        DeclarationError: Its `platform.yaml` is wrong.
        PresswerkError: A file of it cannot be read.
    """
    layout, declared = installation.layout, installation.platform()
    layout.hub.mkdir(mode=0o700, parents=True, exist_ok=True)
    secrets = Secrets.open(layout)
    engine = connect(hub_database_url(layout))
    try:
        migrate(engine)
        registry = TenantRegistry(engine, Vault.from_setting(secrets.get(names.ENCRYPTION_KEY)))
        members, accounts = Members(engine), Accounts(engine)
        invitations, audit = Invitations(engine), AuditTrail(engine)
        platform = DeclaredPlatform(
            declared, None if installation.declaration is None else str(installation.declaration)
        )
        runtime = LocalRuntime(engine, registry, platform)
        # The hub tells the places, now or when it starts; what it is to tell is in the database.
        departures = Departures(engine, KnownPeople(engine))
        yield Workspace(
            installation,
            declared,
            secrets,
            engine,
            registry,
            runtime,
            members,
            accounts,
            invitations,
            audit,
            TenantService(runtime, declared, audit),
            MembershipService(
                runtime=runtime,
                touch=runtime.touch,
                members=members,
                accounts=accounts,
                invitations=invitations,
                audit=audit,
                declared=platform,
                departures=MemberDepartures(departures, layout.identity_url),
            ),
        )
    finally:
        engine.dispose()


@contextmanager
def exclusive_workspace(state_dir: Path) -> Iterator[Workspace]:
    """An installation that nobody else changes now; another command is given time to end."""
    with (
        remembered(state_dir).changing(_PATIENCE_SECONDS),
        private_files(),
        # Read again under the lock: what another command has changed until then counts.
        open_workspace(remembered(state_dir)) as workspace,
    ):
        yield workspace


def operator_here() -> Principal:
    """Whoever works on the machine itself: who can change the files may do everything."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "unknown"
    return Principal(issuer="local", subject=user, name=user, operator=True, via="command")
