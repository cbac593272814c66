"""Why the AI endpoint did not do what it was asked."""

import enum

from presswerk.errors import PresswerkError


class AiFailure(enum.StrEnum):
    """What went wrong."""

    UNREACHABLE = "unreachable"  # no connection, or a wrong address
    TIMEOUT = "timeout"  # it takes too long
    UNAUTHORIZED = "unauthorized"  # no, a wrong or an expired key
    UNKNOWN_MODEL = "unknown-model"  # it has no model of that name
    UNPAID = "unpaid"  # its account has no money or allowance left
    RATE_LIMITED = "rate-limited"  # too many requests, or the allowance is used up
    REFUSED = "refused"  # it does not take the request
    BROKEN = "broken"  # its own error, or an answer that is none


class AiError(PresswerkError):
    """The endpoint did not answer as asked; the text is for a person and never holds the key.

    Attributes:
        failure: What went wrong.
    """

    def __init__(
        self, failure: AiFailure, message: str, remedy: str, *, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.remedy = remedy
        self.retry_after_seconds = retry_after_seconds
