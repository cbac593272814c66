"""One delivery at a time: a Lease in the cluster, renewed while its holder lives."""

import contextlib
import datetime as dt
import getpass
import hashlib
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from presswerk.infrastructure.delivery.clock import Clock
from presswerk.infrastructure.delivery.connection import Body, Connection, Ref
from presswerk.infrastructure.delivery.errors import ClusterRefused, DeliveryProblem
from presswerk.infrastructure.delivery.waiting import Tell
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE

LEASE = Ref("coordination.k8s.io/v1", "Lease", "presswerk-deploy", PLATFORM_NAMESPACE)
DURATION_SECONDS = 60
_RENEW_SECONDS = 15.0
_LOOK_SECONDS = 5.0
# Whoever else wants the lock may take it a whole duration after the last renewal; by then we must have stopped.
_SURE_SECONDS = DURATION_SECONDS - _RENEW_SECONDS


class Locked(DeliveryProblem):
    """Somebody else delivers to this cluster now."""


class LockLost(DeliveryProblem):
    """The lease could not be renewed, and may have gone to somebody else."""


@dataclass
class Held:
    """A lease that is ours.

    Attributes:
        identity: Of this holder.
        lost: Set when it is known to be ours no longer.
        renewed: When it was surely ours the last time, on this machine's clock that never goes back.
    """

    identity: str
    lost: threading.Event = field(default_factory=threading.Event)
    renewed: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Go on only while it is ours.

        Raises:
            LockLost: It is not.
        """
        if self.lost.is_set() or time.monotonic() - self.renewed >= _SURE_SECONDS:
            raise LockLost(
                "The lock of deliveries was lost: the cluster did not answer, or somebody took it.",
                "See who holds it, and run the command again: it goes on where this one stopped.",
            )


def new_identity() -> str:
    """Who we are: user, machine, process, and something that no later process has."""
    return f"{getpass.getuser()}@{_machine()}:{os.getpid()}:{secrets.token_hex(4)}"


def _machine() -> str:
    """Where a process's number means that process: containers may share a host's name, and numbers begin anew there."""
    seen = []
    with contextlib.suppress(OSError):  # Linux has both; elsewhere the name has to do
        seen = [Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"), os.readlink("/proc/self/ns/pid")]
    known = hashlib.sha256("".join(seen).encode()).hexdigest()[:8] if seen else "-"
    return f"{socket.gethostname()}/{known}"


@contextlib.contextmanager
def locked(connection: Connection, clock: Clock, tell: Tell, identity: str | None = None) -> Iterator[Held]:
    """Hold the lock; its namespace must exist.

    A holder that died on this machine is known by its process and replaced at once; one elsewhere, when it has renewed
    nothing for as long as a lease lasts, by this machine's clock alone.

    Raises:
        Locked: Somebody else has it, and is alive.
        ClusterRefused: The API refused or did not answer.
    """
    holder = identity or new_identity()
    _take(connection, holder, clock, tell)
    held, stop = Held(holder), threading.Event()
    renewing = threading.Thread(target=_renew, args=(connection, held, stop), daemon=True)
    renewing.start()
    try:
        yield held
    finally:
        stop.set()
        renewing.join(_RENEW_SECONDS)
        with contextlib.suppress(ClusterRefused):  # it ends by itself
            _give_back(connection, held.identity)


def _take(connection: Connection, identity: str, clock: Clock, tell: Tell) -> None:
    found = connection.get(LEASE)
    if found is not None and not _is_dead(_holder(found)):
        found = _waited_out(connection, found, clock, tell)
    try:
        if found is None:
            connection.create(_lease(identity, clock))
        else:
            version = found["metadata"]["resourceVersion"]
            connection.replace(_lease(identity, clock, version))
    except ClusterRefused as refused:
        if refused.status == HTTPStatus.CONFLICT:
            raise _locked(connection.get(LEASE) or {}) from None
        raise


def _waited_out(connection: Connection, found: Body, clock: Clock, tell: Tell) -> Body | None:
    """The lease, once it has not been renewed for its whole duration; None when it was given back."""
    if not _holder(found):
        return found
    tell(f"{_holder(found)} holds the lock of deliveries; looking for {DURATION_SECONDS} s whether it is alive ...")
    since, renewed = clock.monotonic(), found["spec"].get("renewTime")
    while clock.monotonic() - since < DURATION_SECONDS:
        clock.sleep(_LOOK_SECONDS)
        now = connection.get(LEASE)
        if now is None or not _holder(now):
            return now
        if now["spec"].get("renewTime") != renewed:
            raise _locked(now)
        found = now
    return found


def _locked(lease: Body) -> Locked:
    who = _holder(lease) or "somebody else"
    return Locked(
        f"{who} is delivering to this cluster since {lease.get('spec', {}).get('acquireTime', 'just now')}.",
        "Wait until it has ended. If you are sure that it has: "
        f"kubectl delete lease {LEASE.name} --namespace {LEASE.namespace}.",
    )


def _is_dead(holder: str) -> bool:
    """Whether it was a process of this machine that is there no longer."""
    place, _, rest = holder.partition(":")
    process = rest.partition(":")[0]
    if place.rpartition("@")[2] != _machine() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _renew(connection: Connection, held: Held, stop: threading.Event) -> None:
    while not stop.wait(_RENEW_SECONDS):
        asked = time.monotonic()
        # Without an answer it stays ours for as long as `Held.check` is sure of.
        with contextlib.suppress(ClusterRefused):
            found = connection.get(LEASE)
            if found is None or _holder(found) != held.identity:
                held.lost.set()
                return
            found["spec"]["renewTime"] = _written(dt.datetime.now(dt.UTC))
            connection.replace({"apiVersion": LEASE.api_version, "kind": LEASE.kind, **found})
            held.renewed = asked


def _give_back(connection: Connection, identity: str) -> None:
    found = connection.get(LEASE)
    if found is not None and _holder(found) == identity:
        connection.delete(LEASE)


def _holder(lease: Body) -> str:
    return str(lease.get("spec", {}).get("holderIdentity") or "")


def _lease(identity: str, clock: Clock, version: str = "") -> Body:
    now = _written(clock.now())
    return {
        "apiVersion": LEASE.api_version,
        "kind": LEASE.kind,
        "metadata": {
            "name": LEASE.name,
            "namespace": LEASE.namespace,
            "labels": {"app.kubernetes.io/part-of": "presswerk"},
            **({"resourceVersion": version} if version else {}),
        },
        "spec": {
            "holderIdentity": identity,
            "leaseDurationSeconds": DURATION_SECONDS,
            "acquireTime": now,
            "renewTime": now,
        },
    }


def _written(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
