"""Answers as they are sent: at their reader's pace, which takes up nothing that others need.

A server keeps whatever a reader does not take, so somebody who asks for much and reads nothing would fill its memory.
"""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from presswerk.web.admission import SMALL_BYTES
from presswerk.web.spool import append, file_without_name

_PART_BYTES = 64 * 1024
_PATIENCE_SECONDS = 10.0
"""For one part; whoever takes none for so long is given up."""

log = structlog.get_logger(__name__)


async def held(response: Response, turn: contextlib.AsyncExitStack) -> Response:
    """Let a person's turn last until an answer is sent; a large one waits for its reader in a file.

    Args:
        response: The answer; a stream is none that ends, and ends the turn.
        turn: What to let go of afterwards.

    Raises:
        HubBusy: There is no room for the answer.
    """
    # Not every kind of stream is one of Starlette's; what none of them has is a body.
    whole: bytes | memoryview | None = getattr(response, "body", None)
    if whole is None:
        return response
    body, file = bytes(whole), None
    if len(body) > SMALL_BYTES:
        file = turn.enter_context(await run_in_threadpool(file_without_name))
        await run_in_threadpool(append, file, body)
        body = b""
    return _HeldAnswer(response, body, file, turn.pop_all())


class _HeldAnswer(Response):
    """An answer that is sent part by part."""

    def __init__(
        self, response: Response, body: bytes, file: io.FileIO | None, turn: contextlib.AsyncExitStack
    ) -> None:
        super().__init__(status_code=response.status_code)
        self.raw_headers = response.raw_headers
        self._body, self._file, self._turn = body, file, turn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and let go of the turn."""
        async with self._turn:
            try:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                async for part in self._parts():
                    async with asyncio.timeout(_PATIENCE_SECONDS):
                        await send({"type": "http.response.body", "body": part, "more_body": True})
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
            except TimeoutError:
                log.info("answer_not_taken", path=scope["path"])

    async def _parts(self) -> AsyncIterator[bytes]:
        if self._file is None:
            for start in range(0, len(self._body), _PART_BYTES):
                yield self._body[start : start + _PART_BYTES]
            return
        self._file.seek(0)
        while part := await run_in_threadpool(self._file.read, _PART_BYTES):
            yield part
