"""IONOS's MariaDB API (https://api.ionos.com/docs/mariadb/v2): clusters as its JSON has them, failures as ours."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from presswerk.certificates import authorities
from presswerk.runtimes.databases.errors import (
    DatabaseBusy,
    DatabaseProblem,
    DatabaseRefused,
    DatabaseUnreachable,
    InvalidCluster,
    QuotaExceeded,
)

_REQUEST_SECONDS = 30.0
_PAGE = 100
_QUOTA = re.compile(r"quota|limit (?:is )?(?:exceeded|reached)|exceeds? the (?:contract )?limit", re.IGNORECASE)

Json = Mapping[str, Any]


def part(value: object, name: str) -> Json:
    """An object within another one; an empty one where there is none, since others' clusters may look otherwise."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True)
class IonosMariaDbApi:
    """The clusters of one contract at one location.

    Every method makes one request, and never a second: one whose answer is lost may have been carried out, and a second
    cluster costs. They raise `DatabaseProblem`: `DatabaseUnreachable` for no answer or one that says to come back,
    `DatabaseBusy` while the cluster is being changed, `DatabaseRefused` for a token without the right, `QuotaExceeded`
    and `InvalidCluster` for what the contract or the API does not take.

    Attributes:
        url: Base URL of the location.
        token: The contract's.
    """

    url: str
    token: str = field(repr=False)

    def clusters(self) -> Iterator[Json]:
        """Every cluster there is, ours and others'; a request for each hundred."""
        offset, what = 0, "list the clusters"
        while True:
            items = self._ask("GET", what, params={"offset": offset, "limit": _PAGE}).get("items")
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise self._no_answer_of_it(what)
            yield from items
            if len(items) < _PAGE:
                return
            offset += len(items)

    def create(self, properties: Json) -> None:
        """Ask for a new cluster; after `DatabaseUnreachable` it may have been made."""
        password = str(part(properties, "credentials").get("password", ""))
        self._ask("POST", "create a cluster", json={"properties": properties}, hidden=password)

    def replace(self, cluster_id: str, properties: Json) -> None:
        """Bring a cluster to other properties."""
        told = {"id": cluster_id, "properties": properties}
        self._ask("PUT", f"change cluster {cluster_id}", f"/{cluster_id}", json=told)

    def delete(self, cluster_id: str) -> None:
        """Ask for a cluster's end; one that is gone is passed over."""
        self._ask("DELETE", f"delete cluster {cluster_id}", f"/{cluster_id}", or_else=HTTPStatus.NOT_FOUND)

    def _ask(
        self,
        method: str,
        what: str,
        path: str = "",
        *,
        hidden: str = "",
        or_else: HTTPStatus | None = None,
        **request: Any,
    ) -> Json:
        try:
            answer = httpx.request(
                method,
                f"{self.url}/clusters{path}",
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=_REQUEST_SECONDS,
                verify=authorities(),
                **request,
            )
        except httpx.HTTPError as error:
            told = f"{self.url} was asked to {what} and gave no answer ({type(error).__name__})"
            raise DatabaseUnreachable(told) from None
        if not answer.is_success and answer.status_code != or_else:
            raise self._problem(what, answer, hidden)
        try:
            return dict(answer.json())
        except (ValueError, TypeError):
            # Nobody knows what it was, so it is not repeated.
            raise self._no_answer_of_it(what) from None

    def _no_answer_of_it(self, what: str) -> DatabaseProblem:
        return DatabaseProblem(f"{self.url} was asked to {what} and answered in a way its API does not")

    def _problem(self, what: str, answer: httpx.Response, hidden: str) -> DatabaseProblem:
        status, told = answer.status_code, _told(answer)
        for secret in filter(None, (self.token, hidden)):
            told = told.replace(secret, "***")
        text = f"{self.url} was asked to {what} and says {status}: {told}"
        if answer.is_server_error or status == HTTPStatus.TOO_MANY_REQUESTS:
            after = answer.headers.get("Retry-After", "")
            return DatabaseUnreachable(text, int(after) if after.isdigit() else None)
        if status == HTTPStatus.PAYMENT_REQUIRED or (status != HTTPStatus.UNAUTHORIZED and _QUOTA.search(told)):
            return QuotaExceeded(f"{text}; raise the contract's quota or remove a cluster")
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return DatabaseRefused(f"{text}; see that the token is valid and may manage databases")
        if status == HTTPStatus.CONFLICT:
            return DatabaseBusy(text)
        if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
            return InvalidCluster(text)
        return DatabaseProblem(text)


def _told(answer: httpx.Response) -> str:
    """What the API says is wrong: its own messages, else no more than the status's name."""
    try:
        messages = [(each.get("errorCode"), each.get("message")) for each in answer.json()["messages"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        messages = []
    return "; ".join(" ".join(map(str, filter(None, each))) for each in messages) or answer.reason_phrase
