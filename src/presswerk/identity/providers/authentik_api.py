"""Authentik's administration API over HTTP: retries, pages, and refusals by name.

Its official client package is generated from the whole of Authentik's API: importing it takes seconds and 200 MiB, of
which a handful of routes are needed here. Requests and answers are checked against its models in the tests instead.
"""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import stamina
import structlog

from presswerk.certificates import authorities, is_refused, not_trusted
from presswerk.identity.providers.errors import (
    AuthentikNotFound,
    AuthentikRefused,
    AuthentikUnavailable,
    IdentityAdministrationError,
    NotAllowed,
    NotSignedIn,
    UnexpectedAnswer,
)

_PAGE_SIZE = 100
_MOST_PAGES = 1000
_LONGEST_WAIT_SECONDS = 30.0
_MAX_TOLD_LENGTH = 300
_BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
# Putting somebody into a group twice is putting them there once.
_REPEATABLE = ("/add_user/", "/remove_user/")
_NEEDS_TO_CREATE = re.compile(r"permission to create (?P<app>\w+)\.(?P<model>\w+)")
_BAD_TOKEN = ("token invalid", "credentials were not provided", "invalid token", "user inactive")

log = structlog.get_logger(__name__)


class AuthentikApi:
    """Sends requests; use as a context manager.

    Reading, changing and deleting are repeated while Authentik is busy or away. Making something is repeated only when
    Authentik cannot have seen the request; otherwise the error says that it is `uncertain`, and the caller looks.

    Args:
        url: Authentik's address, without `/api/v3`.
        token: An API token.
        client: Does the requests, instead of one of its own.
        attempts: How often a request is tried in all.
        timeout_seconds: How long one try may take.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        client: httpx.Client | None = None,
        attempts: int = 5,
        timeout_seconds: float = 10.0,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc or "@" in parts.netloc:
            raise ValueError("give Authentik's address, such as https://login.example.com, with no password in it")
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("give one API token of Authentik")
        self.url = url.rstrip("/")
        self._token = token
        self._http = client or httpx.Client(verify=authorities())
        self._own_client = None if client else self._http
        self._attempts = attempts
        self._timeout_seconds = timeout_seconds

    def __repr__(self) -> str:
        return f"AuthentikApi({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close connections; a client that was given is its giver's to close."""
        if self._own_client is not None:
            self._own_client.close()

    def get(self, path: str, permission: str) -> dict[str, Any] | None:
        """One object; None when there is none.

        Args:
            path: Below `/api/v3`.
            permission: What it needs, for the error if it is missing.
        """
        try:
            return self.send("GET", path, permission)
        except AuthentikNotFound:
            return None

    def pages(self, path: str, permission: str, **filters: str) -> Iterator[dict[str, Any]]:
        """All objects of a list, page by page.

        Raises:
            UnexpectedAnswer: The list never ends.
        """
        page = 1
        for _ in range(_MOST_PAGES):
            answer = self.send(
                "GET", path, permission, parameters={**filters, "page": str(page), "page_size": str(_PAGE_SIZE)}
            )
            results, following = answer.get("results"), (answer.get("pagination") or {}).get("next")
            if not isinstance(results, list) or not isinstance(following, int | float):
                raise self._unexpected(f"GET {path}", "its list has no results or pagination")
            yield from (each for each in results if isinstance(each, dict))
            if following <= page:
                return
            page = int(following)
        raise self._unexpected(f"GET {path}", "its list does not end")

    def send(
        self,
        method: str,
        path: str,
        permission: str,
        *,
        body: Mapping[str, Any] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Send a request, repeating it while that is safe.

        Args:
            method: HTTP method.
            path: Below `/api/v3`.
            permission: What it needs, for the error if it is missing.
            body: JSON.
            parameters: The query.

        Returns:
            The answer's JSON object; empty for an answer without a body.

        Raises:
            AuthentikUnavailable: No answer, or only that it cannot now.
            NotSignedIn: The token is not taken.
            NotAllowed: A permission is missing.
            AuthentikNotFound: There is no such object.
            AuthentikRefused: Anything else it does not take.
            UnexpectedAnswer: It is no answer of Authentik's API.
        """

        def again(error: Exception) -> bool | float:
            if not isinstance(error, AuthentikUnavailable) or error.uncertain:
                return False
            return True if error.retry_after_seconds is None else error.retry_after_seconds

        for attempt in stamina.retry_context(on=again, attempts=self._attempts, timeout=None, wait_initial=0.2):
            with attempt:
                return self._try(method, path, permission, body, parameters)
        raise AssertionError("stamina ends with an answer or an error")

    def _try(
        self,
        method: str,
        path: str,
        permission: str,
        body: Mapping[str, Any] | None,
        parameters: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        request = f"{method} {path}"
        makes = method in {"POST", "PUT"} and not path.endswith(_REPEATABLE)
        try:
            answer = self._http.request(
                method,
                f"{self.url}/api/v3{path}",
                params=parameters,
                json=None if body is None else dict(body),
                headers={"Accept": "application/json", "Authorization": f"Bearer {self._token}"},
                timeout=self._timeout_seconds,
                follow_redirects=False,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            if is_refused(error):
                raise AuthentikUnavailable(f"{request}: {not_trusted(self.url)}") from None
            raise AuthentikUnavailable(
                f"{request}: Authentik at {self.url} cannot be reached; see that it runs and its address is right"
            ) from None
        except httpx.TimeoutException:
            raise AuthentikUnavailable(
                f"{request}: Authentik did not answer within {self._timeout_seconds:g} s", uncertain=makes
            ) from None
        except httpx.HTTPError as error:
            raise AuthentikUnavailable(
                f"{request}: the connection to Authentik broke ({type(error).__name__})", uncertain=makes
            ) from None
        status = answer.status_code
        if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise AuthentikUnavailable(
                f"{request}: Authentik answered {status}",
                # Nothing was done for somebody who asked too often.
                uncertain=makes and status != HTTPStatus.TOO_MANY_REQUESTS,
                retry_after_seconds=_retry_after(answer),
            )
        return self._read(request, permission, answer, self._secrets_of(body))

    def _secrets_of(self, body: Mapping[str, Any] | None) -> tuple[str, ...]:
        secret = (body or {}).get("client_secret")
        return (self._token, secret) if isinstance(secret, str) and secret else (self._token,)

    def _read(self, request: str, permission: str, answer: httpx.Response, secrets: tuple[str, ...]) -> dict[str, Any]:
        status = answer.status_code
        if answer.is_success and not answer.content:
            return {}
        try:
            document = answer.json()
        except ValueError:
            document = None
        if answer.is_success and isinstance(document, dict):
            return document
        if answer.is_client_error and isinstance(document, dict | list):
            raise _refusal(request, permission, status, document, secrets)
        if status == HTTPStatus.NOT_FOUND:
            raise self._unexpected(request, "it answered 404 without JSON, so this is not Authentik's API")
        raise self._unexpected(request, f"it answered {status} without the JSON of Authentik's API")

    def _unexpected(self, request: str, why: str) -> UnexpectedAnswer:
        return UnexpectedAnswer(f"{request} at {self.url}: {why}; give the address at which Authentik itself answers")


def _refusal(
    request: str, permission: str, status: int, document: Any, secrets: tuple[str, ...]
) -> IdentityAdministrationError:
    fields = tuple((name, _without(secrets, told)) for name, told in _told(document))
    text = "; ".join(f"{name}: {told}" if name else told for name, told in fields) or "no reason given"
    text = text[:_MAX_TOLD_LENGTH]
    # Authentik answers 403 to a token it does not know, too.
    if status == HTTPStatus.UNAUTHORIZED or (
        status == HTTPStatus.FORBIDDEN and any(sign in text.lower() for sign in _BAD_TOKEN)
    ):
        return NotSignedIn(
            f"{request}: Authentik does not take the API token; make a new one (Directory > Tokens, intent API)"
        )
    if status == HTTPStatus.FORBIDDEN:
        # A transaction needs several, and says which one is missing by its model.
        named = _NEEDS_TO_CREATE.search(text)
        permission = permission if named is None else f"{named['app']}.add_{named['model']}"
        return NotAllowed(
            f"{request}: the API token's owner lacks the permission {permission} ({text}); "
            "give it to their role in Authentik (Directory > Roles)",
            permission,
        )
    kind = AuthentikNotFound if status == HTTPStatus.NOT_FOUND else AuthentikRefused
    return kind(f"{request}: Authentik answered {status}: {text}", status, fields)


def _without(secrets: tuple[str, ...], text: str) -> str:
    """What somebody else's error says, should it repeat what it was sent."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _told(document: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """What an error says of which field, however deep it stands."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            outer = name if key in {"detail", "non_field_errors"} else f"{name}.{key}".lstrip(".")
            if key != "code":
                yield from _told(value, outer)
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from _told(value, name if isinstance(value, str) else f"{name}.{index}".lstrip("."))
    elif isinstance(document, str):
        yield name, " ".join(document.split())


def _retry_after(answer: httpx.Response) -> float | None:
    """How long to wait, in seconds; a date is passed over (RFC 9110, section 10.2.3)."""
    try:
        return min(max(float(answer.headers.get("Retry-After", "")), 0.0), _LONGEST_WAIT_SECONDS)
    except ValueError:
        return None
