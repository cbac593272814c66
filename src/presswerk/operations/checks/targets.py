"""The kinds of things that checks ask, each with what is needed to ask it."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from presswerk.declaration.tier import BackupPolicy
from presswerk.errors import PresswerkError
from presswerk.operations.checks.model import Target
from presswerk.wordpress import Connection, SiteClient, SiteError, SiteStatus

_TIMEOUT_SECONDS = 8.0


@dataclass(frozen=True)
class ServerState:
    """How a database server is: whether it takes changes, and how many connections it has of how many."""

    is_read_only: bool
    connections: int
    most_connections: int


@dataclass(frozen=True, kw_only=True)
class SiteTarget(Target):
    """A tenant's site.

    Attributes:
        name: The tenant's, as people read it.
        internal_url: Where it is reached from here.
        connection: The managed connection; None where there is none yet, or it could not be read.
        issuer: The identity provider its people sign in at.
        closed: Whether it is to say that it is closed.
        culprit: The plugin that PHP stumbled over last, by the log; None where it was none.
    """

    name: str
    internal_url: str
    issuer: str
    connection: Connection | None = field(default=None, repr=False)
    closed: bool = False
    culprit: Callable[[], str | None] | None = None

    @cached_property
    def connector(self) -> SiteStatus | SiteError:
        """What its connector says of it, asked once for all checks; there must be a connection."""
        assert self.connection is not None  # noqa: S101  for the type checker
        with SiteClient(self.connection, timeout_seconds=_TIMEOUT_SECONDS) as client:
            try:
                return client.status()
            except SiteError as error:
                return error


@dataclass(frozen=True, kw_only=True)
class TenantTarget(Target):
    """What is declared of a tenant.

    Attributes:
        problem: Why it was not carried out.
        pending: Whether it waits for that.
        reserved: Whose address its site has, where that is one of the platform's own.
    """

    problem: str | None = None
    pending: bool = False
    reserved: str | None = None


@dataclass(frozen=True, kw_only=True)
class SignOnTarget(Target):
    """The identity provider; `address` is the issuer."""


@dataclass(frozen=True, kw_only=True)
class HubTarget(Target):
    """The hub as others reach it; `issuer` is the one it is to trust."""

    internal_url: str
    issuer: str


@dataclass(frozen=True, kw_only=True)
class ChatTarget(Target):
    """Open WebUI; `internal_url` is where it is reached from here, its address where that is empty."""

    internal_url: str = ""


@dataclass(frozen=True, kw_only=True)
class AiTarget(Target):
    """The AI endpoint, with what the chat sends it; `model` may be empty."""

    base_url: str
    api_key: str = field(repr=False)
    model: str = ""
    is_stand_in: bool = False


@dataclass(frozen=True, kw_only=True)
class DatabaseTarget(Target):
    """A database of the hub; `missing` is why there is none to be asked, `schema` the newest one it may have."""

    engine: Engine | None
    missing: str = ""
    schema: str = ""


@dataclass(frozen=True, kw_only=True)
class QueueTarget(Target):
    """The publications that wait for a worker of the hub."""

    engine: Engine


@dataclass(frozen=True, kw_only=True)
class QuotaTarget(Target):
    """What a tenant has used of its tier this month: new articles, and how many there may be."""

    engine: Engine
    tenant: str
    articles: int


@dataclass(frozen=True, kw_only=True)
class BackupTarget(Target):
    """A tenant's backups: since when there could be some, and how often its tier wants one."""

    engine: Engine
    tenant: str
    made_at: dt.datetime
    policy: BackupPolicy


@dataclass(frozen=True, kw_only=True)
class DatabaseServerTarget(Target):
    """A database server that sites share; `state` asks it, and raises where it does not answer."""

    state: Callable[[], ServerState]


@dataclass(frozen=True, kw_only=True)
class DirectoryTarget(Target):
    """A directory that services write to.

    Attributes:
        path: Where.
        full_on: When its disk will be full, as it has filled lately; None where it does not fill.
    """

    path: Path
    full_on: Callable[[], dt.datetime | None] | None = None


@dataclass(frozen=True, kw_only=True)
class RightsTarget(Target):
    """The files of a service.

    Attributes:
        user: The number of the user that its process runs as.
        group: That of the group.
        path: The directory that has them.
        closed: Those of them that the process can neither read nor write.
    """

    user: int
    group: int
    path: Path
    closed: Callable[[], Sequence[Path]]


@dataclass(frozen=True, kw_only=True)
class ModulesTarget(Target):
    """The Python that a service which does not run needs: the module it lacked last, and its own environment."""

    missing: Callable[[], str | None]
    environment: Path | None = None


@dataclass(frozen=True, kw_only=True)
class InstallationTarget(Target):
    """What describes an installation.

    Attributes:
        problem: Why it cannot be read.
        closed_to: Whom it belongs to, where it may not be read from here.
        out_of_reach: The checks that need to read it.
    """

    problem: PresswerkError | None = None
    closed_to: str = ""
    out_of_reach: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class MemoryTarget(Target):
    """This machine's memory; `largest` names the process that has the most of it."""

    available_mib: int
    total_mib: int
    largest: Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class SupervisorTarget(Target):
    """What starts services again: its process, how many it has, and how many of them a dead one has left."""

    pid: int | None
    services: int
    left: int = 0


@dataclass(frozen=True, kw_only=True)
class PortTarget(Target):
    """Where a service is to listen.

    Attributes:
        port: The port.
        option: What chooses another one, at `presswerk up`.
        stranger: Who listens there that is not of this installation; None where nobody does.
    """

    port: int
    option: str
    stranger: Callable[[], str | None]


@dataclass(frozen=True, kw_only=True)
class ProcessTarget(Target):
    """A supervised process.

    Attributes:
        state: The supervisor's word, such as `running`.
        starts: When it was started since it was last started on purpose.
        last_exit: How it ended the last time by itself.
        answers: Asks its own health address or socket; None where it has none, or where other checks ask more.
        holds: What is to be known of a process that is as it should be, such as how it keeps tenants apart.
        stands_still: Whether a signal has stopped it.
        zombies: How many processes that it started have ended without its taking note.
    """

    state: str
    starts: Sequence[dt.datetime] = ()
    last_exit: str | None = None
    answers: Callable[[], bool] | None = None
    holds: str = ""
    stands_still: bool = False
    zombies: int = 0


@dataclass(frozen=True, kw_only=True)
class PublicNameTarget(Target):
    """A name that a platform has on the internet.

    Attributes:
        name: Such as `hub.press.example`.
        port: Where this machine listens for https.
        complaint: What the certificate authority last complained of; None where it did not.
        elsewhere: Why the name does not lead here, as a sentence; None where it does.
    """

    name: str
    port: int
    complaint: Callable[[], str | None] | None = None
    elsewhere: Callable[[], str | None] | None = None


@dataclass(frozen=True, kw_only=True)
class ClockTarget(Target):
    """This machine's clock.

    Attributes:
        others: Addresses of servers whose clocks it is compared with.
        latest_record: The newest moment that was recorded here.
    """

    others: Sequence[str] = ()
    latest_record: Callable[[], dt.datetime | None] | None = None
