"""Keeps the mirror up to date: for each kind a list, then a watch from there, again and again."""

import random
import threading
import time
from http import HTTPStatus

import structlog

from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import ClusterError, GoneMeanwhile
from presswerk.kubernetes.kinds import Kind
from presswerk.runtimes.cluster.operator.mirror import WATCHED_KINDS, WATCHED_LABELS, Mirror

_log = structlog.get_logger(__name__)

WATCH_SECONDS = 240
"""After how long the API ends a watch, which is then taken up again."""
_SILENT_SECONDS = WATCH_SECONDS * 2
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 60.0


class UnknownToCluster(Exception):
    """The cluster knows no such kind; the message says what to install."""


def fill(api: ClusterApi, mirror: Mirror, kind: Kind) -> str:
    """List a kind into the mirror; returns the version to watch from.

    Raises:
        ClusterError: The API refused or did not answer.
        UnknownToCluster: The cluster has no such kind.
    """
    try:
        bodies, version = api.list(kind, WATCHED_LABELS)
    except ClusterError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            message = f"the cluster knows no {kind.api_version} {kind.name}; install what provides it"
            raise UnknownToCluster(message) from None
        raise
    mirror.take_list(kind, bodies, version)
    return version


class Watching:
    """Watches every kind a tenant may have objects of, each in a thread of its own, until it is stopped.

    Args:
        api: The cluster.
        mirror: What is fed.
    """

    def __init__(self, api: ClusterApi, mirror: Mirror) -> None:
        self._api = api
        self._mirror = mirror
        self._stopping = threading.Event()
        self._filled = {kind: threading.Event() for kind in WATCHED_KINDS}
        self._heard: dict[Kind, float] = dict.fromkeys(WATCHED_KINDS, time.monotonic())

    def start(self) -> None:
        """Begin; the threads end with the process, or soon after `stop`."""
        for kind in WATCHED_KINDS:
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
        failures = 0
        while not self._stopping.is_set():
            try:
                version = fill(self._api, self._mirror, kind)
                self._filled[kind].set()
                self._heard[kind] = time.monotonic()
                failures = 0
                while not self._stopping.is_set():
                    version = self._watch(kind, version)
                    self._heard[kind] = time.monotonic()
            except GoneMeanwhile:
                _log.info("watch fell behind, listing again", kind=kind.plural)
            except UnknownToCluster as error:
                # Everything else can go on; applying such an object will say the same in the tenant's status.
                self._filled[kind].set()
                self._heard[kind] = time.monotonic()
                _log.warning("kind not watched", kind=kind.plural, problem=str(error))
                self._stopping.wait(_LONGEST_PAUSE_SECONDS)
            except ClusterError as error:
                failures += 1
                _log.warning("watch interrupted", kind=kind.plural, problem=str(error), failures=failures)
                self._stopping.wait(_pause_seconds(failures, error.retry_after_seconds))

    def _watch(self, kind: Kind, version: str) -> str:
        """Follow one connection to its end; returns the version to go on from."""
        for event, body in self._api.watch(kind, WATCHED_LABELS, version, WATCH_SECONDS):
            if self._stopping.is_set():
                break
            version = body["metadata"]["resourceVersion"]
            if event != "BOOKMARK":
                self._mirror.see(event, body)
        return version


def _pause_seconds(failures: int, asked_for: float | None) -> float:
    pause = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(failures, 10), _LONGEST_PAUSE_SECONDS)
    # Spread out, so that sixteen watches do not come back in one instant.
    return max(asked_for or 0.0, pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret depends on it
