"""What operators see of publishing: Prometheus metrics without tenant labels."""

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from presswerk.publishing.model import State, Step
from presswerk.publishing.reading import PublicationReader

_BUCKETS_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class PublishingMetrics:
    """Counts of what workers of this process do, and the state of all publications when asked."""

    def __init__(self, registry: CollectorRegistry, reader: PublicationReader) -> None:
        self._steps = Histogram(
            "presswerk_step_seconds",
            "Time a worker spent on one step of a publication.",
            ["step", "outcome"],
            buckets=_BUCKETS_SECONDS,
            registry=registry,
        )
        self._finished = Counter(
            "presswerk_publications_finished_total",
            "Publications that reached a final state in this process.",
            ["state"],
            registry=registry,
        )
        registry.register(_StateCollector(reader))

    @contextlib.contextmanager
    def step(self, step: Step) -> Iterator["Observation"]:
        """Measure a step; the outcome is whatever is set on the observation."""
        observation = Observation()
        began = time.perf_counter()
        try:
            yield observation
        finally:
            self._steps.labels(step=step, outcome=observation.outcome).observe(time.perf_counter() - began)

    def finished(self, state: State) -> None:
        """Count a publication that reached a final state."""
        self._finished.labels(state=state).inc()


class Observation:
    """How a measured step ended."""

    outcome: Literal["done", "failed", "superseded", "error"] = "error"


class _StateCollector(Collector):
    def __init__(self, reader: PublicationReader) -> None:
        self._reader = reader

    def collect(self) -> Iterator[Metric]:
        """Ask the database at scrape time: the numbers are the same whichever hub is asked."""
        publications = GaugeMetricFamily(
            "presswerk_publications", "Publications in each state, over all tenants.", labels=["state"]
        )
        for state, count in self._reader.count_by_state().items():
            publications.add_metric([state], count)
        yield publications
        since = self._reader.oldest_waiting()
        age = 0.0 if since is None else (dt.datetime.now(dt.UTC) - since).total_seconds()
        yield GaugeMetricFamily(
            "presswerk_queue_age_seconds",
            "How long the longest waiting publication that could be worked on has waited.",
            value=max(0.0, age),
        )
