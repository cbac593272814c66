"""A request as a browser makes it, bounded in time and size whatever the other side does."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from presswerk.certificates import REMEDY, authorities, is_refused
from presswerk.messages import Message
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

    def json_object(self) -> Mapping[str, Any]:
        """The JSON object it is.

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
            raise NotAsItShouldBe(Message("It answers %(status)s.", status=self.status))
        beginning = " ".join(self.text[: 10 * _SHOWN].split())[:_SHOWN]
        if _json_after_noise(self.text):
            raise NotAsItShouldBe(Message('Something stands before the JSON: "%(text)s".', text=beginning))
        if beginning:
            raise NotAsItShouldBe(Message('It answers no JSON: "%(text)s".', text=beginning))
        raise NotAsItShouldBe(Message("It answers nothing."))


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
                    raise Silent(Message("It does not answer within %(seconds)s s.", seconds=round(PATIENCE_SECONDS)))
                if len(content) >= _MOST_BYTES:
                    break
            text = content.decode(answer.encoding or "utf-8", errors="replace")
            return HttpAnswer(answer.status_code, answer.headers, text)
    except httpx.TimeoutException:
        raise Silent(
            Message("It does not answer: nothing came for %(seconds)s s.", seconds=round(_PAUSE_SECONDS))
        ) from None
    except httpx.ConnectError as error:
        if is_refused(error):
            raise Silent(
                Message("Its certificate is signed by nobody whom this machine trusts."), Message.verbatim(REMEDY)
            ) from None
        raise Silent(_unreachable(error)) from None
    except (httpx.HTTPError, httpx.InvalidURL, LookupError) as error:
        raise Silent(Message("It breaks its answer off (%(error)s).", error=type(error).__name__)) from None


def _unreachable(error: httpx.ConnectError) -> Message:
    told = str(error)
    if "refused" in told:
        return Message("Nobody listens there.")
    return Message("It cannot be reached: %(reason)s.", reason=told)
