"""How many runs a tenant's site gets at once: what its answers allow."""

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from presswerk.publishing.model import Run
from presswerk.tenants import UnknownTenant

RUNS_AT_ONCE = 48
"""Of all tenants in one process; many more than one may have: a handful of sites that hang must not take them all."""
MOST_OF_A_TENANT = 16
_FIRST = 2.0
_RESERVED_SECONDS = 30.0


@dataclass
class _TenantPlaces:
    """A tenant's runs; those that are only reserved give their place back by themselves, at the time noted."""

    allowed: float = _FIRST
    working: set[Run] = field(default_factory=set)
    reserved: dict[Run, float] = field(default_factory=dict)

    def taken(self, now: float) -> int:
        self.reserved = {run: until for run, until in self.reserved.items() if until > now}
        return len(self.working) + len(self.reserved)


class Places:
    """Additive increase, multiplicative decrease (RFC 5681 calls it so): a run that went well makes room for more, one
    that the site did not answer takes half of it away. There is always one place, and never more than the site has
    PHP processes: what goes beyond would wait there and keep readers waiting.

    Args:
        most: How many PHP processes a tenant's site has.
        freed: Called when a place has become free.
        now: Seconds that only go forward.
    """

    def __init__(
        self,
        most: Callable[[str], int],
        freed: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._freed = freed
        self._now = now
        self._lock = threading.Lock()
        self._of: defaultdict[str, _TenantPlaces] = defaultdict(_TenantPlaces)

    def reserve(self, tenant: str, run: Run) -> bool:
        """Keep a place for a run that is about to begin, for half a minute.

        Returns:
            Whether there was one, and the run has none yet.
        """
        most, now = self._most_of(tenant), self._now()
        with self._lock:
            if sum(places.taken(now) for places in self._of.values()) >= RUNS_AT_ONCE:
                return False
            places = self._of[tenant]
            if run in places.working or run in places.reserved or places.taken(now) >= min(int(places.allowed), most):
                return False
            places.reserved[run] = now + _RESERVED_SECONDS
            return True

    @contextlib.contextmanager
    def given_back_on_failure(self, tenant: str, run: Run) -> Iterator[None]:
        """Let go of a reserved place when the block fails."""
        try:
            yield
        except BaseException:
            with self._lock:
                self._of[tenant].reserved.pop(run, None)
            raise

    @contextlib.contextmanager
    def working(self, tenant: str, run: Run) -> Iterator[None]:
        """Count a run until the block ends, whether or not a place was reserved for it."""
        with self._lock:
            places = self._of[tenant]
            places.reserved.pop(run, None)
            places.working.add(run)
        try:
            yield
        finally:
            with self._lock:
                places.working.discard(run)
            self._freed()

    def answered(self, tenant: str) -> None:
        """A run went well."""
        most = self._most_of(tenant)
        with self._lock:
            places = self._of[tenant]
            places.allowed = max(1.0, min(places.allowed + 1 / places.allowed, float(most)))

    def not_answered(self, tenant: str) -> None:
        """The site was busy, slow or away."""
        with self._lock:
            places = self._of[tenant]
            places.allowed = max(1.0, places.allowed / 2)

    def _most_of(self, tenant: str) -> int:
        try:
            return min(self._most(tenant), MOST_OF_A_TENANT)
        except UnknownTenant:
            # It has been removed; what still waits ends when it begins.
            return 1
