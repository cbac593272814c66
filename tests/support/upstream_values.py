"""What the charts of others take as values: the keys we give, as those charts name and type them.

The charts themselves cannot be had everywhere the tests run. Each schema here is a double of one chart's `values.yaml`
(Authentik 2026.8, Open WebUI 16, Envoy Gateway 1.9, Traefik 41.3, cert-manager 1.21), holds the keys we use and
refuses every other, so that a misspelt or a new one does not pass unread.
"""

from collections.abc import Iterable, Mapping
from typing import Any

_Schema = dict[str, Any]

_TEXT: _Schema = {"type": "string"}
_YES_NO: _Schema = {"type": "boolean"}
_NUMBER: _Schema = {"type": "integer", "minimum": 0}
_OFF: _Schema = {"type": "object", "properties": {"enabled": {"const": False}}, "required": ["enabled"]}
_TEXTS: _Schema = {"type": "object", "additionalProperties": _TEXT}
_ANYTHING: _Schema = {"type": "object"}


def _object(required: Iterable[str] = (), **properties: _Schema) -> _Schema:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


_AMOUNTS = {
    "type": "object",
    "additionalProperties": {"type": "string", "pattern": r"^[0-9]+(m|Mi|Gi)?$"},
    "propertyNames": {"enum": ["cpu", "memory", "ephemeral-storage"]},
}
_RESOURCES = _object(["requests", "limits"], requests=_AMOUNTS, limits=_AMOUNTS)
_SECRET_REF = _object(["secretRef"], secretRef=_object(["name"], name=_TEXT))
_VARIABLE = {
    **_object(
        ["name"],
        name=_TEXT,
        value=_TEXT,
        valueFrom=_object(["secretKeyRef"], secretKeyRef=_object(["name", "key"], name=_TEXT, key=_TEXT)),
    ),
    "minProperties": 2,
    "maxProperties": 2,
}
_VARIABLES = {"type": "array", "items": _VARIABLE}
_PROBE = _object(
    ["httpGet"],
    httpGet=_object(["path", "port"], path=_TEXT, port=_TEXT),
    timeoutSeconds=_NUMBER,
    periodSeconds=_NUMBER,
    failureThreshold=_NUMBER,
)
_BUDGET = _object(enabled=_YES_NO, maxUnavailable=_NUMBER)
_REDIS = _object(
    enabled=_YES_NO,
    pods=_object(labels=_TEXTS),
    resources=_RESOURCES,
    containerSecurityContext=_ANYTHING,
    podSecurityContext=_ANYTHING,
)

UPSTREAM_VALUES: Mapping[str, _Schema] = {
    "open-webui": _object(
        ["ollama", "pipelines", "websocket", "persistence", "extraEnvVars", "sso"],
        ollama=_OFF,
        ollamaUrlsFromExtraEnv=_YES_NO,
        pipelines=_OFF,
        tika=_OFF,
        replicaCount=_NUMBER,
        strategy=_ANYTHING,
        image=_object(tag=_TEXT, useSlim=_YES_NO),
        websocket=_object(
            enabled={"const": True},
            manager={"const": "redis"},
            url=_TEXT,
            existingSecret=_TEXT,
            existingSecretKey=_TEXT,
            redis=_REDIS,
        ),
        persistence=_object(enabled=_YES_NO, provider={"enum": ["local", "s3", "gcs", "azure"]}),
        enableOpenaiApi=_YES_NO,
        openaiBaseApiUrl=_TEXT,
        openaiApiKey={"const": ""},
        databaseUrl={"const": ""},
        sso=_OFF,
        extraEnvVars=_VARIABLES,
        service=_object(type={"enum": ["ClusterIP"]}, port=_NUMBER, containerPort=_NUMBER),
        ingress=_OFF,
        route=_OFF,
        podLabels=_TEXTS,
        serviceAccount=_object(name=_TEXT, automountServiceAccountToken=_YES_NO),
        containerSecurityContext=_ANYTHING,
        resources=_RESOURCES,
        startupProbe=_PROBE,
        livenessProbe=_PROBE,
        readinessProbe=_PROBE,
        topologySpreadConstraints={"type": "array", "items": _ANYTHING},
    ),
    "authentik": _object(
        ["authentik", "global", "blueprints", "postgresql"],
        authentik=_OFF,
        **{"global": _object(envFrom={"type": "array", "items": _SECRET_REF}, env=_VARIABLES)},
        blueprints=_object(configMaps={"type": "array", "items": _TEXT}),
        postgresql=_OFF,
        server=_object(replicas=_NUMBER, resources=_RESOURCES, pdb=_BUDGET, ingress=_OFF, podLabels=_TEXTS),
        worker=_object(replicas=_NUMBER, resources=_RESOURCES, podLabels=_TEXTS),
    ),
    "cert-manager": _object(
        ["crds", "config"],
        crds=_object(enabled=_YES_NO, keep=_YES_NO),
        config=_object(["apiVersion", "kind"], apiVersion=_TEXT, kind=_TEXT, enableGatewayAPI={"const": True}),
        resources=_RESOURCES,
        webhook=_object(resources=_RESOURCES),
        cainjector=_object(resources=_RESOURCES),
    ),
    "envoy-gateway": _object(
        ["config"],
        deployment=_object(envoyGateway=_object(resources=_RESOURCES), replicas=_NUMBER),
        config=_object(
            envoyGateway=_object(
                gateway=_object(controllerName=_TEXT),
                provider=_object(type={"const": "Kubernetes"}),
                logging=_object(level=_object(default={"enum": ["debug", "info", "warn", "error"]})),
            )
        ),
        createNamespace=_YES_NO,
    ),
    "traefik": _object(
        ["providers", "gateway", "gatewayClass", "ports"],
        deployment=_object(replicas=_NUMBER),
        providers=_object(
            kubernetesGateway=_object(enabled={"const": True}), kubernetesCRD=_OFF, kubernetesIngress=_OFF
        ),
        gateway=_OFF,
        gatewayClass=_object(enabled=_YES_NO, name=_TEXT),
        ingressClass=_OFF,
        ingressRoute=_object(dashboard=_OFF),
        ports=_object(
            web=_object(port=_NUMBER, exposedPort=_NUMBER), websecure=_object(port=_NUMBER, exposedPort=_NUMBER)
        ),
        service=_object(spec=_object(externalTrafficPolicy={"enum": ["Cluster", "Local"]}, loadBalancerIP=_TEXT)),
        podSecurityContext=_ANYTHING,
        podDisruptionBudget=_BUDGET,
        globalArguments={"type": "array", "items": _TEXT},
        resources=_RESOURCES,
    ),
}
"""Name of the release -> schema of its values."""
