"""The values of every chart, as they follow from a platform (pure); none is a secret."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from presswerk.declaration import Platform
from presswerk.declaration.addresses import Addresses, addresses_of
from presswerk.identity.providers.authentik_blueprints import CHAT_CLIENT, HUB_CLIENT
from presswerk.identity.providers.authentik_wanted import Issuers, discovery_url, issuer
from presswerk.openwebui.settings import SETTINGS
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.rendering import secrets
from presswerk.runtimes.cluster.rendering.declared import platform_text
from presswerk.runtimes.cluster.rendering.releases import (
    AUTHENTIK,
    CERT_MANAGER,
    ENTRIES,
    OPEN_WEBUI,
    OPEN_WEBUI_VERSION,
    PRESSWERK,
)

Values = dict[str, Any]
Resources = Mapping[str, Values]
"""What each of the platform's workloads asks for and may use, as Kubernetes writes it; by `<namespace>/<name>`."""

BLUEPRINT_CONFIG_MAP = "presswerk-blueprint"
ISSUERS = Issuers.ONE
"""One for all clients, so that a person is the same person in the chat, the hub and every site."""
POD_LABEL = "presswerk.io/part"
"""On pods of foreign charts, whose own labels may change with their versions."""

# What the chart of Open WebUI sets by itself from other values; given twice, the API server refuses the second.
_SET_BY_CHART = frozenset(
    {"OPENAI_API_BASE_URL", "ENABLE_WEBSOCKET_SUPPORT", "WEBSOCKET_MANAGER", "REDIS_URL", "WEBSOCKET_REDIS_URL"}
)
_OWN_REDIS = "redis://open-webui-redis:6379/0"
_RESTRICTED = MappingProxyType(
    {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
)


def values_of(platform: Platform, resources: Resources) -> Mapping[str, Values]:
    """Name of the release -> its values.

    Args:
        platform: Needs a domain.
        resources: Of every workload named here.

    Raises:
        NoDomain: The platform has none.
    """
    entries: Mapping[str, Callable[[Platform, Resources], Values]]
    entries = {"envoy-gateway": _envoy_gateway, "traefik": _traefik}
    return {
        ENTRIES[platform.entry.controller].name: entries[platform.entry.controller](platform, resources),
        CERT_MANAGER.name: _cert_manager(resources),
        AUTHENTIK.name: _authentik(resources),
        OPEN_WEBUI.name: _open_webui(platform, resources),
        PRESSWERK.name: _presswerk(platform, resources),
    }


def _presswerk(platform: Platform, resources: Resources) -> Values:
    names, cluster = addresses_of(platform), Cluster.of(platform)
    return {
        "platform": platform_text(platform),
        "oidcIssuer": issuer(names.identity_url, HUB_CLIENT, ISSUERS),
        "hosts": {"hub": names.hub, "chat": names.chat, "identity": names.identity},
        "image": {
            "registry": platform.images.registry or "",
            "pullSecret": secrets.REGISTRY if platform.images.private else "",
        },
        "authorities": {"configMap": platform.authorities or ""},
        "hub": {
            "existingSecret": secrets.HUB,
            "aiBaseUrl": platform.ai.base_url,
            "resources": resources["presswerk/hub"],
        },
        "operator": {"existingSecret": secrets.OPERATOR, "resources": resources["presswerk/operator"]},
        "closedPage": {"resources": resources["presswerk/closed-page"]},
        # What a change of tier may not do depends on the platform's own tiers, so it is rendered with them.
        "crd": {"install": False},
        "gateway": {
            "name": cluster.entry.gateway,
            "className": platform.entry.controller,
            "chatService": {"name": "open-webui", "port": 80},
            "identityService": {"name": "authentik-server", "namespace": AUTHENTIK.namespace, "port": 80},
            "identityDiscoveryPath": discovery_url("", HUB_CLIENT),
        },
        "issuer": {
            "name": cluster.entry.certificate_issuer,
            "email": platform.entry.certificate_email or "",
            "server": platform.entry.certificate_authority,
        },
        "networkPolicies": {
            "entryNamespace": cluster.entry.proxy_namespace,
            "dnsNamespace": cluster.dns_namespace,
            "identityNamespace": AUTHENTIK.namespace,
        },
    }


def _open_webui(platform: Platform, resources: Resources) -> Values:
    return {
        "ollama": {"enabled": False},
        # Else the chart writes ENABLE_OLLAMA_API a second time.
        "ollamaUrlsFromExtraEnv": True,
        "pipelines": {"enabled": False},
        "tika": {"enabled": False},
        "replicaCount": 2,
        # A new pod has brought the database to its schema, and answers, before an old one goes.
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "image": {"tag": f"v{OPEN_WEBUI_VERSION}-slim", "useSlim": False},
        "websocket": {"enabled": True, "manager": "redis", **_redis(platform, resources)},
        # What people attach is in the bucket, everything else in the database: a pod keeps nothing.
        "persistence": {"enabled": False, "provider": "local"},
        "enableOpenaiApi": True,
        "openaiBaseApiUrl": platform.ai.base_url,
        "openaiApiKey": "",
        "databaseUrl": "",
        # Sign-on stands among the environment below: the same settings as on one machine, each of them once.
        "sso": {"enabled": False},
        "extraEnvVars": _chat_environment(platform),
        "service": {"type": "ClusterIP", "port": 80, "containerPort": 8080},
        "ingress": {"enabled": False},
        "route": {"enabled": False},
        "podLabels": {POD_LABEL: "chat"},
        "serviceAccount": {"name": "open-webui", "automountServiceAccountToken": False},
        "containerSecurityContext": dict(_RESTRICTED),
        "resources": resources["presswerk/open-webui"],
        "startupProbe": _probe("/health", periodSeconds=5, failureThreshold=60),
        "livenessProbe": _probe("/health", periodSeconds=20, failureThreshold=6),
        "readinessProbe": _probe("/ready", periodSeconds=5, failureThreshold=3),
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {POD_LABEL: "chat"}},
            }
        ],
    }


def _redis(platform: Platform, resources: Resources) -> Values:
    """Where the pods of the chat meet."""
    if platform.databases.redis is not None:
        return {
            "url": "",
            "existingSecret": secrets.CHAT,
            "existingSecretKey": secrets.CHAT_REDIS,
            "redis": {"enabled": False},
        }
    return {
        "url": _OWN_REDIS,
        "redis": {
            "enabled": True,
            "pods": {"labels": {POD_LABEL: "chat-redis"}},
            "resources": resources["presswerk/redis"],
            "containerSecurityContext": {**_RESTRICTED, "readOnlyRootFilesystem": True, "runAsNonRoot": True},
            "podSecurityContext": {"runAsUser": 999, "runAsGroup": 1000},
        },
    }


def _probe(path: str, **numbers: int) -> Values:
    return {"httpGet": {"path": path, "port": "http"}, "timeoutSeconds": 5, **numbers}


def _chat_environment(platform: Platform) -> list[Values]:
    names = addresses_of(platform)
    plain = {
        **SETTINGS,
        **_chat_addresses(names),
        "WEBUI_ADMIN_NAME": "Presswerk",
        "OAUTH_CLIENT_ID": CHAT_CLIENT,
        "DEFAULT_MODELS": platform.ai.model or "",
        "STORAGE_PROVIDER": "s3",
    }
    chat = next(each for each in secrets.required_secrets(platform) if each.name == secrets.CHAT)
    return [
        *({"name": name, "value": value} for name, value in sorted(plain.items()) if name not in _SET_BY_CHART),
        *(
            {"name": key.name, "valueFrom": {"secretKeyRef": {"name": chat.name, "key": key.name}}}
            for key in sorted(chat.keys, key=lambda key: key.name)
            if key.name not in _SET_BY_CHART
        ),
    ]


def _chat_addresses(names: Addresses) -> Mapping[str, str]:
    return {
        "WEBUI_URL": names.chat_url,
        "WEBUI_SESSION_COOKIE_SECURE": "true",
        "CORS_ALLOW_ORIGIN": names.chat_url,
        "WEBUI_AUTH_SIGNOUT_REDIRECT_URL": names.chat_url,
        "OPENID_PROVIDER_URL": discovery_url(names.identity_url, CHAT_CLIENT),
        "OPENID_REDIRECT_URI": f"{names.chat_url}/oauth/oidc/callback",
    }


def _authentik(resources: Resources) -> Values:
    labelled = {"podLabels": {POD_LABEL: "identity"}}
    return {
        # The chart's own Secret would need the values; all of it comes from the one that exists.
        "authentik": {"enabled": False},
        "global": {
            "envFrom": [{"secretRef": {"name": secrets.IDENTITY}}],
            "env": [
                {"name": "AUTHENTIK_DISABLE_UPDATE_CHECK", "value": "true"},
                {"name": "AUTHENTIK_ERROR_REPORTING__ENABLED", "value": "false"},
                {"name": "AUTHENTIK_DISABLE_STARTUP_ANALYTICS", "value": "true"},
                {"name": "AUTHENTIK_POSTGRESQL__SSLMODE", "value": "require"},
            ],
        },
        "blueprints": {"configMaps": [BLUEPRINT_CONFIG_MAP]},
        "postgresql": {"enabled": False},
        "server": {
            "replicas": 2,
            "resources": resources["authentik/server"],
            "pdb": {"enabled": True, "maxUnavailable": 1},
            "ingress": {"enabled": False},
            **labelled,
        },
        "worker": {"replicas": 1, "resources": resources["authentik/worker"], **labelled},
    }


def _cert_manager(resources: Resources) -> Values:
    return {
        "crds": {"enabled": True, "keep": True},
        "config": {
            "apiVersion": "controller.config.cert-manager.io/v1alpha1",
            "kind": "ControllerConfiguration",
            "enableGatewayAPI": True,
        },
        "resources": resources["cert-manager/controller"],
        "webhook": {"resources": resources["cert-manager/webhook"]},
        "cainjector": {"resources": resources["cert-manager/cainjector"]},
    }


def entry_service(platform: Platform) -> Values:
    """How the Service of the entry's proxies is reached from outside.

    IONOS gives the address to one node, which hands on what another node's proxy is to answer: not so with the policy
    Local (https://docs.ionos.com/cloud/containers/managed-kubernetes/use-cases/assign-static-ip-address).
    """
    reserved = {} if platform.entry.address is None else {"loadBalancerIP": str(platform.entry.address)}
    return {"externalTrafficPolicy": "Cluster", **reserved}


def _envoy_gateway(_: Platform, resources: Resources) -> Values:
    return {
        "deployment": {"envoyGateway": {"resources": resources["gateway/controller"]}, "replicas": 1},
        "config": {
            "envoyGateway": {
                "gateway": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
                "provider": {"type": "Kubernetes"},
                "logging": {"level": {"default": "warn"}},
            }
        },
        "createNamespace": False,
    }


def _traefik(platform: Platform, resources: Resources) -> Values:
    return {
        "deployment": {"replicas": 2},
        "providers": {
            "kubernetesGateway": {"enabled": True},
            "kubernetesCRD": {"enabled": False},
            "kubernetesIngress": {"enabled": False},
        },
        # The Gateway is the platform's own; only its class comes from here.
        "gateway": {"enabled": False},
        "gatewayClass": {"enabled": True, "name": "traefik"},
        "ingressClass": {"enabled": False},
        "ingressRoute": {"dashboard": {"enabled": False}},
        # A listener's port must be the entry point's own, and the platform's listeners are on 80 and 443.
        "ports": {
            "web": {"port": 80, "exposedPort": 80},
            "websecure": {"port": 443, "exposedPort": 443},
        },
        "service": {"spec": entry_service(platform)},
        "podSecurityContext": {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]},
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
        "globalArguments": [],
        "resources": resources["gateway/proxy"],
    }
