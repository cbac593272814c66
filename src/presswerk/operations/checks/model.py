"""What a check is, what it asks, and what came of asking."""

import datetime as dt
import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from presswerk.errors import PresswerkError
from presswerk.messages import Message, sentences


class Outcome(enum.StrEnum):
    """What came of asking."""

    OK = "ok"  # it works as a user would expect
    FAILED = "failed"  # it does not
    UNKNOWN = "unknown"  # it could not be asked


class Severity(enum.StrEnum):
    """Whom it harms that an answer is no."""

    CRITICAL = "critical"  # somebody cannot read, write or publish now
    WARNING = "warning"  # nobody is harmed yet, and somebody will be unless something is done


class Right(enum.StrEnum):
    """Who may do something with an installation on this machine."""

    ANYBODY = "anybody"
    OWNER = "owner"  # the user to whom its state directory belongs
    ROOT = "root"


class Act(enum.Enum):
    """What `presswerk doctor --fix` can do by itself: a command that is printed, and who may run it.

    `operations/remedies.py` carries it out. `{service}` stands for the service that it concerns, `{subject}` for what
    of it.
    """

    BRING_UP = ("presswerk up", Right.OWNER)
    RESTART = ("presswerk restart {service}", Right.OWNER)
    TAKE_PLUGIN_AWAY = ("presswerk repair plugin {service} {subject}", Right.OWNER)

    def __init__(self, command: str, right: Right) -> None:
        self.command = command
        self.right = right


@dataclass(frozen=True)
class Remedy:
    """What to do when the answer of a check is no.

    Attributes:
        steps: What a person does, or has to decide; `service` among its values stands for the service.
        act: What can be done without anybody's decision; None where there is no such thing.
        service: Whom the act concerns, where that is not the service that was asked.
        subject: What of it, such as a plugin.
    """

    steps: Message | None = None
    act: Act | None = None
    service: str = ""
    subject: str = ""

    def command(self, service: str) -> str:
        """The act as it is printed; empty where there is none."""
        if self.act is None:
            return ""
        return self.act.command.format(service=self.service or service, subject=self.subject)

    def advice(self, service: str) -> Message:
        """What a person is told, the command included."""
        told = []
        if self.act is not None:
            told.append(Message("Run `%(command)s`.", command=self.command(service)))
        if self.steps is not None:
            told.append(self.steps.but(service=service))
        return sentences(*told)


def _as_remedy(given: "Remedy | Message | str | None") -> Remedy | None:
    if isinstance(given, str):
        given = Message.verbatim(given) if given else None
    return Remedy(given) if isinstance(given, Message) else given


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
    """The answer is not what a user needs.

    Args:
        problem: What was seen instead.
        remedy: Where it is another than the check's own.

    Attributes:
        mend: The same remedy.
    """

    def __init__(self, problem: Message | str, remedy: Remedy | Message | str | None = None) -> None:
        super().__init__(problem)
        self.mend = _as_remedy(remedy)


class Silent(NotAsItShouldBe):
    """There was no answer at all, so nothing else is asked of the same target."""


class CannotTell(PresswerkError):
    """It could not be asked; the message says why."""


@dataclass(frozen=True)
class PageAnswer:
    """What was seen of something that answers requests, with the status of its answer (RFC 9110)."""

    said: Message
    code: int


SAME = "="
"""The service of a cause that is the same as its consequence's."""


@dataclass(frozen=True)
class Cause:
    """A check whose red answer explains another one's.

    Attributes:
        check: Its id.
        service: Whose answer it must be: a service's name, `SAME`, or empty for anybody's.
    """

    check: str
    service: str = ""


@dataclass(frozen=True)
class Check:
    """One thing that a user would ask.

    Attributes:
        id: Its name for programs, such as `site-page`; it never changes, and is its section's in
            docs/troubleshooting.md.
        question: What it asks, as a person would.
        remedy: What to do when the answer is no.
        of: The kind of target it asks.
        ask: Asks, and says in a sentence what was seen; raises `NotAsItShouldBe` or `CannotTell`.
        remember_seconds: For how long its answer is used again where asking costs money or work.
        severity: Whom a no harms.
        causes: What else is to blame where it is red at the same time.
        threshold: From where on the answer is no, where that is a number.
        alert_after_seconds: How long it may be red before somebody is told.
        right: Who may ask.
    """

    id: str
    question: Message
    remedy: Remedy
    of: type[Target]
    ask: Callable[[Any], "Message | PageAnswer | str"]
    remember_seconds: float = 0.0
    severity: Severity = Severity.CRITICAL
    causes: tuple[Cause, ...] = ()
    threshold: Message | None = None
    alert_after_seconds: int = 120
    right: Right = Right.OWNER

    @property
    def alert(self) -> str:
        """The expression of its alert rule, over the metric that says how each answer turned out (PromQL)."""
        return f'{METRIC}{{check="{self.id}",outcome="{Outcome.FAILED}"}} == 1'

    @property
    def page(self) -> str:
        """Where its section is."""
        return f"docs/troubleshooting.md#{self.id}"


METRIC = "presswerk_check"
"""1 for the outcome that each check of each service had last, 0 for the others."""


@dataclass(frozen=True)
class Result:
    """What came of asking one target.

    Attributes:
        check: The check's id.
        service: Whose line it belongs to.
        address: Where a person opens it.
        outcome: Whether it works.
        said: What was seen, as a sentence.
        advice: What to do about it; empty when it works.
        asked_at: When.
        seconds: How long the answer took.
        severity: Whom it harms.
        remedy_of: What can be done about it, as `advice` says it; None when it works.
        code: The status of the answer, where it is one to a request that has any.
        skipped: Whether it was not asked because the same target did not answer another question.
    """

    check: str
    service: str
    address: str
    outcome: Outcome
    said: Message
    advice: Message
    asked_at: dt.datetime
    seconds: float
    severity: Severity = Severity.CRITICAL
    remedy_of: Remedy | None = None
    code: int | None = None
    skipped: bool = False

    @property
    def id(self) -> str:
        """What this answer is called where it is silenced."""
        return f"{self.check}@{self.service}"

    @property
    def seen(self) -> str:
        """What was seen, in English."""
        return str(self.said)

    @property
    def remedy(self) -> str:
        """What to do about it, in English."""
        return str(self.advice)

    @property
    def command(self) -> str:
        """What mends it without anybody's decision; empty where nothing does."""
        return "" if self.remedy_of is None else self.remedy_of.command(self.service)
