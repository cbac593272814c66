"""Which tenant is next: each at most once at a time, none forgotten, and the impatient waiting ever longer."""

import heapq
import threading
import time
from collections.abc import Callable


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
        self._paused = False
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
                wait = None if self._paused else self._next()
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

    def pause(self, *, paused: bool) -> None:
        """Give out no names until it is resumed; names can be added meanwhile."""
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

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
