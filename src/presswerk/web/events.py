"""A publication's events as a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from presswerk.identity import IdentityProviderUnavailable, InvalidToken, Principal
from presswerk.publishing import Event, NotFound, PublishingService
from presswerk.web.api.shapes import EventOutput

_POLL_SECONDS = 0.2
_SLOW_POLL_SECONDS = 1.0
_SLOW_AFTER_SECONDS = 30.0
_HEARTBEAT_SECONDS = 15
_LONGEST_STREAM_SECONDS = 3600.0

_Identify = Callable[[], Awaitable[Principal]]


def event_stream(
    publications: PublishingService,
    caller: Principal,
    publication_id: str,
    last_event_id: int,
    identify: Callable[[], Principal],
    *,
    recheck_seconds: float,
) -> EventSourceResponse:
    """Stream what happens to a publication after an event, until it reaches a final state.

    After an hour the stream ends anyway, and a client goes on with `Last-Event-ID`.

    Args:
        publications: Who knows what happens.
        caller: The reader.
        publication_id: Which.
        last_event_id: The last event the reader has.
        identify: Says anew who the reader is; the stream ends with their token, key or membership.
        recheck_seconds: How often it is asked.
    """
    stream = _stream(publications, publication_id, last_event_id, _again(caller, identify, recheck_seconds))
    return EventSourceResponse(stream, ping=_HEARTBEAT_SECONDS, sep="\n", headers={"Cache-Control": "no-store"})


def _again(caller: Principal, identify: Callable[[], Principal], every_seconds: float) -> _Identify:
    """Says who the reader is, as known for at most `every_seconds`."""
    known, checked_at = caller, time.monotonic()

    async def current() -> Principal:
        nonlocal known, checked_at
        if time.monotonic() - checked_at >= every_seconds:
            known = await run_in_threadpool(identify)
            checked_at = time.monotonic()
        return known

    return current


async def _stream(
    publications: PublishingService,
    publication_id: str,
    last_event_id: int,
    identify: _Identify,
) -> AsyncIterator[ServerSentEvent]:
    began = time.monotonic()
    while (open_seconds := time.monotonic() - began) < _LONGEST_STREAM_SECONDS:
        try:
            caller = await identify()
            # In this order: an event that comes between the two reads is found by the next round.
            publication = await run_in_threadpool(publications.get, caller, publication_id)
            found = await run_in_threadpool(publications.events_after, caller, publication_id, last_event_id)
        except (NotFound, InvalidToken, IdentityProviderUnavailable):
            return
        for event in found:
            last_event_id = event.sequence
            yield _sent(event)
        if publication.state.final and not found:
            return
        if found:
            continue
        await asyncio.sleep(_POLL_SECONDS if open_seconds < _SLOW_AFTER_SECONDS else _SLOW_POLL_SECONDS)


def _sent(event: Event) -> ServerSentEvent:
    return ServerSentEvent(event=event.kind, id=str(event.sequence), data=EventOutput.of(event).text(), sep="\n")
