"""A cluster's API server for tests of the operator, over real HTTP on a free port of this machine.

A double: a real API server needs etcd and a kubelet, which test machines have not, and cannot be told to fail at a
chosen request. It has what the operator relies on: server-side apply that makes what is missing and keeps others'
fields, `resourceVersion` and its conflicts, finalizers and `deletionTimestamp`, namespaces that take their content with
them, the status subresource, lists in pages, watches that end or have fallen behind (410), and immutable fields.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx2
import yaml
from lightkube import KubeConfig
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.models import Cluster as ClusterConfig
from lightkube.config.models import User

from presswerk.kubernetes.kinds import Kind
from tests.support.cluster_server import KINDS, Call, Fault, Handler, Server
from tests.support.cluster_store import Body, Key, Store
from tests.support.serving import serving

__all__ = ["Call", "Cluster", "Fault", "Key", "running_cluster"]


def _no_fault(_call: Call) -> Fault | None:
    return None


@dataclass
class Cluster:
    """A running API server.

    Attributes:
        url: Where it listens.
        store: What it keeps; hold `lock` when touching it from a test.
        calls: Every request, in order; empty it to count from here.
        fault: Asked before every request whether something goes wrong with it.
        controllers: Whether the cluster's own controllers (of Deployments, Jobs, namespaces) work by themselves after
            every write; else a test calls `settle`.
        jobs_fail: Whether Jobs that run from now on fail.
        idle: The plurals of kinds whose controllers do nothing, as when they are not installed, or wait for somebody.
    """

    url: str
    store: Store = field(default_factory=Store)
    calls: list[Call] = field(default_factory=list)
    fault: Callable[[Call], Fault | None] = _no_fault
    controllers: bool = False
    jobs_fail: bool = False
    idle: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    stopping: threading.Event = field(default_factory=threading.Event)

    def client(self, *, timeout_seconds: float = 5.0) -> httpx2.Client:
        """A connection to this cluster."""
        # Plain HTTP: to read whom one would trust takes 40 ms of CPU a client.
        cluster = ClusterConfig(server=self.url, insecure=True)
        config = KubeConfig.from_one(cluster=cluster, user=User(token="a-test"))
        single = config.get()
        assert single is not None
        return Client(single, ConnectionParams(timeout=httpx2.Timeout(timeout_seconds), trust_env=False))

    def kubeconfig(self) -> str:
        """For programs that are told by a file which cluster to speak with."""
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                "clusters": [{"name": "test", "cluster": {"server": self.url}}],
                "users": [{"name": "test", "user": {"token": "a-test"}}],
            }
        )

    def get(self, kind: Kind, name: str, namespace: str = "") -> Body | None:
        """An object as it is now."""
        with self.lock:
            found = self.store.objects.get(Key(kind.api_version, kind.plural, namespace, name))
            return None if found is None else json.loads(json.dumps(found))

    def everything(self) -> dict[Key, Body]:
        """All objects but those the cluster brings along."""
        with self.lock:
            return {key: body for key, body in self.store.objects.items() if key.plural != "events"}

    def put(self, body: Body, *, manager: str = "kubectl") -> Body:
        """Apply an object as a person does."""
        with self.lock:
            return self.store.apply(_key(body), body, manager, force=True)

    def edit(self, kind: Kind, name: str, namespace: str, change: Callable[[Body], object]) -> Body:
        """Change an object as `kubectl edit` does."""
        with self.lock:
            key = Key(kind.api_version, kind.plural, namespace, name)
            body = self.store.read(key)
            change(body)
            return self.store.replace(key, body, "kubectl-edit")

    def tell(self, kind: Kind, name: str, namespace: str, change: Callable[[Body], object]) -> Body:
        """Change an object's status as its controller does."""
        with self.lock:
            key = Key(kind.api_version, kind.plural, namespace, name)
            body = self.store.read(key)
            change(body)
            return self.store.replace(key, body, "controller", status=True)

    def delete(self, kind: Kind, name: str, namespace: str = "") -> None:
        """Delete an object as a person does."""
        with self.lock:
            self.store.delete(Key(kind.api_version, kind.plural, namespace, name))

    def remove(self, key: Key) -> None:
        """Take an object away for good, as a namespace that ends does."""
        with self.lock:
            self.store.drop(key)

    def settle(self) -> None:
        """Let the cluster's own controllers do their work: Deployments and Jobs run, namespaces being deleted go."""
        with self.lock:
            for key in sorted(self.store.objects):
                if key.plural not in self.idle:
                    _settle(self.store, key, jobs_fail=self.jobs_fail)

    def writes(self) -> list[Call]:
        """The requests so far that were meant to change something."""
        return [call for call in self.calls if call.is_write]


def true_conditions(*types: str) -> list[Body]:
    """Conditions that hold, as controllers write them."""
    return [{"type": each, "status": "True", "reason": each, "message": "as it should be"} for each in types]


def _of_certificate(_: Body) -> Body:
    return {"conditions": true_conditions("Ready")}


def _of_listeners(body: Body) -> Body:
    listeners = [
        {"name": each["name"], "conditions": true_conditions("Accepted", "Programmed", "ResolvedRefs")}
        for each in body["spec"]["listeners"]
    ]
    return {"conditions": true_conditions("Accepted", "Programmed"), "listeners": listeners}


def _of_route(body: Body) -> Body:
    parents = body["spec"].get("parentRefs", [])
    conditions = true_conditions("Accepted", "ResolvedRefs")
    return {
        "parents": [{"parentRef": each, "controllerName": "test/gateway", "conditions": conditions} for each in parents]
    }


_SAID_BY_OTHERS: dict[str, Callable[[Body], Body]] = {
    "certificates": _of_certificate,
    "listenersets": _of_listeners,
    "httproutes": _of_route,
}
"""What cert-manager and the Gateway's controller say of objects of theirs."""


def _settle(store: Store, key: Key, *, jobs_fail: bool) -> None:
    body = store.objects.get(key)
    if body is None:
        return
    if key.plural == "deployments":
        wanted = body["spec"].get("replicas", 1)
        ready = {"readyReplicas": wanted, "availableReplicas": wanted} if wanted else {}
        status = {
            "observedGeneration": body["metadata"]["generation"],
            "replicas": wanted,
            "updatedReplicas": wanted,
            "conditions": [{"type": "Available", "status": "True"}, {"type": "Progressing", "status": "True"}],
            **ready,
        }
        store.replace(key, {"metadata": {}, "status": status}, "controller", status=True)
    if key.plural == "jobs" and not body.get("status"):
        how = {"failed": 1} if jobs_fail else {"succeeded": 1}
        status = {**how, "conditions": [{"type": "Failed" if jobs_fail else "Complete", "status": "True"}]}
        store.replace(key, {"metadata": {}, "status": status}, "controller", status=True)
    if key.plural in _SAID_BY_OTHERS:
        store.replace(key, {"metadata": {}, "status": _SAID_BY_OTHERS[key.plural](body)}, "controller", status=True)
    if key.plural == "namespaces" and "deletionTimestamp" in body["metadata"]:
        inside = [other for other in store.objects if other.namespace == key.name]
        for other in inside:
            store.drop(other)
        store.drop(key)


def _key(body: Body) -> Key:
    kind = next(kind for kind in KINDS if (kind.api_version, kind.name) == (body["apiVersion"], body["kind"]))
    metadata = body["metadata"]
    return Key(kind.api_version, kind.plural, metadata.get("namespace", ""), metadata["name"])


@contextlib.contextmanager
def running_cluster() -> Iterator[Cluster]:
    """An empty cluster until the block ends."""
    server = Server(("127.0.0.1", 0), Handler)
    server.cluster = Cluster(url=f"http://127.0.0.1:{server.server_address[1]}")
    with serving(server):
        try:
            yield server.cluster
        finally:
            server.cluster.stopping.set()
