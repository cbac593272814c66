"""Carry out on this machine what is wanted of tenants: each step can be repeated, so that a crash loses nothing."""

import contextlib
import dataclasses
import datetime as dt
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from presswerk.declaration import Tenant
from presswerk.errors import PresswerkError
from presswerk.identity.clients import site_client_id
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.errors import OpenWebUIError
from presswerk.openwebui.people import remove_people
from presswerk.openwebui.presets import provision_presets
from presswerk.openwebui.provision import ChatChange
from presswerk.operations.backup.places import BackupPlaces
from presswerk.operations.workspace import Workspace
from presswerk.runtimes.databases import DatabaseProblem, user_names
from presswerk.runtimes.local import entry, mariadb, site_cron
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.archive import write_archive
from presswerk.runtimes.local.identity import Absent, SeedReport
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import write_private
from presswerk.runtimes.local.progress import Progress
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.site_database import KeptIn, kept_in, move, note_kept_in, remove_sqlite
from presswerk.runtimes.local.site_installation import not_as_installed
from presswerk.runtimes.local.stack import CHAT_ADMIN_EMAIL, LocalStack
from presswerk.runtimes.local.supervision import Applied, Supervision
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.tenants import DeclaredTenant, DesiredState, TenantRegistry, TenantState, UnknownTenant
from presswerk.tenants.removal import TenantParts, forget_records
from presswerk.wordpress.model import Connection


def converge(found: Workspace, tenant_id: str, environment: Mapping[str, str], progress: Progress) -> tuple[str, ...]:
    """Carry out what is wanted of one tenant; the installation must run, and nobody else may be changing it.

    Returns:
        One line for each thing that was made, changed or removed.

    Raises:
        PresswerkError: A part of it failed; it is noted with the tenant, and the next time goes on from there.
    """
    known = found.runtime.get(tenant_id)
    try:
        if known.is_due(dt.datetime.now(dt.UTC)):
            return remove(found, known, environment, progress)
        return _ensure(found, known, environment, progress)
    except PresswerkError as error:
        found.runtime.failed(known, str(error))
        raise


def _ensure(
    found: Workspace, known: DeclaredTenant, environment: Mapping[str, str], progress: Progress
) -> tuple[str, ...]:
    installation = found.installation.with_places_for(found.platform())
    installation.remember()
    found = dataclasses.replace(found, installation=installation)
    stack = found.stack(environment)
    supervision = Supervision(stack.layout, found.secrets.all_values())
    prepare_databases(stack, supervision, progress)
    nobodys = found.nobodys(frozenset(tenant.id for tenant in stack.platform.tenants))
    progress("people, groups and clients of the identity provider")
    # Beside everything that readers need: a site answers before its people can sign in.
    with ThreadPoolExecutor(max_workers=1) as beside:
        seeding = beside.submit(stack.seed_identity, progress, Absent(people=nobodys), unless_same=True)
        made = make_sites(stack, [known.tenant], supervision, found.registry, progress)
        servers = stack.site_servers()
        served = servers.apply(supervision)
        clock = supervision.ensure(stack.site_cron())
        set_state(found.registry, known)
        opened = open_entry(stack, supervision)
        settled = settle_sites(stack, [known.tenant], found.registry, progress)
        seeded = seeding.result()
    progress("the chat's presets and groups")
    with signed_in_chat(stack) as client:
        changes = (*presets_of_tenants(client, stack), *remove_people(client, frozenset(nobodys)))
    forget_people(found, nobodys)
    tidy_databases(stack, supervision)
    found.runtime.carried_out(known)
    served_changes = (*service_changes(served), *service_changes(clock), *opened)
    return (*seed_changes(seeded), *made, *settled, *served_changes, *chat_changes(changes))


def remove(
    found: Workspace, known: DeclaredTenant, environment: Mapping[str, str], progress: Progress
) -> tuple[str, ...]:
    """Remove a tenant with everything it has but the audit trail's records; its declaration goes last.

    Raises:
        PresswerkError: A part of it failed; the next time goes on from there.
    """
    layout, tenant_id = found.installation.layout, known.id
    stack = found.stack(environment, without=known)
    nobodys = found.nobodys(frozenset(tenant.id for tenant in stack.platform.tenants))
    supervision = Supervision(layout, found.secrets.all_values())
    changes: list[str] = []
    prepare_databases(stack, supervision, progress)

    def site() -> None:
        progress(f"removing {tenant_id}: its site")
        if supervision.is_running():
            servers = stack.site_servers()
            servers.apply(supervision)
            servers.wait_ended(tenant_id)
        # Before all sites shared one, each had a server of its own.
        supervision.retire([f"site-{tenant_id}", *(() if stack.site_cron() else (site_cron.SERVICE_NAME,))])
        _back_up(found, known, environment, progress)
        if supervision.is_running():
            supervision.ensure(stack.site_cron())
            open_entry(stack, supervision)

    def chat() -> None:
        if supervision.is_running():
            progress(f"removing {tenant_id}: its presets, groups and people in the chat")
            with signed_in_chat(stack) as client:
                presets_of_tenants(client, stack)
                remove_people(client, frozenset(nobodys))

    def sign_on() -> None:
        progress(f"removing {tenant_id}: its groups, client and people at the identity provider")
        changes.extend(seed_changes(stack.seed_identity(progress, Absent(tenants=(tenant_id,), people=nobodys))))

    def files() -> None:
        progress(f"removing {tenant_id}: its articles, keys, files and secrets")
        if layout.site(tenant_id).exists():
            shutil.rmtree(layout.site(tenant_id))
        passwords = [names.database_password(user) for user in user_names(tenant_id)]
        found.secrets.forget([names.client_secret(site_client_id(tenant_id)), *passwords])
        BackupPlaces(layout, found.secrets, found.declared.backups.location).remove(tenant_id)

    def database() -> None:
        if stack.mariadb_services():
            drop_database(stack, tenant_id)
        tidy_databases(stack, supervision)

    def records() -> None:
        # It brings composing along, imports that no other command about tenants needs.
        from presswerk.publishing.purging import purge_publications  # noqa: PLC0415

        purge = partial(purge_publications, found.engine)
        forget_people(found, nobodys)
        forget_records(found.engine, found.registry, tenant_id, purge, issuer=layout.identity_url, leaving=nobodys)

    def declaration() -> None:
        found.installation.without_place_for(tenant_id).remember()
        found.runtime.forget(known)

    TenantParts(site, chat, sign_on, files, database, records, declaration).remove(set())
    return (*changes, f"tenant {tenant_id}: removed")


def _back_up(found: Workspace, known: DeclaredTenant, environment: Mapping[str, str], progress: Progress) -> None:
    """Keep a tenant's content where it was asked for; what an earlier try has kept stays as it is."""
    if known.final_backup is None:
        return
    moment = known.remove_at or known.updated_at
    archive = Path(known.final_backup) / f"{known.id}-{moment:%Y%m%dT%H%M%SZ}.tar.gz"
    if archive.exists():
        return
    progress(f"removing {known.id}: a last backup to {archive}")
    site = dataclasses.replace(found.stack(environment), closed=frozenset()).site(known.tenant)
    write_archive(site, archive, {"tenant": known.tenant.model_dump(mode="json"), "members": _members(found, known)})


def _members(found: Workspace, known: DeclaredTenant) -> list[dict[str, object]]:
    return [dataclasses.asdict(member) for member in found.memberships.members(known.id)]


def open_entry(stack: LocalStack, supervision: Supervision) -> tuple[str, ...]:
    """Let the entry answer to the names there are; where it runs, it reads them while it goes on."""
    if not stack.write_entry():
        return ()
    supervision.signal(entry.SERVICE_NAME, "USR1")
    return ("entry: answers to the names of today",)


def prepare_databases(stack: LocalStack, supervision: Supervision, progress: Progress) -> None:
    """Let the database server run, where a tenant needs it.

    Raises:
        PresswerkError: MariaDB is not installed or does not start.
    """
    services = stack.mariadb_services()
    if services:
        stack.mariadb.ensure(progress)
        supervision.ensure(services)
        supervision.wait_ready(services, progress)


def tidy_databases(stack: LocalStack, supervision: Supervision) -> None:
    """Remove the database server with all its files once no tenant needs it."""
    if not stack.mariadb_services() and stack.mariadb.directory.exists():
        supervision.retire([mariadb.SERVICE_NAME])
        stack.mariadb.remove()


def make_sites(
    stack: LocalStack,
    tenants: Iterable[Tenant],
    supervision: Supervision,
    registry: TenantRegistry,
    progress: Progress,
) -> tuple[str, ...]:
    """Make sites, or bring them to their declared state, and tell the hub's registry; a closed one is left alone.

    Content is moved one site after the other, since the processes that serve all are told of it; PHP installs as many
    at once as there are processors.

    Raises:
        PresswerkError: One could not be installed, or its content could not be moved.
    """
    changes: list[str] = []
    sites: list[tuple[LocalSite, Connection | None]] = []
    for tenant in tenants:
        if tenant.id in stack.closed:
            continue
        progress(f"site of {tenant.id}")
        moved = _place_content(stack, tenant, supervision, progress)
        site = stack.site(tenant)
        files = site.files(progress)
        if moved:
            # At once: with the next site's move this one is open again, and must not write to the database it had.
            site.write_files(files)
        changes.extend(moved)
        sites.append((site, _known(registry, tenant.id)))
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as installing:
        try:
            made = installing.map(lambda each: each[0].ensure(progress, each[1]), sites)
            for (site, known), connection in zip(sites, made, strict=True):
                if known != connection or registry.get(site.tenant.id).tenant != site.tenant:
                    registry.put(site.tenant, connection)
                    changes.append(f"site {site.tenant.id}: {'created' if known is None else 'updated'}")
        finally:
            installing.shutdown(cancel_futures=True)
    return tuple(changes)


def settle_sites(
    stack: LocalStack, tenants: Iterable[Tenant], registry: TenantRegistry, progress: Progress
) -> tuple[str, ...]:
    """Wait until sites serve as they were installed; one that has lost a part of that is installed again.

    Raises:
        PresswerkError: One could not be installed, or does not answer.
    """
    sites = [stack.site(tenant) for tenant in tenants]
    open_ones = ((site, registry.connection(site.tenant.id)) for site in sites if not site.suspended)
    lost = not_as_installed(open_ones, progress)
    for site, known in lost:
        progress(f"site of {site.tenant.id}: is not as it was installed, and is installed again")
        registry.put(site.tenant, site.install(known))
    again = [site for site, _known in lost]
    stack.site_servers().wait_ready([*(site for site in sites if site.suspended), *again], progress)
    return tuple(f"site {site.tenant.id}: installed again" for site in again)


def _place_content(stack: LocalStack, tenant: Tenant, supervision: Supervision, progress: Progress) -> tuple[str, ...]:
    """See that a site's content is in the kind of database its tier has, and nowhere else."""
    layout, wants = stack.layout, stack.wants_mariadb(tenant)
    target = stack.ensure_database(tenant) if wants else None
    kept = kept_in(layout, tenant.id)
    wanted = KeptIn(None if target is None else target.user)
    changes: tuple[str, ...] = ()
    if kept is not None and (kept.mariadb_user is None) == wants:
        site = stack.site(tenant)
        closed = dataclasses.replace(stack, closed=stack.closed | {tenant.id}).site_servers()
        closed.apply(supervision)
        closed.wait_ready([dataclasses.replace(site, suspended=True)])
        closed.wait_ended(tenant.id)
        try:
            move(site, target, progress)
        except PresswerkError:
            stack.site_servers().apply(supervision)
            raise
        changes = (f"content of {tenant.id}: moved to {'MariaDB' if wants else 'SQLite'}",)
    elif kept != wanted:
        note_kept_in(layout, tenant.id, wanted)
    if wants:
        remove_sqlite(layout, tenant.id)
    elif stack.mariadb.directory.exists() and stack.mariadb_services():
        drop_database(stack, tenant.id)
    return changes


def drop_database(stack: LocalStack, tenant_id: str) -> None:
    """Remove a tenant's database and users from the server, which must run.

    Raises:
        PresswerkError: The server did not do it.
    """
    try:
        stack.mariadb.admin.drop(tenant_id)
    except DatabaseProblem as problem:
        raise PresswerkError(
            f"the database of {tenant_id} could not be removed: {problem}", "Try again; it goes on from there."
        ) from None


def set_state(registry: TenantRegistry, known: DeclaredTenant) -> None:
    """Tell the hub's registry whether a tenant takes articles."""
    wanted = TenantState.ACTIVE if known.wanted is DesiredState.ACTIVE else TenantState.SUSPENDED
    with contextlib.suppress(UnknownTenant):  # closed before its site was ever made
        if registry.get(known.id).state is not wanted:
            registry.set_state(known.id, wanted)


def presets_of_tenants(client: OpenWebUIClient, stack: LocalStack) -> tuple[ChatChange, ...]:
    """Bring the chat's presets and groups to what tenants there are.

    Raises:
        OpenWebUIError: Open WebUI refused or did not answer.
    """
    base_model = stack.ai.model or min(client.base_models(), default="")
    return provision_presets(client, stack.platform, base_model) if base_model else ()


@contextlib.contextmanager
def signed_in_chat(stack: LocalStack) -> Iterator[OpenWebUIClient]:
    """The chat, as its administrator."""
    with chat_administrator(stack.layout, stack.secrets) as client:
        yield client


@contextlib.contextmanager
def chat_administrator(layout: Layout, secrets: Secrets) -> Iterator[OpenWebUIClient]:
    """The same, where nothing but the installation's files is at hand."""
    with OpenWebUIClient(f"http://127.0.0.1:{layout.ports.chat}") as client:
        _sign_in(client, layout, secrets)
        yield client


def _sign_in(client: OpenWebUIClient, layout: Layout, secrets: Secrets) -> None:
    """Use the session of the last time while it is good: Open WebUI takes few sign-ins within minutes."""
    # Not with the chat's own files, which its user can put something else in place of.
    kept = layout.run / "chat-administrator-session"
    with contextlib.suppress(FileNotFoundError, OpenWebUIError):
        client.use_token(kept.read_text(encoding="utf-8"))
        client.session()
        return
    write_private(kept, client.sign_in(CHAT_ADMIN_EMAIL, secrets.get(names.CHAT_ADMIN_PASSWORD)).token)


def seed_changes(seeded: SeedReport) -> Iterator[str]:
    """One line for each change at the identity provider."""
    for outcome in ("created", "updated", "removed"):
        yield from (f"{what}: {outcome}" for what in getattr(seeded, outcome))


def service_changes(applied: Applied) -> Iterator[str]:
    """One line for each process that was started, stopped or told of another configuration."""
    for outcome in ("started", "restarted", "stopped", "reloaded"):
        yield from (f"service {name}: {outcome}" for name in getattr(applied, outcome))


def chat_changes(changes: tuple[ChatChange, ...]) -> Iterator[str]:
    """One line for each change in the chat."""
    return (f"{change.what}: {change.outcome}" for change in changes if change.outcome != "unchanged")


def forget_people(found: Workspace, user_names: tuple[str, ...]) -> None:
    """Forget people the identity provider does not have any more, and their passwords."""
    for member in found.members.list():
        if member.user_name in user_names:
            found.members.forget(member.tenant, member.user_name)
    for user_name in user_names:
        found.accounts.forget(user_name)
    found.secrets.forget([names.person_password(user_name) for user_name in user_names])


def _known(registry: TenantRegistry, tenant_id: str) -> Connection | None:
    try:
        return registry.connection(tenant_id)
    except UnknownTenant:
        return None
