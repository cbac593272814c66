"""One delivery at a time: a Lease in the cluster."""

import contextlib
from collections.abc import Iterator

from presswerk.infrastructure.delivery.errors import DeliveryProblem
from presswerk.infrastructure.delivery.waiting import Tell
from presswerk.kubernetes import kinds
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.clock import SystemClock
from presswerk.kubernetes.kinds import Ref
from presswerk.kubernetes.lease import Held, Lease, new_identity
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE

LEASE = Ref(kinds.LEASE, PLATFORM_NAMESPACE, "presswerk-deploy")
DURATION_SECONDS = 60.0
_LOOK_SECONDS = 5.0


class Locked(DeliveryProblem):
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
