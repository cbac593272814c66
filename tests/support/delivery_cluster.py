"""An emulated cluster that Helm can install to, whose pods become ready or not as a test decides.

It adds to `tests.support.cluster` what a delivery needs: the kinds of charts, requests that are only tried (`dryRun`),
pods' logs, and controllers that make pods. A real cluster needs nodes and container images, which tests have not, and
cannot be told which pod shall fail, and how.
"""

import contextlib
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.support.cluster import Cluster
from tests.support.cluster_server import KINDS, Call, Handler, Server
from tests.support.cluster_store import Body, Key, Store
from tests.support.kubernetes_protobuf import MEDIA_TYPE, read_object
from tests.support.serving import serving

VERSION = Key("", "version", "", "")
"""What is asked for when somebody asks the cluster's version."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a workload's pods.

    Attributes:
        waiting: The reason a container waits for, such as `ImagePullBackOff`; empty when it runs and is not ready.
        message: What comes with it.
        log: What the container wrote before it ended.
        unschedulable: Why no node takes the pod; instead of `waiting`.
        no_pods: Why no pod can be made at all; instead of `waiting`.
    """

    waiting: str = ""
    message: str = ""
    log: str = ""
    unschedulable: str = ""
    no_pods: str = ""


def _well(_workload: Body) -> Trouble | None:
    return None


@dataclass
class DeliveryCluster(Cluster):
    """A running API server with controllers.

    Attributes:
        trouble: Asked for each Deployment, StatefulSet and Job what is wrong with its pods, if anything is.
        logs: Pod -> what it wrote.
        settled: Called after every write, with the cluster as it is then.
    """

    controllers: bool = True
    trouble: Callable[[Body], Trouble | None] = _well
    logs: dict[str, str] = field(default_factory=dict)
    minor: str = "37"

    def settle(self) -> None:
        """Let the controllers do their work."""
        with self.lock:
            for key in sorted(self.store.objects):
                body = self.store.objects.get(key)
                if body is None:
                    continue
                if key.plural in _WORKLOADS:
                    self._run(key, body)
                if key.plural in _CONDITIONS:
                    self._become(key, body, {"conditions": [{"type": _CONDITIONS[key.plural], "status": "True"}]})

    def _run(self, key: Key, body: Body) -> None:
        trouble = self.trouble(body)
        wanted = body["spec"].get("replicas", 1)
        self._pods(key, body, trouble, wanted)
        if key.plural == "jobs":
            if trouble is not None:
                status: Body = {
                    "failed": 1,
                    "conditions": [{"type": "Failed", "status": "True", "message": "it failed"}],
                }
            else:
                status = {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}
        else:
            ready = 0 if trouble is not None else wanted
            counted = {"readyReplicas": ready, "availableReplicas": ready} if ready else {}
            status = {
                "observedGeneration": body["metadata"]["generation"],
                "replicas": wanted,
                "updatedReplicas": wanted,
                "conditions": [{"type": "Available", "status": "True" if ready else "False"}],
                **counted,
            }
        self._become(key, body, status)

    def _become(self, key: Key, body: Body, status: Body) -> None:
        if body.get("status") != status:
            self.store.replace(key, {"metadata": {}, "status": status}, "controller", status=True)

    def _pods(self, key: Key, body: Body, trouble: Trouble | None, wanted: int) -> None:
        template = body["spec"]["template"]
        for number in range(wanted):
            name = f"{key.name}-{number}"
            pod = Key("v1", "pods", key.namespace, name)
            if trouble is not None and trouble.no_pods:
                self._event(key, "FailedCreate", trouble.no_pods)
                continue
            if trouble is not None and trouble.unschedulable:
                self._event(pod, "FailedScheduling", trouble.unschedulable)
            self.logs[f"{key.namespace}/{name}"] = trouble.log if trouble else ""
            made = {
                "metadata": {
                    "name": name,
                    "namespace": key.namespace,
                    "labels": template["metadata"].get("labels", {}),
                },
                "spec": copy.deepcopy(template["spec"]),
            }
            if pod not in self.store.objects:
                self.store.create(pod, made, "controller")
            self._become(pod, self.store.objects[pod], _pod_status(template["spec"], trouble))

    def _event(self, about: Key, reason: str, message: str) -> None:
        kinds = {"pods": "Pod", "deployments": "Deployment", "statefulsets": "StatefulSet", "jobs": "Job"}
        key = Key("v1", "events", about.namespace, f"{about.name}.{reason.lower()}")
        if key in self.store.objects:
            return
        told = {
            "metadata": {"name": key.name, "namespace": key.namespace},
            "involvedObject": {"kind": kinds[about.plural], "name": about.name, "namespace": about.namespace},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "lastTimestamp": "2026-11-23T10:00:00Z",
        }
        self.store.create(key, told, "controller")


_WORKLOADS = frozenset({"deployments", "statefulsets", "jobs"})
_CONDITIONS = {"customresourcedefinitions": "Established", "gateways": "Programmed"}


def _pod_status(spec: Body, trouble: Trouble | None) -> Body:
    ready = "False" if trouble is not None else "True"
    conditions = [{"type": "Ready", "status": ready}]
    if trouble is not None and trouble.unschedulable:
        waits = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": trouble.unschedulable}
        return {"phase": "Pending", "conditions": [waits, *conditions]}
    return {
        "phase": "Running",
        "conditions": conditions,
        "containerStatuses": [_container(each["name"], trouble) for each in spec["containers"]],
    }


def _container(name: str, trouble: Trouble | None) -> Body:
    if trouble is None:
        return {"name": name, "ready": True, "restartCount": 0, "state": {"running": {}}}
    if not trouble.waiting:
        return {"name": name, "ready": False, "restartCount": 0, "state": {"running": {}}}
    ended = {"lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}} if trouble.log else {}
    waiting = {"waiting": {"reason": trouble.waiting, "message": trouble.message}}
    return {"name": name, "ready": False, "restartCount": 4 if trouble.log else 0, "state": waiting, **ended}


def _openapi(path: str) -> Body:
    """OpenAPI 3 as far as Helm reads it: that each kind's PATCH takes `fieldValidation`, so the server validates."""
    versions = sorted({kind.api_version for kind in KINDS})
    roots = {version: f"apis/{version}" if "/" in version else f"api/{version}" for version in versions}
    if path == "/openapi/v3":
        return {"paths": {root: {"serverRelativeURL": f"/openapi/v3/{root}"} for root in roots.values()}}
    parameters = [{"name": name, "in": "query"} for name in ("fieldValidation", "dryRun", "fieldManager", "force")]
    paths = {
        f"/{root}/{'namespaces/{namespace}/' if kind.namespaced else ''}{kind.plural}/{{name}}": {
            "patch": {
                "parameters": parameters,
                "responses": {},
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": {"group": kind.group, "version": kind.version, "kind": kind.name},
            }
        }
        for kind in KINDS
        if path == f"/openapi/v3/{(root := roots[kind.api_version])}"
    }
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1"}, "paths": paths, "components": {}}


class _DeliveryHandler(Handler):
    def _serve(self) -> None:
        path = urlsplit(self.path)
        if path.path.startswith("/openapi/"):
            self._answer(200, _openapi(path.path))
        elif path.path == "/version":
            if (fault := self._cluster.fault(Call("get", VERSION))) is not None:
                self._fail(fault)
                return
            minor = self._cluster.minor
            self._answer(200, {"major": "1", "minor": minor, "gitVersion": f"v1.{minor}.0"})
        elif "sendInitialEvents" in path.query:
            # As a server without streamed lists answers; clients then list, and watch from there.
            self._answer(422, {"kind": "Status", "code": 422, "reason": "Invalid", "message": "sendInitialEvents"})
        elif path.path.startswith("/apis/") and path.path.count("/") == 3 and not self._is_known(path.path):
            self._answer(404, {"kind": "Status", "code": 404, "reason": "NotFound", "message": "no such group"})
        elif path.path.endswith("/log"):
            _, _, _, _, namespace, _, pod, _ = path.path.split("/")
            self._text(self._cluster.logs.get(f"{namespace}/{pod}", ""))
        else:
            super()._serve()

    def _content(self, content: bytes) -> Any:
        if self.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            return read_object(content)
        return super()._content(content)

    @property
    def _cluster(self) -> DeliveryCluster:
        found = self.server.cluster
        assert isinstance(found, DeliveryCluster)
        return found

    def _is_known(self, path: str) -> bool:
        return any(kind.api_version == path.removeprefix("/apis/") for kind in KINDS)

    def _text(self, text: str) -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextlib.contextmanager
def running_delivery_cluster() -> Iterator[DeliveryCluster]:
    """An empty cluster until the block ends."""
    server = Server(("127.0.0.1", 0), _DeliveryHandler)
    cluster = DeliveryCluster(url=f"http://127.0.0.1:{server.server_address[1]}", store=Store())
    server.cluster = cluster
    with serving(server):
        try:
            yield cluster
        finally:
            cluster.stopping.set()
