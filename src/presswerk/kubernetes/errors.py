"""What a cluster's API refuses, with what a person would want to know and whether to try again."""

import email.utils
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx2
import msgspec

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


def refusal(what: str, answer: httpx2.Response) -> ClusterError:
    """The error for an answer, in our own words: they never carry the body that was sent, which may hold a secret."""
    try:
        told = dict(msgspec.json.decode(answer.content))
    except (msgspec.DecodeError, TypeError, ValueError):
        told = {}
    status = answer.status_code
    reason = str(told.get("reason") or answer.reason_phrase.replace(" ", ""))
    exists = status == HTTPStatus.CONFLICT and reason == "AlreadyExists"
    said = told.get("message") or answer.reason_phrase
    return (AlreadyThere if exists else _kind(status))(
        f"The cluster refused to {what}: {status} {said}",
        status=status,
        reason=reason,
        told=str(said),
        retry_after_seconds=_retry_after(answer),
    )


def refusal_within(what: str, status: Mapping[str, Any]) -> ClusterError:
    """The error for a `Status` that came in place of an event."""
    code = status.get("code")
    told = f"The cluster refused to {what}: {code} {status.get('message', '')}"
    return _kind(code)(told, status=code, reason=status.get("reason", ""))


def _kind(status: int | None) -> type[ClusterError]:
    return GoneMeanwhile if status == HTTPStatus.GONE else ClusterError


def _retry_after(answer: httpx2.Response) -> float | None:
    """What `Retry-After` says, in seconds or as a date (RFC 9110, 10.2.3)."""
    said = answer.headers.get("Retry-After")
    if said is None:
        return None
    if said.isdigit():
        return float(said)
    parsed = email.utils.parsedate_tz(said)
    return None if parsed is None else max(0.0, email.utils.mktime_tz(parsed) - time.time())
