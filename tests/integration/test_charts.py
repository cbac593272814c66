"""Our chart, rendered by the real Helm: what comes out a cluster takes, and what is wrong it refuses by name."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from cryptography.fernet import Fernet

from presswerk import __version__
from presswerk.cli.render import resources_of
from presswerk.declaration import Platform, load_platform
from presswerk.infrastructure.capacity.services import PLATFORM
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.rendering.text import yaml_text
from presswerk.runtimes.cluster.rendering.values import values_of
from presswerk.web.settings import Settings, load_settings
from tests.support.cluster_schemas import VERSIONS, problems_with
from tests.support.helm import CHART, Helm, helm
from tests.support.serving import serving

pytestmark = pytest.mark.integration

EXAMPLES = Path(__file__).parents[2] / "examples"
CONTROLLERS = ("envoy-gateway", "traefik")
BY_HAND = CHART / "examples" / "by-hand.yaml"
WITHOUT_ENTRY = CHART / "examples" / "without-entry.yaml"


@pytest.fixture(scope="module")
def installed() -> Helm:
    return helm()


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _platform(controller: str = "envoy-gateway") -> Platform:
    text = (EXAMPLES / "platform.yaml").read_text(encoding="utf-8")
    return load_platform(text.replace("controller: envoy-gateway", f"controller: {controller}"), source="platform.yaml")


@pytest.fixture(scope="module", params=[*CONTROLLERS, "by-hand", "without-entry"])
def values(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each documented file of values: as rendered for both entries, and those beside the chart."""
    if request.param not in CONTROLLERS:
        return CHART / "examples" / f"{request.param}.yaml"
    path = tmp_path_factory.mktemp("values") / "presswerk.yaml"
    path.write_text(yaml_text(values_of(_platform(request.param), resources_of(PLATFORM))["presswerk"]))
    return path


def test_lint_finds_nothing(installed: Helm, values: Path) -> None:
    done = installed.run("lint", "--strict", str(CHART), "--values", str(values))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout


def test_every_object_is_one_a_cluster_takes(installed: Helm, values: Path) -> None:
    settings = ("--include-crds", "--set", "serviceMonitor.enabled=true", "--set", "crd.install=true")
    objects = installed.rendered("--values", str(values), *settings)
    definitions = _of(objects, "CustomResourceDefinition")

    assert {each["metadata"]["name"] for each in definitions} == {"tenants.tenants.presswerk.io"}
    for version in VERSIONS:
        assert [problem for each in objects for problem in problems_with(each, version, definitions)] == []
    assert {"StatefulSet", "Deployment", "ClusterRole", "NetworkPolicy", "ServiceMonitor"} <= {
        each["kind"] for each in objects
    }


def test_a_wrong_field_is_noticed(installed: Helm) -> None:
    hub = _named(installed, "StatefulSet", "presswerk-hub")
    hub["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}

    assert "readynessProbe" in problems_with(hub, VERSIONS[0])[0]


def test_rendering_twice_gives_the_same_bytes(installed: Helm) -> None:
    arguments = ("template", "presswerk", str(CHART), "--values", str(BY_HAND))

    assert installed.run(*arguments).stdout == installed.run(*arguments).stdout


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("hub.replicas=two", "/hub/replicas"),
        ("hub.replicas=0", "/hub/replicas"),
        ("hub.existingSecret=Not_A_Name", "/hub/existingSecret"),
        ("hub.existingsecret=x", "'existingsecret' not allowed"),
        ("hub.databaseUrl=postgresql://u:p@h/n", "'databaseUrl' not allowed"),
        ("hosts.hub=https://hub.example", "/hosts/hub"),
        ("oidcIssuer=id.example", "/oidcIssuer"),
        ("operator.port=70000", "/operator/port"),
        ("operator.resources.limits.memory=512MB", "/operator/resources/limits/memory"),
        ("gateway.chatService.port=http", "/gateway/chatService/port"),
        ("issuer.server=http://acme.example", "/issuer/server"),
        ("networkPolicies.databaseCidrs[0]=10.0.0.1", "/networkPolicies/databaseCidrs/0"),
        ("image.registry=https://registry.example", "/image/registry"),
        ("image.pullSecret=Not_A_Name", "/image/pullSecret"),
        ("image.pullPolicy=Sometimes", "/image/pullPolicy"),
        ("image.pullpolicy=Always", "'pullpolicy' not allowed"),
        ("hubs.replicas=2", "'hubs' not allowed"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(installed: Helm, setting: str, told: str) -> None:
    done = installed.run("template", "presswerk", str(CHART), "--values", str(BY_HAND), "--set", setting)

    assert done.returncode != 0
    assert told in done.stderr


@pytest.mark.parametrize("field", ["platform", "oidcIssuer", "hosts.hub", "hosts.chat"])
def test_what_is_needed_and_missing_is_named(installed: Helm, field: str) -> None:
    done = installed.run("template", "presswerk", str(CHART), "--values", str(BY_HAND), "--set", f"{field}=")

    assert done.returncode != 0
    assert f"{field}: give" in done.stderr


def test_the_schema_knows_every_default_and_no_more() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    defaults = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))

    assert set(_paths(schema, schema)) - {"global"} == set(_keys(defaults))


def test_no_value_is_a_secret(installed: Helm, values: Path) -> None:
    objects = installed.rendered("--values", str(values))

    assert not [each for each in objects if each["kind"] == "Secret"]
    for container in _containers(objects):
        for variable in container.get("env", []):
            if variable["name"].endswith(("_KEY", "_KEYS", "_PASSWORD", "_SECRET", "_TOKEN", "DATABASE_URL")):
                assert "secretKeyRef" in variable["valueFrom"], variable["name"]


def test_every_image_of_ours_is_pulled_from_the_registry_with_its_secret(installed: Helm, values: Path) -> None:
    chosen = ("--set", "image.registry=registry.example/our", "--set", "image.pullSecret=pull")

    objects = installed.rendered("--values", str(values), *chosen)

    assert {str(pod["imagePullSecrets"]) for pod in _pods(objects)} == {str([{"name": "pull"}])}
    ours = {f"registry.example/our/presswerk/{name}:{__version__}" for name in ("hub", "wordpress")}
    assert {each["image"] for each in _containers(objects)} == ours
    told = [entry for each in _containers(objects) for entry in each.get("env", ())]
    credentials = [each["valueFrom"] for each in told if each["name"] == "PRESSWERK_REGISTRY_CREDENTIALS"]
    assert credentials == [{"secretKeyRef": {"name": "pull", "key": ".dockerconfigjson"}}]


def test_no_pod_may_more_than_it_needs(installed: Helm, values: Path) -> None:
    for pod in _pods(installed.rendered("--values", str(values))):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"] is True
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert {"cpu", "memory"} <= set(container["resources"]["limits"])


def test_only_operator_and_hub_can_talk_to_the_cluster(installed: Helm) -> None:
    objects = installed.rendered("--values", str(BY_HAND))
    with_token = {
        each["spec"]["template"]["spec"]["serviceAccountName"]
        for each in objects
        if each["kind"] in {"Deployment", "StatefulSet"}
        and each["spec"]["template"]["spec"].get("automountServiceAccountToken", True)
    }

    assert with_token == {"presswerk-hub", "presswerk-operator"}


def test_the_hubs_pods_are_its_executors(installed: Helm) -> None:
    hub = _named(installed, "StatefulSet", "presswerk-hub")
    environment = {each["name"]: each for each in hub["spec"]["template"]["spec"]["containers"][0]["env"]}

    assert environment["PRESSWERK_EXECUTOR_ID"]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    assert hub["spec"]["podManagementPolicy"] == "Parallel"
    assert hub["spec"]["updateStrategy"] == {"type": "RollingUpdate"}
    assert hub["spec"]["template"]["spec"]["initContainers"][0]["command"] == ["presswerk", "hub", "migrate"]


def test_the_hub_understands_its_environment(installed: Helm, values: Path) -> None:
    objects = installed.rendered("--values", str(values), "--set", "hub.imagePrivateHosts={pictures.lan}")
    hub = next(each for each in _of(objects, "StatefulSet"))
    secrets = {
        "PRESSWERK_DATABASE_URL": "postgresql://hub:password@db.example/hub",
        "PRESSWERK_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "PRESSWERK_AI_API_KEY": "key",
        "PRESSWERK_OIDC_CLIENT_SECRET": "secret",
        "PRESSWERK_DIRECTORY_TOKEN": "token",
        "PRESSWERK_EXECUTOR_ID": "presswerk-hub-0",
    }
    given = {
        each["name"]: each.get("value", secrets.get(each["name"]))
        for each in hub["spec"]["template"]["spec"]["containers"][0]["env"]
    }

    understood = load_settings(given)
    assert {name.removeprefix("PRESSWERK_").lower() for name in given} <= set(Settings.model_fields)
    assert understood.executor_id == "presswerk-hub-0"
    assert understood.public_url == "https://hub.press.example"
    assert understood.image_private_hosts == ("pictures.lan",)
    assert understood.hub_host == "0.0.0.0"
    assert understood.runtime == "cluster"
    assert hub["spec"]["template"]["spec"]["automountServiceAccountToken"]
    container = hub["spec"]["template"]["spec"]["containers"][0]
    assert container["ports"][0]["containerPort"] == understood.hub_port


def test_the_releases_own_test_passes_where_all_answer_and_fails_where_one_does_not(
    installed: Helm, unused_port: int
) -> None:
    pod = _named(installed, "Pod", "presswerk-answers")
    _, flag, program, *addresses = pod["spec"]["containers"][0]["command"]
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)) as address:
        there = f"{address}/"

        def ask(*asked: str) -> int:
            return subprocess.run([sys.executable, flag, program, *asked], check=False, capture_output=True).returncode

        assert ask(there) == 0
        assert ask(there, f"http://127.0.0.1:{unused_port}/") == 1
        assert ask(f"{there}none", there) == 1
    services = {each["metadata"]["name"] for each in _of(installed.rendered("--values", str(BY_HAND)), "Service")}
    assert {urlsplit(address).hostname for address in addresses} <= services


def test_services_are_where_tenants_look_for_them(installed: Helm) -> None:
    cluster = Cluster.of(_platform())
    objects = installed.rendered("--values", str(BY_HAND))
    services = {each["metadata"]["name"]: each for each in objects if each["kind"] == "Service"}
    pods = [
        each["spec"]["template"]["metadata"]["labels"]
        for each in objects
        if each["kind"] in {"Deployment", "StatefulSet"}
    ]

    for service in (cluster.hub, cluster.closed_page):
        found = services[service.name]
        assert found["spec"]["ports"][0]["port"] == service.port
        assert found["spec"]["selector"].items() <= dict(service.pod_labels).items()
        assert sum(service.pod_labels.items() <= labels.items() for labels in pods) == 1


def test_clear_text_is_redirected_and_every_name_has_a_route_and_a_certificate(installed: Helm) -> None:
    objects = installed.rendered("--values", str(BY_HAND))
    routes = {each["metadata"]["name"]: each["spec"] for each in objects if each["kind"] == "HTTPRoute"}
    listeners = {each["name"]: each for each in _of(objects, "Gateway")[0]["spec"]["listeners"]}
    certificates = {each["spec"]["secretName"]: each["spec"]["dnsNames"] for each in _of(objects, "Certificate")}

    assert routes["presswerk-to-https"]["rules"][0]["filters"][0]["requestRedirect"]["scheme"] == "https"
    assert "hostnames" not in routes["presswerk-to-https"]
    for what in ("hub", "chat", "identity"):
        listener = listeners[f"https-{what}"]
        assert routes[f"presswerk-{what}"]["hostnames"] == [listener["hostname"]]
        assert routes[f"presswerk-{what}"]["parentRefs"][0]["sectionName"] == f"https-{what}"
        assert certificates[listener["tls"]["certificateRefs"][0]["name"]] == [listener["hostname"]]
        assert listener["allowedRoutes"]["namespaces"]["from"] == "Same"


def test_metrics_are_not_served_to_the_world(installed: Helm) -> None:
    rules = _named(installed, "HTTPRoute", "presswerk-hub")["spec"]["rules"]
    metrics = [rule for rule in rules if rule["matches"][0]["path"]["value"] == "/metrics"]

    assert len(metrics) == 1
    assert "backendRefs" not in metrics[0]


def test_the_issuer_has_a_discovery_document(installed: Helm) -> None:
    rules = _named(installed, "HTTPRoute", "presswerk-identity")["spec"]["rules"]

    assert rules[0]["matches"] == [{"path": {"type": "Exact", "value": "/.well-known/openid-configuration"}}]
    assert rules[0]["filters"][0]["urlRewrite"]["path"] == {
        "type": "ReplaceFullPath",
        "replaceFullPath": "/application/o/presswerk-hub/.well-known/openid-configuration",
    }


def test_a_route_leads_only_where_the_other_namespace_lets_it(installed: Helm) -> None:
    objects = installed.rendered("--values", str(BY_HAND))
    elsewhere = {
        (backend["namespace"], backend["name"])
        for route in _of(objects, "HTTPRoute")
        for rule in route["spec"]["rules"]
        for backend in rule.get("backendRefs", [])
        if "namespace" in backend
    }
    granted = {
        (grant["metadata"]["namespace"], target["name"])
        for grant in _of(objects, "ReferenceGrant")
        for target in grant["spec"]["to"]
    }

    assert elsewhere == granted == {("authentik", "authentik-server")}


def test_chart_and_package_have_one_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))

    assert chart["version"] == chart["appVersion"] == __version__


def test_every_pod_of_ours_is_closed_but_for_what_is_listed(installed: Helm) -> None:
    objects = installed.rendered("--values", str(BY_HAND))
    closing = next(
        each for each in _of(objects, "NetworkPolicy") if each["metadata"]["name"] == "presswerk-nothing-else"
    )
    labels = closing["spec"]["podSelector"]["matchLabels"]

    assert closing["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in closing["spec"]
    for each in objects:
        if each["kind"] in {"Deployment", "StatefulSet"}:
            assert labels.items() <= each["spec"]["template"]["metadata"]["labels"].items()


def test_without_an_entry_nothing_of_it_is_left(installed: Helm) -> None:
    kinds = {each["kind"] for each in installed.rendered("--values", str(WITHOUT_ENTRY))}

    assert not kinds & {"Gateway", "HTTPRoute", "ReferenceGrant", "Certificate", "ClusterIssuer"}


def _paths(schema: Mapping[str, Any], root: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if not prefix or "properties" in schema:
        for name, inner in schema["properties"].items():
            yield from _paths(inner, root, f"{prefix}.{name}" if prefix else name)
    else:
        yield prefix


def _keys(value: object, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _keys(inner, f"{prefix}.{name}" if prefix else name)
    else:
        yield prefix


def _of(objects: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each for each in objects if each["kind"] == kind]


def _named(installed: Helm, kind: str, name: str) -> dict[str, Any]:
    objects = installed.rendered("--values", str(BY_HAND))
    return next(each for each in _of(objects, kind) if each["metadata"]["name"] == name)


def _pods(objects: list[dict[str, Any]]) -> Iterator[Any]:
    for each in objects:
        if each["kind"] in {"Deployment", "StatefulSet"}:
            yield each["spec"]["template"]["spec"]
        elif each["kind"] == "Pod":
            yield each["spec"]


def _containers(objects: list[dict[str, Any]]) -> Iterator[Any]:
    for pod in _pods(objects):
        yield from pod["containers"]
        yield from pod.get("initContainers", ())


def test_whom_to_trust_is_mounted_where_something_asks_others(installed: Helm, values: Path) -> None:
    usual = installed.rendered("--values", str(values))
    own = installed.rendered("--values", str(values), "--set", "authorities.configMap=own-authorities")

    assert "SSL_CERT_FILE" not in str(usual)
    for kind, name in (("StatefulSet", "presswerk-hub"), ("Deployment", "presswerk-operator")):
        (spec,) = [
            body["spec"]["template"]["spec"] for body in own if (body["kind"], body["metadata"]["name"]) == (kind, name)
        ]
        volume = {"name": "authorities", "configMap": {"name": "own-authorities"}}
        mount = {"name": "authorities", "mountPath": "/etc/presswerk-authorities", "readOnly": True}
        variable = {"name": "SSL_CERT_FILE", "value": "/etc/presswerk-authorities/ca.crt"}
        assert volume in spec["volumes"]
        for container in (*spec.get("initContainers", ()), *spec["containers"]):
            assert mount in container["volumeMounts"]
            assert variable in container["env"]
