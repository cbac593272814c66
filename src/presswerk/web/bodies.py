"""What every request's body must keep to before anything reads it: size, time, coding, and how much JSON it holds."""

import asyncio
import re
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from presswerk.web.json_scan import JsonScan, TooComplex

MAX_ARTICLE_BODY_BYTES = 40 * 1024 * 1024
"""25 MiB of attachments as base64, 1 MiB of Markdown as JSON, and some room."""
MAX_BODY_BYTES = 64 * 1024

GRACE_SECONDS = 10.0
SLOWEST_BYTES_PER_SECOND = 32 * 1024
"""A body must arrive at least this fast, and nothing that came faster lets the rest be later than the grace."""

_ARTICLES = re.compile(r"/api/v1/(?:publications|previews)(?:/[^/]+)?/?")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def body_limit(path: str) -> int:
    """How many bytes a body sent to this path may have."""
    return MAX_ARTICLE_BODY_BYTES if _ARTICLES.fullmatch(path) else MAX_BODY_BYTES


class BodyMiddleware:
    """Refuses bodies that are too large, too slow, compressed or too complex, declared or not, as they arrive.

    Nothing is refused before the application asks for the body, so that strangers learn nothing but that they are.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] == "http":
            receive = _Reception(scope, receive)
        await self._app(scope, receive, send)


class _Reception:
    """Takes one request's body."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._headers = Headers(scope=scope)
        self._limit = body_limit(scope["path"])
        self._scan = None if self._headers.get("content-type", "").lower().startswith(_FORMS) else JsonScan()
        self._received = 0
        self._seconds_left = GRACE_SECONDS
        self._begun = False
        self._complete = False

    async def __call__(self) -> Message:
        """Take the next part, or wait for the client to go once the body is complete."""
        if self._complete:
            return await self._receive()
        if not self._begun:
            self._begun = True
            self._check_headers()
        message = await self._next()
        part: bytes = message.get("body", b"")
        self._received += len(part)
        if self._received > self._limit:
            raise self._too_large()
        if self._scan is not None:
            try:
                self._scan.feed(part)
            except TooComplex as error:
                raise _refusal(413, str(error)) from None
        self._complete = not message.get("more_body", False)
        return message

    async def _next(self) -> Message:
        asked_at = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds_left):
                message = await self._receive()
        except TimeoutError:
            raise _refusal(408, "The body came too slowly; send it again over a faster connection.") from None
        earned = len(message.get("body", b"")) / SLOWEST_BYTES_PER_SECOND
        self._seconds_left = min(self._seconds_left - (time.monotonic() - asked_at) + earned, GRACE_SECONDS)
        return message

    def _check_headers(self) -> None:
        coding = self._headers.get("content-encoding", "identity").strip().lower()
        if coding not in {"", "identity"}:
            raise HTTPException(415, "A compressed body is not taken; send it without Content-Encoding.")
        declared = self._headers.get("content-length", "")
        if declared.isdecimal() and (len(declared) > len(str(self._limit)) or int(declared) > self._limit):
            raise self._too_large()

    def _too_large(self) -> HTTPException:
        return _refusal(413, f"A body here may be at most {self._limit // 1024} KiB; send less.")


def _refusal(status: int, detail: str) -> HTTPException:
    # The rest of the body would be read and thrown away, however long it goes on.
    return HTTPException(status, detail, headers={"Connection": "close"})
