"""What operator and hub ask of a cluster, held against the rights the chart gives: enough, and no more."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.kinds import EVENT, OWNED, POD, TENANT, Kind, Ref
from presswerk.runtimes.cluster.rendering.rights import hub_rules, operator_rules
from tests.support.cluster import Cluster, running_cluster
from tests.support.cluster_server import KINDS, Call
from tests.support.helm import CHART, helm

pytestmark = pytest.mark.integration

_GROUPS = {kind.api_version: kind.group for kind in KINDS}
Rules = Sequence[dict[str, Any]]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


def _needed(call: Call) -> set[tuple[str, str, str]]:
    """The rights a request needs, as (verb, group, resource); https://kubernetes.io/docs/reference/access-authn-authz/"""
    group, plural = _GROUPS[call.key.api_version], call.key.plural
    if call.verb == "status":
        return {("patch", group, f"{plural}/status")}
    # Server-side apply is a patch, and where there is nothing yet it creates.
    verbs = {"apply": {"patch", "create"}}.get(call.verb, {call.verb})
    return {(verb, group, plural) for verb in verbs}


def _given(rules: Rules) -> set[tuple[str, str, str]]:
    return {
        (verb, group, resource)
        for rule in rules
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def _body(kind: Kind, name: str) -> dict[str, Any]:
    place = {"namespace": "tenant-acme"} if kind.namespaced else {}
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": {"name": name, **place}}


def _everything(api: ClusterApi) -> None:
    """Each call the operator can make, for each kind it makes it for."""
    for kind in (TENANT, *OWNED):
        _, version = api.list(kind, {})
        list(api.watch(kind, {}, version, 0))
    for kind in OWNED:
        name = "tenant-acme" if kind.name == "Namespace" else "it"
        api.apply(_body(kind, name))
        api.create(_body(kind, f"{name}-other"))
        ref = Ref(kind, "tenant-acme" if kind.namespaced else None, name)
        api.get(ref)
    for kind in (POD, EVENT):
        api.list(kind, namespace="tenant-acme")
    api.create({**_body(EVENT, "it"), "metadata": {"name": "it", "namespace": "default"}})
    api.apply_tenant_status("acme", {"phase": "Ready"})
    for kind in reversed(OWNED):
        name = "tenant-acme" if kind.name == "Namespace" else "it"
        api.delete(Ref(kind, "tenant-acme" if kind.namespaced else None, name))


def test_all_that_the_operator_does_it_may(cluster: Cluster) -> None:
    cluster.put({**_body(TENANT, "acme"), "spec": {"name": "Acme"}})
    _everything(ClusterApi(cluster.client(timeout_seconds=5)))

    needed = set().union(*(_needed(call) for call in cluster.calls))
    assert needed - _given(operator_rules()) == set()


def test_of_its_own_kinds_it_may_nothing_that_it_does_not_do(cluster: Cluster) -> None:
    cluster.put({**_body(TENANT, "acme"), "spec": {"name": "Acme"}})
    _everything(ClusterApi(cluster.client(timeout_seconds=5)))

    groups = {kind.group for kind in OWNED} - {""}
    plurals = {kind.plural for kind in OWNED}
    used = set().union(*(_needed(call) for call in cluster.calls))
    spare = {(verb, group, plural) for verb, group, plural in _given(operator_rules()) - used if plural in plurals}
    assert {each for each in spare if each[1] in groups | {""}} == set()


def test_the_chart_gives_these_rights_and_no_others() -> None:
    objects = helm().rendered("--values", str(CHART / "examples" / "by-hand.yaml"))
    roles = [each for each in objects if each["kind"] in {"ClusterRole", "Role"}]
    bindings = [each for each in objects if each["kind"] in {"ClusterRoleBinding", "RoleBinding"}]

    given = {"presswerk-hub": hub_rules(), "presswerk-operator": operator_rules()}
    assert {each["metadata"]["name"]: each["rules"] for each in roles if each["kind"] == "ClusterRole"} == given
    assert [
        (each["roleRef"]["name"], each["subjects"]) for each in bindings if each["kind"] == "ClusterRoleBinding"
    ] == [(name, [{"kind": "ServiceAccount", "name": name, "namespace": "presswerk"}]) for name in given]
    (lease,) = (each for each in roles if each["kind"] == "Role")
    assert (lease["metadata"]["namespace"], lease["metadata"]["name"]) == ("presswerk", "presswerk-operator")
    assert {verb for rule in lease["rules"] for verb in rule["verbs"]} == {"create", "get", "update", "delete"}
    assert {resource for rule in lease["rules"] for resource in rule["resources"]} == {"leases"}
    for rule in (rule for rules in (*given.values(), lease["rules"]) for rule in rules):
        assert "*" not in (*rule["apiGroups"], *rule["resources"], *rule["verbs"])
