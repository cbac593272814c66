"""Removing a tenant from a cluster: what its end means there, each thing done once."""

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import NAMESPACE, TENANT, Body, Ref
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.operator.cache import ObjectCache
from presswerk.runtimes.cluster.operator.conditions import TenantPhase, Topic, status_of, stopped, why_it_stays
from presswerk.runtimes.cluster.operator.outcome import NotYet, ReconcileOutcome, ServiceError
from presswerk.runtimes.cluster.operator.services import ExternalServices
from presswerk.tenants.removal import TenantParts

FINALIZER = f"{TENANT.group}/remove"


def with_finalizers(body: Body, finalizers: list[str]) -> Body:
    """What is applied to a Tenant so that it has these of our finalizers.

    It names the uid, so that a Tenant that is gone meanwhile is not made anew: the API answers with a conflict.
    """
    metadata = {"name": body["metadata"]["name"], "uid": body["metadata"]["uid"], "finalizers": finalizers}
    return {"apiVersion": TENANT.api_version, "kind": TENANT.name, "metadata": metadata}


class TenantRemoval:
    """Removes tenants whose resource is being deleted.

    While a namespace ends, each object that goes is an event and so a look at the tenant: what was done is remembered,
    so that such a look asks nobody anything.

    Args:
        api: The cluster.
        cache: What the cluster holds of tenants.
        services: Databases, identity, chat, hub.
        write_status: Writes what is said of a tenant.
        now: The time, aware UTC.
    """

    def __init__(
        self,
        api: ClusterApi,
        cache: ObjectCache,
        services: ExternalServices,
        write_status: Callable[[str, Mapping[str, Any]], None],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._api = api
        self._cache = cache
        self._services = services
        self._write_status = write_status
        self._now = now
        self._done: defaultdict[str, set[str]] = defaultdict(set)
        # A watch that is behind tells of them once more.
        self._gone: deque[str] = deque(maxlen=256)

    def remove(self, body: Body) -> ReconcileOutcome:
        """Do what can be done now; the status says what stands in the way, for as long as the resource is held.

        Raises:
            ServiceError: Somebody did not do their part.
            ClusterError: The cluster's API did not.
        """
        metadata = body["metadata"]
        if FINALIZER not in metadata.get("finalizers", ()) or metadata["uid"] in self._gone:
            return ReconcileOutcome(None, settled=True)
        try:
            done = self._done[metadata["uid"]]
            is_gone = self._parts(str(metadata["name"]), body, done).remove(done)
        except ServiceError as error:
            self._tell(body, error)
            raise
        if not is_gone:
            return ReconcileOutcome(0.0)
        del self._done[metadata["uid"]]
        self._gone.append(metadata["uid"])
        return ReconcileOutcome(None, settled=True)

    def _parts(self, name: str, body: Body, done: set[str]) -> TenantParts:
        services = self._services
        return TenantParts(
            site=lambda: self._close(name, body),
            chat=lambda: services.chat.remove(name),
            sign_on=lambda: services.sign_on.remove(name),
            files=lambda: self._remove_namespace(name, done),
            database=lambda: services.databases.remove(name),
            records=lambda: services.connections.forget(name),
            declaration=lambda: self._release(name, body),
        )

    def _close(self, name: str, body: Body) -> None:
        status = body.get("status", {})
        if status.get("phase") != TenantPhase.DELETING:
            self._write_status(name, {**status, "phase": TenantPhase.DELETING})
        self._services.connections.close(name)
        # What lies outside of the namespace would stay.
        for ref in self._cache.objects(name):
            if ref.namespace != names.tenant_namespace(name) and ref.kind != NAMESPACE:
                self._api.delete(ref)
                self._cache.forget(name, ref)

    def _remove_namespace(self, name: str, done: set[str]) -> bool:
        """With it go pods, files, routes and secrets."""
        namespace = Ref(NAMESPACE, None, names.tenant_namespace(name))
        if "namespace" not in done:
            self._api.delete(namespace)
            done.add("namespace")
        there = self._cache.objects(name).get(namespace)
        if there is not None and (stays := why_it_stays(there, self._now())):
            raise NotYet("NamespaceStays", f"Namespace {namespace.name} is deleted and does not go: {stays}")
        return there is None and self._api.get(namespace) is None

    def _release(self, name: str, body: Body) -> None:
        try:
            self._api.apply(with_finalizers(body, []))
        except ClusterError:
            # Somebody was faster, as this operator's own last try, whose answer was lost.
            if self._api.get(Ref(TENANT, None, name)) is not None:
                raise

    def _tell(self, body: Body, error: ServiceError) -> None:
        before = body.get("status", {})
        ready = status_of(
            before,
            phase=TenantPhase.DELETING,
            conditions=(stopped(Topic.READY, error),),
            generation=int(body["metadata"].get("generation", 0)),
            now=self._now(),
        )
        others = [each for each in before.get("conditions", ()) if each["type"] != Topic.READY]
        status = {**before, **ready, "conditions": [*others, *ready["conditions"]]}
        if status != before:
            self._write_status(str(body["metadata"]["name"]), status)
