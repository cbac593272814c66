"""The threads that look at tenants, one tenant at a time each, and come back when it makes sense."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster.operator.declared import Declared, Wake
from presswerk.runtimes.cluster.operator.errors import NotYet, OperatorError
from presswerk.runtimes.cluster.operator.metrics import OperatorMetrics
from presswerk.runtimes.cluster.operator.queue import TenantQueue
from presswerk.runtimes.cluster.operator.reconcile import Outcome

_LONGEST_PAUSE_SECONDS = 300.0
_LONGEST_WAIT_SECONDS = 60.0
_DOUBLINGS = 12

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pace:
    """How soon a tenant is looked at again.

    Attributes:
        first_seconds: The first pause; each further one is twice as long.
        spread: From 0 up to 1, another number each time: what failed together shall not come back together.
    """

    first_seconds: float = 1.0
    spread: Callable[[], float] = random.random

    def after(self, outcome: Outcome, tries: int) -> float | None:
        """Seconds until the next look.

        Args:
            outcome: How the last one ended.
            tries: How many in a row have ended like this, not counting this one.
        """
        if outcome.again_in_seconds is None:
            return None
        if outcome.settled:
            return outcome.again_in_seconds * (0.9 + 0.2 * self.spread())
        if isinstance(outcome.problem, ClusterError) and outcome.problem.is_invalid:
            return _LONGEST_PAUSE_SECONDS
        is_waiting = outcome.problem is None or isinstance(outcome.problem, NotYet)
        longest = _LONGEST_WAIT_SECONDS if is_waiting else _LONGEST_PAUSE_SECONDS
        pause = min(self.first_seconds * 2.0 ** min(tries, _DOUBLINGS), longest)
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
        declared: Declared,
        reconcile: Callable[[Body], Outcome],
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
        self._tries: dict[str, int] = {}
        self._threads = [threading.Thread(target=self._work, name=f"tenants-{number}") for number in range(count)]

    def wake(self, wake: Wake) -> None:
        """Have tenants looked at."""
        for name in wake.now:
            self._queue.add(name)
        for name in wake.some_time:
            self._queue.add(name, self._pace.some_time(self._declared.count()))

    def start(self) -> None:
        """Begin."""
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
        tries = self._tries.pop(name, 0)
        if not outcome.settled:
            self._tries[name] = tries + 1
        again = self._pace.after(outcome, tries)
        if outcome.problem is not None and not isinstance(outcome.problem, NotYet):
            _log.warning("tenant_problem", tenant=name, problem=str(outcome.problem), again_in_seconds=again)
        return again

    def _looked(self, name: str, body: Body) -> Outcome:
        began = time.perf_counter()
        try:
            outcome = self._reconcile(body)
        except Exception as error:  # noqa: BLE001 - see below
            # A mistake of ours with one tenant must not keep the others from being looked at.
            _log.exception("tenant_crashed", tenant=name)
            outcome = Outcome(0.0, OperatorError(f"{type(error).__name__} in the operator itself"))
        self._metrics.looked(outcome, time.perf_counter() - began)
        return outcome
