import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.publishing.retrying import RetryPolicy, in_words

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def test_waits_grow_up_to_the_longest() -> None:
    policy = RetryPolicy()
    assert [policy.delay_seconds(tries) for tries in (0, 1, 2, 3, 8, 1000)] == [5, 10, 20, 40, 900, 900]


def test_the_site_may_ask_for_more_but_not_for_ever() -> None:
    policy = RetryPolicy()
    assert policy.delay_seconds(0, 60) == 60
    assert policy.delay_seconds(0, 10**9) == policy.give_up_after_seconds


def test_no_try_begins_after_the_end() -> None:
    policy = RetryPolicy(give_up_after_seconds=100)
    assert policy.next_try(since=NOW, now=NOW, tries=0) == NOW + dt.timedelta(seconds=5)
    assert policy.next_try(since=NOW, now=NOW + dt.timedelta(seconds=96), tries=0) is None


@given(st.integers(0, 10**6))
def test_waits_never_shrink(tries: int) -> None:
    policy = RetryPolicy()
    assert policy.delay_seconds(tries) <= policy.delay_seconds(tries + 1) <= policy.longest_delay_seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 second"), (1, "1 second"), (40, "40 seconds"), (91, "2 minutes"), (900, "15 minutes")],
)
def test_waits_in_words(seconds: float, words: str) -> None:
    assert str(in_words(seconds)) == words
