"""What an API server admits into one namespace: Pod Security, LimitRanger and ResourceQuota, as far as tenants meet it.

A double of three admission plugins of Kubernetes 1.36, without which an emulated API takes what a real one refuses
(https://kubernetes.io/docs/concepts/policy/resource-quotas/, /limit-range/,
https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted).
"""

import copy
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]
_UNITS = {"m": 1, "Ki": 1024, "Mi": 1024**2, "Gi": 1024**3}


class Forbidden(Exception):
    """The API server's 403, with its reason."""


@dataclass
class NamespaceAdmission:
    """A namespace, and what is in use of its quota.

    Attributes:
        level: Of Pod Security.
        limits: Of its LimitRange, for each container.
        hard: Of its ResourceQuota.
        used: Of the same names.
    """

    level: str
    limits: Mapping[str, Mapping[str, str]]
    hard: Mapping[str, str]
    used: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, bodies: Iterable[Body]) -> "NamespaceAdmission":
        """The namespace as rendered for a tenant."""
        by_kind = {
            body["kind"]: body for body in bodies if body["kind"] in {"Namespace", "LimitRange", "ResourceQuota"}
        }
        (limits,) = by_kind["LimitRange"]["spec"]["limits"]
        return cls(
            by_kind["Namespace"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"],
            limits,
            by_kind["ResourceQuota"]["spec"]["hard"],
        )

    def admit(self, body: Body) -> Body:
        """The object as it is kept, with its defaults.

        Raises:
            Forbidden: Something refuses it.
        """
        kept = copy.deepcopy(body)
        if kept["kind"] == "Pod":
            for container in kept["spec"]["containers"]:
                self._default(container)
            told = [*_insecure(kept["spec"])] if self.level == "restricted" else []
            told += [each for container in kept["spec"]["containers"] for each in self._beyond(container)]
            if told:
                raise Forbidden("; ".join(told))
        asked = Counter(dict(_use(kept)))
        for name in asked.keys() & self.hard.keys():
            if self.used[name] + asked[name] > _amount(self.hard[name]):
                raise Forbidden(f"exceeded quota: {name}: {self.hard[name]}")
        self.used += asked
        return kept

    def _default(self, container: Body) -> None:
        given = container.setdefault("resources", {})
        said = dict(given.get("limits", {}))
        limits = given["limits"] = {**self.limits["default"], **said}
        # What a container limits itself it requests, unless it says otherwise; the rest is the namespace's.
        given["requests"] = {**self.limits["defaultRequest"], **said, **given.get("requests", {})}
        missing = {"cpu", "memory", "ephemeral-storage"} - limits.keys()
        if missing:
            raise Forbidden(f"must specify limits of {', '.join(sorted(missing))}")

    def _beyond(self, container: Body) -> Iterator[str]:
        for name, most in self.limits["max"].items():
            if _amount(container["resources"]["limits"][name]) > _amount(most):
                yield f"maximum {name} usage per Container is {most}"


def solver_objects(solver: Mapping[str, Any], host: str) -> tuple[Body, Body]:
    """The Service and the pod that cert-manager 1.21 makes for a challenge (`pkg/issuer/acme/http/{service,pod}.go`).

    Args:
        solver: `http01` of the ClusterIssuer.
        host: What is to be proven.
    """
    labels = {
        "acme.cert-manager.io/http-domain": str(zlib.adler32(host.encode())),
        "acme.cert-manager.io/http-token": "1",
        "acme.cert-manager.io/http01-solver": "true",
    }
    meta = {"generateName": "cm-acme-http-solver-", "labels": labels}
    port = {"name": "http", "port": 8089, "targetPort": 8089}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {**meta, "annotations": {"auth.istio.io/8089": "NONE"}},
        "spec": {
            # Unless the solver says otherwise.
            "type": solver["gatewayHTTPRoute"].get("serviceType") or "NodePort",
            "ports": [port],
            "selector": labels,
        },
    }
    container = {
        "name": "acmesolver",
        "image": "quay.io/jetstack/cert-manager-acmesolver:v1.21.0",
        "args": ["--listen-port=8089", f"--domain={host}", "--token=a", "--key=b"],
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"}},
        "ports": [{"name": "http", "containerPort": 8089}],
        "securityContext": {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "restartPolicy": "OnFailure",
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "containers": [container],
        },
    }
    return service, pod


def _use(body: Body) -> Iterator[tuple[str, int]]:
    spec = body["spec"]
    if body["kind"] == "Pod":
        yield "pods", 1
        for kind in ("limits", "requests"):
            for name in ("cpu", "memory", "ephemeral-storage"):
                yield f"{kind}.{name}", sum(_amount(each["resources"][kind][name]) for each in spec["containers"])
    elif body["kind"] == "Service":
        of_type = spec.get("type", "ClusterIP")
        yield "services", 1
        # A load balancer has node ports too.
        yield "services.nodeports", len(spec["ports"]) if of_type in {"NodePort", "LoadBalancer"} else 0
        yield "services.loadbalancers", int(of_type == "LoadBalancer")


def _insecure(pod: Body) -> Iterator[str]:
    shared = pod.get("securityContext", {})
    for container in pod["containers"]:
        own = {**shared, **container.get("securityContext", {})}
        if own.get("allowPrivilegeEscalation") is not False:
            yield "allowPrivilegeEscalation != false"
        if own.get("capabilities", {}).get("drop") != ["ALL"]:
            yield "unrestricted capabilities"
        if own.get("runAsNonRoot") is not True:
            yield "runAsNonRoot != true"
        if own.get("seccompProfile", {}).get("type") not in {"RuntimeDefault", "Localhost"}:
            yield "seccompProfile"
    if pod.get("hostNetwork") or any("hostPath" in volume for volume in pod.get("volumes", ())):
        yield "host namespaces or paths"


def _amount(text: str) -> int:
    """In thousandths of a CPU, bytes or pieces: whatever a name counts."""
    unit = next((unit for unit in _UNITS if text.endswith(unit)), "")
    return int(text.removesuffix(unit)) * _UNITS.get(unit, 1)
