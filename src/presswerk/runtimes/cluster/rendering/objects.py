"""The objects that come from no chart: namespaces, definitions, policies, the entry's class, tenants (pure)."""

from collections.abc import Mapping

from presswerk.declaration import Platform, Tenant
from presswerk.identity.providers.authentik_blueprints import platform_blueprints
from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.crd import tenant_crd
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE
from presswerk.runtimes.cluster.rendering.releases import AUTHENTIK, CERT_MANAGER, ENTRIES
from presswerk.runtimes.cluster.rendering.values import (
    BLUEPRINT_CONFIG_MAP,
    POD_LABEL,
    Resources,
    entry_service,
)
from presswerk.runtimes.cluster.resource import tenant_body

_LABELS = {"app.kubernetes.io/part-of": "presswerk"}
_PROXIES = "presswerk"
# What runs there needs no more than this of a node; see https://kubernetes.io/docs/concepts/security/pod-security-standards/
_POD_SECURITY = {CERT_MANAGER.namespace: "restricted"}
_ELSEWHERE = "baseline"


def namespaces(platform: Platform) -> list[Body]:
    """Where everything but the tenants lives."""
    entry = ENTRIES[platform.entry.controller]
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": name,
                "labels": {
                    **(_LABELS if name == PLATFORM_NAMESPACE else {}),
                    "pod-security.kubernetes.io/enforce": _POD_SECURITY.get(name, _ELSEWHERE),
                    "pod-security.kubernetes.io/warn": "restricted",
                },
            },
        }
        for name in (PLATFORM_NAMESPACE, AUTHENTIK.namespace, CERT_MANAGER.namespace, entry.namespace)
    ]


def definitions() -> list[Body]:
    """The definition of Tenant."""
    return [tenant_crd()]


def blueprint(platform: Platform) -> list[Body]:
    """What the platform itself has at Authentik, for Authentik to apply and keep."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": BLUEPRINT_CONFIG_MAP, "namespace": AUTHENTIK.namespace, "labels": _LABELS},
            "data": {"presswerk.yaml": platform_blueprints(platform)},
        }
    ]


def entry(platform: Platform, resources: Resources) -> list[Body]:
    """The class of the platform's Gateway, where the controller's chart does not bring it."""
    if platform.entry.controller != "envoy-gateway":
        return []
    namespace = ENTRIES["envoy-gateway"].namespace
    group = "gateway.envoyproxy.io"
    proxies = {
        "envoyDeployment": {"replicas": 2, "container": {"resources": resources["gateway/proxy"]}},
        "envoyPDB": {"minAvailable": 1},
        "envoyService": entry_service(platform),
    }
    return [
        {
            "apiVersion": f"{group}/v1alpha1",
            "kind": "EnvoyProxy",
            "metadata": {"name": _PROXIES, "namespace": namespace, "labels": _LABELS},
            "spec": {"provider": {"type": "Kubernetes", "kubernetes": proxies}},
        },
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": "envoy-gateway", "labels": _LABELS},
            "spec": {
                "controllerName": f"{group}/gatewayclass-controller",
                "parametersRef": {"group": group, "kind": "EnvoyProxy", "name": _PROXIES, "namespace": namespace},
            },
        },
    ]


def chat_policies(platform: Platform) -> list[Body]:
    """Who may reach Open WebUI, and its Redis where that is a pod, which asks nobody for a password."""
    cluster = Cluster.of(platform)
    from_entry = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": cluster.entry.proxy_namespace}}}
    from_operator = {
        "podSelector": {
            "matchLabels": {"app.kubernetes.io/name": "presswerk", "app.kubernetes.io/component": "operator"}
        }
    }
    from_chat = {"podSelector": {"matchLabels": {POD_LABEL: "chat"}}}
    to_chat = _lets_in("chat", [from_entry, from_operator], 8080)
    return [to_chat] if platform.databases.redis is not None else [to_chat, _lets_in("chat-redis", [from_chat], 6379)]


def _lets_in(part: str, sources: list[Body], port: int) -> Body:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": part, "namespace": PLATFORM_NAMESPACE, "labels": _LABELS},
        "spec": {
            "podSelector": {"matchLabels": {POD_LABEL: part}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": sources, "ports": [{"protocol": "TCP", "port": port}]}],
        },
    }


def tenants(platform: Platform) -> Mapping[str, Body]:
    """Id -> custom resource."""
    return {each.id: _tenant(each) for each in platform.tenants}


def _tenant(tenant: Tenant) -> Body:
    body = tenant_body(tenant)
    return {**body, "metadata": {**body["metadata"], "labels": dict(_LABELS)}}
