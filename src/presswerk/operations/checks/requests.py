"""A request as a browser makes it, bounded in time and size whatever the other side does."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from presswerk.certificates import REMEDY, authorities, is_refused
from presswerk.operations.checks.model import NotAsItShouldBe, Silent

PATIENCE_SECONDS = 8.0
_PAUSE_SECONDS = 5.0
_MOST_BYTES = 2 * 2**20
_SHOWN = 60
_TRIED_STARTS = 20


@dataclass(frozen=True)
class HttpAnswer:
    """What came back; `text` is at most 2 MiB of it."""

    status: int
    headers: httpx.Headers
    text: str

    @property
    def media_type(self) -> str:
        """Such as `text/html`."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    @property
    def location(self) -> str:
        """Where it leads; empty where it does not."""
        return str(self.headers.get("location", "")) if 300 <= self.status < 400 else ""  # noqa: PLR2004  RFC 9110

    def json_object(self, whose: str = "It") -> Mapping[str, Any]:
        """The JSON object it is.

        Args:
            whose: What answers, as a sentence begins with it.

        Raises:
            NotAsItShouldBe: It is something else.
        """
        try:
            document = json.loads(self.text)
        except (ValueError, RecursionError):
            document = None
        if isinstance(document, dict):
            return document
        if self.status != httpx.codes.OK:
            raise NotAsItShouldBe(f"{whose} answers {self.status}.")
        beginning = " ".join(self.text[: 10 * _SHOWN].split())[:_SHOWN]
        if _json_after_noise(self.text):
            raise NotAsItShouldBe(f'Something stands before the JSON: "{beginning}".')
        raise NotAsItShouldBe(f'{whose} answers no JSON: "{beginning}".' if beginning else f"{whose} answers nothing.")


def _json_after_noise(text: str) -> bool:
    """Whether a JSON object ends the text."""
    start = text.find("{")
    for _ in range(_TRIED_STARTS):
        if start < 0:
            return False
        try:
            document, _end = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            start = text.find("{", start + 1)
            continue
        return isinstance(document, dict)
    return False


def get(address: str, *, host: str | None = None, accept: str = "*/*", through_proxy: bool = False) -> HttpAnswer:
    """GET an address, without following where it leads.

    Args:
        address: Where.
        host: The `Host` to ask for, where it is not the address's own.
        accept: Media types.
        through_proxy: Whether a proxy of the environment may stand between; the platform's own parts have none.

    Raises:
        Silent: There is no whole answer within the time.
    """
    headers = {"Accept": accept, "Cache-Control": "no-cache"} | ({} if host is None else {"Host": host})
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        with (
            httpx.Client(timeout=_PAUSE_SECONDS, verify=authorities(), trust_env=through_proxy) as client,
            client.stream("GET", address, headers=headers) as answer,
        ):
            content = b""
            for part in answer.iter_bytes():
                content += part[: _MOST_BYTES - len(content)]
                if time.monotonic() > deadline:
                    raise Silent(f"It does not answer within {PATIENCE_SECONDS:.0f} s.")
                if len(content) >= _MOST_BYTES:
                    break
            text = content.decode(answer.encoding or "utf-8", errors="replace")
            return HttpAnswer(answer.status_code, answer.headers, text)
    except httpx.TimeoutException:
        raise Silent(f"It does not answer: nothing came for {_PAUSE_SECONDS:.0f} s.") from None
    except httpx.ConnectError as error:
        if is_refused(error):
            raise Silent("Its certificate is signed by nobody whom this machine trusts.", REMEDY) from None
        raise Silent(_unreachable(error)) from None
    except (httpx.HTTPError, httpx.InvalidURL, LookupError) as error:
        raise Silent(f"It breaks its answer off ({type(error).__name__}).") from None


def _unreachable(error: httpx.ConnectError) -> str:
    told = str(error)
    return "Nobody listens there." if "refused" in told else f"It cannot be reached: {told}."
