"""What a cluster's API refuses, with what a person would want to know and whether to try again."""

from collections.abc import Mapping
from http import HTTPStatus

from presswerk.errors import PresswerkError

_REMEDIES: Mapping[int | None, str] = {
    None: "Check the network, the kubeconfig and the API's allow-list, then run the command again.",
    HTTPStatus.UNAUTHORIZED: "The kubeconfig's credentials are not accepted: fetch a new one.",
    HTTPStatus.FORBIDDEN: "These credentials lack a right: a delivery needs those of a cluster's administrator.",
}


class NoCluster(PresswerkError):
    """Nothing says which cluster is meant, or it cannot be read."""


class ClusterError(PresswerkError):
    """The cluster's API did not do what it was asked.

    Attributes:
        status: The HTTP status; None when no answer came.
        reason: The API's word for it, such as `Conflict` or `Forbidden`.
        told: What it says about it.
        retry_after_seconds: How long the API asks us to wait, if it does.
    """

    def __init__(
        self,
        problem: str,
        *,
        status: int | None = None,
        reason: str = "",
        told: str = "",
        retry_after_seconds: float | None = None,
        remedy: str | None = None,
    ) -> None:
        may_pass = (
            status is None or status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        )
        super().__init__(problem, _REMEDIES.get(status, "") if remedy is None else remedy)
        self.retryable = may_pass
        self.status = status
        self.reason = reason
        self.told = told or problem
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        return self.problem

    @property
    def is_invalid(self) -> bool:
        """Whether the API does not take this object as it is: the same again is of no use."""
        return self.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}


class AlreadyThere(ClusterError):
    """An object of this name exists already."""


class GoneMeanwhile(ClusterError):
    """The version that was asked for is no longer kept: list again."""
