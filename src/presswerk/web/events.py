"""A publication's events as a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import asyncio
import time
from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from presswerk.identity import Principal
from presswerk.publishing import Event, NotFound, PublishingService
from presswerk.web.api.shapes import EventOutput

_POLL_SECONDS = 0.2
_SLOW_POLL_SECONDS = 1.0
_SLOW_AFTER_SECONDS = 30.0
_HEARTBEAT_SECONDS = 15
_LONGEST_STREAM_SECONDS = 3600.0


def event_stream(
    publications: PublishingService, caller: Principal, publication_id: str, last_event_id: int
) -> EventSourceResponse:
    """Stream what happens to a publication after an event, until it reaches a final state.

    After an hour the stream ends anyway; a client goes on with `Last-Event-ID`, and its rights are looked at anew.
    """
    stream = _stream(publications, caller, publication_id, last_event_id)
    return EventSourceResponse(stream, ping=_HEARTBEAT_SECONDS, sep="\n", headers={"Cache-Control": "no-store"})


async def _stream(
    publications: PublishingService, caller: Principal, publication_id: str, last_event_id: int
) -> AsyncIterator[ServerSentEvent]:
    began = time.monotonic()
    while (open_seconds := time.monotonic() - began) < _LONGEST_STREAM_SECONDS:
        try:
            # In this order: an event that comes between the two reads is found by the next round.
            publication = await run_in_threadpool(publications.get, caller, publication_id)
            found = await run_in_threadpool(publications.events_after, caller, publication_id, last_event_id)
        except NotFound:
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
