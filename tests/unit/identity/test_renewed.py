"""A value that is fetched again, and kept while it cannot be."""

import pytest

from presswerk.identity import IdentityProviderUnavailable
from presswerk.identity.renewed import Renewed


class Source:
    """Counts its answers; says no while it is down."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked = 0
        self.down = False

    def fetch(self) -> int:
        self.asked += 1
        if self.down:
            raise IdentityProviderUnavailable("down")
        return self.asked

    def clock(self) -> float:
        return self.now


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def value(source: Source) -> Renewed[int]:
    return Renewed("number", source.fetch, source.clock, kept_seconds=100)


def test_it_is_fetched_once_until_it_is_too_old(source: Source, value: Renewed[int]) -> None:
    assert (value.get(10), value.get(10)) == (1, 1)
    source.now += 10
    assert value.get(10) == 2


def test_it_is_kept_while_it_cannot_be_fetched(source: Source, value: Renewed[int]) -> None:
    value.get(10)
    source.down = True
    source.now += 50
    assert value.get(10) == 1
    source.down = False
    source.now += 10
    assert value.get(10) == 3


def test_a_kept_value_is_not_asked_for_each_time(source: Source, value: Renewed[int]) -> None:
    value.get(10)
    source.down = True
    source.now += 50
    for _ in range(5):
        value.get(10)
    assert source.asked == 2


def test_it_is_not_kept_for_ever(source: Source, value: Renewed[int]) -> None:
    value.get(10)
    source.down = True
    source.now += 101
    with pytest.raises(IdentityProviderUnavailable):
        value.get(10)


def test_a_failure_is_remembered_for_a_second(source: Source, value: Renewed[int]) -> None:
    source.down = True
    for _ in range(3):
        with pytest.raises(IdentityProviderUnavailable, match="down"):
            value.get(10)
    assert source.asked == 1
    source.down = False
    source.now += 1
    assert value.get(10) == 2
