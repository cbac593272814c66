"""A request's JSON body, received and validated before the route's own handler sees it.

FastAPI parses and validates on the event loop, where a large body stops everybody else's requests. Here a large one
goes to a file while it arrives, and is parsed and validated in a thread, in its tenant's turn; FastAPI gets the
finished model, and takes it as it is.
"""

import contextlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import jiter
from fastapi import Request, params
from fastapi._compat import ModelField
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from presswerk.identity import Principal
from presswerk.web.admission import SMALL_BYTES, Admission
from presswerk.web.bodies import body_limit
from presswerk.web.spool import append, file_without_name

_TINY_BYTES = 16 * 1024
_STANDS_FOR_THE_BODY = b"{}"


class ReceivedRequest(Request):
    """A request whose body has been validated; the bytes it came as are gone."""

    def __init__(self, request: Request, value: Any, stands_for: bytes = _STANDS_FOR_THE_BODY) -> None:
        super().__init__(request.scope, request.receive)
        self._value = value
        self._stands_for = stands_for

    async def body(self) -> bytes:
        """Empty where nothing was sent; else it is `json` that counts."""
        return self._stands_for

    async def json(self) -> Any:
        """The validated body."""
        return self._value


def takes_json(field: ModelField | None) -> bool:
    """Whether a route takes a JSON body."""
    return field is not None and not isinstance(field.field_info, params.Form)


@dataclass(frozen=True)
class Body:
    """A body as it came, complete: a small one in memory, a large one in a file without a name."""

    size: int
    small: bytes
    file: io.FileIO | None = None

    def read(self) -> bytes:
        """All of it."""
        if self.file is None:
            return self.small
        self.file.seek(0)
        return self.file.readall()


@contextlib.asynccontextmanager
async def received(request: Request, principal: Principal, admission: Admission) -> AsyncIterator[Body]:
    """Receive a request's body, at its client's pace: nothing is held meanwhile that others need.

    Raises:
        HubBusy: There is no room for it.
        HTTPException: It is not sent as JSON.
    """
    async with admission.disk(principal, _expected_bytes(request)):
        with contextlib.ExitStack() as files:
            file: io.FileIO | None = None
            size, last = 0, bytearray()
            async for part in request.stream():
                size += len(part)
                last += part
                if len(last) > SMALL_BYTES:
                    file = file or files.enter_context(await run_in_threadpool(file_without_name))
                    await run_in_threadpool(append, file, last)
                    last = bytearray()
            if file is not None:
                await run_in_threadpool(append, file, last)
            if size:
                _require_json(request)
            yield Body(size, bytes(last), file)


@contextlib.asynccontextmanager
async def validated(
    request: Request, body: Body, field: ModelField, principal: Principal, admission: Admission
) -> AsyncIterator[Request]:
    """Validate a request's body, and keep its memory and turn until the request is answered.

    Raises:
        HubBusy: There is no memory for it.
        HTTPException: It is no JSON.
        RequestValidationError: It is not what the route takes.
    """
    request.state.heavy_turn = contextlib.AsyncExitStack()
    if not body.size:
        yield ReceivedRequest(request, None, b"")
        return
    is_small = body.size <= SMALL_BYTES
    memory = contextlib.nullcontext() if is_small else admission.memory(principal, body.size)
    async with memory, contextlib.AsyncExitStack() as turn:
        await turn.enter_async_context(admission.light(principal) if is_small else admission.heavy(principal))
        # Who goes on to wait for others ends the turn before.
        request.state.heavy_turn = turn
        yield ReceivedRequest(request, await _validated(body, field))


async def _validated(body: Body, field: ModelField) -> Any:
    value, errors = _parse(body, field) if body.size <= _TINY_BYTES else await run_in_threadpool(_parse, body, field)
    if errors:
        raise RequestValidationError(errors)
    return value


def _parse(body: Body, field: ModelField) -> tuple[Any, list[dict[str, Any]]]:
    try:
        # Names twice, NaN and infinities, half surrogate pairs, endless numbers and nesting: no JSON that we take.
        parsed = jiter.from_json(body.read(), allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="none")
    except ValueError as error:
        raise HTTPException(400, f"The body is not valid JSON: {_reason(str(error))}.") from None
    return field.validate(parsed, {}, loc=("body",))


def _reason(message: str) -> str:
    if message.startswith("Detected duplicate key"):
        return "an object names the same key twice, at " + message.rpartition(" at ")[2]
    return message


def _expected_bytes(request: Request) -> int:
    declared = request.headers.get("content-length", "")
    limit = body_limit(request.url.path)
    return min(int(declared), limit) if declared.isdecimal() and len(declared) <= len(str(limit)) else limit


def _require_json(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise HTTPException(415, "Send the body as JSON, with Content-Type: application/json.")
