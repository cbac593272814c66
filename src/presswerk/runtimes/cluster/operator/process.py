"""The operator as a whole: what it sees, what it works on, and how it starts and ends."""

import random
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2
import kopf
import structlog
from prometheus_client import CollectorRegistry

from presswerk.declaration import Platform
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import TENANT
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.operator.cache import ObjectCache, Watches
from presswerk.runtimes.cluster.operator.handlers import registry_for, settings_for
from presswerk.runtimes.cluster.operator.metrics import HealthServer, OperatorMetrics
from presswerk.runtimes.cluster.operator.peers import Peers
from presswerk.runtimes.cluster.operator.reconcile import Reconciler
from presswerk.runtimes.cluster.operator.services import ExternalServices
from presswerk.runtimes.cluster.operator.tenants import TenantCache, Wake
from presswerk.runtimes.cluster.operator.traffic import ClusterTraffic, TrafficService
from presswerk.runtimes.cluster.operator.worker import Pace, TenantQueue, Workers

PEERING_NAME = "presswerk-operator"
_HIGHEST_PRIORITY = 2**15
_FIRST_LISTS_SECONDS = 300.0
_END_SECONDS = 45.0
_STOCK_EVERY_SECONDS = 600.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class HealthAddress:
    """Where health and metrics are answered."""

    host: str = "127.0.0.1"
    port: int = 8081


def _identity() -> str:
    return f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"


def _priority() -> int:
    # Two with the same would both pause.
    return random.randrange(_HIGHEST_PRIORITY)  # noqa: S311 - no secret depends on it


@dataclass
class Operator:
    """Carries the tenants of one cluster to what is declared, until it is stopped.

    Attributes:
        client: The cluster; kopf signs in by itself, the same way.
        cluster: How the cluster is to be used.
        platform: Its tiers.
        outside: DatabaseService, identity, chat, hub.
        listening: Where health and metrics are answered.
        traffic: Asks sites whether they answer; from inside the cluster when None.
        workers: How many tenants are looked at at the same time.
        pace: How soon each is looked at again.
        peering: Name of the ClusterKopfPeering.
        identity: Its name among other operators.
        priority: Of two operators the one with the higher one works.
    """

    client: httpx2.Client
    cluster: Cluster
    platform: Platform
    outside: ExternalServices
    listening: HealthAddress = HealthAddress()
    traffic: TrafficService | None = None
    workers: int = 4
    pace: Pace = field(default_factory=Pace)
    peering: str = PEERING_NAME
    identity: str = field(default_factory=_identity)
    priority: int = field(default_factory=_priority)

    def run(self, stop: threading.Event | None = None, ready: threading.Event | None = None) -> None:
        """Work until a signal comes, or `stop` is set; ends with every request finished that was begun.

        Args:
            stop: Ends it when set.
            ready: Set when the first Tenants can be looked at.

        Raises:
            OSError: The port is taken.
        """
        metrics = OperatorMetrics(CollectorRegistry())
        api = ClusterApi(self.client, metrics.called)
        declared, queue = TenantCache(), TenantQueue()
        mirror = ObjectCache(changed=queue.add)
        traffic = self.traffic or ClusterTraffic(api, self.cluster.entry)
        reconciler = Reconciler(
            api, mirror, self.cluster, self.platform, self.outside, traffic=traffic, tenants=declared
        )
        workers = Workers(queue, declared, reconciler.reconcile, metrics, count=self.workers, pace=self.pace)
        watching = Watches(api, mirror)
        stock = Stock(api, declared, workers.wake)
        peers = Peers(api, self.peering, self.identity, self.priority, lambda paused: _pause(stock, queue, paused))
        filled = threading.Event()
        metrics.observe(declared.phases, queue.waiting, lambda: peers.paused)
        serving = HealthServer(
            self.listening.host,
            self.listening.port,
            live=lambda: _dead(watching, workers, filled),
            ready=lambda: () if filled.is_set() else ("the cluster's objects are still being read",),
            registry=metrics.registry,
        )
        serving.start()
        _log.info("starting", identity=self.identity, priority=self.priority, port=serving.port)
        watching.start()
        threading.Thread(target=_begin, args=(watching, (peers, stock, workers), filled, ready), daemon=True).start()
        try:
            kopf.run(
                registry=registry_for(declared, workers.wake),
                settings=settings_for(self.peering, self.priority),
                identity=self.identity,  # type: ignore[arg-type]  # kopf's own name for a text
                clusterwide=True,
                stop_flag=stop,
            )
        finally:
            peers.stop()
            stock.stop()
            watching.stop()
            if filled.is_set() and not workers.stop(_END_SECONDS):
                _log.warning("ended_in_the_middle", told="what was begun is taken up by the next operator")
            serving.stop()


def _pause(stock: "Stock", queue: TenantQueue, paused: bool) -> None:
    if not paused:
        # What the other operator has removed meanwhile must not be made once more.
        stock.take()
    queue.pause(paused=paused)


class Stock:
    """Lists all Tenants from time to time: kopf does not tell of one that went while it was not watching.

    Args:
        api: The cluster.
        declared: Where Tenants are kept.
        wake: Told who is to be looked at.
    """

    def __init__(self, api: ClusterApi, declared: TenantCache, wake: Callable[[Wake], None]) -> None:
        self._api = api
        self._declared = declared
        self._wake = wake
        self._stopping = threading.Event()

    def take(self) -> None:
        """List them now.

        Raises:
            ClusterError: The API refused or did not answer.
        """
        self._wake(self._declared.take_stock(*self._api.list(TENANT, {})))

    def start(self) -> None:
        """List them every ten minutes, in a thread of its own."""
        threading.Thread(target=self._watch, name="stock", daemon=True).start()

    def stop(self) -> None:
        """List them no more."""
        self._stopping.set()

    def _watch(self) -> None:
        while not self._stopping.wait(_STOCK_EVERY_SECONDS):
            try:
                self.take()
            except ClusterError as error:
                _log.warning("tenants_not_listed", problem=str(error))


def _begin(
    watching: Watches,
    then: tuple[Peers, Stock, Workers],
    filled: threading.Event,
    ready: threading.Event | None,
) -> None:
    """Look at no tenant before all is known that tenants have: what is not seen would be made once more."""
    while not watching.wait_until_filled(_FIRST_LISTS_SECONDS):
        _log.warning("still_reading", told="the cluster does not list all kinds of objects; see the warnings before")
    for each in then:
        each.start()
    filled.set()
    if ready is not None:
        ready.set()


def _dead(watching: Watches, workers: Workers, filled: threading.Event) -> tuple[str, ...]:
    silent = tuple(f"nothing is heard of {plural}" for plural in watching.silent())
    if filled.is_set() and not workers.are_alive():
        return (*silent, "a worker has ended")
    return silent
