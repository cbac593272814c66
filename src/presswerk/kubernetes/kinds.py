"""The kinds of objects the operator handles, as lightkube's generic resources."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lightkube.core.resource import ApiInfo, ResourceDef
from lightkube.generic_resource import GenericGlobalResource, GenericGlobalStatus, GenericNamespacedResource

from presswerk.errors import PresswerkError

Body = dict[str, Any]
"""One object as it travels: `apiVersion`, `kind`, `metadata`, and the rest."""

LightkubeClass = Any
"""A class made for a kind; lightkube's own overloads tell global kinds from others statically, and ours are a table."""

_VERBS = ("delete", "get", "global_list", "global_watch", "list", "patch", "post", "put", "watch")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    Attributes:
        api_version: Such as `apps/v1`.
        name: Such as `Deployment`.
        plural: As in its address, such as `deployments`.
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
PEERING = Kind("kopf.dev/v1", "ClusterKopfPeering", "clusterkopfpeerings", namespaced=False)
VOLUME_CLAIM = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
JOB = Kind("batch/v1", "Job", "jobs")
CRON_JOB = Kind("batch/v1", "CronJob", "cronjobs")
SERVICE = Kind("v1", "Service", "services")
CERTIFICATE = Kind("cert-manager.io/v1", "Certificate", "certificates")
LISTENER_SET = Kind("gateway.networking.k8s.io/v1", "ListenerSet", "listenersets")
ROUTE = Kind("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes")

OWNED = (
    NAMESPACE,
    SECRET,
    VOLUME_CLAIM,
    DEPLOYMENT,
    JOB,
    ROUTE,
    Kind("v1", "ConfigMap", "configmaps"),
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


def _lightkube_class(kind: Kind) -> LightkubeClass:
    # Made here, not by lightkube's factory: that one keeps one class a kind for the whole process, and refuses a kind
    # that somebody else has described with other verbs.
    base = GenericNamespacedResource if kind.namespaced else GenericGlobalResource
    info = ApiInfo(ResourceDef(kind.group, kind.version, kind.name), kind.plural, list(_VERBS))
    return type(kind.name, (base,), {"_api_info": info})


def _status_class(kind: Kind) -> type[GenericGlobalStatus]:
    resource = ResourceDef(kind.group, kind.version, kind.name)
    info = ApiInfo(resource, kind.plural, ["get", "patch"], parent=resource, action="status")
    return type(f"{kind.name}Status", (GenericGlobalStatus,), {"_api_info": info})


_KINDS: Mapping[tuple[str, str], Kind] = MappingProxyType(
    {(kind.api_version, kind.name): kind for kind in (TENANT, PEERING, *OWNED)}
)
_CLASSES: Mapping[Kind, LightkubeClass] = MappingProxyType({kind: _lightkube_class(kind) for kind in _KINDS.values()})


class UnknownKind(PresswerkError, LookupError):
    """The operator has no right to this kind of object and does not watch it."""


def kind_of(body: Body) -> Kind:
    """The kind of an object.

    Raises:
        UnknownKind: It is none the operator handles.
    """
    found = _KINDS.get((body["apiVersion"], body["kind"]))
    if found is None:
        raise UnknownKind(f"{body['apiVersion']} {body['kind']} is not among the kinds the operator handles")
    return found


def lightkube_class(kind: Kind) -> LightkubeClass:
    """lightkube's class for a kind."""
    return _CLASSES[kind]


TENANT_STATUS = _status_class(TENANT)
"""lightkube's class for what the operator says about a tenant."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Which object: its kind, namespace (None for those outside of namespaces) and name."""

    kind: Kind
    namespace: str | None
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind.name} {place}"


def ref_of(body: Body) -> Ref:
    """Which object a body is.

    Raises:
        UnknownKind: It is of no kind the operator handles.
    """
    metadata = body["metadata"]
    return Ref(kind_of(body), metadata.get("namespace"), metadata["name"])
