"""Who gets in while others are there, and in which order: by counts, without a clock."""

import asyncio
import contextlib
from collections.abc import Hashable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presswerk.declaration import Role
from presswerk.identity import Principal
from presswerk.web.admission import (
    DISK,
    LONGEST_WAIT_SECONDS,
    MEMORY,
    REQUESTS_OF_A_PERSON,
    REQUESTS_OF_A_TENANT,
    SMALL_BYTES,
    Admission,
    Bytes,
)
from presswerk.web.bodies import MAX_ARTICLE_BODY_BYTES
from presswerk.web.problems import HubBusy

LIMITS = {"in all": 10, "tenant": 6, "person": 4}

bodies = st.lists(
    st.tuples(st.integers(min_value=1, max_value=4), st.sampled_from("ab"), st.sampled_from("pqr")), max_size=20
)


class Crowd:
    """Bodies that ask for room; each keeps it until it is told to go."""

    def __init__(self) -> None:
        self.bytes = Bytes()
        self.inside: list[int] = []
        self.asked: list[tuple[dict[Hashable, int], int]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._go: list[asyncio.Event] = []

    async def ask(self, size: int, tenant: str, person: str) -> None:
        number = len(self.asked)
        limits: dict[Hashable, int] = {
            "in all": LIMITS["in all"],
            ("tenant", tenant): LIMITS["tenant"],
            ("person", person): LIMITS["person"],
        }
        self.asked.append((limits, size))
        self._go.append(asyncio.Event())

        async def body() -> None:
            async with self.bytes.hold(limits, size):
                self.inside.append(number)
                await self._go[number].wait()
            self.inside.remove(number)

        self._tasks.append(asyncio.create_task(body()))
        await self._settle()

    async def leave(self, number: int) -> None:
        self._go[number].set()
        await self._settle()

    async def give_up(self, number: int) -> None:
        self._tasks[number].cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._tasks[number]
        await self._settle()

    def waiting(self) -> list[int]:
        return [n for n, task in enumerate(self._tasks) if not task.done() and n not in self.inside]

    def taken(self) -> dict[Hashable, int]:
        found: dict[Hashable, int] = {}
        for number in self.inside:
            limits, size = self.asked[number]
            for key in limits:
                found[key] = found.get(key, 0) + size
        return found

    def check(self) -> None:
        """Nothing is beyond its limit, and everybody who waits does so for what they need themselves."""
        taken = self.taken()
        limits = {key: limit for asked, _ in self.asked for key, limit in asked.items()}
        assert all(size <= limits[key] for key, size in taken.items())
        short: set[Hashable] = set()
        for number in self.waiting():
            asked, size = self.asked[number]
            lacking = {key for key, limit in asked.items() if taken.get(key, 0) + size > limit}
            assert lacking or short & asked.keys(), f"{number} waits for nothing"
            short |= lacking

    async def _settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


@settings(max_examples=300, deadline=None)
@given(bodies, st.data())
def test_whoever_comes_gets_in_and_waits_for_their_own_only(
    arriving: list[tuple[int, str, str]], data: st.DataObject
) -> None:
    async def scenario() -> None:
        crowd = Crowd()
        for size, tenant, person in arriving:
            await crowd.ask(size, tenant, person)
            crowd.check()
            somebody_leaves, somebody_gives_up = data.draw(st.booleans()), data.draw(st.booleans())
            if somebody_leaves and crowd.inside:
                await crowd.leave(data.draw(st.sampled_from(crowd.inside)))
                crowd.check()
            if somebody_gives_up and crowd.waiting():
                await crowd.give_up(data.draw(st.sampled_from(crowd.waiting())))
                crowd.check()
        while crowd.inside or crowd.waiting():
            # Somebody is always inside: nobody waits for somebody who waits.
            assert crowd.inside
            await crowd.leave(data.draw(st.sampled_from(crowd.inside)))
            crowd.check()
        assert not crowd.taken()
        assert not crowd.bytes._taken
        assert not crowd.bytes._waiting

    asyncio.run(scenario())


def test_a_small_body_never_overtakes_a_large_one_that_needs_the_same() -> None:
    async def scenario() -> list[int]:
        crowd = Crowd()
        await crowd.ask(4, "a", "p")
        await crowd.ask(4, "a", "q")  # needs more of tenant a than is left
        await crowd.ask(1, "a", "r")  # comes after it
        await crowd.ask(4, "b", "s")  # needs nothing of it
        before = list(crowd.inside)
        await crowd.leave(0)
        assert crowd.inside == [3, 1, 2]
        return before

    assert asyncio.run(scenario()) == [0, 3]


def test_whoever_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("presswerk.web.admission.LONGEST_WAIT_SECONDS", 0.01)

    async def scenario() -> None:
        room = Bytes()
        async with room.hold({"in all": 1}, 1):
            with pytest.raises(HubBusy):
                async with room.hold({"in all": 1}, 1):
                    pass
        async with room.hold({"in all": 1}, 1):
            pass

    asyncio.run(scenario())
    assert LONGEST_WAIT_SECONDS > 1


def somebody(name: str, tenant: str) -> Principal:
    return Principal("https://id.example", name, name, None, {tenant: Role.AUTHOR})


@pytest.mark.parametrize("people", [1, 2, 8])
def test_one_tenants_slow_senders_leave_room_for_others(people: int) -> None:
    """As many as get in at all of the largest bodies, from one tenant."""

    async def scenario() -> None:
        admission = Admission()
        async with contextlib.AsyncExitStack() as slow, asyncio.timeout(LONGEST_WAIT_SECONDS / 2):
            for number in range(people):
                await slow.enter_async_context(
                    admission.disk(somebody(f"slow-{number}", "acme"), MAX_ARTICLE_BODY_BYTES)
                )
            for number in range(8):
                other = somebody(f"other-{number}", "beta")
                await slow.enter_async_context(admission.disk(other, MAX_ARTICLE_BODY_BYTES))
                async with admission.memory(other, MAX_ARTICLE_BODY_BYTES), admission.heavy(other):
                    pass

    asyncio.run(scenario())


def test_who_is_still_sending_takes_up_no_turn_of_their_tenant() -> None:
    async def scenario() -> None:
        admission = Admission()
        async with contextlib.AsyncExitStack() as slow, asyncio.timeout(LONGEST_WAIT_SECONDS / 2):
            for number in range(2 * REQUESTS_OF_A_TENANT):
                sender = somebody(f"slow-{number // REQUESTS_OF_A_PERSON}", "acme")
                await slow.enter_async_context(admission.turn(sender))
                await slow.enter_async_context(admission.disk(sender, SMALL_BYTES))
            colleague = somebody("anna", "acme")
            async with admission.turn(colleague), admission.work(colleague):
                pass

    asyncio.run(scenario())


def test_every_share_holds_the_largest_body() -> None:
    for room in (DISK, MEMORY):
        assert MAX_ARTICLE_BODY_BYTES <= room.of_a_person <= room.of_a_tenant // 2 <= room.in_all // 4
