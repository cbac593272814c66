"""What there is to ask of an installation on this machine; a part that is broken takes no other away."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, partial
from ipaddress import IPv4Address
from pathlib import Path

from sqlalchemy import Column, Engine, MetaData, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from presswerk.ai.stand_in import STAND_IN_MODEL
from presswerk.database import UtcDateTime, connect
from presswerk.declaration import DeclarationError, demo_platform
from presswerk.errors import PresswerkError
from presswerk.operations.checks import Target
from presswerk.operations.checks.targets import (
    AiTarget,
    ChatTarget,
    ClockTarget,
    DatabaseTarget,
    DirectoryTarget,
    HubTarget,
    ProcessTarget,
    PublicNameTarget,
    QueueTarget,
    SignOnTarget,
    SiteTarget,
)
from presswerk.operations.checks.tenant_targets import site_service, tenants_and_sites
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.accounts import why_none
from presswerk.runtimes.local.cgroups import memory_limit_bytes
from presswerk.runtimes.local.entry import answered_hosts
from presswerk.runtimes.local.entry_log import complaint_about
from presswerk.runtimes.local.exposure import elsewhere
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.secrets import Secrets, UnreadableSecrets
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.service_status import ServiceStatus
from presswerk.runtimes.local.site_servers import PHP
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import DeclaredPlatform, TenantRegistry, Vault

# Of these services checks of their own ask more than a health address tells.
_ASKED_AS_A_USER_WOULD = ("hub", "chat", "identity", "site-")
_AUDIT = Table("audit_records", MetaData(), Column("at", UtcDateTime))


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
        DirectoryTarget(service="disk", path=layout.state),
        *(_process(services[status.name], status, supervision, installation) for status in processes),
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


def _process(
    service: Service, status: ServiceStatus, supervision: Supervision, installation: Installation
) -> ProcessTarget:
    deeper = service.name.startswith(_ASKED_AS_A_USER_WOULD)
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
        holds=_isolation(installation.layout, status.pid) if service.name == PHP else "",
    )


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
    yield DatabaseTarget(service="hub", engine=engine, missing=f"The database {layout.hub / 'hub.db'} is missing.")
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
            yield from tenants_and_sites(tenants, registry, layout.identity_url, changing=changing)
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
