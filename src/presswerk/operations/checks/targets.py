"""The kinds of things that checks ask, each with what is needed to ask it."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from presswerk.operations.checks.model import Target
from presswerk.wordpress import Connection


@dataclass(frozen=True, kw_only=True)
class SiteTarget(Target):
    """A tenant's site.

    Attributes:
        name: The tenant's, as people read it.
        internal_url: Where it is reached from here.
        connection: The managed connection; None where there is none yet, or it could not be read.
        issuer: The identity provider its people sign in at.
        closed: Whether it is to say that it is closed.
    """

    name: str
    internal_url: str
    issuer: str
    connection: Connection | None = field(default=None, repr=False)
    closed: bool = False


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
    """A database of the hub; `missing` is why there is none to be asked."""

    engine: Engine | None
    missing: str = ""


@dataclass(frozen=True, kw_only=True)
class QueueTarget(Target):
    """The publications that wait for a worker of the hub."""

    engine: Engine


@dataclass(frozen=True, kw_only=True)
class DirectoryTarget(Target):
    """A directory that services write to."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class ProcessTarget(Target):
    """A supervised process.

    Attributes:
        state: The supervisor's word, such as `running`.
        starts: When it was started since it was last started on purpose.
        last_exit: How it ended the last time by itself.
        answers: Asks its own health address or socket; None where it has none, or where other checks ask more.
        holds: What is to be known of a process that is as it should be, such as how it keeps tenants apart.
    """

    state: str
    starts: Sequence[dt.datetime] = ()
    last_exit: str | None = None
    answers: Callable[[], bool] | None = None
    holds: str = ""


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
