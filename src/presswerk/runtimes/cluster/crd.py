"""The definition of the custom resource `Tenant`, derived from the declaration's own models."""

from collections.abc import Mapping
from typing import Any

from presswerk.declaration import RESERVED_IDS, Feature, Tenant, TierName
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.operator.conditions import TenantPhase, Topic
from presswerk.runtimes.cluster.resource import camel

_Schema = dict[str, Any]
_DROPPED = frozenset({"title", "const", "discriminator", "$defs", "additionalProperties", "uniqueItems"})
_LONGEST_NAME = 100
_LONGEST_TYPE = 316  # of a condition, as Kubernetes' own have it
_LONGEST_LIST = 100
_LONGEST_TEXT = 2_000
_ZONE = r"^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*$"


def tenant_crd() -> _Schema:
    """The CustomResourceDefinition."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names.PLURAL}.{names.GROUP}", "labels": {"app.kubernetes.io/part-of": "presswerk"}},
        "spec": {
            "group": names.GROUP,
            "scope": "Cluster",
            "names": {
                "kind": names.KIND,
                "listKind": f"{names.KIND}List",
                "plural": names.PLURAL,
                "singular": "tenant",
                "categories": ["presswerk"],
            },
            "versions": [
                {
                    "name": names.VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": _columns(),
                    "schema": {"openAPIV3Schema": _root()},
                }
            ],
        },
    }


def _columns() -> list[_Schema]:
    ready = ".status.conditions[?(@.type=='Ready')].status"
    return [
        {"name": "Tier", "type": "string", "jsonPath": ".spec.tier"},
        {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
        {"name": "Ready", "type": "string", "jsonPath": ready},
        {"name": "Site", "type": "string", "jsonPath": ".status.urls.site"},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]


def _root() -> _Schema:
    described = Tenant.model_json_schema(by_alias=False)
    tenant_id = described["properties"]["id"]
    spec = _spec(described)
    spec["description"] = "What the tenant is to be."
    spec["x-kubernetes-validations"] = [*_transitions(), *_unused_features()]
    return {
        "type": "object",
        "description": "A customer or team with one WordPress site. Its name is the tenant's id.",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": spec,
            "status": _status(),
        },
        "x-kubernetes-validations": [
            {
                "rule": f"self.metadata.name.size() <= {tenant_id['maxLength']}"
                f" && self.metadata.name.matches('{tenant_id['pattern']}')",
                "message": "metadata.name is the tenant's id: 2-20 characters of a-z, 0-9 and inner hyphens",
            },
            {
                # Only a tenant that was there before has a status: what is made loses the one it brings.
                "rule": f"has(self.status) || !(self.metadata.name in {sorted(RESERVED_IDS)})",
                "message": "metadata.name: the platform's own addresses are hub.<domain>, chat.<domain> and alike;"
                " choose another id",
            },
        ],
    }


def _spec(described: Mapping[str, Any]) -> _Schema:
    """The declaration's schema with Kubernetes' spelling and within what a structural schema may say."""
    inlined = _structural(described, described.get("$defs", {}))
    properties = {name: schema for name, schema in inlined["properties"].items() if name != "id"}
    properties["name"]["maxLength"] = _LONGEST_NAME
    properties["tier"]["default"] = TierName.FREE.value
    properties["timeZone"]["pattern"] = _ZONE
    properties["domains"]["x-kubernetes-validations"] = [
        {
            "rule": "self.all(each, self.exists_one(other, other == each))",
            "message": "a domain is listed twice; remove one",
        }
    ]
    properties["suspended"] = {
        "type": "boolean",
        "default": False,
        "description": "Whether the site is closed, with everything kept.",
    }
    required = [name for name in inlined["required"] if name != "id"]
    return {"type": "object", "required": required, "properties": properties}


def _structural(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """A part of a JSON Schema without references, unions with null, and words that structural schemas lack."""
    if isinstance(schema, list):
        return [_structural(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = definitions[schema["$ref"].rpartition("/")[2]]
        return _structural({**target, **{key: value for key, value in schema.items() if key != "$ref"}}, definitions)
    if "anyOf" in schema:
        (kind,) = (option for option in schema["anyOf"] if option.get("type") != "null")
        rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
        return {**_structural({**kind, **rest}, definitions), "nullable": True}
    found = {key: value for key, value in schema.items() if key not in _DROPPED and key != "default"}
    if "properties" in found:
        found["properties"] = {
            camel(name): _structural(part, definitions) for name, part in found["properties"].items()
        }
        found["required"] = [camel(name) for name in found.get("required", [])]
        if not found["required"]:
            del found["required"]
    if "items" in found:
        found["items"] = _structural(found["items"], definitions)
        # Without a bound the API server reckons the cost of a rule for lists of any length, and refuses it.
        found.setdefault("maxItems", _LONGEST_LIST)
    if found.get("type") == "string" and "enum" not in found:
        found.setdefault("maxLength", _LONGEST_TEXT)
        if found.get("minLength"):
            # What is only spaces is nothing once they are taken away, as the declaration does.
            found.setdefault("pattern", r"\S")
    if "exclusiveMinimum" in found:
        found["minimum"] = found.pop("exclusiveMinimum") + 1
    return found


def _transitions() -> list[_Schema]:
    """What a change may not do: volumes only grow."""
    storage = "overrides.storageGib"
    shrinking = (
        f"!has(oldSelf.overrides) || !has(oldSelf.{storage}) || !has(self.overrides) || !has(self.{storage})"
        f" || self.{storage} >= oldSelf.{storage}"
    )
    return [
        {
            "rule": shrinking,
            "message": f"{storage}: a volume only grows; leave it as large as it is",
            "fieldPath": ".overrides",
        }
    ]


def _unused_features() -> list[_Schema]:
    """What cannot have an effect without a feature that is left out; what a tier includes is the platform's to say."""
    return [
        {
            "rule": f"!has(self.features) || !has(self.{field}) || '{feature}' in self.features",
            "message": f"{field}: needs the feature {feature}; add it to features, or remove {field}",
            "fieldPath": f".{field}",
        }
        for field, feature in (("houseStyle", Feature.HOUSE_STYLE), ("domains", Feature.CUSTOM_DOMAINS))
    ]


def _status() -> _Schema:
    text = {"type": "string", "maxLength": _LONGEST_TEXT}
    generation = {"type": "integer", "format": "int64"}
    condition = {
        "type": "object",
        "required": ["type", "status"],
        "properties": {
            "type": {"type": "string", "maxLength": _LONGEST_TYPE, "description": "What it is about."},
            "status": {
                "type": "string",
                "enum": ["True", "False", "Unknown"],
                "description": "Whether it holds; Unknown while something is awaited.",
            },
            "reason": {**text, "description": "One word on why, for programs."},
            "message": {"type": "string", "maxLength": 32_768, "description": "The same for people, with a remedy."},
            "lastTransitionTime": {
                "type": "string",
                "format": "date-time",
                "description": "When the status changed last.",
            },
            "observedGeneration": {**generation, "description": "The generation of the Tenant that it is about."},
        },
    }
    return {
        "type": "object",
        "description": "How the tenant is, as the operator sees it.",
        "properties": {
            "phase": {
                "type": "string",
                "enum": [phase.value for phase in TenantPhase],
                "description": "The tenant at a glance; the conditions say why.",
            },
            "observedGeneration": {**generation, "description": "The generation that the operator looked at last."},
            "conditions": {
                "type": "array",
                "description": "What holds of the tenant and what does not; Ready sums up.",
                "maxItems": len(Topic) + _LONGEST_LIST,
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
                "items": condition,
            },
            "urls": {
                "type": "object",
                "description": "Addresses of the tenant.",
                "properties": {"site": {**text, "description": "The site's public address."}},
            },
            "volume": {**text, "description": "The uid of the volume claim that holds the site's files."},
        },
    }
