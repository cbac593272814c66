"""The operator's cache of tenants' objects, fed by watches, so that a look costs the cluster nothing."""

import hashlib
import random
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

import msgspec
import structlog

from presswerk.kubernetes.api import ClusterApi, Labels
from presswerk.kubernetes.errors import ClusterError, GoneMeanwhile
from presswerk.kubernetes.kinds import (
    CERTIFICATE,
    CRON_JOB,
    DEPLOYMENT,
    JOB,
    LISTENER_SET,
    NAMESPACE,
    OWNED,
    ROUTE,
    TENANT,
    VOLUME_CLAIM,
    Body,
    Kind,
    Ref,
    ref_of,
)
from presswerk.runtimes.cluster import names

WATCH_SECONDS = 240
"""After how long the API ends a watch, which is then taken up again."""
_SILENT_SECONDS = WATCH_SECONDS * 2
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 60.0
_log = structlog.get_logger(__name__)

# The status of these tells whether a site is ready; that of others changes all the time and is nobody's concern.
_WITH_STATUS = frozenset({NAMESPACE, DEPLOYMENT, JOB, ROUTE, CERTIFICATE, LISTENER_SET, CRON_JOB})
# A clock that goes says so every few minutes, which nobody need look at.
_STATUS_IS_NO_NEWS = frozenset({CRON_JOB})

Changed = Callable[[str], None]


def _nobody_to_tell(_tenant_id: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class _PackedObject:
    version: int
    content: bytes
    digest: bytes


class ObjectCache:
    """Tenants' objects as last seen, packed: a thousand tenants have some eighteen thousand of them.

    What the operator writes it notes here at once, so that it never acts on a state older than its own last word; a
    watch that is behind does not undo that.

    Args:
        changed: Told the tenant's id whenever an object of it differs from what was held; may be called by any thread.
    """

    def __init__(self, changed: Changed = _nobody_to_tell) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._held: defaultdict[str, dict[Ref, _PackedObject]] = defaultdict(dict)

    def objects(self, tenant_id: str) -> dict[Ref, Body]:
        """All objects of a tenant."""
        with self._lock:
            held = list(self._held.get(tenant_id, {}).items())
        return {ref: msgspec.json.decode(zlib.decompress(each.content)) for ref, each in held}

    def tenants(self) -> tuple[str, ...]:
        """The tenants that have objects."""
        with self._lock:
            return tuple(sorted(tenant_id for tenant_id, held in self._held.items() if held))

    def note(self, body: Body) -> None:
        """Remember what the operator itself has just written, without telling anybody."""
        self._put(body)

    def forget(self, tenant_id: str, ref: Ref) -> None:
        """Forget what the operator itself has just deleted."""
        with self._lock:
            self._held[tenant_id].pop(ref, None)

    def see(self, event: str, body: Body) -> None:
        """Take in an event of a watch: `ADDED`, `MODIFIED` or `DELETED`."""
        changed = self._drop(body) if event == "DELETED" else self._put(body)
        if changed:
            self._changed(_tenant_of(body))

    def take_list(self, kind: Kind, bodies: Iterable[Body], version: str) -> None:
        """Take in a whole list of a kind; what it does not hold is gone, unless it is newer than the list."""
        seen = set()
        for body in bodies:
            seen.add((_tenant_of(body), ref_of(body)))
            self.see("MODIFIED", body)
        with self._lock:
            gone = [
                (tenant_id, ref)
                for tenant_id, held in self._held.items()
                for ref, each in held.items()
                if ref.kind == kind and (tenant_id, ref) not in seen and each.version <= int(version)
            ]
            for tenant_id, ref in gone:
                del self._held[tenant_id][ref]
        for tenant_id in {tenant_id for tenant_id, _ in gone}:
            self._changed(tenant_id)

    def _put(self, body: Body) -> bool:
        """Hold a version; says whether it differs from the one before."""
        tenant_id, ref, held = _tenant_of(body), ref_of(body), _packed(body)
        with self._lock:
            before = self._held[tenant_id].get(ref)
            if before is not None and before.version >= held.version:
                return False
            self._held[tenant_id][ref] = held
        return before is None or before.digest != held.digest

    def _drop(self, body: Body) -> bool:
        tenant_id, ref, version = _tenant_of(body), ref_of(body), _version(body)
        with self._lock:
            before = self._held[tenant_id].get(ref)
            if before is None or before.version > version:
                return False
            del self._held[tenant_id][ref]
            if not self._held[tenant_id]:
                del self._held[tenant_id]
        return True


def _tenant_of(body: Body) -> str:
    return str(body["metadata"].get("labels", {}).get(names.LABEL_TENANT, ""))


def _version(body: Body) -> int:
    # Versions of one kind can be compared as numbers (Kubernetes 1.35, "comparable resource versions").
    return int(body["metadata"]["resourceVersion"])


def _packed(body: Body) -> _PackedObject:
    kind, metadata = ref_of(body).kind, dict(body["metadata"])
    version = int(metadata.pop("resourceVersion"))
    metadata.pop("managedFields", None)
    if kind != VOLUME_CLAIM:
        metadata.pop("uid", None)
    left_out = {"metadata"} if kind in _WITH_STATUS else {"metadata", "status"}
    kept = {"metadata": metadata, **{name: value for name, value in body.items() if name not in left_out}}
    text = news = msgspec.json.encode(kept, order="sorted")
    if kind in _STATUS_IS_NO_NEWS:
        news = msgspec.json.encode({name: value for name, value in kept.items() if name != "status"}, order="sorted")
    # Ten tenants' objects are looked at a second at most; a thousand's are held all the time.
    return _PackedObject(version, zlib.compress(text, 1), hashlib.blake2b(news, digest_size=16).digest())


class Feed(Protocol):
    """What is told of one kind's objects."""

    def take_list(self, kind: Kind, bodies: Iterable[Body], version: str) -> None:
        """Take in all of them as they are at a version; what is not among them is gone."""
        ...

    def see(self, event: str, body: Body) -> None:
        """Take in an event of a watch: `ADDED`, `MODIFIED` or `DELETED`."""
        ...


class Watches:
    """Watches kinds, each in a thread of its own, until it is stopped.

    Args:
        api: The cluster.
        objects: Fed with every kind that a tenant may have objects of.
        tenants: Fed with Tenants.
    """

    def __init__(self, api: ClusterApi, objects: Feed, tenants: Feed) -> None:
        self._api = api
        labels: Labels = {names.LABEL_TENANT: None}
        self._feeds = dict.fromkeys(OWNED, (objects, labels)) | {TENANT: (tenants, {})}
        self._stopping = threading.Event()
        self._filled = {kind: threading.Event() for kind in self._feeds}
        self._heard: dict[Kind, float] = dict.fromkeys(self._feeds, time.monotonic())

    def start(self) -> None:
        """Begin; the threads end with the process, or soon after `stop`."""
        for kind in self._feeds:
            threading.Thread(target=self._follow, args=(kind,), name=f"watch-{kind.plural}", daemon=True).start()

    def stop(self) -> None:
        """Let the threads end; one that waits for an event ends with its connection."""
        self._stopping.set()

    def wait_until_filled(self, timeout_seconds: float) -> bool:
        """Wait for the first list of every kind; says whether all came in time."""
        ends = time.monotonic() + timeout_seconds
        return all(filled.wait(max(0.0, ends - time.monotonic())) for filled in self._filled.values())

    def silent(self) -> tuple[str, ...]:
        """Kinds that nothing was heard of for so long that their watch must be dead."""
        limit = time.monotonic() - _SILENT_SECONDS
        return tuple(kind.plural for kind, heard in self._heard.items() if heard < limit)

    def _follow(self, kind: Kind) -> None:
        feed, labels = self._feeds[kind]
        failures = 0
        while not self._stopping.is_set():
            try:
                bodies, version = self._api.iterate(kind, labels)
                feed.take_list(kind, bodies, version)
                self._filled[kind].set()
                self._heard[kind] = time.monotonic()
                failures = 0
                while not self._stopping.is_set():
                    version = self._watch(kind, version)
                    self._heard[kind] = time.monotonic()
            except GoneMeanwhile:
                _log.info("watch fell behind, listing again", kind=kind.plural)
            except ClusterError as error:
                failures += 1
                if error.status == HTTPStatus.NOT_FOUND:
                    # Everything else can go on; applying such an object will say the same in the tenant's status.
                    self._filled[kind].set()
                    self._heard[kind] = time.monotonic()
                    told = f"the cluster knows no {kind.api_version} {kind.name}; install what provides it"
                    _log.warning("kind not watched", kind=kind.plural, problem=told)
                    self._stopping.wait(_LONGEST_PAUSE_SECONDS)
                    continue
                _log.warning("watch interrupted", kind=kind.plural, problem=str(error), failures=failures)
                self._stopping.wait(_pause_seconds(failures, error.retry_after_seconds))

    def _watch(self, kind: Kind, version: str) -> str:
        """Follow one connection to its end; returns the version to go on from."""
        feed, labels = self._feeds[kind]
        for event, body in self._api.watch(kind, labels, version, WATCH_SECONDS):
            if self._stopping.is_set():
                break
            version = body["metadata"]["resourceVersion"]
            if event != "BOOKMARK":
                feed.see(event, body)
        return version


def _pause_seconds(failures: int, asked_for: float | None) -> float:
    pause = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(failures, 10), _LONGEST_PAUSE_SECONDS)
    # Spread out, so that sixteen watches do not come back in one instant.
    return max(asked_for or 0.0, pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret depends on it
