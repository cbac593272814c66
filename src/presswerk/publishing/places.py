"""How many runs a tenant's site gets at once: what its answers allow."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from presswerk.publishing.model import Run
from presswerk.tenants import UnknownTenant

RUNS_AT_ONCE = 48
"""Of all tenants in one process; many more than one may have: a handful of sites that hang must not take them all."""
MOST_OF_A_TENANT = 16
_FIRST = 2.0


@dataclass
class _TenantPlaces:
    allowed: float = _FIRST
    working: set[Run] = field(default_factory=set)


class Places:
    """Additive increase, multiplicative decrease (RFC 5681 calls it so): a run that went well makes room for more, one
    that the site did not answer takes half of it away. There is always one place, and never more than the site has
    PHP processes: what goes beyond would wait there and keep readers waiting.

    Args:
        most: How many PHP processes a tenant's site has.
    """

    def __init__(self, most: Callable[[str], int]) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._of: defaultdict[str, _TenantPlaces] = defaultdict(_TenantPlaces)

    def take(self, tenant: str, run: Run) -> bool:
        """Take a place for a run that begins now.

        Returns:
            Whether there was one, and the run has none yet.
        """
        most = self._most_of(tenant)
        with self._changed:
            if self._taken() >= RUNS_AT_ONCE:
                return False
            places = self._of[tenant]
            if run in places.working or len(places.working) >= min(int(places.allowed), most):
                return False
            places.working.add(run)
            return True

    def give_back(self, tenant: str, run: Run) -> None:
        """Let others have the place of a run that has ended."""
        with self._changed:
            self._of[tenant].working.discard(run)
            self._changed.notify_all()

    def await_none(self, most_seconds: float) -> None:
        """Wait until no run has a place, for so long at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken(), most_seconds)

    def answered(self, tenant: str) -> None:
        """A run went well."""
        most = self._most_of(tenant)
        with self._changed:
            places = self._of[tenant]
            places.allowed = max(1.0, min(places.allowed + 1 / places.allowed, float(most)))

    def not_answered(self, tenant: str) -> None:
        """The site was busy, slow or away."""
        with self._changed:
            places = self._of[tenant]
            places.allowed = max(1.0, places.allowed / 2)

    def _most_of(self, tenant: str) -> int:
        try:
            return min(self._most(tenant), MOST_OF_A_TENANT)
        except UnknownTenant:
            # It has been removed; what still waits ends when it begins.
            return 1

    def _taken(self) -> int:
        return sum(len(places.working) for places in self._of.values())
