"""What a check is, what it asks, and what came of asking."""

import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from presswerk.errors import PresswerkError


class Outcome(enum.StrEnum):
    """What came of asking."""

    OK = "ok"  # it works as a user would expect
    FAILED = "failed"  # it does not
    UNKNOWN = "unknown"  # it could not be asked


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something that can be asked; each kind of it is a class of its own.

    Attributes:
        service: Whose line in `presswerk status` the answers belong to, such as `site-acme`.
        address: Where a person opens it; empty where nobody does.
        under_way: Why nothing that does not work is a failure yet, as a sentence; empty where it is one.
    """

    service: str
    address: str = ""
    under_way: str = ""


class NotAsItShouldBe(PresswerkError):
    """The answer is not what a user needs: what was seen instead, and a remedy other than the check's own."""


class Silent(NotAsItShouldBe):
    """There was no answer at all, so nothing else is asked of the same target."""


class CannotTell(PresswerkError):
    """It could not be asked; the message says why."""


@dataclass(frozen=True)
class Check:
    """One thing that a user would ask.

    Attributes:
        id: Its name for programs, such as `site-page`; it never changes.
        question: What it asks, as a person would.
        remedy: What to do when the answer is no; `{service}` stands for the target's service.
        of: The kind of target it asks.
        ask: Asks, and says in a sentence what was seen; raises `NotAsItShouldBe` or `CannotTell`.
        remember_seconds: For how long its answer is used again where asking costs money or work.
    """

    id: str
    question: str
    remedy: str
    of: type[Target]
    ask: Callable[[Any], str]
    remember_seconds: float = 0.0


@dataclass(frozen=True)
class Result:
    """What came of asking one target.

    Attributes:
        check: The check's id.
        service: Whose line it belongs to.
        address: Where a person opens it.
        outcome: Whether it works.
        seen: What was seen, as a sentence.
        remedy: What to do about it; empty when it works.
        asked_at: When.
        seconds: How long the answer took.
    """

    check: str
    service: str
    address: str
    outcome: Outcome
    seen: str
    remedy: str
    asked_at: dt.datetime
    seconds: float
