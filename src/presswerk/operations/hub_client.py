"""The hub as the command line talks to it."""

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from presswerk.certificates import REMEDY, authorities, is_refused
from presswerk.errors import PresswerkError

API_KEY_VARIABLE = "PRESSWERK_API_KEY"

_TIMEOUT_SECONDS = 60.0
_RECONNECT_SECONDS = 1.0
_NO_HUB = "{url} is no hub, or one of another version. Name the hub with --hub or PRESSWERK_HUB_URL."


class HubRefused(PresswerkError):
    """The hub does not do what it was asked for, or cannot be asked; the message says why and what to do.

    Attributes:
        slug: The last part of the problem's type, where the hub answered with one.
    """

    def __init__(self, problem: str, slug: str = "") -> None:
        super().__init__(problem)
        self.slug = slug


class _Answer(dict[str, Any]):
    """What the hub answered; whoever lacks what a hub says is none."""

    def __missing__(self, name: str) -> Any:
        raise HubRefused(_NO_HUB.format(url="What answers there"))


@dataclass(frozen=True)
class Progress:
    """One event of a publication's stream."""

    sequence: int
    state: str
    revision: int
    message: str


@dataclass(frozen=True)
class HubClient:
    """Calls the API with a token or an API key."""

    url: str
    credential: str = field(repr=False)

    def call(self, method: str, path: str, **request: Any) -> Any:
        """Ask the hub; `path` is below `/api/v1`.

        Returns:
            The answer's JSON, None when it has no body.

        Raises:
            HubRefused: With the problem's own words.
        """
        headers = {**self._headers, **request.pop("headers", {})}
        try:
            answer = httpx.request(
                method,
                f"{self.url}/api/v1{path}",
                headers=headers,
                timeout=_TIMEOUT_SECONDS,
                verify=authorities(),
                **request,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise HubRefused(_unreachable(self.url, error)) from None
        if not answer.is_success:
            raise _refusal(answer)
        if not answer.content and method == "DELETE":
            return None
        try:
            found = answer.json(object_hook=_Answer)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, _Answer):
            raise HubRefused(_NO_HUB.format(url=self.url))
        return found

    def follow(self, publication: str, deadline: float) -> Iterator[Progress]:
        """What happens to a publication, until the stream ends or the deadline (monotonic) has passed."""
        last = 0
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                for progress in self._stream(publication, last):
                    last = progress.sequence
                    yield progress
                return
            # The hub went away for a moment; the stream goes on after the last event seen.
            time.sleep(_RECONNECT_SECONDS)

    def _stream(self, publication: str, after: int) -> Iterator[Progress]:
        address = f"{self.url}/api/v1/publications/{publication}/events"
        headers = {**self._headers, "Last-Event-ID": str(after)}
        with httpx.stream("GET", address, headers=headers, timeout=_TIMEOUT_SECONDS, verify=authorities()) as answer:
            if not answer.is_success:
                answer.read()
                raise _refusal(answer)
            fields: dict[str, str] = {}
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                elif "data" in fields:
                    data = json.loads(fields["data"])
                    yield Progress(int(fields["id"]), data["state"], data["revision"], data["message"])
                    fields = {}

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.credential}"}


def api_key_from_environment() -> str | None:
    """The API key, if one is set."""
    return os.environ.get(API_KEY_VARIABLE, "").strip() or None


def sign_on_server(url: str) -> str:
    """The issuer the hub trusts, from its protected resource metadata (RFC 9728).

    Raises:
        HubRefused: There is no hub.
    """
    try:
        answer = httpx.get(
            f"{url}/.well-known/oauth-protected-resource", timeout=_TIMEOUT_SECONDS, verify=authorities()
        )
        return str(answer.raise_for_status().json()["authorization_servers"][0])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, IndexError, TypeError) as error:
        raise HubRefused(_unreachable(url, error)) from None


def _unreachable(url: str, error: Exception) -> str:
    if is_refused(error):
        return f"The certificate of {url} is not trusted here. {REMEDY}"
    return f"There is no hub at {url} ({type(error).__name__}). Start it, or name it with --hub or PRESSWERK_HUB_URL."


def _refusal(answer: httpx.Response) -> HubRefused:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = {}
    if not isinstance(body, dict):
        body = {}
    lines = [f"{body.get('title', 'The hub refused')} ({answer.status_code}). {body.get('detail', '')}".strip()]
    errors = body.get("errors")
    fields = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    lines += [f"  {error.get('field', '')}: {error.get('message', '')}" for error in fields]
    return HubRefused("\n".join(lines), str(body.get("type", "")).rpartition("/")[2])
