"""The threads that look at tenants, and the queue that says which tenant is next."""

import heapq
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster.operator.metrics import OperatorMetrics
from presswerk.runtimes.cluster.operator.outcome import OperatorError, ReconcileOutcome
from presswerk.runtimes.cluster.operator.tenants import TenantCache, Wake

_LONGEST_PAUSE_SECONDS = 300.0
_LONGEST_WAIT_SECONDS = 60.0
_DOUBLINGS = 12
_log = structlog.get_logger(__name__)


class TenantQueue:
    """Names with the moment from which they may be taken.

    A name that is added again waits for the earlier of both moments; one that is being worked on is not given to
    anybody else, and comes back when it is done.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._taken: set[str] = set()
        self._stopped = False

    def add(self, name: str, after_seconds: float = 0.0) -> None:
        """Let somebody take a name, from some time on."""
        due = self._clock() + after_seconds
        with self._changed:
            if due < self._due.get(name, float("inf")):
                self._due[name] = due
                heapq.heappush(self._heap, (due, name))
                self._changed.notify()

    def take(self) -> str | None:
        """Wait for a name and take it; None once the queue has been stopped."""
        with self._changed:
            while not self._stopped:
                wait = self._next()
                if isinstance(wait, str):
                    del self._due[wait]
                    self._taken.add(wait)
                    return wait
                self._changed.wait(wait)
            return None

    def done(self, name: str, again_in_seconds: float | None) -> None:
        """Give a name back; None for the time until something happens to it."""
        with self._changed:
            self._taken.discard(name)
            self._changed.notify()
        if again_in_seconds is not None:
            self.add(name, again_in_seconds)

    def stop(self) -> None:
        """Send everybody home who waits for a name."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def waiting(self) -> int:
        """How many names are due and not taken."""
        now = self._clock()
        with self._changed:
            return sum(due <= now and name not in self._taken for name, due in self._due.items())

    def _next(self) -> str | float | None:
        """A name that can be taken; else how long the next one takes, or None when there is none."""
        passed_over = []
        try:
            while self._heap:
                due, name = self._heap[0]
                if self._due.get(name) != due:
                    heapq.heappop(self._heap)  # it was taken, or is due earlier
                elif name in self._taken:
                    passed_over.append(heapq.heappop(self._heap))
                elif due <= self._clock():
                    heapq.heappop(self._heap)
                    return name
                else:
                    return due - self._clock()
            return None
        finally:
            for entry in passed_over:
                heapq.heappush(self._heap, entry)


@dataclass(frozen=True)
class Pace:
    """How soon a tenant is looked at again.

    Attributes:
        first_seconds: The first pause; each further one is twice as long.
        spread: From 0 up to 1, another number each time: what failed together shall not come back together.
    """

    first_seconds: float = 1.0
    spread: Callable[[], float] = random.random

    def after(self, outcome: ReconcileOutcome, failures: int = 0, waited_seconds: float = 0.0) -> float | None:
        """Seconds until the next look.

        Args:
            outcome: How the last one ended.
            failures: How many in a row have failed before it.
            waited_seconds: For how long something has been awaited; how often that was looked at does not matter.
        """
        if outcome.again_in_seconds is None:
            return None
        if outcome.settled:
            return outcome.again_in_seconds * (0.9 + 0.2 * self.spread())
        if isinstance(outcome.problem, ClusterError) and outcome.problem.is_invalid:
            return _LONGEST_PAUSE_SECONDS
        if outcome.failed:
            pause = min(self.first_seconds * 2.0 ** min(failures, _DOUBLINGS), _LONGEST_PAUSE_SECONDS)
        else:
            pause = min(max(self.first_seconds, waited_seconds / 2), _LONGEST_WAIT_SECONDS)
        return max(outcome.again_in_seconds, pause * (0.5 + 0.5 * self.spread()))

    def some_time(self, tenants: int) -> float:
        """When to look at one of many that seem well: ten a second at most, all within five minutes."""
        return min(tenants * 0.1, _LONGEST_PAUSE_SECONDS) * self.spread()


class Workers:
    """Looks at tenants until it is stopped.

    Args:
        queue: Who is next.
        declared: As they were last seen.
        reconcile: One look at one tenant.
        metrics: Told how each look ended.
        count: How many tenants at the same time.
        pace: When to come back.
    """

    def __init__(
        self,
        queue: TenantQueue,
        declared: TenantCache,
        reconcile: Callable[[Body], ReconcileOutcome],
        metrics: OperatorMetrics,
        *,
        count: int = 4,
        pace: Pace | None = None,
    ) -> None:
        self._queue = queue
        self._declared = declared
        self._reconcile = reconcile
        self._metrics = metrics
        self._pace = pace or Pace()
        self._failures: dict[str, int] = {}
        self._waits_since: dict[str, float] = {}
        self._threads = [threading.Thread(target=self._work, name=f"tenants-{number}") for number in range(count)]
        self.has_begun = False
        """Whether its threads were ever started."""

    def wake(self, wake: Wake) -> None:
        """Have tenants looked at."""
        for name in wake.now:
            self._queue.add(name)
        for name in wake.some_time:
            self._queue.add(name, self._pace.some_time(self._declared.count()))

    def start(self) -> None:
        """Begin."""
        self.has_begun = True
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_seconds: float) -> bool:
        """Let everybody finish the request they are at; says whether all have in time."""
        self._queue.stop()
        ends = time.monotonic() + timeout_seconds
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def are_alive(self) -> bool:
        """Whether all threads are there."""
        return all(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (name := self._queue.take()) is not None:
            self._queue.done(name, self._look_at(name))

    def _look_at(self, name: str) -> float | None:
        body = self._declared.get(name)
        if body is None:
            return None
        outcome = self._looked(name, body)
        failures, since = self._failures.pop(name, 0), self._waits_since.pop(name, None)
        waited = 0.0
        if outcome.failed:
            self._failures[name] = failures + 1
        elif not outcome.settled:
            now = time.monotonic()
            self._waits_since[name] = since = now if since is None else since
            waited = now - since
        if outcome.again_in_seconds is None:
            # Whoever wants a domain it had may have it now.
            self.wake(self._declared.drop(name))
        again = self._pace.after(outcome, failures, waited)
        if outcome.failed:
            _log.warning("tenant_problem", tenant=name, problem=str(outcome.problem), again_in_seconds=again)
        return again

    def _looked(self, name: str, body: Body) -> ReconcileOutcome:
        began = time.perf_counter()
        try:
            outcome = self._reconcile(body)
        except Exception as error:  # noqa: BLE001 - see below
            # A mistake of ours with one tenant must not keep the others from being looked at.
            _log.exception("tenant_crashed", tenant=name)
            outcome = ReconcileOutcome(0.0, OperatorError(f"{type(error).__name__} in the operator itself"))
        self._metrics.looked(outcome, time.perf_counter() - began)
        return outcome
