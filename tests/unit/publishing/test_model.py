import itertools

import pytest

from presswerk.publishing.model import FOLLOWERS, State, predecessors

FINAL = {State.HELD, State.DRAFTED, State.PUBLISHED, State.FAILED, State.CANCELLED}


def test_every_state_says_what_may_follow_it() -> None:
    assert set(FOLLOWERS) == set(State)


def test_a_final_state_ends_only_by_being_accepted_anew() -> None:
    for state in State:
        assert state.final == (state in FINAL)
    for state in FINAL - {State.HELD}:
        assert FOLLOWERS[state] == {State.ACCEPTED, State.SCHEDULED}
    assert FOLLOWERS[State.HELD] == {State.ACCEPTED, State.SCHEDULED, State.CANCELLED}


def test_nothing_is_delivered_that_did_not_run() -> None:
    assert predecessors(State.DRAFTED) == {State.RUNNING}
    assert predecessors(State.PUBLISHED) == {State.RUNNING}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(State, State)))
def test_predecessors_are_the_reverse_of_followers(before: State, after: State) -> None:
    assert (before in predecessors(after)) == (after in FOLLOWERS[before])
