"""How much the hub does at once for whom: requests by person and tenant, bytes of bodies, and heavy work.

A thread, a database connection and memory are had by whoever comes first; so that one person or tenant cannot have them
all, each has a share, and waits for its own share only.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
import anyio.to_thread

from presswerk.identity import Principal
from presswerk.web.problems import HubBusy, TooManyRequests

T = TypeVar("T")

REQUESTS_OF_A_PERSON = 8
REQUESTS_OF_A_TENANT = 16
"""Of 40 threads, and of 15 to 20 connections to the database."""
WAITING = 64
"""Requests of a person or a tenant that may wait for those before them."""

MEBIBYTE = 1024 * 1024
BYTES_AT_ONCE = 160 * MEBIBYTE
BYTES_OF_A_TENANT = 80 * MEBIBYTE
BYTES_OF_A_PERSON = 40 * MEBIBYTE
"""One body of the largest; with keys of two tenants somebody would have two tenants' shares."""
SMALL_BYTES = 256 * 1024
"""What waits for nobody's body: the requests at once bound how many there are."""
FETCHES_AT_ONCE = 24
FETCHES_OF_A_TENANT = 4
FETCHES_OF_A_PERSON = 2
HEAVY_AT_ONCE = 2
HEAVY_OF_A_TENANT = 1
LONGEST_WAIT_SECONDS = 20.0


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
            raise TooManyRequests(f"Too many requests at once; send at most {self._at_once} at a time.", 1, {})
        share.users += 1
        try:
            async with share.semaphore:
                yield
        finally:
            share.users -= 1
            if not share.users:
                del self._shares[key]


@dataclass
class _Bytes:
    """Memory that bodies may take, together and each person's and tenant's."""

    in_all: int = 0
    of_key: dict[Hashable, int] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @contextlib.asynccontextmanager
    async def hold(self, limits: Mapping[Hashable, int], size: int) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS), self.changed:
                await self.changed.wait_for(lambda: self._fits(limits, size))
                self._add(limits, size)
        except TimeoutError:
            raise HubBusy("The hub is receiving too much at the moment; try again in a minute.") from None
        try:
            yield
        finally:
            self._add(limits, -size)
            async with self.changed:
                self.changed.notify_all()

    def _fits(self, limits: Mapping[Hashable, int], size: int) -> bool:
        within_shares = all(self.of_key.get(key, 0) + size <= limit for key, limit in limits.items())
        return within_shares and self.in_all + size <= BYTES_AT_ONCE

    def _add(self, keys: Iterable[Hashable], size: int) -> None:
        self.in_all += size
        for key in keys:
            self.of_key[key] = self.of_key.get(key, 0) + size
            if not self.of_key[key]:
                del self.of_key[key]


class Admission:
    """Lets requests in; its methods belong to the event loop."""

    def __init__(self) -> None:
        self._people = _Shares(REQUESTS_OF_A_PERSON)
        self._tenants = _Shares(REQUESTS_OF_A_TENANT)
        self._bytes = _Bytes()
        self._heavy_of_tenants = _Shares(HEAVY_OF_A_TENANT)
        self._heavy = asyncio.Semaphore(HEAVY_AT_ONCE)
        self._fetches_of_people = _Shares(FETCHES_OF_A_PERSON, waiting=0)
        self._fetches_of_tenants = _Shares(FETCHES_OF_A_TENANT, waiting=0)
        self._fetches = anyio.CapacityLimiter(FETCHES_AT_ONCE)

    @contextlib.asynccontextmanager
    async def turn(self, principal: Principal) -> AsyncIterator[None]:
        """Wait for those requests of the same person, and of the same tenants, that are before this one.

        Raises:
            TooManyRequests: Too many wait already.
        """
        async with (
            self._people.turn((principal.issuer, principal.subject)),
            self._tenants.turn(_tenants(principal)),
        ):
            yield

    @contextlib.asynccontextmanager
    async def room(self, principal: Principal, size: int) -> AsyncIterator[None]:
        """Wait until a body of so many bytes may take up memory.

        Raises:
            HubBusy: It takes too long.
        """
        if size <= SMALL_BYTES:
            yield
            return
        person = (principal.issuer, principal.subject)
        limits: dict[Hashable, int] = {
            ("person", person): BYTES_OF_A_PERSON,
            ("tenants", _tenants(principal)): BYTES_OF_A_TENANT,
        }
        async with self._bytes.hold(limits, size):
            yield

    @contextlib.asynccontextmanager
    async def heavy(self, principal: Principal) -> AsyncIterator[None]:
        """Wait for a turn at work that takes long: parsing, checking and storing a large body."""
        async with self._heavy_of_tenants.turn(_tenants(principal)), self._heavy:
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
