from collections.abc import Callable

import pytest

from presswerk.publishing.model import Run
from presswerk.publishing.places import RUNS_AT_ONCE, Places
from presswerk.tenants import UnknownTenant


def run(number: int) -> Run:
    return Run(f"p{number}", 1, 1)


def taken(places: Places, tenant: str = "acme", first: int = 0) -> int:
    """How many runs get a place now."""
    return sum(places.reserve(tenant, run(first + number)) for number in range(100))


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def made(clock: Clock) -> Callable[[int], Places]:
    return lambda most: Places(lambda _tenant: most, now=clock)


def test_a_tenant_begins_with_two_places_or_what_its_site_has(made: Callable[[int], Places]) -> None:
    assert (taken(made(8)), taken(made(1))) == (2, 1)


def test_good_answers_make_room_up_to_the_sites_processes(made: Callable[[int], Places]) -> None:
    places = made(5)
    for _ in range(100):
        places.answered("acme")
    assert taken(places) == 5
    assert taken(places, "beta", 100) == 2


def test_no_answer_takes_half_away_and_leaves_one(made: Callable[[int], Places], clock: Clock) -> None:
    places = made(8)
    for _ in range(100):
        places.answered("acme")
    places.not_answered("acme")
    assert taken(places) == 4
    clock.seconds += 60
    for _ in range(100):
        places.not_answered("acme")
    assert taken(places, first=100) == 1


def test_a_place_is_free_again_when_its_run_has_ended() -> None:
    freed: list[None] = []
    places = Places(lambda _tenant: 1, lambda: freed.append(None))
    assert places.reserve("acme", run(1))
    with places.working("acme", run(1)):
        assert not places.reserve("acme", run(2))
        assert freed == []
    assert freed == [None]
    assert places.reserve("acme", run(2))


def test_what_does_not_begin_gives_its_place_back(made: Callable[[int], Places], clock: Clock) -> None:
    places = made(1)
    assert places.reserve("acme", run(1))
    with pytest.raises(ValueError, match="not now"), places.given_back_on_failure("acme", run(1)):
        raise ValueError("not now")
    assert places.reserve("acme", run(2))
    clock.seconds += 60
    assert places.reserve("acme", run(3))


def test_a_run_that_was_killed_is_counted_though_nothing_was_reserved(made: Callable[[int], Places]) -> None:
    places = made(1)
    with places.working("acme", run(1)):
        assert not places.reserve("acme", run(2))


def test_all_tenants_together_have_so_many_places(made: Callable[[int], Places]) -> None:
    places = made(1)
    assert sum(places.reserve(f"t{number}", run(number)) for number in range(100)) == RUNS_AT_ONCE


def test_a_tenant_that_is_gone_keeps_nobody_else_waiting() -> None:
    def most(tenant: str) -> int:
        if tenant == "gone":
            raise UnknownTenant(tenant)
        return 2

    places = Places(most)
    assert (taken(places, "gone"), taken(places, "acme", 100)) == (1, 2)
