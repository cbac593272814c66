"""What the operator counts, for Prometheus."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from presswerk.runtimes.cluster.operator.conditions import Phase
from presswerk.runtimes.cluster.operator.errors import NotYet
from presswerk.runtimes.cluster.operator.reconcile import Outcome

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

    def looked(self, outcome: Outcome, seconds: float) -> None:
        """Count a look at a tenant."""
        self._looks.labels(result=_result(outcome)).inc()
        self._seconds.observe(seconds)

    def observe(
        self, phases: Callable[[], Mapping[str, int]], waiting: Callable[[], int], paused: Callable[[], bool]
    ) -> None:
        """Have the state of things asked for whenever somebody reads the metrics."""
        self.registry.register(_State(phases, waiting, paused))


def _result(outcome: Outcome) -> str:
    if outcome.problem is not None and not isinstance(outcome.problem, NotYet):
        return "problem"
    return "settled" if outcome.settled else "waiting"


class _State(Collector):
    def __init__(
        self, phases: Callable[[], Mapping[str, int]], waiting: Callable[[], int], paused: Callable[[], bool]
    ) -> None:
        self._phases, self._waiting, self._paused = phases, waiting, paused

    def collect(self) -> Iterator[Metric]:
        tenants = GaugeMetricFamily("presswerk_tenants", "Tenants by phase.", labels=["phase"])
        phases = self._phases()
        for phase in Phase:
            tenants.add_metric([phase.value], phases.get(phase.value, 0))
        yield tenants
        yield GaugeMetricFamily("presswerk_operator_queue", "Tenants that are due to be looked at.", self._waiting())
        told = "1 while another operator has precedence."
        yield GaugeMetricFamily("presswerk_operator_paused", told, float(self._paused()))
