"""What a cluster's API refuses, with what a person would want to know and whether to try again."""

from http import HTTPStatus

from presswerk.errors import PresswerkError


class ClusterError(PresswerkError):
    """The cluster's API did not do what it was asked.

    Attributes:
        what: The request, such as `apply Deployment tenant-acme/site`.
        status: The HTTP status; None when no answer came.
        reason: The API's word for it, such as `Conflict` or `Forbidden`.
        told: What it says about it.
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
        self.told = message
        self.retry_after_seconds = retry_after_seconds

    @property
    def is_invalid(self) -> bool:
        """Whether the API does not take this object as it is: the same again is of no use."""
        return self.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}


class AlreadyThere(ClusterError):
    """An object of this name exists already."""


class GoneMeanwhile(ClusterError):
    """The version that was asked for is no longer kept: list again."""
