"""How an installation on this machine is brought up: the steps that need several rooms of the house."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from presswerk.database import connect, migrate
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.presets import provision_presets
from presswerk.openwebui.provision import provision
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.progress import Progress
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.stack import CHAT_ADMIN_EMAIL, AiEndpoint, LocalStack
from presswerk.runtimes.local.supervision import Applied, Supervision
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.spec import Person
from presswerk.tenants import TenantRegistry, TenantState, UnknownTenant, Vault
from presswerk.wordpress.model import Connection


@dataclass(frozen=True)
class Login:
    """A declared person; the password is the one they were made with."""

    user_name: str
    password: str = field(repr=False)
    roles: str


@dataclass(frozen=True)
class UpReport:
    """What runs, and what was done for it.

    Attributes:
        addresses: (what, address) of everything a browser can open.
        people: Who can sign in.
        chat_url: Where an author begins.
        ai_is_stand_in: Whether the articles are written by no AI.
        changes: One line for each thing that was made or changed.
    """

    addresses: tuple[tuple[str, str], ...]
    people: tuple[Login, ...]
    chat_url: str
    ai_is_stand_in: bool
    changes: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether anything was not as declared already."""
        return bool(self.changes)

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {**asdict(self), "addresses": dict(self.addresses), "changed": self.changed}


def bring_up(installation: Installation, environment: Mapping[str, str], progress: Progress) -> UpReport:
    """Make everything run as declared.

    Args:
        installation: Where and what.
        environment: `PRESSWERK_AI_*` are read from it.
        progress: Told what happens.

    Raises:
        LocalRuntimeError: This machine, or a service, does not allow it; the message says what to do.
        DeclarationError: The declaration is wrong.
        OpenWebUIError: Open WebUI could not be provisioned.
    """
    layout, platform = installation.layout, installation.platform()
    installation = installation.with_places_for(platform)
    layout.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with installation.changing(), _private_files():
        secrets = Secrets.open(layout)
        stack = LocalStack(
            layout, platform, secrets, AiEndpoint.from_environment(environment, layout), installation.places
        )
        stack.check()
        installation.remember()
        stack.install(progress)
        progress("people, groups and clients of the identity provider")
        seeded = stack.seed_identity(progress)
        supervision = Supervision(layout, secrets.all_values())
        early = supervision.ensure(stack.people_services())
        sites = _sites(stack, progress)
        services = stack.services()
        applied = supervision.apply(services)
        supervision.wait_ready(services, progress)
        progress("the Publish action in Open WebUI")
        provisioned = _provision(stack)
    changes = (
        *(f"{what}: created" for what in seeded.created),
        *(f"{what}: updated" for what in seeded.updated),
        *sites,
        *_started(early),
        *_started(applied),
        *provisioned,
    )
    return UpReport(_addresses(stack), _logins(stack), layout.chat_url, stack.ai.is_stand_in, changes)


@contextmanager
def _private_files() -> Iterator[None]:
    """Databases and logs, made here and by what is started from here, are their owner's alone."""
    former = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(former)


def _sites(stack: LocalStack, progress: Progress) -> tuple[str, ...]:
    """Make the sites and tell the hub's registry; what is stored already stays as it is."""
    environment = stack.hub_environment()
    stack.layout.hub.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = connect(environment["PRESSWERK_DATABASE_URL"])
    try:
        migrate(engine)
        registry = TenantRegistry(engine, Vault.from_setting(environment["PRESSWERK_ENCRYPTION_KEYS"]))
        made = tuple(change for site in stack.sites() for change in _site(site, registry, progress))
        return (*made, *_states(registry, frozenset(tenant.id for tenant in stack.platform.tenants)))
    finally:
        engine.dispose()


def _site(site: LocalSite, registry: TenantRegistry, progress: Progress) -> tuple[str, ...]:
    progress(f"site of {site.tenant.id}")
    known = _known(registry, site.tenant.id)
    connection = site.ensure(progress, known)
    if known == connection and registry.get(site.tenant.id).tenant == site.tenant:
        return ()
    registry.put(site.tenant, connection)
    return (f"site {site.tenant.id}: {'created' if known is None else 'updated'}",)


def _states(registry: TenantRegistry, declared: frozenset[str]) -> Iterator[str]:
    """A tenant no longer declared takes no articles, for its site does not run; its data stays, and it may return."""
    for registered in registry.list():
        wanted = TenantState.ACTIVE if registered.id in declared else TenantState.SUSPENDED
        if registered.state is not wanted:
            registry.set_state(registered.id, wanted)
            yield f"tenant {registered.id}: {wanted}"


def managed_connection(installation: Installation, tenant_id: str) -> Connection:
    """The platform's own connection to a tenant's site, from the hub's registry.

    Raises:
        UnknownTenant: The hub has no such tenant.
    """
    layout = installation.layout
    ai = AiEndpoint.from_environment({}, layout)
    stack = LocalStack(layout, installation.platform(), Secrets.open(layout), ai, installation.places)
    environment = stack.hub_environment()
    engine = connect(environment["PRESSWERK_DATABASE_URL"])
    try:
        registry = TenantRegistry(engine, Vault.from_setting(environment["PRESSWERK_ENCRYPTION_KEYS"]))
        return registry.connection(tenant_id)
    finally:
        engine.dispose()


def _known(registry: TenantRegistry, tenant_id: str) -> Connection | None:
    try:
        return registry.connection(tenant_id)
    except UnknownTenant:
        return None


def _provision(stack: LocalStack) -> tuple[str, ...]:
    with OpenWebUIClient(f"http://127.0.0.1:{stack.layout.ports.chat}") as client:
        client.sign_in(CHAT_ADMIN_EMAIL, stack.chat_admin_password())
        report = provision(client, f"http://127.0.0.1:{stack.layout.ports.hub}")
        base_model = stack.ai.model or min(client.base_models(), default="")
        presets = provision_presets(client, stack.platform, base_model) if base_model else ()
    changes = (*report.changes, *presets)
    return tuple(f"{change.what}: {change.outcome}" for change in changes if change.outcome != "unchanged")


def _started(applied: Applied) -> tuple[str, ...]:
    return (
        *(f"service {name}: started" for name in applied.started),
        *(f"service {name}: restarted" for name in applied.restarted),
        *(f"service {name}: stopped" for name in applied.stopped),
    )


def _addresses(stack: LocalStack) -> tuple[tuple[str, str], ...]:
    layout = stack.layout
    return (
        ("Open WebUI", layout.chat_url),
        *((f"Site {site.tenant.name}", site.public_url) for site in stack.sites()),
        ("Hub", layout.hub_url),
        ("Identity provider", layout.identity_url),
        *((("AI stand-in", layout.ai_stand_in_url.removesuffix("/v1")),) if stack.ai.is_stand_in else ()),
    )


def _logins(stack: LocalStack) -> tuple[Login, ...]:
    return tuple(
        Login(person.user_name, stack.password(person.user_name), _roles(person)) for person in stack.platform.people
    )


def _roles(person: Person) -> str:
    given = [f"{role} of {tenant}" for tenant, role in person.memberships.items()]
    return ", ".join([*given, *(["operator"] if person.operator else [])])
