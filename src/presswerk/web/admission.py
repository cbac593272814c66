"""How much the hub does at once for whom: requests by person and tenant, bytes of bodies, and heavy work.

A thread, a database connection and memory are had by whoever comes first; so that one person or tenant cannot have them
all, each has a share, and waits for its own share only. What a client can make last is kept apart from what all need:
who sends slowly takes up a person's turn and disk, no tenant's turn and no memory.

Each is waited for in this order, so that no two requests wait for each other: a person's turn, disk, a tenant's turn,
memory, heavy work or a fetch.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
import anyio.to_thread

from presswerk.identity import Principal
from presswerk.messages import Message
from presswerk.web.problems import HubBusy, TooManyRequests

T = TypeVar("T")

REQUESTS_OF_A_PERSON = 8
REQUESTS_OF_A_TENANT = 16
"""Of 40 threads, and of 15 to 20 connections to the database."""
WAITING = 64
"""Requests of a person or a tenant that may wait for those before them."""

MEBIBYTE = 1024 * 1024
SMALL_BYTES = 256 * 1024
"""A body that waits for nobody's: the requests of a person at once bound how many of them there are."""
HEAVY_AT_ONCE = 2
HEAVY_OF_A_TENANT = 1
LIGHT_OF_A_TENANT = 1
"""More computes no sooner: threads take turns at computing, and each that may makes all others wait."""
LONGEST_WAIT_SECONDS = 20.0


@dataclass(frozen=True)
class Room:
    """How many bytes bodies may take together, those of a tenant, and those of a person.

    With keys of two tenants somebody would have two tenants' shares; so each person has one, too.
    """

    in_all: int
    of_a_tenant: int
    of_a_person: int

    def limits(self, principal: Principal) -> dict[Hashable, int]:
        """What bounds a body of this person's."""
        person = (principal.issuer, principal.subject)
        return {
            "in all": self.in_all,
            ("tenants", _tenants(principal)): self.of_a_tenant,
            ("person", person): self.of_a_person,
        }


DISK = Room(in_all=1024 * MEBIBYTE, of_a_tenant=320 * MEBIBYTE, of_a_person=40 * MEBIBYTE)
"""For what a client sends, for as long as it takes."""
MEMORY = Room(in_all=160 * MEBIBYTE, of_a_tenant=80 * MEBIBYTE, of_a_person=40 * MEBIBYTE)
"""For what is there completely, so that nobody waits for a client."""
FETCHES_AT_ONCE = 24
FETCHES_OF_A_TENANT = 4
FETCHES_OF_A_PERSON = 2


@dataclass
class _Share:
    semaphore: asyncio.Semaphore
    users: int = 0


class _Shares:
    """At most so many at once for each key, in the order they came."""

    def __init__(self, at_once: int, waiting: int = WAITING) -> None:
        self._at_once = at_once
        self._waiting = waiting
        self._shares: dict[Hashable, _Share] = {}

    @contextlib.asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        share = self._shares.setdefault(key, _Share(asyncio.Semaphore(self._at_once)))
        if share.users >= self._at_once + self._waiting:
            raise TooManyRequests(
                Message("Too many requests at once; send at most %(most)s at a time.", most=self._at_once), 1, {}
            )
        share.users += 1
        try:
            async with share.semaphore:
                yield
        finally:
            share.users -= 1
            if not share.users:
                del self._shares[key]


@dataclass(eq=False)
class _Body:
    """A body that needs room: so many bytes, of each key's."""

    limits: Mapping[Hashable, int]
    size: int
    fits: asyncio.Event = field(default_factory=asyncio.Event)


class Bytes:
    """Bytes taken, together and of each key, in the order they were asked for.

    A body gets its whole room at once, so two never wait for each other. Whoever waits holds up those behind them only
    where these need what is short; nobody overtakes them there.
    """

    def __init__(self) -> None:
        self._taken: dict[Hashable, int] = {}
        self._waiting: dict[_Body, None] = {}

    @contextlib.asynccontextmanager
    async def hold(self, limits: Mapping[Hashable, int], size: int) -> AsyncIterator[None]:
        """Wait until every key has so many bytes left, and take them.

        Raises:
            HubBusy: It takes too long.
        """
        body = _Body(limits, size)
        self._waiting[body] = None
        self._let_in()
        try:
            await _wait(body)
            yield
        finally:
            if body.fits.is_set():
                self._add(limits, -size)
            else:
                del self._waiting[body]
            self._let_in()

    def _let_in(self) -> None:
        short: set[Hashable] = set()
        for body in list(self._waiting):
            lacking = {key for key, limit in body.limits.items() if self._taken.get(key, 0) + body.size > limit}
            if lacking or short & body.limits.keys():
                short |= lacking
                continue
            del self._waiting[body]
            self._add(body.limits, body.size)
            body.fits.set()

    def _add(self, keys: Iterable[Hashable], size: int) -> None:
        for key in keys:
            self._taken[key] = self._taken.get(key, 0) + size
            if not self._taken[key]:
                del self._taken[key]


async def _wait(body: _Body) -> None:
    try:
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            await body.fits.wait()
    except TimeoutError:
        raise HubBusy(Message("The hub is receiving too much at the moment; try again in a minute.")) from None


class Admission:
    """Lets requests in; its methods belong to the event loop."""

    def __init__(self) -> None:
        self._people = _Shares(REQUESTS_OF_A_PERSON)
        self._tenants = _Shares(REQUESTS_OF_A_TENANT)
        self._disk = Bytes()
        self._memory = Bytes()
        self._heavy_of_tenants = _Shares(HEAVY_OF_A_TENANT)
        self._heavy = asyncio.Semaphore(HEAVY_AT_ONCE)
        self._light_of_tenants = _Shares(LIGHT_OF_A_TENANT)
        self._fetches_of_people = _Shares(FETCHES_OF_A_PERSON, waiting=0)
        self._fetches_of_tenants = _Shares(FETCHES_OF_A_TENANT, waiting=0)
        self._fetches = anyio.CapacityLimiter(FETCHES_AT_ONCE)

    @contextlib.asynccontextmanager
    async def turn(self, principal: Principal) -> AsyncIterator[None]:
        """Wait for those requests of the same person that are before this one.

        Raises:
            TooManyRequests: Too many wait already.
        """
        async with self._people.turn((principal.issuer, principal.subject)):
            yield

    @contextlib.asynccontextmanager
    async def work(self, principal: Principal) -> AsyncIterator[None]:
        """Wait for those requests of the same tenants that are before this one; a client has sent all by now.

        Raises:
            TooManyRequests: Too many wait already.
        """
        async with self._tenants.turn(_tenants(principal)):
            yield

    @contextlib.asynccontextmanager
    async def disk(self, principal: Principal, size: int) -> AsyncIterator[None]:
        """Wait until a body of so many bytes may be received.

        Raises:
            HubBusy: It takes too long.
        """
        async with _room(self._disk, DISK, principal, size):
            yield

    @contextlib.asynccontextmanager
    async def memory(self, principal: Principal, size: int) -> AsyncIterator[None]:
        """Wait until a body of so many bytes may take up memory.

        Raises:
            HubBusy: It takes too long.
        """
        async with _room(self._memory, MEMORY, principal, size):
            yield

    @contextlib.asynccontextmanager
    async def heavy(self, principal: Principal) -> AsyncIterator[None]:
        """Wait for a turn at work that takes long: parsing, checking and storing a large body."""
        async with self._heavy_of_tenants.turn(_tenants(principal)), self._heavy:
            yield

    @contextlib.asynccontextmanager
    async def light(self, principal: Principal) -> AsyncIterator[None]:
        """Wait for a turn at work that is soon done: parsing, checking and storing a small body."""
        async with self._light_of_tenants.turn(_tenants(principal)):
            yield

    async def fetch(self, principal: Principal, work: Callable[[], T]) -> T:
        """Do what waits for servers elsewhere, in threads that nothing else needs.

        Raises:
            TooManyRequests: The same person, or the same tenants, do so too often at once.
        """
        async with (
            self._fetches_of_people.turn((principal.issuer, principal.subject)),
            self._fetches_of_tenants.turn(_tenants(principal)),
        ):
            return await anyio.to_thread.run_sync(work, limiter=self._fetches)


def _tenants(principal: Principal) -> Hashable:
    """People of the same tenants share; an operator of none has a share of their own."""
    return frozenset(principal.roles) or (principal.issuer, principal.subject)


def _room(taken: Bytes, room: Room, principal: Principal, size: int) -> contextlib.AbstractAsyncContextManager[None]:
    return contextlib.nullcontext() if size <= SMALL_BYTES else taken.hold(room.limits(principal), size)
