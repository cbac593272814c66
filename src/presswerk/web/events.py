"""Publications' events as streams (https://html.spec.whatwg.org/multipage/server-sent-events.html).

However many streams are open, one reader asks the database for all of them.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from presswerk.identity import IdentityProviderUnavailable, InvalidToken, Principal
from presswerk.messages import Message
from presswerk.publishing import Event, Publication, State
from presswerk.web.api.shapes import EventOutput
from presswerk.web.problems import TooManyRequests

_POLL_SECONDS = 0.5
"""Without being woken: for what other hubs do, and for what has not come to its end."""
_HEARTBEAT_SECONDS = 15
_LONGEST_STREAM_SECONDS = 3600.0
_RETRY_SECONDS = 5

log = structlog.get_logger(__name__)


class EventSource(Protocol):
    """Where events stand; `presswerk.publishing.PublicationStore` is one."""

    def events_after(self, publication: str, sequence: int) -> tuple[Event, ...]:
        """What happened to a publication after an event, in order."""
        ...

    def progress(self, ids: Collection[str]) -> Mapping[str, tuple[int, State]]:
        """How many events publications have, and their states; those that are gone are missing."""
        ...

    def events_since(self, known: Mapping[str, int]) -> tuple[Event, ...]:
        """Events of publications after those that are known, in order."""
        ...


@dataclass
class _Topic:
    """What is known of one publication that somebody follows."""

    events: list[Event] = field(default_factory=list)
    count: int = 0
    final: bool = False
    gone: bool = False
    followers: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        """Wake everybody who waits for a change, and only those."""
        told, self.changed = self.changed, asyncio.Event()
        told.set()


class EventFeed:
    """Reads what happens to the publications that somebody follows: two statements a round, for any number of them."""

    def __init__(self, source: EventSource) -> None:
        self._source = source
        self._topics: dict[str, _Topic] = {}
        self._reading: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look now, from whichever thread: something has come to its end."""
        if self._topics and self._loop is not None:
            # A loop that has ended has nobody left to tell.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._woken.set)

    @contextlib.contextmanager
    def following(self, publication: str) -> Iterator[_Topic]:
        """Read a publication's events as long as the block lasts."""
        topic = self._topics.setdefault(publication, _Topic())
        topic.followers += 1
        if self._reading is None or self._reading.done():
            self._loop = asyncio.get_running_loop()
            self._reading = asyncio.create_task(self._read())
        try:
            yield topic
        finally:
            topic.followers -= 1
            if not topic.followers:
                del self._topics[publication]

    async def _read(self) -> None:
        while self._topics:
            self._woken.clear()
            try:
                await self._round()
            except SQLAlchemyError as error:
                # The database is away for a moment; the next round tries again.
                log.warning("events_not_read", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _POLL_SECONDS)

    async def _round(self) -> None:
        known = {publication: topic.count for publication, topic in self._topics.items()}
        progress = await run_in_threadpool(self._source.progress, known.keys())
        behind = {each: count for each, count in known.items() if progress.get(each, (0, None))[0] > count}
        fresh = await run_in_threadpool(self._source.events_since, behind) if behind else ()
        for event in fresh:
            if topic := self._topics.get(event.publication):
                topic.events.append(event)
                topic.count = event.sequence
        for publication in known:
            if topic := self._topics.get(publication):
                self._conclude(topic, progress.get(publication), moved=publication in behind)

    @staticmethod
    def _conclude(topic: _Topic, progress: tuple[int, State] | None, *, moved: bool) -> None:
        gone, final = progress is None, progress is not None and progress[1].final
        if moved or (gone, final) != (topic.gone, topic.final):
            topic.gone, topic.final = gone, final
            topic.tell()


class EventStreams:
    """The open streams: a handful a person, each of somebody who may still read it.

    Args:
        source: Where events stand.
        at_most: So many streams a person may have open.
        recheck_seconds: How often it is asked anew who the reader is.
    """

    def __init__(self, source: EventSource, at_most: int, recheck_seconds: float) -> None:
        self._source = source
        self._feed = EventFeed(source)
        self._at_most = at_most
        self._recheck_seconds = recheck_seconds
        self._open: Counter[tuple[str, str]] = Counter()

    def wake(self) -> None:
        """Tell readers at once: a publication has come to its end here, or waits again."""
        self._feed.wake()

    def stream(
        self,
        caller: Principal,
        publication: Publication,
        last_event_id: int,
        identify: Callable[[], Principal],
        language: str,
    ) -> EventSourceResponse:
        """Stream what happens to a publication after an event, until it reaches a final state.

        After an hour the stream ends anyway, and a client goes on with `Last-Event-ID`.

        Args:
            caller: The reader.
            publication: Which.
            last_event_id: The last event the reader has.
            identify: Says anew who the reader is; the stream ends with their token, key or membership.
            language: The reader's.
        """
        events = self._follow(publication, last_event_id, identify, language)
        return _CountedStream(events, self._place(caller))

    @contextlib.contextmanager
    def _place(self, caller: Principal) -> Iterator[None]:
        """Count a stream while it is open.

        Raises:
            TooManyRequests: The person has as many as anybody may.
        """
        person = (caller.issuer, caller.subject)
        if self._open[person] >= self._at_most:
            raise TooManyRequests(
                Message(
                    "At most %(most)s event streams may be open at once; close one and try again.", most=self._at_most
                ),
                _RETRY_SECONDS,
                {},
            )
        self._open[person] += 1
        try:
            yield
        finally:
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person]

    async def _follow(
        self, publication: Publication, last_event_id: int, identify: Callable[[], Principal], language: str
    ) -> AsyncIterator[ServerSentEvent]:
        until = time.monotonic() + _LONGEST_STREAM_SECONDS
        with self._feed.following(publication.id) as topic:
            for event in await run_in_threadpool(self._source.events_after, publication.id, last_event_id):
                last_event_id = event.sequence
                yield _sent(event, language)
            checked_at = time.monotonic()
            while not topic.gone and time.monotonic() < until:
                changed = topic.changed
                if time.monotonic() >= checked_at + self._recheck_seconds:
                    if not await run_in_threadpool(_may_still_read, publication, identify):
                        return
                    checked_at = time.monotonic()
                for event in [each for each in topic.events if each.sequence > last_event_id]:
                    last_event_id = event.sequence
                    yield _sent(event, language)
                if topic.final and topic.count <= last_event_id:
                    return
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), checked_at + self._recheck_seconds - time.monotonic())


class _CountedStream(EventSourceResponse):
    """A stream that takes its place when it begins, and gives it back however it ends."""

    def __init__(self, events: AsyncIterator[ServerSentEvent], place: contextlib.AbstractContextManager[None]) -> None:
        super().__init__(events, ping=_HEARTBEAT_SECONDS, sep="\n", headers={"Cache-Control": "no-store"})
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        with self._place:
            await super().__call__(scope, receive, send)


def _may_still_read(publication: Publication, identify: Callable[[], Principal]) -> bool:
    try:
        return identify().sees(publication.tenant)
    except (InvalidToken, IdentityProviderUnavailable):
        return False


def _sent(event: Event, language: str) -> ServerSentEvent:
    data = EventOutput.of(event, language).text()
    return ServerSentEvent(event=event.kind, id=str(event.sequence), data=data, sep="\n")
