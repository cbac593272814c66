"""Whether another operator has precedence: kopf stops seeing Tenants then, and our own work has to stop too."""

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import PEERING, Ref

_EVERY_SECONDS = 2.0
_LIFETIME_SECONDS = 60

_log = structlog.get_logger(__name__)


def overruled(peers: Mapping[str, Any], identity: str, priority: int, now: dt.datetime) -> bool:
    """Whether somebody else with the same or a higher priority is alive.

    Args:
        peers: The status of the peering object: priority, lifetime and lastseen by identity, as kopf writes them.
        identity: Our own.
        priority: Our own.
        now: Aware, UTC.
    """
    return any(
        other != identity and int(peer.get("priority", 0)) >= priority and _is_alive(peer, now)
        for other, peer in peers.items()
    )


def _is_alive(peer: Mapping[str, Any], now: dt.datetime) -> bool:
    seen = dt.datetime.fromisoformat(str(peer["lastseen"]))
    aware = seen if seen.tzinfo is not None else seen.replace(tzinfo=dt.UTC)
    return aware + dt.timedelta(seconds=int(peer.get("lifetime", _LIFETIME_SECONDS))) > now


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Peers:
    """Looks every few seconds who else is there.

    Args:
        api: The cluster.
        name: Of the peering object.
        identity: Our own.
        priority: Our own.
        pause: Told whether to pause, whenever that changes; a `ClusterError` of it has it told again at the next look.
        now: The time, aware UTC.
    """

    def __init__(
        self,
        api: ClusterApi,
        name: str,
        identity: str,
        priority: int,
        pause: Callable[[bool], None],
        *,
        now: Callable[[], dt.datetime] = _now,
    ) -> None:
        self._api = api
        self._ref = Ref(PEERING, None, name)
        self._identity = identity
        self._priority = priority
        self._pause = pause
        self._now = now
        self._stopping = threading.Event()
        self._paused = False

    @property
    def paused(self) -> bool:
        """Whether somebody else had precedence when it was last looked."""
        return self._paused

    def start(self) -> None:
        """Look once, and then in a thread of its own until it is stopped."""
        self.look()
        threading.Thread(target=self._watch, name="peers", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    def look(self) -> None:
        """Look now; when the cluster does not answer, what was known stays."""
        try:
            found = self._api.get(self._ref)
            peers = {} if found is None else found.get("status", {})
            paused = overruled(peers, self._identity, self._priority, self._now())
            if paused is not self._paused:
                self._pause(paused)
                self._paused = paused
                _log.info("paused" if paused else "resumed", identity=self._identity)
        except ClusterError as error:
            _log.warning("peers_unknown", problem=str(error))

    def _watch(self) -> None:
        while not self._stopping.wait(_EVERY_SECONDS):
            self.look()
