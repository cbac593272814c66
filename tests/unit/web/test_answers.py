"""Answers go at their reader's pace, and let go of what they hold when they are sent or given up."""

import asyncio
import contextlib
from collections.abc import MutableMapping
from typing import Any

import pytest
from sse_starlette import EventSourceResponse
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from presswerk.web import answers
from presswerk.web.admission import SMALL_BYTES
from presswerk.web.answers import held


async def _receive() -> MutableMapping[str, Any]:
    raise AssertionError("nothing is received")


async def _sent(response: Response, taken: int | None = None) -> tuple[list[MutableMapping[str, Any]], list[str]]:
    """What a reader gets who takes so many messages, and what was let go of, in order."""
    messages: list[MutableMapping[str, Any]] = []
    told: list[str] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if taken is not None and len(messages) >= taken:
            await asyncio.Event().wait()
        messages.append(message)
        told.append(message["type"])

    async with contextlib.AsyncExitStack() as turn:
        turn.callback(told.append, "let go")
        answer = await held(response, turn)
    await answer({"type": "http", "path": "/x", "method": "GET"}, _receive, send)
    return messages, told


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, SMALL_BYTES, SMALL_BYTES + 1, 3 * 1024 * 1024])
def test_an_answer_arrives_whole_and_in_parts(size: int) -> None:
    body = bytes(number % 251 for number in range(size))
    response = Response(body, 201, {"X-Kind": "test"}, "image/png")
    wanted = list(response.raw_headers)

    messages, told = asyncio.run(_sent(response))

    assert (messages[0]["status"], messages[0]["headers"]) == (201, wanted)
    assert b"".join(message["body"] for message in messages[1:]) == body
    assert max(len(message["body"]) for message in messages[1:]) <= 64 * 1024
    assert [message["more_body"] for message in messages[1:]] == [True] * (len(messages) - 2) + [False]
    assert told.index("let go") == len(told) - 1


@pytest.mark.parametrize("taken", [1, 2, 5])
def test_who_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    monkeypatch.setattr(answers, "_PATIENCE_SECONDS", 0.01)

    messages, told = asyncio.run(_sent(Response(b"x" * 3 * 1024 * 1024), taken))

    assert len(messages) == taken
    assert told[-1] == "let go"


@pytest.mark.parametrize("stream", [StreamingResponse(iter([b"x"])), EventSourceResponse(iter([]))])
def test_a_stream_holds_no_turn(stream: Response) -> None:
    async def scenario() -> list[str]:
        told: list[str] = []
        async with contextlib.AsyncExitStack() as turn:
            turn.callback(told.append, "let go")
            assert await held(stream, turn) is stream
        return told

    assert asyncio.run(scenario()) == ["let go"]
    assert asyncio.run(_sent(PlainTextResponse("x")))[1][-1] == "let go"
