"""What can go wrong when somebody asks for something about a publication."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from presswerk.errors import FORBIDDEN, INVALID_INPUT, NOT_FOUND, NOT_POSSIBLE_NOW, PresswerkError, ProblemType
from presswerk.messages import Message, joined

if TYPE_CHECKING:
    from presswerk.publishing.composition import Preview


class PublishingError(PresswerkError):
    """A request about a publication was not granted; the message is a sentence for the caller."""

    message: Message
    http = NOT_POSSIBLE_NOW


class NotFound(PublishingError):
    """There is no such thing, or the caller may not know that there is."""

    http = NOT_FOUND


class Forbidden(PublishingError):
    """The caller's role is too low."""

    http = FORBIDDEN


class NotPossibleNow(PublishingError):
    """The publication's state does not allow it."""


class IdempotencyKeyReused(PublishingError):
    """The same key came before with another body."""

    http = ProblemType(422, "idempotency-key-reused", "Idempotency-Key used for another request")


class LimitReached(PublishingError):
    """The tenant has used up what its tier allows.

    Attributes:
        again_at: From when on it may be tried again, aware UTC.
    """

    http = ProblemType(429, "limit-reached", "The tier's limit is reached")

    def __init__(self, message: Message, again_at: dt.datetime) -> None:
        super().__init__(message)
        self.again_at = again_at
        self.retry_after_seconds = max(1, int((again_at - dt.datetime.now(dt.UTC)).total_seconds()))


class PreviewChanged(PublishingError):
    """The preview is not what was confirmed: it was changed, is too old, or is nobody's or somebody else's.

    Attributes:
        current: The preview as it is now, None when there is none any more.
    """

    def __init__(self, message: Message, current: "Preview | None") -> None:
        super().__init__(message)
        self.current = current


class SiteSuspended(PublishingError):
    """The tenant takes no publications at the moment."""

    http = ProblemType(409, "tenant-suspended", "The tenant is suspended")


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of the input, and how to mend it."""

    field: str
    message: Message


class InvalidManuscript(PublishingError):
    """The input cannot become an article."""

    http = INVALID_INPUT

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(
            joined("; ", (Message("%(field)s: %(problem)s", field=e.field, problem=e.message) for e in errors))
        )
        self.errors = errors


class Superseded(PublishingError):
    """A newer revision or attempt, or a cancellation, has taken over; the run must stop."""

    def __init__(self, why: str) -> None:
        super().__init__(Message.verbatim(why))
