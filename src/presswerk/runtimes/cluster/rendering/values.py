"""The values of every chart: what is always so is in charts/, the rest follows from a platform; no secrets (pure)."""

from collections.abc import Mapping
from importlib import resources as package
from typing import Any

import yaml

from presswerk.declaration import Platform
from presswerk.declaration.addresses import Addresses, addresses_of
from presswerk.identity.clients import CHAT_CLIENT, HUB_CLIENT
from presswerk.identity.providers.authentik_wanted import discovery_url, issuer
from presswerk.openwebui.settings import SETTINGS
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.rendering import secrets
from presswerk.runtimes.cluster.rendering.releases import (
    AUTHENTIK,
    CERT_MANAGER,
    ENTRIES,
    OPEN_WEBUI,
    OPEN_WEBUI_VERSION,
    PRESSWERK,
)
from presswerk.runtimes.cluster.rendering.text import yaml_text

Values = dict[str, Any]
Resources = Mapping[str, Values]
"""What each of the platform's workloads asks for and may use, as Kubernetes writes it; by `<namespace>/<name>`."""

BLUEPRINT_CONFIG_MAP = "presswerk-blueprint"
POD_LABEL = "presswerk.io/part"
"""On pods of foreign charts, whose own labels may change with their versions."""

# What the chart of Open WebUI sets by itself from other values; given twice, the API server refuses the second.
_SET_BY_CHART = frozenset(
    {"OPENAI_API_BASE_URL", "ENABLE_WEBSOCKET_SUPPORT", "WEBSOCKET_MANAGER", "REDIS_URL", "WEBSOCKET_REDIS_URL"}
)


def values_of(platform: Platform, resources: Resources) -> Mapping[str, Values]:
    """Name of the release -> its values.

    Args:
        platform: Needs a domain.
        resources: Of every workload named here.

    Raises:
        NoDomain: The platform has none.
    """
    entry = ENTRIES[platform.entry.controller].name
    told = {
        entry: _entry(platform, resources),
        CERT_MANAGER.name: {
            "resources": resources["cert-manager/controller"],
            "webhook": {"resources": resources["cert-manager/webhook"]},
            "cainjector": {"resources": resources["cert-manager/cainjector"]},
        },
        AUTHENTIK.name: {
            "global": {"envFrom": [{"secretRef": {"name": secrets.IDENTITY}}]},
            "blueprints": {"configMaps": [BLUEPRINT_CONFIG_MAP]},
            "server": {"resources": resources["authentik/server"]},
            "worker": {"resources": resources["authentik/worker"]},
        },
        OPEN_WEBUI.name: {
            "image": {"tag": f"v{OPEN_WEBUI_VERSION}-slim"},
            "websocket": _redis(platform, resources),
            "openaiBaseApiUrl": platform.ai.base_url,
            "extraEnvVars": _chat_environment(platform),
            "resources": resources["presswerk/open-webui"],
        },
    }
    return {
        **{name: over(_always(name), values) for name, values in told.items()},
        PRESSWERK.name: _presswerk(platform, resources),
    }


def over(values: Mapping[str, Any], extra: Mapping[str, Any]) -> Values:
    """Values with others over them, as Helm lays one file over another: mappings are merged, all else is replaced."""
    result = dict(values)
    for name, value in extra.items():
        below = result.get(name)
        result[name] = over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def platform_text(platform: Platform) -> str:
    """The platform.yaml that hub and operator read in a cluster, in a fixed order; people are one machine's only."""
    return yaml_text(platform.model_dump(mode="json", exclude={"people"}, exclude_unset=True))


def _always(name: str) -> Values:
    return dict(yaml.safe_load(package.files(__package__).joinpath("charts", f"{name}.yaml").read_text("utf-8")))


def _presswerk(platform: Platform, resources: Resources) -> Values:
    names, cluster = addresses_of(platform), Cluster.of(platform)
    return {
        "platform": platform_text(platform),
        "oidcIssuer": issuer(names.identity_url),
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


def _redis(platform: Platform, resources: Resources) -> Values:
    """Where the pods of the chat meet."""
    if platform.databases.redis is not None:
        return {
            "url": "",
            "existingSecret": secrets.CHAT,
            "existingSecretKey": secrets.CHAT_REDIS,
            "redis": {"enabled": False},
        }
    return over(_always("chat-redis"), {"redis": {"resources": resources["presswerk/redis"]}})


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


def entry_service(platform: Platform) -> Values:
    """How the Service of the entry's proxies is reached from outside.

    IONOS gives the address to one node, which hands on what another node's proxy is to answer: not so with the policy
    Local (https://docs.ionos.com/cloud/containers/managed-kubernetes/use-cases/assign-static-ip-address).
    """
    reserved = {} if platform.entry.address is None else {"loadBalancerIP": str(platform.entry.address)}
    return {"externalTrafficPolicy": "Cluster", **reserved}


def _entry(platform: Platform, resources: Resources) -> Values:
    if platform.entry.controller == "envoy-gateway":
        return {"deployment": {"envoyGateway": {"resources": resources["gateway/controller"]}}}
    return {"service": {"spec": entry_service(platform)}, "resources": resources["gateway/proxy"]}
