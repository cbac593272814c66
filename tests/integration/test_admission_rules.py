"""What the cluster's API server decides by our rules in CEL, worked out by an implementation of that language.

Another one than the API server's: it parses and evaluates the same language, but knows none of Kubernetes' own types.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import celpy
import pytest
from celpy.adapter import json_to_cel
from jsonschema import Draft202012Validator

from presswerk.runtimes.cluster.crd import tenant_crd
from presswerk.runtimes.cluster.resource import InvalidResource, tenant_of
from tests.support.helm import CHART, helm

pytestmark = pytest.mark.integration

Values = Mapping[str, Any]


def evaluated(expression: str, **values: Any) -> Any:
    environment = celpy.Environment()
    program = environment.program(environment.compile(expression))
    return program.evaluate({name: json_to_cel(value) for name, value in values.items()})


@pytest.fixture(scope="module")
def policies() -> dict[str, Values]:
    objects = helm().rendered("--values", str(CHART / "examples" / "by-hand.yaml"))
    kind = "ValidatingAdmissionPolicy"
    return {each["metadata"]["name"]: each["spec"] for each in objects if each["kind"] == kind}


@pytest.mark.parametrize(
    ("annotations", "allowed"),
    [
        (None, False),
        ({}, False),
        ({"presswerk.io/delete": "other"}, False),
        ({"presswerk.io/delete": "acme"}, True),
    ],
)
def test_only_a_tenant_that_was_annotated_with_its_name_is_deleted(
    policies: dict[str, Values], annotations: Values | None, allowed: bool
) -> None:
    (rule,) = policies["presswerk-tenants"]["validations"]
    tenant = {"metadata": {"name": "acme", **({} if annotations is None else {"annotations": annotations})}}
    request = {"resource": {"resource": "tenants"}}

    assert bool(evaluated(rule["expression"], oldObject=tenant)) is allowed
    told = str(evaluated(rule["messageExpression"], oldObject=tenant, request=request))
    assert told.endswith("kubectl annotate tenants acme presswerk.io/delete=acme")


_TENANTS_OWN = {"presswerk.io/tenant": "acme"}


def _place_of(resource: str, name: str) -> dict[str, str]:
    """As a real server gives it: a namespace is in itself, and what is in none has no such field, not an empty one."""
    return {"namespaces": {"namespace": name}, "persistentvolumeclaims": {"namespace": "tenant-acme"}}.get(resource, {})


@pytest.mark.parametrize(
    ("resource", "name", "labels", "user", "concerns"),
    [
        ("namespaces", "tenant-acme", _TENANTS_OWN, "admin", True),
        ("namespaces", "default", None, "admin", False),
        ("namespaces", "shop", {"app": "shop"}, "admin", False),
        ("persistentvolumeclaims", "site-files", _TENANTS_OWN, "admin", True),
        ("persistentvolumeclaims", "data", {}, "admin", False),
        ("customresourcedefinitions", "tenants.tenants.presswerk.io", {}, "admin", True),
        ("customresourcedefinitions", "gateways.gateway.networking.k8s.io", {}, "admin", False),
        ("tenants", "acme", None, "admin", True),
        ("namespaces", "tenant-acme", _TENANTS_OWN, "system:serviceaccount:presswerk:presswerk-operator", False),
        (
            "persistentvolumeclaims",
            "site-files",
            _TENANTS_OWN,
            "system:serviceaccount:kube-system:namespace-controller",
            False,
        ),
    ],
)
def test_whatever_holds_tenants_content_is_deleted_by_nobody_in_passing(
    policies: dict[str, Values], *, resource: str, name: str, labels: Values | None, user: str, concerns: bool
) -> None:
    spec = policies["presswerk-tenants"]
    values = {
        "oldObject": {"metadata": {"name": name, **({} if labels is None else {"labels": labels})}},
        "request": {"resource": {"resource": resource}, "userInfo": {"username": user}, **_place_of(resource, name)},
    }

    held = all(bool(evaluated(each["expression"], **values)) for each in spec["matchConditions"])
    covered = {each for rule in spec["matchConstraints"]["resourceRules"] for each in rule["resources"]}

    assert held is concerns
    assert resource in covered
    place = " --namespace tenant-acme" if resource == "persistentvolumeclaims" else ""
    told = str(evaluated(spec["validations"][0]["messageExpression"], **values))
    assert told.endswith(f"kubectl annotate {resource} {name}{place} presswerk.io/delete={name}")


def test_the_protection_can_be_turned_off() -> None:
    objects = helm().rendered("--values", str(CHART / "examples" / "by-hand.yaml"), "--set", "protectTenants=false")

    assert "presswerk-tenants" not in {each["metadata"]["name"] for each in objects}


@pytest.mark.parametrize(
    ("request_", "object_name", "allowed"),
    [
        ({"namespace": "tenant-acme", "name": "site", "resource": {"resource": "deployments"}}, "site", True),
        ({"namespace": "", "name": "tenant-acme", "resource": {"resource": "namespaces"}}, "tenant-acme", True),
        ({"namespace": "", "name": "", "resource": {"resource": "namespaces"}}, "tenant-acme", True),
        ({"namespace": "presswerk", "name": "g", "resource": {"resource": "referencegrants"}}, "g", True),
        ({"namespace": "presswerk", "name": "l", "resource": {"resource": "leases"}}, "l", True),
        ({"namespace": "kube-system", "name": "l", "resource": {"resource": "leases"}}, "l", False),
        ({"namespace": "presswerk", "name": "presswerk-hub", "resource": {"resource": "secrets"}}, "x", False),
        ({"namespace": "kube-system", "name": "x", "resource": {"resource": "secrets"}}, "x", False),
        ({"namespace": "", "name": "kube-system", "resource": {"resource": "namespaces"}}, "kube-system", False),
    ],
)
def test_the_operator_writes_where_tenants_live_and_nowhere_else(
    policies: dict[str, Values], request_: Values, object_name: str, allowed: bool
) -> None:
    spec = policies["presswerk-operator"]
    values = {"request": request_, "object": {"metadata": {"name": object_name}}}
    place = str(evaluated(spec["variables"][0]["expression"], **values))
    (rule,) = spec["validations"]

    assert bool(evaluated(rule["expression"], variables={"place": place}, **values)) is allowed


def test_that_rule_is_for_the_operator_alone_and_not_for_what_has_rights_of_its_own(
    policies: dict[str, Values],
) -> None:
    by_operator, without_rights = policies["presswerk-operator"]["matchConditions"]
    account = "system:serviceaccount:presswerk:presswerk-operator"

    assert not evaluated(by_operator["expression"], request={"userInfo": {"username": "system:admin"}})
    assert evaluated(by_operator["expression"], request={"userInfo": {"username": account}})
    for group, resource, concerns in (
        ("tenants.presswerk.io", "tenants", False),
        ("", "secrets", True),
    ):
        request = {"resource": {"group": group, "resource": resource}}
        assert bool(evaluated(without_rights["expression"], request=request)) is concerns


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = tenant_crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("acme", True),
        ("a-1", True),
        ("a", False),
        ("Acme", False),
        ("-acme", False),
        ("a" * 20, True),
        ("a" * 21, False),
    ],
)
def test_a_tenants_name_is_an_id(name: str, taken: bool) -> None:
    rule, _ = _schema()["x-kubernetes-validations"]

    assert bool(evaluated(rule["rule"], self={"metadata": {"name": name}})) is taken


@pytest.mark.parametrize(
    ("tenant", "taken"),
    [
        ({"metadata": {"name": "acme"}}, True),
        *(
            ({"metadata": {"name": name}}, False)
            for name in ("hub", "chat", "id", "www", "api", "mail", "wpad", "xn--a")
        ),
        ({"metadata": {"name": "hub"}, "status": {"phase": "Ready"}}, True),
    ],
)
def test_a_new_tenant_gets_no_address_of_the_platforms_own(tenant: Values, taken: bool) -> None:
    _, rule = _schema()["x-kubernetes-validations"]

    assert bool(evaluated(rule["rule"], self=tenant)) is taken


@pytest.mark.parametrize(
    ("spec", "taken"),
    [
        ({"houseStyle": {"voice": "Plain."}}, True),
        ({"houseStyle": {"voice": "Plain."}, "features": ["house-style"]}, True),
        ({"houseStyle": {"voice": "Plain."}, "features": ["custom-domains"]}, False),
        ({"domains": ["acme.example"], "features": ["house-style"]}, False),
        ({"features": []}, True),
    ],
)
def test_what_needs_a_feature_that_is_left_out_is_refused(spec: Values, taken: bool) -> None:
    rules = _schema()["properties"]["spec"]["x-kubernetes-validations"][1:]

    assert all(bool(evaluated(rule["rule"], self=spec)) for rule in rules) is taken


@pytest.mark.parametrize(
    ("before", "after", "taken"),
    [
        ({}, {"overrides": {"storageGib": 5}}, True),
        ({"overrides": {"storageGib": 5}}, {"overrides": {"storageGib": 5}}, True),
        ({"overrides": {"storageGib": 5}}, {"overrides": {"storageGib": 9}}, True),
        ({"overrides": {"storageGib": 9}}, {"overrides": {"storageGib": 5}}, False),
        ({"overrides": {"storageGib": 9}}, {}, True),
    ],
)
def test_a_volume_is_not_asked_to_shrink(before: Values, after: Values, taken: bool) -> None:
    rule, *_ = _schema()["properties"]["spec"]["x-kubernetes-validations"]

    assert bool(evaluated(rule["rule"], oldSelf=before, self=after)) is taken


@pytest.mark.parametrize(
    ("domains", "taken"),
    [([], True), (["a.example", "b.example"], True), (["a.example", "b.example", "a.example"], False)],
)
def test_a_domain_that_is_listed_twice_is_refused(domains: list[str], taken: bool) -> None:
    (rule,) = _schema()["properties"]["spec"]["properties"]["domains"]["x-kubernetes-validations"]

    assert bool(evaluated(rule["rule"], self=domains)) is taken


@pytest.mark.parametrize(
    "spec",
    [
        {"name": "  "},
        {"name": "Acme", "category": " "},
        {"name": "Acme", "houseStyle": {"voice": " "}},
        {"name": "Acme", "houseStyle": {"forbiddenWords": [" "]}},
        {"name": "Acme", "timeZone": "Berlin Zoo"},
        {"name": "Acme", "timeZone": "../etc/passwd"},
    ],
)
def test_what_the_declaration_refuses_the_definition_refuses_before(spec: Values) -> None:
    validator = Draft202012Validator(_schema()["properties"]["spec"])

    assert validator.is_valid({"name": "Acme", "timeZone": "America/Argentina/Buenos_Aires", "category": "News"})
    assert not validator.is_valid(spec)
    with pytest.raises(InvalidResource):
        tenant_of({"metadata": {"name": "acme"}, "spec": spec})


def test_explain_says_something_of_every_field() -> None:
    def undescribed(schema: Values, path: str) -> Iterator[str]:
        for name, part in schema.get("properties", {}).items():
            if not part.get("description") or "None" in part["description"]:
                yield f"{path}.{name}"
            yield from undescribed(part, f"{path}.{name}")
            yield from undescribed(part.get("items", {}), f"{path}.{name}")

    found = _schema()["properties"]
    assert [*undescribed({"properties": {"spec": found["spec"], "status": found["status"]}}, "tenant")] == []
