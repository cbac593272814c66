"""The operator's metrics, its health, and the small web server that tells both."""

import threading
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from presswerk.runtimes.cluster.operator.conditions import TenantPhase
from presswerk.runtimes.cluster.operator.outcome import ReconcileOutcome

_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60)


class OperatorMetrics:
    """Counters and gauges of one operator.

    Args:
        registry: Where they are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._calls = Counter(
            "presswerk_operator_api_calls_total",
            "Requests to the cluster's API, watches included.",
            ["verb", "kind"],
            registry=registry,
        )
        self._looks = Counter(
            "presswerk_operator_passes_total",
            "Looks at a tenant: settled, waiting for something that takes its time, or stopped by a problem.",
            ["result"],
            registry=registry,
        )
        self._seconds = Histogram(
            "presswerk_operator_pass_seconds", "How long a look takes.", buckets=_BUCKETS, registry=registry
        )

    def called(self, verb: str, kind: str) -> None:
        """Count a request to the cluster."""
        self._calls.labels(verb=verb, kind=kind).inc()

    def looked(self, outcome: ReconcileOutcome, seconds: float) -> None:
        """Count a look at a tenant."""
        self._looks.labels(result=_result(outcome)).inc()
        self._seconds.observe(seconds)

    def observe(
        self, phases: Callable[[], Mapping[str, int]], waiting: Callable[[], int], paused: Callable[[], bool]
    ) -> None:
        """Have the state of things asked for whenever somebody reads the metrics."""
        self.registry.register(_Gauges(phases, waiting, paused))


def _result(outcome: ReconcileOutcome) -> str:
    if outcome.failed:
        return "problem"
    return "settled" if outcome.settled else "waiting"


class _Gauges(Collector):
    def __init__(
        self, phases: Callable[[], Mapping[str, int]], waiting: Callable[[], int], paused: Callable[[], bool]
    ) -> None:
        self._phases, self._waiting, self._paused = phases, waiting, paused

    def collect(self) -> Iterator[Metric]:
        tenants = GaugeMetricFamily("presswerk_tenants", "Tenants by phase.", labels=["phase"])
        phases = self._phases()
        for phase in TenantPhase:
            tenants.add_metric([phase.value], phases.get(phase.value, 0))
        yield tenants
        yield GaugeMetricFamily("presswerk_operator_queue", "Tenants that are due to be looked at.", self._waiting())
        told = "1 while another operator holds the Lease."
        yield GaugeMetricFamily("presswerk_operator_paused", told, float(self._paused()))


Check = Callable[[], tuple[str, ...]]
"""Says what is wrong; nothing when all is well."""


class HealthServer:
    """Answers `/health/live`, `/health/ready` and `/metrics`.

    Args:
        host: Address to listen on.
        port: TCP port; 0 for a free one.
        live: What makes it useless to go on: the cluster starts it anew then.
        ready: What it still waits for.
        registry: The metrics.
    """

    def __init__(self, host: str, port: int, *, live: Check, ready: Check, registry: CollectorRegistry) -> None:
        checks = {"/health/live": live, "/health/ready": ready}

        class Handler(BaseHTTPRequestHandler):
            server_version = "presswerk"
            sys_version = ""

            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(registry))
                elif self.path in checks:
                    problems = checks[self.path]()
                    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
                    text = "\n".join(problems or ("ok",)) + "\n"
                    self._answer(status, "text/plain; charset=utf-8", text.encode())
                else:
                    text = "There are /health/live, /health/ready and /metrics.\n"
                    self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", text.encode())

            def _answer(self, status: HTTPStatus, kind: str, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Probes come every few seconds; they are not logged."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Answer, in a thread of its own."""
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
