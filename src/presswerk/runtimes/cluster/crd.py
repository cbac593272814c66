"""The definition of the custom resource `Tenant`, derived from the declaration's own models."""

from collections.abc import Mapping
from importlib import resources
from typing import Any

import yaml

from presswerk.declaration import CODED_ID, RESERVED_IDS, Feature, Role, Tenant, TierName
from presswerk.runtimes.cluster.operator.conditions import TenantPhase, Topic
from presswerk.runtimes.cluster.resource import MOST_MEMBERS, NO_ROLE, camel

_Schema = dict[str, Any]
_DROPPED = frozenset({"title", "const", "discriminator", "$defs", "additionalProperties", "uniqueItems"})
_LONGEST_NAME = 100
_LONGEST_LIST = 100
_LONGEST_TEXT = 2_000
_ZONE = r"^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*$"


def tenant_crd() -> _Schema:
    """The CustomResourceDefinition."""
    definition: _Schema = yaml.safe_load(resources.files(__package__).joinpath("tenant_crd.yaml").read_text("utf-8"))
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    described = Tenant.model_json_schema(by_alias=False)
    spec = _spec(described)
    spec["description"] = "What the tenant is to be."
    spec["x-kubernetes-validations"] = [*_transitions(), *_unused_features()]
    schema["properties"]["spec"] = spec
    status = schema["properties"]["status"]["properties"]
    status["phase"]["enum"] = [phase.value for phase in TenantPhase]
    status["conditions"]["maxItems"] = len(Topic) + _LONGEST_LIST
    tenant_id = described["properties"]["id"]
    told = {
        "LONGEST": str(tenant_id["maxLength"]),
        "PATTERN": tenant_id["pattern"],
        "RESERVED": str(sorted(RESERVED_IDS)),
        "CODED": CODED_ID,
    }
    for validation in schema["x-kubernetes-validations"]:
        for word, value in told.items():
            validation["rule"] = validation["rule"].replace(word, value)
    return definition


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
    roles = [*(role.value for role in Role), NO_ROLE]
    properties["members"] = {
        "type": "array",
        "description": "Who was given a role here, or had it taken away; all others are as the identity provider has "
        "them.",
        "maxItems": MOST_MEMBERS,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["userName"],
        "items": {
            "type": "object",
            "required": ["userName", "role"],
            "properties": {
                "userName": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 150,
                    "description": "Theirs at the identity provider.",
                },
                "role": {
                    "type": "string",
                    "enum": roles,
                    "description": "What they are in the tenant.",
                },
                "subject": {
                    "type": "string",
                    "maxLength": 255,
                    "description": "Who that must be, as tokens call them, since a name may become another's.",
                },
            },
        },
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
