"""The operator as a process: what it watches, when it may work, and how it starts and ends."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2
import structlog
from prometheus_client import CollectorRegistry

from presswerk.declaration import Platform
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import LEASE, Ref
from presswerk.kubernetes.lease import Held, Lease, new_identity
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.operator.cache import ObjectCache, Watches
from presswerk.runtimes.cluster.operator.metrics import HealthServer, OperatorMetrics
from presswerk.runtimes.cluster.operator.outcome import ReconcileOutcome
from presswerk.runtimes.cluster.operator.reconcile import Reconciler
from presswerk.runtimes.cluster.operator.services import ExternalServices
from presswerk.runtimes.cluster.operator.tenants import TenantCache, TenantFeed
from presswerk.runtimes.cluster.operator.traffic import ClusterTraffic, TrafficService
from presswerk.runtimes.cluster.operator.worker import Pace, TenantQueue, Workers

OPERATOR_LEASE = Ref(LEASE, names.PLATFORM_NAMESPACE, "presswerk-operator")
"""Of several operators only its holder works."""
_LOOK_SECONDS = 1.0
_END_SECONDS = 45.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class HealthAddress:
    """Where health and metrics are answered."""

    host: str = "127.0.0.1"
    port: int = 8081


@dataclass
class Operator:
    """Carries the tenants of one cluster to what is declared, until it is stopped.

    Attributes:
        client: Of the cluster's API.
        cluster: How the cluster is to be used.
        platform: Its tiers.
        services: Databases, identity, chat, hub.
        health: Where health and metrics are answered.
        traffic: Asks sites whether they answer; from inside the cluster when None.
        workers: How many tenants are looked at at the same time.
        pace: How soon each is looked at again.
        identity: Its name among other operators.
        lease_seconds: After how long without a sign of this one another may work.
    """

    client: httpx2.Client
    cluster: Cluster
    platform: Platform
    services: ExternalServices
    health: HealthAddress = HealthAddress()
    traffic: TrafficService | None = None
    workers: int = 4
    pace: Pace = field(default_factory=Pace)
    identity: str = field(default_factory=new_identity)
    lease_seconds: float = 30.0

    def run(self, stop: threading.Event | None = None, ready: threading.Event | None = None) -> None:
        """Work until a signal comes, or `stop` is set; ends with every request finished that was begun.

        Args:
            stop: Ends it when set.
            ready: Set when the first Tenants can be looked at.

        Raises:
            OSError: The port is taken.
            LeaseLost: Another operator may work now; a new process begins anew.
        """
        stop = stop or _stop_at_signals()
        metrics = OperatorMetrics(CollectorRegistry())
        api = ClusterApi(self.client, metrics.called)
        tenants, queue = TenantCache(), TenantQueue()
        cache = ObjectCache(changed=queue.add)
        traffic = self.traffic or ClusterTraffic(api, self.cluster.entry)
        reconciler = Reconciler(
            api, cache, self.cluster, self.platform, self.services, traffic=traffic, tenants=tenants
        )
        leadership = _Leadership(Lease(api, OPERATOR_LEASE, duration_seconds=self.lease_seconds), self.identity)
        workers = Workers(
            queue, tenants, leadership.only_then(reconciler.reconcile), metrics, count=self.workers, pace=self.pace
        )
        watches = Watches(api, cache, TenantFeed(tenants, workers.wake))
        metrics.observe(tenants.phases, queue.waiting, lambda: not leadership.is_ours)
        filled = threading.Event()
        server = HealthServer(
            self.health.host,
            self.health.port,
            live=lambda: _dead(watches, workers),
            ready=lambda: () if filled.is_set() else ("the cluster's objects are still being read",),
            registry=metrics.registry,
        )
        server.start()
        _log.info("starting", identity=self.identity, port=server.port)
        watches.start()
        try:
            # What is not seen yet would be made once more.
            while not watches.wait_until_filled(_LOOK_SECONDS):
                if stop.is_set():
                    return
            filled.set()
            leadership.work(workers, stop, ready or threading.Event())
        finally:
            watches.stop()
            server.stop()


class _Leadership:
    """Lets this process work while the Lease is its own."""

    def __init__(self, lease: Lease, identity: str) -> None:
        self._lease = lease
        self._identity = identity
        self._held: Held | None = None

    @property
    def is_ours(self) -> bool:
        """Whether nobody else can be working."""
        return self._held is not None and self._held.is_sure

    def only_then(self, reconcile: Callable[..., ReconcileOutcome]) -> Callable[..., ReconcileOutcome]:
        """The same, but for looks at a time when another operator may work: a process that stood still begins none."""
        return lambda body: reconcile(body) if self.is_ours else ReconcileOutcome(0.0)

    def work(self, workers: Workers, stop: threading.Event, ready: threading.Event) -> None:
        """Wait for the Lease, and let others work while it is held.

        Raises:
            LeaseLost: It is not ours any more.
        """
        while not self._taken():
            if stop.wait(_LOOK_SECONDS):
                return
        with self._lease.held(self._identity) as held:
            self._held = held
            workers.start()
            ready.set()
            try:
                while not stop.wait(_LOOK_SECONDS):
                    held.check()
            finally:
                if not workers.stop(_END_SECONDS):
                    _log.warning("ended_in_the_middle", told="what was begun is taken up by the next operator")

    def _taken(self) -> bool:
        before = self._lease.holder
        try:
            is_taken = self._lease.take(self._identity)
        except ClusterError as error:
            _log.warning("lease_unknown", problem=str(error))
            return False
        if not is_taken and self._lease.holder != before:
            _log.info("waiting", told=f"{self._lease.holder} works; this operator takes over when it ends")
        return is_taken


def _stop_at_signals() -> threading.Event:
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    return stop


def _dead(watches: Watches, workers: Workers) -> tuple[str, ...]:
    silent = tuple(f"nothing is heard of {plural}" for plural in watches.silent())
    if workers.has_begun and not workers.are_alive():
        return (*silent, "a worker has ended")
    return silent
