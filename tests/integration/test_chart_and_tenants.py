"""What the chart makes and what tenants' objects rely on, held against each other."""

from typing import Any

import pytest

from presswerk.cli.render import resources_of
from presswerk.declaration import Platform
from presswerk.infrastructure.capacity.services import PLATFORM
from presswerk.kubernetes.kinds import NAMESPACE, kind_of
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.manifests import DesiredTenant, SiteSecrets, tenant_objects
from presswerk.runtimes.cluster.manifests.network import NOT_THE_INTERNET, SITE_PORT
from presswerk.runtimes.cluster.rendering.objects import namespaces
from presswerk.runtimes.cluster.rendering.text import yaml_text
from presswerk.runtimes.cluster.rendering.values import values_of
from tests.support.helm import helm
from tests.support.namespace_admission import Forbidden, NamespaceAdmission, solver_objects
from tests.unit.cluster_rendering.test_rendered_values import example

pytestmark = pytest.mark.integration

Body = dict[str, Any]


@pytest.fixture(scope="module")
def platform() -> Platform:
    return example()


@pytest.fixture(scope="module")
def chart(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> list[Body]:
    values = tmp_path_factory.mktemp("values") / "presswerk.yaml"
    values.write_text(yaml_text(values_of(platform, resources_of(PLATFORM))["presswerk"]), encoding="utf-8")
    return helm().rendered("--values", str(values))


@pytest.fixture(scope="module", params=[False, True], ids=["open", "suspended"])
def tenant(platform: Platform, request: pytest.FixtureRequest) -> tuple[Body, ...]:
    return _objects(platform, suspended=request.param)


def _objects(platform: Platform, *, suspended: bool) -> tuple[Body, ...]:
    declared = next(each for each in platform.tenants if each.id == "bakery")
    secrets = SiteSecrets(
        salts={"AUTH_KEY": "a", "SECURE_AUTH_KEY": "b", "LOGGED_IN_KEY": "c", "NONCE_KEY": "d"},
        application_password="e",
        issuer="https://id.press.example/",
        client_id="site-bakery",
        client_secret="f",
        database=None,
    )
    cluster = Cluster.of(platform)
    return tenant_objects(DesiredTenant(cluster, declared, platform.allotment(declared), suspended), secrets)


def _one(objects: tuple[Body, ...] | list[Body], kind: str, name: str) -> Body:
    found = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, f"{kind} {name}"
    return found[0]


def test_the_gateway_takes_a_tenants_listeners(chart: list[Body], tenant: tuple[Body, ...]) -> None:
    listeners = _one(tenant, "ListenerSet", names.SITE)["spec"]
    gateway = _one(chart, "Gateway", listeners["parentRef"]["name"])
    wanted = gateway["spec"]["allowedListeners"]["namespaces"]["selector"]["matchExpressions"]
    labels = next(each for each in tenant if each["kind"] == "Namespace")["metadata"]["labels"]

    assert gateway["metadata"]["namespace"] == listeners["parentRef"]["namespace"]
    assert [(each["key"] in labels, each["operator"]) for each in wanted] == [(True, "Exists")]
    ours = {each.get("hostname") for each in gateway["spec"]["listeners"]}
    assert not ours & {each["hostname"] for each in listeners["listeners"]}


def test_challenges_for_a_tenants_certificate_find_the_listener_in_the_clear(
    chart: list[Body], tenant: tuple[Body, ...], platform: Platform
) -> None:
    certificate = _one(tenant, "Certificate", names.SITE)["spec"]
    issuer = _one(chart, "ClusterIssuer", certificate["issuerRef"]["name"])
    parent = issuer["spec"]["acme"]["solvers"][0]["http01"]["gatewayHTTPRoute"]["parentRefs"][0]
    gateway = _one(chart, "Gateway", parent["name"])
    listener = next(each for each in gateway["spec"]["listeners"] if each["name"] == parent["sectionName"])
    labels = listener["allowedRoutes"]["namespaces"]["selector"]["matchLabels"]
    theirs = next(each for each in tenant if each["kind"] == "Namespace")["metadata"]["labels"]
    ours = _one(namespaces(platform), "Namespace", names.PLATFORM_NAMESPACE)["metadata"]["labels"]

    assert listener["protocol"] == "HTTP"
    assert labels.items() <= theirs.items()
    assert labels.items() <= ours.items()


def test_every_name_of_a_tenant_is_proven_at_once_under_its_quota_limits_and_pod_security(
    chart: list[Body], tenant: tuple[Body, ...]
) -> None:
    admission, issuer = NamespaceAdmission.of(tenant), _one(chart, "ClusterIssuer", "presswerk")
    (solver,) = (each["http01"] for each in issuer["spec"]["acme"]["solvers"])
    site = _one(tenant, "Deployment", names.SITE)["spec"]["template"]["spec"]
    clock = _one(tenant, "CronJob", names.CRON)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    scalers = [each["spec"]["maxReplicas"] for each in tenant if each["kind"] == "HorizontalPodAutoscaler"]
    hosts = _one(tenant, "Certificate", names.SITE)["spec"]["dnsNames"]

    admission.admit(_one(tenant, "Service", names.SITE))
    # The site at its largest while a new version comes, its clock running, and every name proven at the same time.
    for spec in (*[site] * (max(scalers, default=1) + 1), clock):
        admission.admit({"kind": "Pod", "spec": spec})
    for host in hosts:
        for body in solver_objects(solver, host):
            admission.admit(body)


def test_without_our_word_for_it_a_challenge_would_be_refused(chart: list[Body], tenant: tuple[Body, ...]) -> None:
    told_nothing: Body = {"gatewayHTTPRoute": {}}
    service, _ = solver_objects(told_nothing, "acme.press.example")

    with pytest.raises(Forbidden, match=r"exceeded quota: services\.nodeports: 0"):
        NamespaceAdmission.of(tenant).admit(service)


def test_a_suspended_sites_route_leads_to_the_page_that_is_there(chart: list[Body], platform: Platform) -> None:
    route = _one(_objects(platform, suspended=True), "HTTPRoute", names.SITE)
    backend = route["spec"]["rules"][0]["backendRefs"][0]
    page = _one(chart, "Service", backend["name"])

    assert (page["metadata"]["namespace"], page["spec"]["ports"][0]["port"]) == (backend["namespace"], backend["port"])


def test_hub_and_sites_may_reach_each_other_by_both_sides_policies(chart: list[Body], tenant: tuple[Body, ...]) -> None:
    policy = _one(chart, "NetworkPolicy", "presswerk-hub")["spec"]
    to_sites = policy["egress"][0]
    from_sites = next(peer for peer in policy["ingress"][0]["from"] if "matchExpressions" in str(peer))
    site = _one(tenant, "NetworkPolicy", "site")["spec"]
    hub_pods = policy["podSelector"]["matchLabels"]

    assert to_sites["ports"] == [{"protocol": "TCP", "port": SITE_PORT}]
    for peer in (to_sites["to"][0], from_sites):
        assert peer["podSelector"]["matchLabels"].items() <= site["podSelector"]["matchLabels"].items()
        assert peer["namespaceSelector"]["matchExpressions"] == [{"key": names.LABEL_TENANT, "operator": "Exists"}]
    assert any(
        hub_pods.items() <= peer.get("podSelector", {}).get("matchLabels", {}).items()
        for rule in site["ingress"]
        for peer in rule["from"]
    )
    reached = [rule for rule in site["egress"] if hub_pods == rule["to"][0].get("podSelector", {}).get("matchLabels")]
    assert [rule["ports"][0]["port"] for rule in reached] == [policy["ingress"][0]["ports"][0]["port"]]


def test_both_mean_the_same_by_the_internet(chart: list[Body]) -> None:
    policy = _one(chart, "NetworkPolicy", "presswerk-hub")["spec"]
    blocks = [peer["ipBlock"] for rule in policy["egress"] for peer in rule["to"] if "ipBlock" in peer]

    # The second is the cluster's API, on its own port.
    everywhere = [block["except"] for block in blocks if block["cidr"] == "0.0.0.0/0"]
    assert everywhere == [list(NOT_THE_INTERNET), ["169.254.0.0/16"]]


def test_the_hub_reaches_the_clusters_api_and_nothing_private_on_the_port_of_pictures(chart: list[Body]) -> None:
    policy = _one(chart, "NetworkPolicy", "presswerk-hub")["spec"]
    rules = [
        rule for rule in policy["egress"] if {"cidr": "0.0.0.0/0"}.items() <= rule["to"][0].get("ipBlock", {}).items()
    ]
    ports = [[port["port"] for port in rule["ports"]] for rule in rules]

    assert ports == [[443], [6443]]
    assert rules[0]["to"][0]["ipBlock"]["except"] == list(NOT_THE_INTERNET)


def test_the_operator_may_write_wherever_a_tenant_has_something(chart: list[Body], tenant: tuple[Body, ...]) -> None:
    limits = _one(chart, "ValidatingAdmissionPolicy", "presswerk-operator")["spec"]["validations"][0]["expression"]
    rules = _one(chart, "ClusterRole", "presswerk-operator")["rules"]

    # The expression in Python: no API server is at hand to run it.
    assert "startsWith('tenant-')" in limits
    assert "in ['referencegrants', 'leases'] && request.namespace == 'presswerk'" in limits
    for body in tenant:
        kind = kind_of(body)
        place = body["metadata"]["name"] if kind == NAMESPACE else body["metadata"]["namespace"]
        assert place.startswith("tenant-") or (kind.plural == "referencegrants" and place == "presswerk"), kind
        assert any(kind.group in rule["apiGroups"] and kind.plural in rule["resources"] for rule in rules), kind
