"""Whether an object is one a cluster would take: Kubernetes' own schemas, strictly, and ours for what others define.

The definitions of Gateway API 1.6, cert-manager 1.21, Prometheus' operator and Envoy Gateway come with their charts,
not with Kubernetes. The schemas here have the fields that we write, with the rules their references state for them,
and refuse every other: a double of those definitions, stricter than they are.
"""

import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it has no types
from jsonschema import Draft202012Validator

VERSIONS = ("1.35", "1.36", "1.37")
_Schema = dict[str, Any]

_TEXT: _Schema = {"type": "string", "minLength": 1}
_NAME: _Schema = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"}
_PORT: _Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
_HOST: _Schema = {
    "type": "string",
    "maxLength": 253,
    "pattern": r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
}
_SELECTOR: _Schema = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "matchLabels": {"type": "object", "additionalProperties": {"type": "string"}},
        "matchExpressions": {"type": "array", "items": {"type": "object", "required": ["key", "operator"]}},
    },
}


def _object(required: Iterable[str] = (), **properties: _Schema) -> _Schema:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def _list(items: _Schema, least: int = 1, most: int = 64) -> _Schema:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def _one_of(*values: str) -> _Schema:
    return {"enum": list(values)}


_FROM_SELECTOR = {
    **_object(["from"], **{"from": _one_of("All", "Same", "Selector", "None")}, selector=_SELECTOR),
    "if": {"properties": {"from": {"const": "Selector"}}},
    "then": {"required": ["selector"]},
}
_LISTENER = {
    **_object(
        ["name", "port", "protocol"],
        name=_NAME,
        hostname=_HOST,
        port=_PORT,
        protocol=_one_of("HTTP", "HTTPS"),
        allowedRoutes=_object(namespaces=_FROM_SELECTOR),
        tls=_object(
            ["certificateRefs"],
            mode=_one_of("Terminate"),
            certificateRefs=_list(_object(["name"], name=_NAME, group={"const": ""}, kind={"const": "Secret"})),
        ),
    ),
    "if": {"properties": {"protocol": {"const": "HTTPS"}}},
    "then": {"required": ["tls"]},
    "else": {"not": {"required": ["tls"]}},
}
_PARENT = _object(
    ["name"], group=_TEXT, kind=_one_of("Gateway", "ListenerSet"), name=_NAME, namespace=_NAME, sectionName=_NAME
)
_PATH_CHANGE = {
    **_object(
        ["type"],
        type=_one_of("ReplaceFullPath", "ReplacePrefixMatch"),
        replaceFullPath=_TEXT,
        replacePrefixMatch=_TEXT,
    ),
    "maxProperties": 2,
    "minProperties": 2,
}
_HEADER = _object(["name", "value"], name=_TEXT, value=_TEXT)
_HEADERS = _object(set=_list(_HEADER, most=16), add=_list(_HEADER, most=16), remove=_list(_TEXT, most=16))
_FILTER = {
    **_object(
        ["type"],
        type=_one_of("RequestRedirect", "URLRewrite", "RequestHeaderModifier", "ResponseHeaderModifier"),
        requestRedirect=_object(
            path=_PATH_CHANGE,
            scheme=_one_of("http", "https"),
            hostname=_HOST,
            port=_PORT,
            statusCode={"enum": [301, 302, 303, 307, 308]},
        ),
        urlRewrite=_object(hostname=_HOST, path=_PATH_CHANGE),
        requestHeaderModifier=_HEADERS,
        responseHeaderModifier=_HEADERS,
    ),
    "minProperties": 2,
    "maxProperties": 2,
}
_RULE = _object(
    name=_NAME,
    matches=_list(
        _object(
            path=_object(
                ["type", "value"], type=_one_of("Exact", "PathPrefix"), value={"type": "string", "pattern": "^/"}
            )
        )
    ),
    filters=_list(_FILTER, most=16),
    backendRefs=_list(
        _object(
            ["name", "port"],
            group=_TEXT,
            kind=_one_of("Service"),
            name=_NAME,
            namespace=_NAME,
            port=_PORT,
            weight={"type": "integer"},
        ),
        most=16,
    ),
    timeouts=_object(
        request={"type": "string", "pattern": r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"},
        backendRequest={"type": "string", "pattern": r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"},
    ),
)
_GRANT = _object(
    ["from", "to"],
    **{"from": _list(_object(["group", "kind", "namespace"], group=_TEXT, kind=_TEXT, namespace=_NAME))},
    to=_list(_object(["group", "kind"], group={"type": "string"}, kind=_TEXT, name=_NAME)),
)
_KEY = _object(
    algorithm=_one_of("RSA", "ECDSA", "Ed25519"), size={"type": "integer"}, rotationPolicy=_one_of("Never", "Always")
)
_CERTIFICATE = _object(
    ["secretName", "issuerRef", "dnsNames"],
    secretName=_NAME,
    secretTemplate={"type": "object"},
    dnsNames=_list(_HOST, most=100),
    issuerRef=_object(["name"], group=_one_of("cert-manager.io"), kind=_one_of("Issuer", "ClusterIssuer"), name=_NAME),
    privateKey=_KEY,
    duration=_TEXT,
    renewBefore=_TEXT,
    usages=_list(_TEXT),
    revisionHistoryLimit={"type": "integer", "minimum": 1},
)
_ACME = _object(
    ["server", "privateKeySecretRef", "solvers"],
    server={"type": "string", "pattern": "^https://"},
    email={"type": "string", "pattern": "@"},
    privateKeySecretRef=_object(["name"], name=_NAME),
    solvers=_list(
        _object(
            ["http01"],
            http01=_object(
                gatewayHTTPRoute=_object(
                    ["parentRefs"], parentRefs=_list(_PARENT), serviceType=_one_of("ClusterIP", "NodePort")
                )
            ),
        )
    ),
)
_GATEWAY_API = "gateway.networking.k8s.io/v1"
_SPECS: Mapping[tuple[str, str], _Schema] = {
    (_GATEWAY_API, "Gateway"): _object(
        ["gatewayClassName", "listeners"],
        gatewayClassName=_NAME,
        listeners=_list(_LISTENER),
        allowedListeners=_object(["namespaces"], namespaces=_FROM_SELECTOR),
        infrastructure={"type": "object"},
    ),
    (_GATEWAY_API, "ListenerSet"): _object(["parentRef", "listeners"], parentRef=_PARENT, listeners=_list(_LISTENER)),
    (_GATEWAY_API, "GatewayClass"): _object(
        ["controllerName"],
        controllerName={"type": "string", "pattern": r"^[a-z0-9.-]+/\S+$"},
        parametersRef=_object(["group", "kind", "name"], group=_TEXT, kind=_TEXT, name=_NAME, namespace=_NAME),
    ),
    (_GATEWAY_API, "HTTPRoute"): _object(
        ["parentRefs", "rules"],
        parentRefs=_list(_PARENT, most=32),
        hostnames=_list(_HOST, most=16),
        rules=_list(_RULE, most=16),
    ),
    (_GATEWAY_API, "ReferenceGrant"): _GRANT,
    ("gateway.networking.k8s.io/v1beta1", "ReferenceGrant"): _GRANT,
    ("cert-manager.io/v1", "Certificate"): _CERTIFICATE,
    ("cert-manager.io/v1", "ClusterIssuer"): _object(["acme"], acme=_ACME),
    ("monitoring.coreos.com/v1", "ServiceMonitor"): _object(
        ["selector", "endpoints"],
        selector=_SELECTOR,
        endpoints=_list(_object(["port"], port=_NAME, path={"type": "string", "pattern": "^/"}, interval=_TEXT)),
    ),
    ("gateway.envoyproxy.io/v1alpha1", "EnvoyProxy"): _object(
        ["provider"],
        provider=_object(
            ["type"],
            type=_one_of("Kubernetes"),
            kubernetes=_object(
                envoyDeployment=_object(
                    replicas={"type": "integer", "minimum": 1}, container=_object(resources={"type": "object"})
                ),
                envoyPDB=_object(minAvailable={"type": "integer"}),
                envoyService=_object(
                    externalTrafficPolicy=_one_of("Cluster", "Local"),
                    loadBalancerIP={"type": "string", "format": "ipv4"},
                ),
            ),
        ),
    ),
}
_METADATA = {"type": "object", "required": ["name"], "properties": {"name": _NAME, "namespace": _NAME}}


def problems_with(body: Mapping[str, Any], version: str, definitions: Iterable[Mapping[str, Any]] = ()) -> list[str]:
    """Why a cluster would refuse an object; empty when it would take it.

    Args:
        body: The object.
        version: Of Kubernetes, such as `1.37`.
        definitions: CustomResourceDefinitions that the cluster has besides.
    """
    kind = (body["apiVersion"], body["kind"])
    name = f"{body['kind']} {body['metadata']['name']}"
    for definition in definitions:
        schema = _defined(definition, *kind)
        if schema is not None:
            return _told(name, schema, body)
    if kind in _SPECS:
        schema = _object(["spec"], apiVersion=_TEXT, kind=_TEXT, metadata=_METADATA, spec=_SPECS[kind])
        return _told(name, schema, body)
    return list(_kubernetes_told(name, json.dumps(body), version))


@functools.cache
def _kubernetes_told(name: str, body: str, version: str) -> tuple[str, ...]:
    # Each call reads all of a version's definitions anew, and most objects are the same in many tests.
    decoded = json.loads(body)
    try:
        kubernetes_validate.validate(decoded, version, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return (f"{name}: no schema of {decoded['apiVersion']} {decoded['kind']} is known",)
    except kubernetes_validate.ValidationError as error:
        return (f"{name}: {'.'.join(map(str, error.path))}: {error.message}",)
    return ()


def _defined(definition: Mapping[str, Any], api_version: str, kind: str) -> Any:
    spec = definition["spec"]
    for version in spec["versions"]:
        if (f"{spec['group']}/{version['name']}", spec["names"]["kind"]) == (api_version, kind):
            return version["schema"]["openAPIV3Schema"]
    return None


def _told(name: str, schema: Any, body: Mapping[str, Any]) -> list[str]:
    errors = Draft202012Validator(schema).iter_errors(body)
    return [f"{name}: {'.'.join(map(str, error.path))}: {error.message}" for error in errors]
