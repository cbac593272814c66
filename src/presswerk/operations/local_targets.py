"""What there is to ask of an installation on this machine; a part that is broken takes no other away."""

import dataclasses
import datetime as dt
import os
import pwd
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from ipaddress import IPv4Address
from pathlib import Path

from sqlalchemy import Column, Engine, MetaData, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from presswerk.ai.stand_in import STAND_IN_MODEL
from presswerk.database import UtcDateTime, connect, newest_schema
from presswerk.declaration import DeclarationError, demo_platform
from presswerk.errors import PresswerkError
from presswerk.operations.checks import CHECKS, NotAsItShouldBe, Right, Target
from presswerk.operations.checks.targets import (
    AiTarget,
    BackupTarget,
    ChatTarget,
    ClockTarget,
    DatabaseServerTarget,
    DatabaseTarget,
    DirectoryTarget,
    HubTarget,
    InstallationTarget,
    MemoryTarget,
    ModulesTarget,
    PortTarget,
    ProcessTarget,
    PublicNameTarget,
    QueueTarget,
    QuotaTarget,
    RightsTarget,
    ServerState,
    SignOnTarget,
    SiteTarget,
    SupervisorTarget,
)
from presswerk.operations.checks.tenant_targets import site_service, tenants_and_sites
from presswerk.operations.doctor.forecast import forecast
from presswerk.operations.plugins import culprit
from presswerk.runtimes.local import mariadb
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.accounts import why_none
from presswerk.runtimes.local.cgroups import memory_limit_bytes
from presswerk.runtimes.local.entry import answered_hosts
from presswerk.runtimes.local.entry_log import complaint_about
from presswerk.runtimes.local.exposure import elsewhere
from presswerk.runtimes.local.installation import FILE_NAME, Installation, NoSuchInstallation, remembered
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.listeners import listeners_on
from presswerk.runtimes.local.logs import last_lines
from presswerk.runtimes.local.mariadb import LocalMariaDb
from presswerk.runtimes.local.preflight import described, is_taken
from presswerk.runtimes.local.processes import stands_still, visible_command, zombies_of
from presswerk.runtimes.local.secrets import Secrets, UnreadableSecrets
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.service_status import ServiceStatus
from presswerk.runtimes.local.site_servers import PHP, WEB
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import log_file, state_mark
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import DeclaredPlatform, TenantRegistry, Vault

# Of these services checks of their own ask more than a health address tells.
_ASKED_AS_A_USER_WOULD = ("hub", "chat", "identity", "site-")
_AUDIT = Table("audit_records", MetaData(), Column("at", UtcDateTime))


def targets_at(state: Path) -> tuple[Target, ...]:
    """Everything that can be asked of what is in a state directory, also by whom it does not belong to, and where
    what describes it is damaged.

    Raises:
        NoSuchInstallation: There is none.
    """
    try:
        return targets_of(remembered(state))
    except NoSuchInstallation:
        owner = _closed_to(state)
        if not owner:
            raise
        out_of_reach = tuple(check.id for check in CHECKS if check.right is not Right.ANYBODY)
        return (
            InstallationTarget(service="installation", closed_to=owner, out_of_reach=out_of_reach),
            *_machine(state),
        )
    except PresswerkError as problem:
        return InstallationTarget(service="installation", problem=problem), *_machine(state)


def what_runs(targets: Sequence[Target]) -> Sequence[Target]:
    """Without what nobody answers for: where nothing runs, whoever answers at our addresses is somebody else."""
    if any(isinstance(target, ProcessTarget) and target.state != "stopped" for target in targets):
        return targets
    of_machine = (InstallationTarget, DirectoryTarget, MemoryTarget, PortTarget, SupervisorTarget, ProcessTarget)
    return tuple(target for target in targets if isinstance(target, of_machine))


def targets_of(installation: Installation) -> tuple[Target, ...]:
    """Everything that can be asked: the disk, then each service's process first.

    Raises:
        PresswerkError: What describes the services is damaged.
    """
    layout = installation.layout
    supervision = Supervision(layout)
    services = {service.name: service for service in supervision.declared()}
    # What is declared between the one question and the other is there the next time.
    processes = [status for status in supervision.status() if status.name in services]
    engine = _engine(layout.hub / "hub.db")
    return (
        # A full disk is the cause of whatever else is red then.
        *_machine(layout.state),
        SupervisorTarget(
            service="supervisor",
            pid=supervision.pid(),
            services=len(services),
            left=sum(status.state == "unwatched" for status in processes),
        ),
        *_ports(installation, processes),
        *_needs(services, processes, layout),
        *(_process(services[status.name], status, supervision, installation) for status in processes),
        *_database_server(services, layout),
        *_sites(installation, engine),
        *public_names(installation),
        SignOnTarget(service="identity", address=layout.identity_url),
        HubTarget(
            service="hub",
            address=layout.hub_url,
            internal_url=f"http://127.0.0.1:{layout.ports.hub}",
            issuer=layout.identity_url,
        ),
        *_databases(layout, engine),
        ChatTarget(service="chat", address=layout.chat_url, internal_url=f"http://127.0.0.1:{layout.ports.chat}"),
        *_ai(services.get("chat")),
        ClockTarget(
            service="clock", others=_others(services.get("chat")), latest_record=partial(_latest_record, engine)
        ),
    )


def _closed_to(state: Path) -> str:
    """Whom an installation belongs to that is there and may not be read from here."""
    try:
        os.close(os.open(state / FILE_NAME, os.O_RDONLY))
    except PermissionError:
        with suppress(OSError, KeyError):
            return pwd.getpwuid(state.stat().st_uid).pw_name
        return "root"
    except OSError:
        return ""
    return ""


def _machine(state: Path) -> Iterator[Target]:
    yield DirectoryTarget(service="disk", path=state, full_on=partial(forecast, state))
    with suppress(OSError, ValueError, KeyError):
        sizes = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        available, total = (int(sizes[name].split()[0]) // 1024 for name in ("MemAvailable", "MemTotal"))
        yield MemoryTarget(service="memory", available_mib=available, total_mib=total, largest=_largest_process)


def _largest_process() -> str:
    resident = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError, IndexError, ValueError):  # it has ended
                resident[entry] = int((entry / "statm").read_text(encoding="ascii").split()[1])
    largest = max(resident, key=resident.__getitem__)
    mib = resident[largest] * os.sysconf("SC_PAGE_SIZE") // 2**20
    return f"{visible_command(largest)[:60]} ({largest.name}, {mib} MiB)"


_OPTIONS = {"hub": "--hub-port", "chat": "--chat-port", "identity": "--identity-port", "ai-stand-in": "--ai-port"}


def _ports(installation: Installation, processes: Sequence[ServiceStatus]) -> Iterator[PortTarget]:
    """Ports of services that do not run: one that runs has its own."""
    ports = installation.layout.ports
    of_sites = [ports.first_site + place for place in installation.places.values()]
    wanted = {"hub": [ports.hub], "chat": [ports.chat], "identity": [ports.identity], WEB: of_sites}
    wanted["ai-stand-in"] = [ports.ai_stand_in]
    for status in processes:
        if status.state == "running" and not status.restarts:
            continue
        for port in wanted.get(status.name, ()):
            yield PortTarget(
                service=status.name,
                port=port,
                option=_OPTIONS.get(status.name, "--first-site-port"),
                stranger=partial(_stranger, installation.layout, port),
            )


def _stranger(layout: Layout, port: int) -> str | None:
    if not is_taken(port):
        return None
    holder = listeners_on({port}).get(port)
    return None if holder is not None and holder.state == state_mark(layout) else described(holder)


def _process(
    service: Service, status: ServiceStatus, supervision: Supervision, installation: Installation
) -> ProcessTarget:
    deeper = service.name.startswith(_ASKED_AS_A_USER_WOULD)
    pid = status.pid
    has_health = service.health_url is not None or service.health_socket is not None
    return ProcessTarget(
        service=service.name,
        address=installation.layout.ai_stand_in_url if service.name == "ai-stand-in" else "",
        # Whoever changes the installation lets its services end and begin.
        under_way="It is being changed." if installation.is_changing() else "",
        state=status.state,
        starts=status.starts,
        last_exit=status.last_exit,
        answers=partial(supervision.answers, service.name) if has_health and not deeper else None,
        holds=_isolation(installation.layout, pid) if service.name == PHP else "",
        stands_still=pid is not None and stands_still(pid),
        zombies=0 if pid is None else zombies_of({pid}),
    )


_MISSING_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
_DATA = ("hub", "identity", "chat")


def _needs(
    services: Mapping[str, Service], processes: Sequence[ServiceStatus], layout: Layout
) -> Iterator[RightsTarget | ModulesTarget]:
    """What a process needs, asked of those that run for the one and of those that do not for the other."""
    for status in processes:
        if status.pid is None or status.restarts:
            yield ModulesTarget(
                service=status.name,
                missing=partial(_missing_module, layout, status.name),
                environment=_environment_of(services[status.name], layout),
            )
        path = layout.state / status.name
        if status.pid is not None and status.name in _DATA:
            with suppress(OSError):  # it has ended since
                user, group = _ids_of(status.pid)
                yield RightsTarget(
                    service=status.name,
                    user=user,
                    group=group,
                    path=path,
                    closed=partial(_closed_paths, path, user, group),
                )


def _missing_module(layout: Layout, service: str) -> str | None:
    lines = last_lines(log_file(layout, service), 30)
    found = [match[1] for line in lines if (match := _MISSING_MODULE.search(line))]
    return found[-1] if found else None


def _environment_of(service: Service, layout: Layout) -> Path | None:
    """The environment of its own that a service has; None for one that runs in ours."""
    environments = layout.cache / "environments"
    program = Path(service.command[0])
    if not program.is_relative_to(environments):
        return None
    return environments / program.relative_to(environments).parts[0]


def _ids_of(pid: int) -> tuple[int, int]:
    """The user and group that a process acts as; see proc(5)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    ids = {line.partition(":")[0]: line.split()[2] for line in lines if line.startswith(("Uid:", "Gid:"))}
    return int(ids["Uid"]), int(ids["Gid"])


def _closed_paths(directory: Path, user: int, group: int) -> Sequence[Path]:
    """Of a directory and the databases in it, what a process of a user cannot read and write."""
    if user == 0:
        return ()
    closed = []
    with suppress(OSError):
        for path, wanted in ((directory, 0o7), *((file, 0o6) for file in directory.glob("*.db*"))):
            found = path.stat()
            shift = 6 if found.st_uid == user else 3 if found.st_gid == group else 0
            if (found.st_mode >> shift) & wanted != wanted:
                closed.append(path)
    return closed


def _database_server(services: Mapping[str, Service], layout: Layout) -> Iterator[DatabaseServerTarget]:
    if mariadb.SERVICE_NAME in services:
        yield DatabaseServerTarget(service=mariadb.SERVICE_NAME, state=partial(_server_state, layout))


def _server_state(layout: Layout) -> ServerState:
    try:
        return ServerState(*LocalMariaDb(layout, Secrets.open(layout)).admin.state())
    except PresswerkError as problem:
        raise NotAsItShouldBe(problem.message or problem.problem) from None


def _with_culprit(target: Target, layout: Layout) -> Target:
    if not isinstance(target, SiteTarget):
        return target
    tenant_id = target.service.removeprefix(site_service(""))
    return dataclasses.replace(target, culprit=partial(culprit, layout, tenant_id))


def _promised(installation: Installation, engine: Engine, tenants: LocalRuntime) -> Iterator[Target]:
    """What a tenant's tier says of it: how many articles, and how often a backup."""
    try:
        platform = installation.platform()
        for known in tenants.list():
            articles = platform.allotment(known.tenant).limits.publications_per_month
            service = site_service(known.id)
            yield QuotaTarget(service=service, engine=engine, tenant=known.id, articles=articles)
            if known.applied:
                yield BackupTarget(
                    service=service,
                    engine=engine,
                    tenant=known.id,
                    made_at=known.created_at,
                    policy=platform.tiers[known.tenant.tier].backup,
                )
    except (DeclarationError, OSError, PresswerkError):
        return  # what is wrong with the file is told elsewhere


def _isolation(layout: Layout, pid: int | None) -> str:
    """How PHP of one tenant is kept from another's, and what bounds the memory of all together."""
    limit = None if pid is None else memory_limit_bytes(pid)
    bounds = "no cgroup bounds them" if limit is None else f"a cgroup bounds all to {limit / 2**30:.1f} GiB"
    reason = why_none(layout)
    if reason:
        return f"one user id for all tenants (open_basedir parts them, because {reason}; {bounds})"
    return f"a user id for each tenant ({bounds})"


def _engine(file: Path) -> Engine | None:
    """A database that is there; to open a missing one would make it."""
    return _opened(file) if file.is_file() else None


@cache
def _opened(file: Path) -> Engine:
    # Kept, because the hub looks at all this again and again, and an engine keeps its connections.
    return connect(f"sqlite:///{file}")


def _databases(layout: Layout, engine: Engine | None) -> Iterator[Target]:
    missing = f"The database {layout.hub / 'hub.db'} is missing."
    yield DatabaseTarget(service="hub", engine=engine, missing=missing, schema=newest_schema())
    if engine is not None:
        yield QueueTarget(service="hub", engine=engine)


def _sites(installation: Installation, engine: Engine | None) -> Iterator[Target]:
    layout = installation.layout
    try:
        if engine is not None:
            vault = Vault.from_setting(Secrets.open(layout).get(names.ENCRYPTION_KEY))
            registry, changing = TenantRegistry(engine, vault), installation.is_changing()
            # Who may change them is not asked here, and their file may be broken.
            tenants = LocalRuntime(engine, registry, DeclaredPlatform(demo_platform()))
            for target in tenants_and_sites(tenants, registry, layout.identity_url, changing=changing):
                yield _with_culprit(target, layout)
            yield from _promised(installation, engine, tenants)
            return
    except (SQLAlchemyError, UnreadableSecrets, OSError):
        # Other checks tell what is wrong with it; the sites are asked by what else is known of them.
        pass
    for tenant, place in installation.places.items():
        yield SiteTarget(
            service=site_service(tenant),
            address=layout.site_url(tenant, place),
            name=tenant,
            internal_url=layout.site_internal_url(place),
            issuer=layout.identity_url,
        )


def public_names(installation: Installation) -> Iterator[PublicNameTarget]:
    """Every name on the internet, on the line of the service that answers to it."""
    layout = installation.layout
    if layout.public is None:
        return
    reserved = None
    with suppress(DeclarationError, OSError, PresswerkError):  # what is wrong with the file is told elsewhere
        reserved = installation.platform().entry.address
    sites = {layout.ports.first_site + place: site_service(tenant) for tenant, place in installation.places.items()}
    for host in answered_hosts(layout):
        yield PublicNameTarget(
            service=host.service or sites.get(host.port, "entry"),
            name=host.name,
            port=layout.ports.https,
            complaint=partial(complaint_about, layout, host.name),
            elsewhere=partial(_elsewhere, host.name, reserved),
        )


def _elsewhere(name: str, reserved: IPv4Address | None) -> str | None:
    told = elsewhere(name, None if reserved is None else str(reserved))
    return None if told is None else str(told)


def _ai(chat: Service | None) -> Iterator[Target]:
    """The endpoint with the key that the chat was started with, not the one of whoever asks."""
    if chat is None:
        return
    address, model = chat.environment["OPENAI_API_BASE_URL"], chat.environment.get("DEFAULT_MODELS", "")
    is_stand_in = model == STAND_IN_MODEL
    yield AiTarget(
        service="ai-stand-in" if is_stand_in else "ai",
        address=address,
        base_url=address,
        api_key=chat.environment.get("OPENAI_API_KEY", ""),
        model=model,
        is_stand_in=is_stand_in,
    )


def _others(chat: Service | None) -> tuple[str, ...]:
    return tuple(ai.base_url for ai in _ai(chat) if isinstance(ai, AiTarget) and not ai.is_stand_in)


def _latest_record(engine: Engine | None) -> dt.datetime | None:
    if engine is None:
        return None
    try:
        with engine.connect() as connection:
            return connection.execute(select(func.max(_AUDIT.c.at, type_=UtcDateTime))).scalar()
    except SQLAlchemyError:
        return None
