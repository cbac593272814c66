"""A request's JSON body, received and validated before the route's own handler sees it.

FastAPI parses and validates on the event loop, where a large body stops everybody else's requests. Here a large one
is parsed and validated in a thread, in its tenant's turn; FastAPI gets the finished model, and takes it as it is.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import jiter
from fastapi import Request, params
from fastapi._compat import ModelField
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from presswerk.identity import Principal
from presswerk.web.admission import Admission
from presswerk.web.bodies import body_limit

_SMALL_BYTES = 16 * 1024
_LARGE_BYTES = 256 * 1024
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


@contextlib.asynccontextmanager
async def received(
    request: Request, field: ModelField, principal: Principal, admission: Admission
) -> AsyncIterator[Request]:
    """Receive and validate a request's body, and keep its room and turn until the request is answered.

    Raises:
        HTTPException: It is no JSON, or not sent as such.
        RequestValidationError: It is not what the route takes.
    """
    expected = _expected_bytes(request)
    request.state.heavy_turn = contextlib.AsyncExitStack()
    async with admission.room(principal, expected):
        body = b"".join([part async for part in request.stream()])
        if not body:
            yield ReceivedRequest(request, None, b"")
            return
        _require_json(request)
        if len(body) <= _LARGE_BYTES:
            value = await _validated(body, field)
            yield ReceivedRequest(request, value)
            return
        async with contextlib.AsyncExitStack() as turn:
            await turn.enter_async_context(admission.heavy(principal))
            # Who goes on to wait for others ends the turn before.
            request.state.heavy_turn = turn
            value = await _validated(body, field)
            # What was sent is as large as what was made of it: let it go before the handler begins.
            del body
            yield ReceivedRequest(request, value)


async def _validated(body: bytes, field: ModelField) -> Any:
    value, errors = _parse(body, field) if len(body) <= _SMALL_BYTES else await run_in_threadpool(_parse, body, field)
    if errors:
        raise RequestValidationError(errors)
    return value


def _parse(body: bytes, field: ModelField) -> tuple[Any, list[dict[str, Any]]]:
    try:
        # Names twice, NaN and infinities, half surrogate pairs, endless numbers and nesting: no JSON that we take.
        parsed = jiter.from_json(body, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="none")
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
