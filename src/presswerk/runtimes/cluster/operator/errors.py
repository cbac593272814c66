"""What keeps the operator from going on, each with what a person would want to know and when to try again."""

from http import HTTPStatus


class OperatorError(Exception):
    """Something stands in the way of a tenant; it is tried again."""


class ClusterError(OperatorError):
    """The cluster's API did not do what it was asked.

    Attributes:
        what: The request, such as `apply Deployment tenant-acme/site`.
        status: The HTTP status; None when no answer came.
        reason: The API's word for it, such as `Conflict` or `Forbidden`.
        retry_after_seconds: How long the API asks us to wait, if it does.
    """

    def __init__(
        self, what: str, *, status: int | None, reason: str, message: str, retry_after_seconds: float | None = None
    ) -> None:
        answered = "no answer" if status is None else f"answered {status} {reason}"
        super().__init__(f"{what}: {answered}: {message}")
        self.what = what
        self.status = status
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds

    @property
    def is_permanent(self) -> bool:
        """Whether repeating the same request is of no use until somebody changes something."""
        return self.status in {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.METHOD_NOT_ALLOWED,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        }


class AlreadyThere(ClusterError):
    """An object of this name exists already."""


class GoneMeanwhile(ClusterError):
    """The version that was asked for is no longer kept: list again."""


class OutsideError(OperatorError):
    """A database server, identity provider, chat or hub did not do its part.

    Attributes:
        reason: One CamelCase word for the condition, such as `NotConfigured` or `Unavailable`.
        again_in_seconds: When it makes sense to ask again; None for the usual backoff.
    """

    def __init__(self, reason: str, message: str, *, again_in_seconds: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.again_in_seconds = again_in_seconds


class NotYet(OutsideError):
    """It is being made and takes its time; nothing is wrong."""


class NotConfigured(OutsideError):
    """The operator was not told how to reach it."""

    def __init__(self, message: str) -> None:
        super().__init__("NotConfigured", message)
