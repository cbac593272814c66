"""What a delivery works with, and the lock that only one of them has."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Self

from presswerk.errors import PresswerkError
from presswerk.infrastructure.delivery.helm import Helm
from presswerk.infrastructure.delivery.probes import Prober
from presswerk.kubernetes import kinds
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.clock import Deadline, SystemClock
from presswerk.kubernetes.kinds import Ref
from presswerk.kubernetes.lease import Held, Lease, new_identity
from presswerk.kubernetes.rollout import Tell, Waiter
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE

LEASE = Ref(kinds.LEASE, PLATFORM_NAMESPACE, "presswerk-deploy")
DURATION_SECONDS = 60.0
_LOOK_SECONDS = 5.0


class Locked(PresswerkError):
    """Somebody else delivers to this cluster now."""


@contextlib.contextmanager
def locked(
    api: ClusterApi,
    clock: SystemClock,
    tell: Tell,
    identity: str | None = None,
    *,
    duration_seconds: float = DURATION_SECONDS,
) -> Iterator[Held]:
    """Hold the lock; its namespace must exist.

    Raises:
        Locked: Somebody else has it, and is alive.
        ClusterError: The API refused or did not answer.
    """
    lease, us, told = Lease(api, LEASE, clock, duration_seconds=duration_seconds), identity or new_identity(), False
    while not lease.take(us):
        if lease.is_renewed:
            raise Locked(
                f"{lease.holder or 'Somebody else'} has been delivering to this cluster since {lease.acquired}.",
                "Wait until it has ended. If you are sure that it has: "
                f"kubectl delete lease {LEASE.name} --namespace {LEASE.namespace}.",
            )
        if not told:
            tell(
                f"{lease.holder} holds the lock of deliveries; looking for {duration_seconds:.0f} s if it is alive ..."
            )
            told = True
        clock.sleep(_LOOK_SECONDS)
    with lease.held(us) as held:
        yield held


_PROBES_SHARE = 4


@dataclass(frozen=True)
class Timed:
    """How long a step took, and what it did."""

    step: str
    did: str
    seconds: float


@dataclass
class Steps:
    """Times steps.

    Attributes:
        clock: Whose time.
        tell: Told of each that has ended.
        prefix: Stands before each step's name.
        timed: Those that did something, or failed.
    """

    clock: SystemClock
    tell: Tell
    prefix: str = ""
    timed: list[Timed] = field(default_factory=list)

    def below(self, prefix: str) -> Self:
        """Further steps of the same run, under names of their own."""
        return replace(self, prefix=prefix)

    def take(self, step: str, do: Callable[[], str]) -> None:
        """Take a step that says what it did; nothing, if that was not worth a word."""
        began, did = self.clock.monotonic(), "failed"
        try:
            did = do()
        finally:
            if did:
                seconds = self.clock.monotonic() - began
                self.timed.append(Timed(f"{self.prefix}{step}", did, seconds))
                self.tell(f"  {step}: {did} ({seconds:.1f} s)")


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

    def deadline(self, seconds: float | None = None) -> Deadline:
        """When patience is over that begins now: that of a release, unless another is given."""
        return Deadline.after(self.patience_seconds if seconds is None else seconds, self.clock)

    def steps(self) -> Steps:
        """Times the steps of one run."""
        return Steps(self.clock, self.tell)
