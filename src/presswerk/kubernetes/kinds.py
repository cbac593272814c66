"""The kinds of objects we handle on a cluster, and which object is meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Body = dict[str, Any]
"""One object as it travels: `apiVersion`, `kind`, `metadata`, and the rest."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    Attributes:
        api_version: Such as `apps/v1`.
        name: Such as `Deployment`.
        plural: As in its address, such as `deployments`; empty for a kind that the API has to be asked about.
        namespaced: Whether its objects are in namespaces.
    """

    api_version: str
    name: str
    plural: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group; empty for the core's."""
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """The version within the group."""
        return self.api_version.rpartition("/")[2]


TENANT = Kind("tenants.presswerk.io/v1alpha1", "Tenant", "tenants", namespaced=False)
NAMESPACE = Kind("v1", "Namespace", "namespaces", namespaced=False)
SECRET = Kind("v1", "Secret", "secrets")
VOLUME_CLAIM = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
STATEFUL_SET = Kind("apps/v1", "StatefulSet", "statefulsets")
DAEMON_SET = Kind("apps/v1", "DaemonSet", "daemonsets")
JOB = Kind("batch/v1", "Job", "jobs")
CRON_JOB = Kind("batch/v1", "CronJob", "cronjobs")
SERVICE = Kind("v1", "Service", "services")
LISTENER_SET = Kind("gateway.networking.k8s.io/v1", "ListenerSet", "listenersets")
POD = Kind("v1", "Pod", "pods")
EVENT = Kind("v1", "Event", "events")
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
CERTIFICATE = Kind("cert-manager.io/v1", "Certificate", "certificates")
GATEWAY = Kind("gateway.networking.k8s.io/v1", "Gateway", "gateways")
LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")
DEFINITION = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False)
ROUTE = Kind("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes")

OWNED = (
    NAMESPACE,
    SECRET,
    VOLUME_CLAIM,
    DEPLOYMENT,
    JOB,
    ROUTE,
    CONFIG_MAP,
    Kind("v1", "LimitRange", "limitranges"),
    Kind("v1", "ResourceQuota", "resourcequotas"),
    SERVICE,
    Kind("v1", "ServiceAccount", "serviceaccounts"),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    CRON_JOB,
    CERTIFICATE,
    LISTENER_SET,
    Kind("gateway.networking.k8s.io/v1", "ReferenceGrant", "referencegrants"),
)
"""Every kind a tenant may have objects of; the operator watches these and no others."""


_KINDS: Mapping[tuple[str, str], Kind] = MappingProxyType(
    {
        (kind.api_version, kind.name): kind
        for kind in (TENANT, STATEFUL_SET, DAEMON_SET, POD, EVENT, DEFINITION, GATEWAY, LEASE, *OWNED)
    }
)


def kind_of(body: Mapping[str, Any]) -> Kind:
    """The kind of an object; of one that is not listed here the API is asked how it is addressed."""
    api_version, name = body["apiVersion"], body["kind"]
    return _KINDS.get((api_version, name)) or Kind(api_version, name, "")


@dataclass(frozen=True, slots=True)
class Ref:
    """Which object: its kind, namespace (None for those outside of namespaces) and name."""

    kind: Kind
    namespace: str | None
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind.name} {place}"


def ref_of(body: Mapping[str, Any]) -> Ref:
    """Which object a body is."""
    metadata = body["metadata"]
    return Ref(kind_of(body), metadata.get("namespace"), metadata["name"])
