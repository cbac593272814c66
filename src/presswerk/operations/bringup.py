"""How an installation on this machine is brought up: the steps that need several rooms of the house."""

import dataclasses
import datetime as dt
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

from presswerk.declaration import DeclarationError, Person
from presswerk.errors import PresswerkError
from presswerk.languages import language_of
from presswerk.openwebui.people import remove_people
from presswerk.openwebui.provision import provision
from presswerk.operations.checks import CHECKS, Outcome, ask
from presswerk.operations.local_targets import public_names
from presswerk.operations.reconcile import (
    chat_changes,
    converge,
    forget_people,
    make_sites,
    open_entry,
    prepare_databases,
    presets_of_tenants,
    seed_changes,
    service_changes,
    set_state,
    settle_sites,
    signed_in_chat,
    tidy_databases,
)
from presswerk.operations.workspace import Workspace, open_workspace, operator_here, private_files
from presswerk.runtimes.local import entry
from presswerk.runtimes.local.exposure import exposed_services, findings, moved, refuse
from presswerk.runtimes.local.identity import Absent
from presswerk.runtimes.local.installation import Installation, is_installation
from presswerk.runtimes.local.preflight import check_state_directory
from presswerk.runtimes.local.progress import Progress
from presswerk.runtimes.local.secrets import person_password
from presswerk.runtimes.local.stack import LocalStack
from presswerk.runtimes.local.supervision import Supervision
from presswerk.wordpress.model import Connection

_CERTIFICATE_SECONDS = 90.0
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class LocalLogin:
    """A declared person; the password is the one they were made with."""

    user_name: str
    password: str = field(repr=False)
    roles: str


@dataclass(frozen=True)
class UpReport:
    """What runs, and what was done for it.

    Attributes:
        addresses: (what, address) of everything a browser can open.
        people: Who can sign in since now: a password is shown once, and later by `presswerk logins`.
        chat_url: Where an author begins.
        ai_is_stand_in: Whether the articles are written by no AI.
        changes: One line for each thing that was made or changed.
        unreached: Of each name on the internet that nobody reaches yet, why, and what to do about it.
    """

    addresses: tuple[tuple[str, str], ...]
    people: tuple[LocalLogin, ...]
    chat_url: str
    ai_is_stand_in: bool
    changes: tuple[str, ...]
    unreached: tuple[str, ...] = ()

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
        PresswerkError: This machine, or a service, does not allow it; the message says what to do.
        DeclarationError: The declaration is wrong.
        OpenWebUIError: Open WebUI could not be provisioned.
    """
    former, installation = installation, installation.with_addresses_of(installation.platform())
    if is_installation(installation.layout.state):
        refuse(moved(former.layout, installation.layout), language_of(environment))
    check_state_directory(installation.layout)
    # A damaged file among them is told before anything is changed.
    Supervision(installation.layout).declared()
    with installation.changing(), private_files(), open_workspace(installation) as found:
        return _bring_up(found, environment, progress)


def _bring_up(found: Workspace, environment: Mapping[str, str], progress: Progress) -> UpReport:
    declared = _declare(found)
    found = dataclasses.replace(found, installation=found.installation.with_places_for(found.platform()))
    stack = found.stack(environment)
    if stack.layout.public is not None:
        entry_runs = Supervision(stack.layout).answers(entry.SERVICE_NAME)
        meant = found.installation.stand_in
        found_out = findings(
            stack.layout, stack.platform, stack.places, stack.ai, stand_in_is_meant=meant, entry_runs=entry_runs
        )
        refuse(found_out, language_of(environment))
    stack.check()
    newcomers = tuple(each for each in stack.platform.people if not found.secrets.has(person_password(each.user_name)))
    dataclasses.replace(found.installation, demonstrated=True).remember()
    stack.install(progress)
    wanted = found.runtime.list()
    progress("people, groups and clients of the identity provider")
    nobodys = found.nobodys(frozenset(known.id for known in wanted))
    seeded = stack.seed_identity(progress, Absent(people=nobodys))
    supervision = Supervision(stack.layout, found.secrets.all_values())
    # Before all sites shared one, each had a server of its own, which would hold its port.
    supervision.stop([service.name for service in supervision.declared() if service.name.startswith("site-")])
    names = open_entry(stack, supervision)
    early = supervision.ensure(stack.people_services())
    prepare_databases(stack, supervision, progress)
    sites = make_sites(stack, stack.platform.tenants, supervision, found.registry, progress)
    for known in wanted:
        set_state(found.registry, known)
    servers = stack.site_servers()
    servers.write_files()
    services = stack.services()
    applied = supervision.apply(services)
    applied = dataclasses.replace(applied, reloaded=servers.reload(supervision, applied))
    supervision.wait_ready(services, progress)
    sites += settle_sites(stack, stack.platform.tenants, found.registry, progress)
    tidy_databases(stack, supervision)
    progress("the Publish action in Open WebUI")
    with signed_in_chat(stack) as client:
        hub = f"http://127.0.0.1:{stack.layout.ports.hub}"
        provisioned = provision(client, hub, hide_models=bool(wanted))
        provisioned += presets_of_tenants(client, stack)
        provisioned += remove_people(client, frozenset(nobodys))
    forget_people(found, nobodys)
    for known in wanted:
        found.runtime.carried_out(known)
    changes = (
        *declared,
        *seed_changes(seeded),
        *sites,
        *names,
        *service_changes(early),
        *service_changes(applied),
        *chat_changes(provisioned),
        *_removals(found, environment, progress),
    )
    unreached: tuple[str, ...] = ()
    if stack.layout.public is not None:
        for exposed in exposed_services(stack.layout):
            language = language_of(environment)
            told = f"{exposed.field}: {exposed.problem.worded(language)}"
            raise PresswerkError(told, exposed.remedy.worded(language))
        unreached = _wait_for_certificates(found.installation, progress)
    return UpReport(
        _addresses(stack), logins_of(found, newcomers), stack.layout.chat_url, stack.ai.is_stand_in, changes, unreached
    )


def _wait_for_certificates(installation: Installation, progress: Progress) -> tuple[str, ...]:
    """Wait until every name is reached, or the certificate authority says why not: the entry goes on trying."""
    progress("certificates of every name")
    deadline = time.monotonic() + _CERTIFICATE_SECONDS
    names = tuple(public_names(installation))
    while True:
        missing = [result for result in ask(CHECKS, names) if result.outcome is not Outcome.OK]
        names = tuple(name for name in names if any(name.name in result.seen for result in missing))
        undecided = [name for name in names if name.complaint is None or name.complaint() is None]
        if not undecided or time.monotonic() > deadline:
            return tuple(f"{result.seen} {result.remedy}" for result in missing)
        time.sleep(_LOOK_SECONDS)


def _declare(found: Workspace) -> tuple[str, ...]:
    """Take over what the file declares; the demonstration's tenants are made once and then left to commands."""
    if found.installation.declaration is None and found.installation.demonstrated:
        return ()
    problems = (*_reserved(found), *_claimed(found))
    if problems:
        raise DeclarationError(problems)
    taken = found.runtime.declare(found.declared.tenants)
    for each in taken:
        if each.action:
            found.audit.record(operator_here(), each.action, each.tenant_id, each.detail, tenant=each.tenant_id)
    return tuple(each.told for each in taken)


def _reserved(found: Workspace) -> Iterator[str]:
    """New tenants of the file whose address would be the platform's own."""
    for tenant in found.declared.tenants:
        reserved = found.declared.reserved(tenant.id)
        if reserved is not None and found.runtime.find(tenant.id) is None:
            yield f"tenants.{tenant.id}.id: {reserved}"


def _claimed(found: Workspace) -> Iterator[str]:
    """People of the file who would take over another's account, whose password somebody else may know."""
    addresses = {person.address_key: person.user_name for person in found.declared.people}
    for account in found.accounts.list():
        person, home = account.person, account.home
        remedy = f"choose another, or first run `presswerk tenant members remove {home} {person.user_name}`"
        if not account.by_operator and person.user_name in addresses.values():
            yield f"people.{person.user_name}.user_name: an admin of {home} made an account of this name; {remedy}"
        elif addresses.get(person.address_key, person.user_name) != person.user_name:
            yield f"people.{addresses[person.address_key]}.email: the account {person.user_name} has it; {remedy}"


def _removals(found: Workspace, environment: Mapping[str, str], progress: Progress) -> tuple[str, ...]:
    """Tenants whose waiting period has ended, or whose removal was interrupted."""
    now = dt.datetime.now(dt.UTC)
    due = [known.id for known in found.runtime.list() if known.is_due(now)]
    return tuple(change for tenant_id in due for change in converge(found, tenant_id, environment, progress))


def managed_connection(installation: Installation, tenant_id: str) -> Connection:
    """The platform's own connection to a tenant's site, from the hub's registry.

    Raises:
        UnknownTenant: The hub has no such tenant.
    """
    with open_workspace(installation) as found:
        return found.registry.connection(tenant_id)


def _addresses(stack: LocalStack) -> tuple[tuple[str, str], ...]:
    layout = stack.layout
    return (
        ("Open WebUI", layout.chat_url),
        *((f"Site {site.tenant.name}", site.public_url) for site in stack.sites()),
        ("Hub", layout.hub_url),
        ("Identity provider", layout.identity_url),
        *((("AI stand-in", layout.ai_stand_in_url.removesuffix("/v1")),) if stack.ai.is_stand_in else ()),
    )


def logins_of(found: Workspace, people: Iterable[Person]) -> tuple[LocalLogin, ...]:
    """How people sign in, with the passwords they were made with."""
    return tuple(
        LocalLogin(person.user_name, found.secrets.get(person_password(person.user_name)), _roles(person))
        for person in people
    )


def _roles(person: Person) -> str:
    given = [f"{role} of {tenant}" for tenant, role in person.memberships.items()]
    return ", ".join([*given, *(["operator"] if person.operator else [])])
