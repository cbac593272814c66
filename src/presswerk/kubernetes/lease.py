"""A Lease in the cluster: of several processes that want it one holds it, and renews it while it lives."""

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

from presswerk.errors import PresswerkError
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.clock import SystemClock
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import Body, Ref

_RENEWALS = 4
"""How many times a lease is renewed within its duration."""


class LeaseLost(PresswerkError):
    """The lease could not be renewed, and may have gone to somebody else."""


@dataclass
class Held:
    """A lease that is ours.

    Attributes:
        ref: Which lease.
        identity: Of this holder.
        sure_seconds: For how long after a renewal it is surely ours: whoever else wants it may take it a whole duration
            after the last one, and by then we must have stopped.
        lost: Set when it is known to be ours no longer.
        renewed: When it was surely ours the last time, on this machine's clock that never goes back.
    """

    ref: Ref
    identity: str
    sure_seconds: float
    lost: threading.Event = field(default_factory=threading.Event)
    renewed: float = field(default_factory=time.monotonic)

    @property
    def is_sure(self) -> bool:
        """Whether nobody else can have it."""
        return not self.lost.is_set() and time.monotonic() - self.renewed < self.sure_seconds

    def check(self) -> None:
        """Go on only while it is ours.

        Raises:
            LeaseLost: It is not.
        """
        if not self.is_sure:
            raise LeaseLost(
                f"{self.ref} was lost: the cluster did not answer, or somebody took it.",
                "See who holds it, and run the command again: it goes on where this one stopped.",
            )


class Lease:
    """One Lease as one process wants it.

    Args:
        api: Of the cluster; the Lease's namespace exists.
        ref: Which Lease.
        clock: By which a holder that renews nothing is waited out; other machines' clocks are not believed.
        duration_seconds: After how long without a renewal it may be taken.
    """

    def __init__(
        self, api: ClusterApi, ref: Ref, clock: SystemClock | None = None, *, duration_seconds: float = 60.0
    ) -> None:
        self._api = api
        self._ref = ref
        self._clock = clock or SystemClock()
        self.duration_seconds = duration_seconds
        self.renew_seconds = duration_seconds / _RENEWALS
        self.holder = ""
        """Who had it when it was looked at last; empty for nobody."""
        self.acquired = ""
        """Since when, as the holder wrote it."""
        self.is_renewed = False
        """Whether somebody else has written it since this process began to look: its holder is alive."""
        self._seen: tuple[str, float] | None = None

    def take(self, identity: str) -> bool:
        """Try once to get it; says whether it is ours now.

        A holder that died on this machine is known by its process and replaced at once; one elsewhere when it has
        renewed nothing for as long as its lease lasts.

        Raises:
            ClusterError: The API refused or did not answer.
        """
        found = self._api.get(self._ref)
        self._look(found)
        if found is not None and self.holder and not _is_dead(self.holder) and not self._has_expired(found):
            return False
        try:
            if found is None:
                self._api.create(self._body(identity))
            else:
                self._api.replace(self._body(identity, found["metadata"]["resourceVersion"]))
        except ClusterError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            self._look(self._api.get(self._ref))
            self.is_renewed = True
            return False
        return True

    @contextlib.contextmanager
    def held(self, identity: str) -> Iterator[Held]:
        """Renew it while the block lasts, and give it back at the end; `take` has succeeded before."""
        held, stop = Held(self._ref, identity, self.duration_seconds - self.renew_seconds), threading.Event()
        renewing = threading.Thread(target=self._renew, args=(held, stop), name=f"lease {self._ref.name}", daemon=True)
        renewing.start()
        try:
            yield held
        finally:
            stop.set()
            renewing.join(self.renew_seconds)
            with contextlib.suppress(ClusterError):  # it ends by itself
                found = self._api.get(self._ref)
                if found is not None and _holder(found) == identity:
                    self._api.delete(self._ref)

    def _look(self, found: Body | None) -> None:
        spec = (found or {}).get("spec", {})
        self.holder, self.acquired = _holder(found or {}), str(spec.get("acquireTime") or "")
        seen = f"{self.holder} {spec.get('renewTime')}"
        if self._seen is None or self._seen[0] != seen:
            self.is_renewed = self._seen is not None and bool(self.holder)
            self._seen = (seen, self._clock.monotonic())

    def _has_expired(self, found: Body) -> bool:
        duration = found["spec"].get("leaseDurationSeconds") or self.duration_seconds
        return self._seen is not None and self._clock.monotonic() - self._seen[1] >= duration

    def _renew(self, held: Held, stop: threading.Event) -> None:
        while not stop.wait(self.renew_seconds):
            asked = time.monotonic()
            # Without an answer it stays ours for as long as `Held` is sure of.
            with contextlib.suppress(ClusterError):
                found = self._api.get(self._ref)
                if found is None or _holder(found) != held.identity:
                    held.lost.set()
                    return
                found["spec"]["renewTime"] = _written(dt.datetime.now(dt.UTC))
                self._api.replace(found)
                held.renewed = asked

    def _body(self, identity: str, version: str = "") -> Body:
        now = _written(self._clock.now())
        return {
            "apiVersion": self._ref.kind.api_version,
            "kind": self._ref.kind.name,
            "metadata": {
                "name": self._ref.name,
                "namespace": self._ref.namespace,
                "labels": {"app.kubernetes.io/part-of": "presswerk"},
                **({"resourceVersion": version} if version else {}),
            },
            "spec": {
                "holderIdentity": identity,
                "leaseDurationSeconds": round(self.duration_seconds),
                "acquireTime": now,
                "renewTime": now,
            },
        }


def new_identity() -> str:
    """Who we are: user, machine, process, and something that no later process has."""
    return f"{_user()}@{_machine()}:{os.getpid()}:{secrets.token_hex(4)}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return str(os.getuid())


def _machine() -> str:
    """Where a process's number means that process: containers may share a host's name, and numbers begin anew there."""
    seen = []
    with contextlib.suppress(OSError):  # Linux has both; elsewhere the name has to do
        seen = [Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"), os.readlink("/proc/self/ns/pid")]
    known = hashlib.sha256("".join(seen).encode()).hexdigest()[:8] if seen else "-"
    return f"{socket.gethostname()}/{known}"


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


def _holder(lease: Body) -> str:
    return str(lease.get("spec", {}).get("holderIdentity") or "")


def _written(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
