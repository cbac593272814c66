"""The pure parts of a delivery: readiness, what to go back to, what an answer proves, which chart it is."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.cli.render import resources_of
from presswerk.declaration import Platform, load_platform
from presswerk.errors import PresswerkError
from presswerk.infrastructure.capacity.services import PLATFORM
from presswerk.infrastructure.delivery import helm, probes
from presswerk.infrastructure.delivery.charts import Chart
from presswerk.infrastructure.delivery.helm import Helm, HelmFailed, History, Revision, find_helm
from presswerk.infrastructure.delivery.plan import ObjectsStep, ReleaseStep, restorable, steps
from presswerk.infrastructure.delivery.probes import Endpoint, Prober, site_endpoint
from presswerk.infrastructure.delivery.records import DeliveryState, Record
from presswerk.infrastructure.delivery.rollback import choose
from presswerk.infrastructure.delivery.secrets import told_never
from presswerk.kubernetes.clock import Deadline
from presswerk.kubernetes.connection import KubeContext, connect
from presswerk.kubernetes.errors import NoCluster
from presswerk.kubernetes.kinds import DEPLOYMENT, STATEFUL_SET, Ref
from presswerk.kubernetes.readiness import Failed, not_ready
from presswerk.kubernetes.rollout import awaited
from presswerk.runtimes.cluster.rendering.releases import releases
from presswerk.runtimes.cluster.rendering.values import over
from tests.support.delivery import FakeClock

EXAMPLE = Path(__file__).parents[3] / "examples" / "platform.yaml"


def _workload(kind: str, **status: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": status}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (_workload("Deployment", observedGeneration=1), "not yet seen by its controller"),
        (_workload("Deployment", observedGeneration=2, updatedReplicas=1), "1 of 2 pods are new"),
        (_workload("Deployment", observedGeneration=2, updatedReplicas=2, replicas=3), "1 old pods are still there"),
        (
            _workload("Deployment", observedGeneration=2, updatedReplicas=2, replicas=2, availableReplicas=1),
            "1 of 2 pods are ready",
        ),
        (_workload("Deployment", observedGeneration=2, updatedReplicas=2, replicas=2, availableReplicas=2), ""),
        (_workload("StatefulSet", observedGeneration=2, updatedReplicas=1, readyReplicas=2), "1 of 2 pods are new"),
        (
            _workload("StatefulSet", observedGeneration=2, currentRevision="a", updateRevision="a", readyReplicas=2),
            "",
        ),
        (
            _workload("StatefulSet", observedGeneration=2, currentRevision="a", updateRevision="b"),
            "0 of 2 pods are new",
        ),
        (
            _workload("DaemonSet", observedGeneration=2, desiredNumberScheduled=3, updatedNumberScheduled=3),
            "0 of 3 pods are ready",
        ),
        (_workload("Job"), "it still runs"),
        (_workload("Job", conditions=[{"type": "Complete", "status": "True"}]), ""),
        (_workload("PersistentVolumeClaim", phase="Pending"), "it is Pending"),
        (
            _workload(
                "Gateway", conditions=[{"type": "Programmed", "status": "False", "reason": "AddressNotAssigned"}]
            ),
            "not Programmed: AddressNotAssigned",
        ),
        (_workload("Gateway"), "nothing says yet whether it is Programmed"),
        (_workload("Service"), ""),
    ],
)
def test_readiness_is_what_the_kind_says_of_itself(body: dict[str, Any], told: str) -> None:
    assert not_ready(body) == told


@pytest.mark.parametrize(
    "body",
    [
        _workload("Job", conditions=[{"type": "Failed", "status": "True", "message": "BackoffLimitExceeded"}]),
        _workload(
            "Deployment",
            observedGeneration=2,
            conditions=[{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}],
        ),
        _workload("PersistentVolumeClaim", phase="Lost"),
    ],
)
def test_what_will_never_be_ready_is_not_waited_for(body: dict[str, Any]) -> None:
    with pytest.raises(Failed):
        not_ready(body)


@given(wanted=st.integers(0, 5), updated=st.integers(0, 5), available=st.integers(0, 5), total=st.integers(0, 8))
def test_a_deployment_is_ready_only_when_all_its_pods_are_new_and_available(
    wanted: int, updated: int, available: int, total: int
) -> None:
    status = {"observedGeneration": 1, "updatedReplicas": updated, "availableReplicas": available, "replicas": total}
    body = {"kind": "Deployment", "metadata": {"generation": 1}, "spec": {"replicas": wanted}, "status": status}

    ready = not_ready(body) == ""

    assert ready == (updated >= wanted and total <= updated and available >= wanted)


def test_only_what_becomes_ready_is_waited_for_and_hooks_are_not() -> None:
    manifest = """
apiVersion: v1
kind: Service
metadata: {name: a}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: b}
---
---
apiVersion: batch/v1
kind: Job
metadata: {name: c, annotations: {helm.sh/hook: pre-install}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: d, namespace: there}
"""
    assert awaited(manifest, "here") == (
        Ref(DEPLOYMENT, "here", "b"),
        Ref(STATEFUL_SET, "there", "d"),
    )


def _record(number: int, **changes: Any) -> Record:
    made = Record(
        number, "deploy", DeliveryState.DONE, "0.1.0", "2026-11-23T10:00:00+00:00", "ops", {"presswerk": number - 1}
    )
    return replace(made, **{"releases": {"presswerk": number}, "previous": number - 1, **changes})


def test_without_a_number_a_rollback_undoes_the_last_delivery() -> None:
    old = {"kind": "ConfigMap"}
    aim = choose([_record(1, objects=[old]), _record(2)], None)

    assert (aim.revisions, aim.objects, aim.version) == ({"presswerk": 1}, [old], "0.1.0")


@pytest.mark.parametrize("state", [DeliveryState.RUNNING, DeliveryState.FAILED])
def test_a_rollback_that_did_not_end_well_goes_on_to_the_same_place(state: DeliveryState) -> None:
    then = [{"kind": "ConfigMap"}]
    goal = {"goal": {"presswerk": 1}, "objects": then, "version": "0.0.9"}
    begun = _record(3, kind="rollback", state=state, before={"presswerk": 2}, previous=2, **goal)

    aim = choose([_record(1), _record(2, objects=[{"kind": "NetworkPolicy"}]), begun], None)

    assert (aim.revisions, aim.objects, aim.version) == ({"presswerk": 1}, then, "0.0.9")


def test_a_rollback_goes_to_no_delivery_that_failed() -> None:
    with pytest.raises(PresswerkError, match="Delivery 2 is failed") as problem:
        choose([_record(1), _record(2, state=DeliveryState.FAILED)], 2)
    assert problem.value.remedy == "There are: 1."


def test_there_is_nothing_before_the_first_delivery() -> None:
    with pytest.raises(PresswerkError, match="was the first"):
        choose([_record(1, before={"presswerk": 0})], None)


@pytest.mark.parametrize(
    ("statuses", "good"),
    [
        (["deployed", "pending-upgrade"], 1),
        (["superseded", "deployed", "failed", "pending-rollback"], 2),
        (["pending-install"], None),
        (["failed", "pending-upgrade"], None),
        (["superseded", "failed"], 1),
        ([], None),
    ],
)
def test_what_to_go_back_to_from_an_interrupted_release(statuses: list[str], good: int | None) -> None:
    history = History(tuple(Revision(number, status, "c-1") for number, status in enumerate(statuses, start=1)))

    assert (history.good.number if history.good else None) == good


def _plan(platform: Platform, definitions: str = "") -> list[str]:
    charts = {each.name: Chart(Path(each.name), each.version, each.name) for each in releases(platform)}
    made = steps(
        platform,
        resources=resources_of(PLATFORM),
        charts=charts,
        definitions=lambda path: definitions if path.name == "traefik" else "",
        version="0.1.0",
        gateway_api=[{"kind": "CustomResourceDefinition"}] if platform.entry.controller == "traefik" else (),
    )
    assert not [body for body in restorable(made) if body["kind"] in {"Namespace", "CustomResourceDefinition"}]
    return [f"{'release' if isinstance(each, ReleaseStep) else 'objects'} {each.name}" for each in made]


def test_everything_comes_after_what_it_needs() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")

    assert _plan(load_platform(text, source="platform.yaml")) == [
        "objects namespaces",
        "release envoy-gateway",
        "objects the entry's class",
        "release cert-manager",
        "objects the identity provider's blueprint",
        "release authentik",
        "objects who may reach the chat",
        "release open-webui",
        "objects what a Tenant is",
        "release presswerk",
        "objects tenants",
    ]


def test_definitions_come_before_the_chart_that_needs_them() -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("controller: envoy-gateway", "controller: traefik")
    found = _plan(load_platform(text, source="platform.yaml"), "kind: CustomResourceDefinition\n")

    assert found[:4] == [
        "objects namespaces",
        "objects the Gateway API's definitions",
        "objects definitions of traefik",
        "release traefik",
    ]


def test_a_revision_is_known_by_its_chart_and_its_values() -> None:
    chart = Chart(Path("a"), "1", "digest")

    assert chart.content({"a": 1, "b": 2}) == chart.content({"b": 2, "a": 1})
    assert len({chart.content({}), chart.content({"a": 1}), replace(chart, digest="other").content({})}) == 3
    # It is a label's value, which has 63 characters at most.
    assert len(chart.content({})) <= 63


def test_objects_are_told_from_releases() -> None:
    assert restorable([ObjectsStep("a", [{"kind": "ConfigMap"}, {"kind": "Namespace"}])]) == ({"kind": "ConfigMap"},)


def test_a_machine_without_helm_is_told_where_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PresswerkError, match="no helm program on PATH") as problem:
        find_helm()
    assert "https://helm.sh" in problem.value.remedy


def test_helm_is_led_to_no_other_cluster_by_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_KUBECONTEXT", "other")
    monkeypatch.setenv("HELM_NAMESPACE", "other")
    monkeypatch.setenv("HELM_CACHE_HOME", "/cache")

    environment = Helm(("helm",), KubeContext()).environment

    assert "HELM_KUBECONTEXT" not in environment
    assert "HELM_NAMESPACE" not in environment
    assert environment["HELM_CACHE_HOME"] == "/cache"


def test_several_files_in_kubeconfig_are_refused_since_helm_would_merge_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/a:/b")

    with pytest.raises(NoCluster, match="KUBECONFIG names several files"):
        connect(KubeContext())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, json={"issuer": "https://id/"}), ""),
        (httpx.Response(200, json={"issuer": "https://other/"}), "200, but it does not say issuer https://id/"),
        (httpx.Response(200, json=[1]), "200, but it does not say issuer https://id/"),
        (httpx.Response(200, text="<h1>a page for every path</h1>"), "200, but not the JSON it should be"),
        (httpx.Response(503, json={"issuer": "https://id/"}), "503 Service Unavailable"),
        (httpx.Response(302, json={"issuer": "https://id/"}), "302 Found"),
    ],
)
def test_discovery_proves_itself_by_what_it_says(answer: httpx.Response, said: str) -> None:
    transport = httpx.MockTransport(lambda _request: answer)
    endpoint = Endpoint("identity", "https://id/.well-known/openid-configuration", told={"issuer": "https://id/"})

    found = Prober(transport=transport).ask(endpoint)

    assert (found.good, found.said) == (not said, said or "200")


@pytest.mark.parametrize(("status", "good"), [(200, True), (302, True), (404, False), (502, False), (503, False)])
def test_a_site_proves_itself_by_a_page_or_a_redirect(status: int, good: bool) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status)

    platform = load_platform(EXAMPLE.read_text(encoding="utf-8"), source="platform.yaml")
    prober = Prober(lambda _host: ("192.0.2.7", 443), transport=httpx.MockTransport(answer))

    assert prober.ask(site_endpoint(platform, "acme")).good is good
    assert (str(asked[0].url), asked[0].headers["Host"]) == ("https://192.0.2.7/", "acme.press.example")
    assert asked[0].extensions["sni_hostname"] == "acme.press.example"


def test_a_name_without_an_address_is_told_as_such() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno -2] Name or service not known")

    found = Prober(transport=httpx.MockTransport(answer)).ask(Endpoint("hub", "https://hub.press.example/"))

    assert found.said == "hub.press.example has no address in DNS"


def _trickling() -> Iterator[bytes]:
    while True:
        time.sleep(0.01)  # waits for nothing: it is how slowly this server speaks
        yield b" "


@pytest.mark.parametrize("content", [itertools.repeat(b" " * 2**16), _trickling()])
def test_an_answer_that_never_ends_is_not_waited_for(content: Iterator[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_LEAST_SECONDS", 0.1)
    clock = FakeClock()
    prober = Prober(transport=httpx.MockTransport(lambda _request: httpx.Response(200, content=content)))

    found = prober.ask(Endpoint("hub", "https://hub.press.example/", told={}), Deadline.after(0, clock))

    assert (found.good, found.said) == (False, "its answer does not come to an end")


def test_a_helm_that_does_not_end_is_ended_so_that_it_can_say_what_it_leaves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(helm, "_LEAST_SECONDS", 0.3)
    monkeypatch.setattr(helm, "_SPARE_SECONDS", 0.2)
    script = f"trap 'echo $0 > {tmp_path}/ended; kill $!; exit 1' TERM; sleep 60 & wait"
    release = releases(load_platform(EXAMPLE.read_text(encoding="utf-8"), source="platform.yaml"))[0]

    with pytest.raises(HelmFailed, match=f"helm rollback {release.name} did not come to an end"):
        Helm(("sh", "-c", script), KubeContext()).rollback(release, 1, patience_seconds=0.1)

    assert (tmp_path / "ended").read_text(encoding="utf-8") == "rollback\n"


def test_what_is_secret_is_never_told_and_names_are() -> None:
    values = {
        ("authentik", "authentik"): {
            "AUTHENTIK_POSTGRESQL__NAME": "authentik",
            "AUTHENTIK_POSTGRESQL__PASSWORD": "hunter2\n",
            "PRESSWERK_DATABASE_URL": "postgresql://hub:p%40ssword@10.0.0.1/hub",
            "PRESSWERK_ENCRYPTION_KEYS": "newest-key,older-key",
        }
    }

    assert told_never(values) == {
        "hunter2",
        "postgresql://hub:p%40ssword@10.0.0.1/hub",
        "p@ssword",
        "newest-key,older-key",
        "newest-key",
        "older-key",
    }


def test_values_of_ones_own_go_over_the_rendered_ones_as_helm_does_it() -> None:
    rendered = {"image": {"tag": "1", "repository": "a"}, "hosts": ["a"], "hub": 1}

    assert over(rendered, {"image": {"repository": "b"}, "hosts": ["b"], "new": {"x": 1}}) == {
        "image": {"tag": "1", "repository": "b"},
        "hosts": ["b"],
        "hub": 1,
        "new": {"x": 1},
    }


def test_a_delivery_that_was_taken_back_leaves_the_version_before_it() -> None:
    kept = (
        _record(1, version="0.1.0"),
        _record(2, version="0.2.0", state=DeliveryState.RESTORED),
        _record(3, version="0.3.0", state=DeliveryState.RESTORED),
        _record(4, version="0.4.0"),
    )

    assert choose(kept, None).version == "0.1.0"
    assert choose(kept, 3).version == "0.1.0"
    assert choose(kept, 4).version == "0.4.0"
    # Nobody knows it any more when the delivery that brought it is no longer kept.
    assert choose(kept[1:], None).version == ""
