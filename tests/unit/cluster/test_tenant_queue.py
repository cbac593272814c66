"""Who is looked at when."""

import threading

from prometheus_client import CollectorRegistry

from presswerk.kubernetes.errors import ClusterError
from presswerk.runtimes.cluster.operator.metrics import OperatorMetrics
from presswerk.runtimes.cluster.operator.outcome import NotYet, ReconcileOutcome, ServiceError
from presswerk.runtimes.cluster.operator.tenants import TenantCache, Wake
from presswerk.runtimes.cluster.operator.worker import Pace, TenantQueue, Workers


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_name_added_often_is_taken_once_at_its_earliest_moment() -> None:
    clock = Clock()
    queue = TenantQueue(clock)
    queue.add("acme", 10)
    queue.add("acme", 5)
    queue.add("acme", 20)
    queue.add("bakery", 7)

    clock.now = 30

    assert [queue.take(), queue.take()] == ["acme", "bakery"]
    assert queue.waiting() == 0


def test_a_name_that_is_worked_on_comes_back_only_when_it_is_done() -> None:
    queue = TenantQueue(Clock())
    queue.add("acme")
    assert queue.take() == "acme"
    queue.add("acme")
    queue.add("bakery")

    assert queue.take() == "bakery"
    queue.done("acme", None)

    assert queue.take() == "acme"


def test_a_stopped_queue_sends_everybody_home() -> None:
    queue, taken = TenantQueue(), list[str | None]()
    workers = [threading.Thread(target=lambda: taken.append(queue.take())) for _ in range(3)]
    for worker in workers:
        worker.start()

    queue.stop()
    for worker in workers:
        worker.join()

    assert taken == [None, None, None]


def test_what_goes_wrong_again_and_again_is_tried_less_and_less_often() -> None:
    pace = Pace(spread=lambda: 1.0)
    refused = ReconcileOutcome(0.0, ServiceError("Unavailable", "it does not answer"))

    assert [pace.after(refused, tries) for tries in (0, 1, 2, 5, 50)] == [1, 2, 4, 32, 300]


def test_what_takes_its_time_is_looked_at_once_a_minute_at_least() -> None:
    pace = Pace(spread=lambda: 1.0)

    creating = ReconcileOutcome(0.0, NotYet("Creating", "it is being made"))
    assert [pace.after(creating, 0, waited) for waited in (0, 1, 10, 1000)] == [1, 1, 5, 60]
    assert pace.after(ReconcileOutcome(120.0, NotYet("Creating", "it is being made", again_in_seconds=120.0))) == 120


def test_whoever_asks_for_time_gets_it() -> None:
    busy = ClusterError("later", status=429, reason="TooManyRequests", retry_after_seconds=30)

    assert Pace(spread=lambda: 0.0).after(ReconcileOutcome(30.0, busy), 0) == 30


def test_what_no_repetition_mends_is_seldom_repeated() -> None:
    invalid = ClusterError("a duplicate value", status=422, reason="Invalid")

    assert Pace().after(ReconcileOutcome(0.0, invalid), 0) == 300


def test_what_a_starting_api_server_says_to_everybody_is_repeated_soon() -> None:
    forbidden = ClusterError("no right", status=403, reason="Forbidden")

    assert Pace(spread=lambda: 1.0).after(ReconcileOutcome(0.0, forbidden), 0) == 1
    assert Pace(spread=lambda: 1.0).after(ReconcileOutcome(0.0, forbidden), 20) == 300


def test_tenants_that_were_well_together_are_not_looked_at_together() -> None:
    settled = ReconcileOutcome(600.0, settled=True)

    assert (Pace(spread=lambda: 0.0).after(settled, 0), Pace(spread=lambda: 0.5).after(settled, 0)) == (540, 600)
    assert Pace(spread=lambda: 0.5).some_time(1000) == 50
    assert Pace(spread=lambda: 0.999).some_time(100_000) <= 300


def test_workers_that_have_begun_are_known_to_have_however_often_they_are_woken() -> None:
    """A worker that has ended is noticed by that: `process._dead`."""
    queue = TenantQueue()
    metrics = OperatorMetrics(CollectorRegistry())
    workers = Workers(queue, TenantCache(), lambda _body: ReconcileOutcome(None), metrics, count=1)
    before = workers.has_begun

    workers.start()
    workers.wake(Wake(now=frozenset({"acme"})))
    begun = workers.has_begun, workers.are_alive()
    workers.stop(10)

    assert (before, begun) == (False, (True, True))
