"""Event streams: one reader for all of them, a handful a person, and an end for whoever lost access."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sse_starlette import EventSourceResponse
from starlette import types

from presswerk.database import connect, migrate
from presswerk.declaration import Role
from presswerk.identity import IdentityProviderUnavailable, InvalidToken, Principal
from presswerk.messages import Message
from presswerk.publishing import Manuscript, Publication, PublicationStore, State
from presswerk.publishing.model import Failure, Step, Submitter
from presswerk.publishing.store import Submission
from presswerk.web.events import EventFeed, EventStreams
from presswerk.web.problems import TooManyRequests
from tests.support.waiting import PATIENCE_SECONDS

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": []}
PERSON = Submitter("http://issuer", "anna", "Anna", None, Role.AUTHOR)
ANNA = Principal("http://issuer", "anna", "Anna", None, {"acme": Role.AUTHOR})
BERT = Principal("http://issuer", "bert", "Bert", None, {"acme": Role.AUTHOR})


@pytest.fixture
def store(tmp_path: Path) -> PublicationStore:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    return PublicationStore(engine)


def create(store: PublicationStore) -> Publication:
    return store.create("acme", Submission.of(Manuscript("Text."), PERSON))[0]


def fail(store: PublicationStore, publication: Publication) -> None:
    store.fail(publication.run, Failure(Step.DELIVER, Message("it is away"), Message("wait"), retryable=True))


class Client:
    """Reads one stream until it ends."""

    def __init__(self, stream: EventSourceResponse) -> None:
        self.text = ""
        self._got = asyncio.Event()
        self.task = asyncio.create_task(stream(SCOPE, self._receive, self._send))

    async def _receive(self) -> types.Message:
        return await asyncio.Future()

    async def _send(self, message: types.Message) -> None:
        self.text += bytes(message.get("body", b"")).decode()
        self._got.set()

    async def until(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while text not in self.text:
                self._got.clear()
                await self._got.wait()


def run(scenario: Callable[[], Awaitable[Any]]) -> Any:
    async def within() -> Any:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await scenario()

    return asyncio.run(within())


def test_a_stream_tells_what_was_and_what_comes_and_ends(store: PublicationStore) -> None:
    made = create(store)

    async def scenario() -> str:
        client = Client(EventStreams(store, 10, 60).stream(ANNA, made, 0, lambda: ANNA, "en"))
        await client.until("Accepted")
        fail(store, made)
        await client.task
        return client.text

    text = run(scenario)
    assert [line for line in text.splitlines() if line.startswith("id:")] == ["id: 1", "id: 2"]
    assert '"state":"failed"' in text


@pytest.mark.parametrize("followers", [1, 40])
def test_the_database_is_asked_as_often_for_many_streams_as_for_one(store: PublicationStore, followers: int) -> None:
    publications = [create(store) for _ in range(20)]
    statements: list[str] = []

    async def scenario() -> int:
        feed = EventFeed(store)
        # Instead of the rounds that it would begin by itself, in between.
        feed._reading = asyncio.create_task(asyncio.sleep(PATIENCE_SECONDS))
        with feed.following(publications[0].id):
            for number in range(followers):
                # Left open on purpose: what counts is that they are followed.
                feed.following(publications[number % 20].id).__enter__()
            event.listen(store._engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
            before = len(statements)
            for _ in range(5):
                await feed._round()
            return len(statements) - before

    # One question a round for how far they are, and one for what is new the first time.
    assert run(scenario) <= 5 + 2


def test_nobody_is_asked_when_nobody_follows(store: PublicationStore) -> None:
    made = create(store)

    async def scenario() -> bool:
        feed = EventFeed(store)
        with feed.following(made.id):
            await asyncio.sleep(0.05)
        assert feed._reading is not None
        await feed._reading
        return feed._reading.done()

    assert run(scenario)


def test_one_stream_too_many_is_refused_and_others_keep_theirs(store: PublicationStore) -> None:
    made = create(store)

    async def scenario() -> None:
        streams = EventStreams(store, 3, 60)
        clients = [Client(streams.stream(ANNA, made, 0, lambda: ANNA, "en")) for _ in range(3)]
        for client in clients:
            await client.until("Accepted")
        with pytest.raises(TooManyRequests, match="At most 3 event streams"):
            await Client(streams.stream(ANNA, made, 0, lambda: ANNA, "en")).task
        another = Client(streams.stream(BERT, made, 0, lambda: BERT, "en"))
        await another.until("Accepted")
        # One that is closed makes room, however it was closed.
        clients[0].task.cancel()
        await asyncio.wait([clients[0].task])
        again = Client(streams.stream(ANNA, made, 0, lambda: ANNA, "en"))
        await again.until("Accepted")
        fail(store, made)
        await asyncio.gather(*(client.task for client in (*clients[1:], another, again)))

    run(scenario)


def refused() -> Principal:
    raise InvalidToken("it was revoked")


def away() -> Principal:
    raise IdentityProviderUnavailable("no answer")


@pytest.mark.parametrize(
    "identify", [refused, away, lambda: Principal("http://issuer", "anna", "Anna", None, {"beta": Role.AUTHOR})]
)
def test_whoever_loses_access_loses_the_stream(store: PublicationStore, identify: Callable[[], Principal]) -> None:
    made = create(store)

    async def scenario() -> bool:
        streams = EventStreams(store, 3, 0.2)
        anna = Client(streams.stream(ANNA, made, 0, identify, "en"))
        bert = Client(streams.stream(BERT, made, 0, lambda: BERT, "en"))
        await bert.until("Accepted")
        await anna.task
        still = not bert.task.done()
        bert.task.cancel()
        return still

    assert run(scenario)


def test_a_stream_ends_with_its_publication(store: PublicationStore) -> None:
    made = create(store)

    async def scenario() -> None:
        client = Client(EventStreams(store, 3, 60).stream(ANNA, made, 0, lambda: ANNA, "en"))
        await client.until("Accepted")
        with store._engine.begin() as database:
            database.exec_driver_sql("DELETE FROM publications")
        await client.task

    run(scenario)


def test_a_false_last_event_id_takes_nothing_from_others(store: PublicationStore) -> None:
    made = create(store)

    async def scenario() -> str:
        streams = EventStreams(store, 3, 60)
        ahead = Client(streams.stream(BERT, made, 1000, lambda: BERT, "en"))
        await asyncio.sleep(0.4)
        client = Client(streams.stream(ANNA, made, 0, lambda: ANNA, "en"))
        await client.until("Accepted")
        fail(store, made)
        await client.task
        ahead.task.cancel()
        return client.text

    assert f'"state":"{State.FAILED}"' in run(scenario)


def test_whoever_follows_is_told_at_once_of_what_has_come_to_its_end(
    store: PublicationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("presswerk.web.events._POLL_SECONDS", 3600.0)
    made = create(store)

    async def scenario() -> str:
        streams = EventStreams(store, 3, 3600)
        client = Client(streams.stream(ANNA, made, 0, lambda: ANNA, "en"))
        await client.until("Accepted")
        await asyncio.to_thread(store.cancel, made, Message("Cancelled."))
        await asyncio.to_thread(streams.wake)
        await client.task
        return client.text

    assert "Cancelled." in run(scenario)
