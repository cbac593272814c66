"""One call for many callers."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from presswerk.identity.single_flight import SingleFlight
from tests.support.waiting import PATIENCE_SECONDS


class Unlucky(Exception):
    pass


def test_callers_one_after_the_other_each_get_a_call() -> None:
    flights: SingleFlight[int] = SingleFlight()
    answers = iter([1, 2])
    assert [flights.do("key", lambda: next(answers)) for _ in range(2)] == [1, 2]


def test_never_two_calls_for_one_key_at_once() -> None:
    flights: SingleFlight[int] = SingleFlight()
    lock = threading.Lock()
    calls: list[bool] = []

    def call() -> int:
        alone = lock.acquire(blocking=False)
        calls.append(alone)
        # Gives the other threads a chance to be wrong.
        time.sleep(0.001)
        if alone:
            lock.release()
        return 42

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: flights.do("key", call), range(500)))
    assert answers == [42] * 500
    assert all(calls)


def test_another_key_does_not_wait() -> None:
    flights: SingleFlight[str] = SingleFlight()
    held = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(flights.do, "slow", lambda: str(held.wait(PATIENCE_SECONDS)))
        assert flights.do("quick", lambda: "done") == "done"
        held.set()
        assert slow.result(30) == "True"


def test_a_failure_is_shared_and_then_forgotten() -> None:
    flights: SingleFlight[int] = SingleFlight()

    def fail() -> int:
        raise Unlucky

    with pytest.raises(Unlucky):
        flights.do("key", fail)
    assert flights.do("key", lambda: 1) == 1
