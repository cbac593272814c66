"""What deliveries and rollbacks work with."""

from dataclasses import dataclass

from presswerk.infrastructure.delivery.helm import Helm
from presswerk.infrastructure.delivery.probes import Prober
from presswerk.infrastructure.delivery.releasing import Releaser
from presswerk.infrastructure.delivery.timing import Steps
from presswerk.infrastructure.delivery.waiting import Tell, Waiter
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.clock import SystemClock

_PROBES_SHARE = 4


@dataclass(frozen=True)
class Tools:
    """What a delivery works with.

    Attributes:
        connection: To the cluster.
        helm: For the same cluster.
        prober: Asks the endpoints.
        waiter: Waits for objects.
        clock: Whose time.
        patience_seconds: How long a release may take to be ready.
        tell: Told of progress.
    """

    connection: ClusterApi
    helm: Helm
    prober: Prober
    waiter: Waiter
    clock: SystemClock
    patience_seconds: float
    tell: Tell

    @property
    def answering_seconds(self) -> float:
        """How long the endpoints may take once everything is ready: only the entry has to notice the new pods."""
        return self.patience_seconds / _PROBES_SHARE

    def releaser(self) -> Releaser:
        """Changes releases."""
        return Releaser(self.helm, self.connection, self.waiter, self.clock, self.patience_seconds, self.tell)

    def steps(self) -> Steps:
        """Times the steps of one run."""
        return Steps(self.clock, self.tell)
