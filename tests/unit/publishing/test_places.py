import threading

from presswerk.publishing.model import Run
from presswerk.publishing.places import RUNS_AT_ONCE, Places
from presswerk.tenants import UnknownTenant
from tests.support.waiting import PATIENCE_SECONDS


def run(number: int) -> Run:
    return Run(f"p{number}", 1, 1)


def made_for(most: int) -> Places:
    return Places(lambda _tenant: most)


def taken(places: Places, tenant: str = "acme", first: int = 0) -> int:
    """How many runs get a place now."""
    return sum(places.take(tenant, run(first + number)) for number in range(100))


def test_a_tenant_begins_with_two_places_or_what_its_site_has() -> None:
    assert (taken(made_for(8)), taken(made_for(1))) == (2, 1)


def test_good_answers_make_room_up_to_the_sites_processes() -> None:
    places = made_for(5)
    for _ in range(100):
        places.answered("acme")
    assert taken(places) == 5
    assert taken(places, "beta", 100) == 2


def test_no_answer_takes_half_away_and_leaves_one() -> None:
    places = made_for(8)
    for _ in range(100):
        places.answered("acme")
    places.not_answered("acme")
    assert taken(places) == 4
    for number in range(4):
        places.give_back("acme", run(number))
    for _ in range(100):
        places.not_answered("acme")
    assert taken(places, first=100) == 1


def test_a_place_is_free_again_when_its_run_has_ended() -> None:
    places = made_for(1)
    assert places.take("acme", run(1))
    assert not places.take("acme", run(2))
    places.give_back("acme", run(1))
    assert places.take("acme", run(2))


def test_a_run_has_one_place_at_most() -> None:
    places = made_for(2)
    assert (places.take("acme", run(1)), places.take("acme", run(1))) == (True, False)


def test_whoever_ends_waits_for_runs_that_have_begun() -> None:
    places = made_for(1)
    places.take("acme", run(1))
    ending = threading.Thread(target=places.await_none, args=(PATIENCE_SECONDS,))
    ending.start()
    assert ending.is_alive()
    places.give_back("acme", run(1))
    ending.join(PATIENCE_SECONDS)
    assert not ending.is_alive()


def test_all_tenants_together_have_so_many_places() -> None:
    places = made_for(1)
    assert sum(places.take(f"t{number}", run(number)) for number in range(100)) == RUNS_AT_ONCE


def test_a_tenant_that_is_gone_keeps_nobody_else_waiting() -> None:
    def most(tenant: str) -> int:
        if tenant == "gone":
            raise UnknownTenant(tenant)
        return 2

    places = Places(most)
    assert (taken(places, "gone"), taken(places, "acme", 100)) == (1, 2)
