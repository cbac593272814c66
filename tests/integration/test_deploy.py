"""Delivering to a cluster: the real Helm and our real chart, against an emulated cluster."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswerk import __version__
from presswerk.cli.deploy import PATIENCE_SECONDS
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import DEPLOYMENT, TENANT
from presswerk.kubernetes.lease import Held, LeaseLost
from tests.support.cluster_kinds import GATEWAY
from tests.support.cluster_server import Call, Fault
from tests.support.cluster_store import Body, Key, Store
from tests.support.delivery import PLATFORM_TEXT, Page, Settling, World, installed, running_world, well
from tests.support.delivery_cluster import Trouble

pytestmark = pytest.mark.integration


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[World]:
    """With nothing on the cluster but the required Secrets."""
    with running_world(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return installed(tmp_path_factory.mktemp("first"))


@pytest.fixture
def world(tmp_path: Path, kept: Store) -> Iterator[World]:
    """With the platform installed."""
    with running_world(tmp_path, kept) as running:
        yield running


def test_a_platform_is_installed_and_answers(empty: World) -> None:
    report = empty.deploy()

    assert (report.outcome, report.reason) == ("done", "")
    assert all(statuses[-1] == "deployed" for statuses in empty.revisions().values())
    assert {"presswerk-hub", "presswerk-operator", "authentik", "open-webui"} <= empty.images().keys()
    assert [answer.endpoint.name for answer in report.answers if answer.good] == [
        "identity",
        "chat",
        "hub",
        "site acme",
        "site blog",
    ]


def test_a_second_deploy_changes_nothing(world: World) -> None:
    before, revisions = world.cluster.everything(), world.revisions()

    report = world.deploy()

    assert report.outcome == "unchanged"
    assert {each.action for each in report.changes} == {"unchanged"}
    assert world.revisions() == revisions
    after = world.cluster.everything()
    assert after.keys() == before.keys()
    assert {key: body["metadata"]["resourceVersion"] for key, body in after.items()} == {
        key: body["metadata"]["resourceVersion"] for key, body in before.items()
    }


def test_a_new_version_replaces_the_old_one(world: World) -> None:
    world.next_version("9.0.0")

    report = world.deploy("9.0.0")

    assert report.outcome == "done"
    assert [(each.what, each.action, each.detail) for each in report.changes if each.action != "unchanged"] == [
        ("presswerk", "upgrade", f"{__version__} -> 9.0.0")
    ]
    assert world.images()["presswerk-hub"] == "presswerk/hub:9.0.0"


def test_a_release_that_does_not_become_ready_is_taken_back_and_told_why(world: World) -> None:
    world.next_version("9.0.0")
    log = "Traceback\nModuleNotFoundError: No module named 'x'\n"
    trouble = Trouble(waiting="CrashLoopBackOff", message="back-off", log=log)
    world.cluster.trouble = lambda body: trouble if _image(body) == "presswerk/hub:9.0.0" else None

    report = world.deploy("9.0.0")

    assert report.outcome == "restored"
    assert report.exit_code == 3
    assert "StatefulSet presswerk/presswerk-hub is not ready" in report.reason
    assert "it last wrote: ModuleNotFoundError: No module named 'x'" in report.reason
    assert world.images()["presswerk-hub"] == f"presswerk/hub:{__version__}"
    assert {answer.endpoint.name: answer.good for answer in report.answers}["hub"]


def test_releases_go_back_in_reverse_order_and_only_those_that_changed(world: World) -> None:
    world.next_version("9.0.0")
    world.change_chart("cert-manager", "cert-manager:other")
    world.change_chart("open-webui", "open-webui:other")
    world.cluster.trouble = lambda body: Trouble() if _image(body) == "presswerk/hub:9.0.0" else None

    report = world.deploy("9.0.0")

    back = [step.step.removeprefix("back: ") for step in report.steps if step.did.startswith("back to")]
    assert back == ["presswerk", "open-webui", "cert-manager"]
    assert world.images()["cert-manager"] == "cert-manager:v1.21.0"
    assert len(world.revisions()["authentik"]) == 1


def test_an_endpoint_that_stops_answering_takes_the_release_back(world: World) -> None:
    world.next_version("9.0.0")

    def page(host: str, path: str) -> Page:
        broken = host.startswith("hub.") and world.images()["presswerk-hub"].endswith("9.0.0")
        return (500, "oops") if broken else well(host, path)

    world.entry.page = page
    report = world.deploy("9.0.0")

    assert report.outcome == "restored"
    assert "hub (https://hub.press.example/health/ready): 500 Internal Server Error" in report.reason
    assert world.images()["presswerk-hub"] == f"presswerk/hub:{__version__}"


def test_in_the_worst_case_what_was_before_answers_within_five_minutes_of_the_first_probe(world: World) -> None:
    world.next_version("9.0.0")
    upgraded, back_seconds = False, math.inf

    def trouble(body: Body) -> Trouble | None:
        nonlocal upgraded, back_seconds
        if body["metadata"]["name"] != "presswerk-hub":
            return None
        if _image(body) == "presswerk/hub:9.0.0":
            upgraded = True
            return Trouble() if world.clock.seconds < PATIENCE_SECONDS - 5 else None
        if not upgraded:
            return None
        back_seconds = min(back_seconds, world.clock.seconds)
        return Trouble() if world.clock.seconds < back_seconds + PATIENCE_SECONDS - 5 else None

    def page(host: str, path: str) -> Page:
        answers = world.clock.seconds > back_seconds + PATIENCE_SECONDS + 30
        return (502, "") if upgraded and host.startswith("hub.") and not answers else well(host, path)

    world.clock = Settling(cluster=world.cluster)
    world.cluster.trouble, world.entry.page = trouble, page
    report = world.deploy("9.0.0")

    names = [step.step for step in report.steps]
    probed = names.index("probes of the platform")
    assert report.outcome == "restored"
    assert sum(step.seconds for step in report.steps[:probed]) == pytest.approx(PATIENCE_SECONDS, abs=5)
    assert 200 < sum(step.seconds for step in report.steps[probed:]) <= 300


def test_releases_that_do_not_come_back_are_waited_for_together(world: World) -> None:
    changed = ("cert-manager", "open-webui")
    world.next_version("9.0.0")
    for name in changed:
        world.change_chart(name, f"{name}:other")
    upgraded = False

    def trouble(body: Body) -> Trouble | None:
        nonlocal upgraded
        upgraded = upgraded or _image(body) == "presswerk/hub:9.0.0"
        return Trouble() if upgraded else None

    world.cluster.trouble = trouble
    report = world.deploy("9.0.0")

    assert report.outcome == "broken"
    waited = sum(step.seconds for step in report.steps if step.step.startswith("back: "))
    assert PATIENCE_SECONDS <= waited < PATIENCE_SECONDS * 1.5


def test_a_site_that_answered_before_must_answer_afterwards(world: World) -> None:
    world.next_version("9.0.0")

    def page(host: str, path: str) -> Page:
        broken = host.startswith("blog.") and world.images()["presswerk-operator"].endswith("9.0.0")
        return (502, "") if broken else well(host, path)

    world.entry.page = page
    report = world.deploy("9.0.0")

    assert report.outcome == "restored"
    assert report.reason.startswith("site blog")


def test_a_site_that_was_down_before_is_told_and_nothing_is_taken_back(world: World) -> None:
    world.next_version("9.0.0")
    world.entry.page = lambda host, path: (502, "") if host.startswith("blog.") else well(host, path)

    report = world.deploy("9.0.0")

    assert report.outcome == "done"
    assert [warning.partition(";")[0] for warning in report.warnings] == ["site blog: 502 Bad Gateway, as before"]
    assert world.clock.seconds == 0


def test_a_new_tenant_whose_site_does_not_come_is_told_with_what_its_tenant_says(world: World) -> None:
    text = PLATFORM_TEXT + "  - {id: late, name: Late, tier: pro, admin: a@press.example}\n"
    waits = {"type": "DatabaseReady", "status": "False", "message": "the cluster is being made"}

    def page(host: str, path: str) -> Page:
        live = world.cluster.get(TENANT, "late")
        if live is not None and "status" not in live:
            live["status"] = {"conditions": [waits]}
            world.cluster.store.replace(_key("late"), live, "operator", status=True)
        return (503, "") if host.startswith("late.") else well(host, path)

    world.entry.page = page
    report = world.deploy(platform=world.platform(text))

    assert (report.outcome, report.exit_code) == ("incomplete", 1)
    assert "site late: 503" in report.reason
    assert "its Tenant says DatabaseReady: the cluster is being made" in report.reason
    assert world.cluster.get(TENANT, "late") is not None


def test_what_others_need_is_restored_before_anything_is_waited_for(world: World) -> None:
    world.change_chart("authentik", "authentik:broken")
    world.cluster.trouble = lambda body: (
        Trouble()
        if _image(body) == "authentik:broken" or (_image(body).startswith("presswerk/hub") and _is_broken(world))
        else None
    )

    report = world.deploy()

    assert report.outcome == "restored"
    assert report.reason.startswith("Deployment authentik/authentik is not ready")
    # Waiting for the hub first would have cost its whole patience: it needs what was broken.
    assert world.clock.seconds < 300


def test_when_what_was_before_does_not_come_back_either_it_is_told_loudly_and_mended_later(world: World) -> None:
    world.next_version("9.0.0")
    world.cluster.trouble = lambda body: Trouble() if _image(body).startswith("presswerk/hub:") else None

    failed = world.deploy("9.0.0")
    world.cluster.trouble = lambda _body: None
    world.cluster.settle()
    mended = world.deploy("9.0.0")

    assert (failed.outcome, failed.exit_code) == ("broken", 4)
    assert "StatefulSet presswerk/presswerk-hub is not ready" in failed.next_step
    assert world.images()["presswerk-hub"] == "presswerk/hub:9.0.0"
    assert mended.outcome == "done"


def test_a_hook_that_fails_takes_the_release_back_and_is_explained(world: World) -> None:
    world.change_chart("cert-manager", "cert-manager:other", hook="cert-manager:hook")
    trouble = Trouble(waiting="CrashLoopBackOff", message="back-off", log="error: cannot reach the webhook\n")
    world.cluster.trouble = lambda body: trouble if _image(body) == "cert-manager:hook" else None

    report = world.deploy()

    assert report.outcome == "restored"
    assert "helm upgrade cert-manager failed" in report.reason
    assert "Job cert-manager-check: it failed" in report.reason
    assert "it last wrote: error: cannot reach the webhook" in report.reason
    assert world.images()["cert-manager"] == "cert-manager:v1.21.0"


def test_an_object_the_api_refuses_takes_back_what_was_done(world: World) -> None:
    world.change_chart("envoy-gateway", "envoy-gateway:other")
    text = PLATFORM_TEXT.replace("name: Acme,", "name: Acme Limited,")

    def refused(call: Call) -> Fault | None:
        deployed = world.images()["envoy-gateway"] == "envoy-gateway:other"
        return Fault(500) if deployed and call.verb == "apply" and call.key.plural == "tenants" else None

    world.cluster.fault = refused
    report = world.deploy(platform=world.platform(text))

    assert report.reason.startswith("The cluster refused to apply Tenant acme: 500")
    assert world.images()["envoy-gateway"] == "envoy-gateway:v1.9.1"


def _lost_from(world: World, plural: str, until_seconds: float) -> None:
    """Break every connection from the first write of a kind on, until so much time has passed."""
    gone = False

    def lost(call: Call) -> Fault | None:
        nonlocal gone
        gone = gone or (call.key.plural == plural and call.is_write)
        return Fault() if gone and world.clock.seconds < until_seconds else None

    world.cluster.fault = lost


def test_a_lost_cluster_takes_nothing_back_and_the_repeat_finishes(world: World) -> None:
    world.next_version("9.0.0")
    _lost_from(world, "httproutes", until_seconds=math.inf)

    with pytest.raises(ClusterError, match=r"helm upgrade presswerk failed.* cannot be reached") as problem:
        world.deploy("9.0.0")
    world.cluster.fault = lambda _call: None
    left = world.revisions()["presswerk"]
    report = world.deploy("9.0.0")

    assert problem.value.remedy.startswith("Run the same command again")
    assert left == ("deployed", "pending-upgrade")
    assert report.outcome == "done"
    assert report.number == 2
    assert world.images()["presswerk-hub"] == "presswerk/hub:9.0.0"


def test_a_connection_lost_for_a_moment_leaves_nothing_half_way(world: World) -> None:
    world.next_version("9.0.0")
    _lost_from(world, "httproutes", until_seconds=20)

    report = world.deploy("9.0.0")

    assert report.outcome == "restored"
    assert report.reason.startswith("helm upgrade presswerk failed")
    assert world.images()["presswerk-hub"] == f"presswerk/hub:{__version__}"


def test_a_cluster_lost_while_going_back_is_told_loudly_and_the_repeat_knows_what_was_before(world: World) -> None:
    world.next_version("9.0.0")
    world.cluster.trouble = lambda body: Trouble() if _image(body) == "presswerk/hub:9.0.0" else None
    world.cluster.fault = lambda call: Fault() if call.key.name == "sh.helm.release.v1.presswerk.v3" else None

    lost = world.deploy("9.0.0")
    world.cluster.fault = lambda _call: None
    again = world.deploy("9.0.0")

    assert (lost.outcome, lost.exit_code) == ("broken", 4)
    assert "presswerk: helm rollback presswerk failed" in lost.next_step
    assert again.outcome == "restored"
    assert world.images()["presswerk-hub"] == f"presswerk/hub:{__version__}"


def test_an_end_that_cannot_be_recorded_is_told_and_what_is_back_is_back(world: World) -> None:
    world.next_version("9.0.0")
    world.cluster.trouble = lambda body: Trouble() if _image(body) == "presswerk/hub:9.0.0" else None
    writes = 0

    def refused(call: Call) -> Fault | None:
        nonlocal writes
        writes += call.is_write and call.key.name == "presswerk-delivery-000002"
        return Fault(500) if writes > 1 else None

    world.cluster.fault = refused
    report = world.deploy("9.0.0")

    assert report.outcome == "restored"
    assert [each.partition(":")[0] for each in report.warnings] == [
        "It could not be recorded, so the next delivery takes it for interrupted"
    ]


def test_who_has_lost_the_lock_takes_nothing_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.next_version("9.0.0")

    def trouble(body: Body) -> Trouble | None:
        if _image(body) != "presswerk/hub:9.0.0":
            return None
        monkeypatch.setattr(Held, "is_sure", False)
        return Trouble()

    world.cluster.trouble = trouble

    with pytest.raises(LeaseLost):
        world.deploy("9.0.0")

    assert world.images()["presswerk-hub"] == "presswerk/hub:9.0.0"
    assert world.revisions()["presswerk"] == ("superseded", "deployed")


def test_who_loses_the_lock_while_going_back_stops_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.change_chart("cert-manager", "cert-manager:other")
    world.next_version("9.0.0")
    world.cluster.trouble = lambda body: Trouble() if _image(body) == "presswerk/hub:9.0.0" else None

    def lost(call: Call) -> Fault | None:
        if call.is_write and call.key.name == "sh.helm.release.v1.presswerk.v3":
            monkeypatch.setattr(Held, "is_sure", False)
        return None

    world.cluster.fault = lost
    report = world.deploy("9.0.0")

    assert report.outcome == "broken"
    assert "was lost" in report.next_step
    assert world.images()["cert-manager"] == "cert-manager:other"


def test_an_endpoint_without_dns_is_told_with_the_gateways_address(empty: World) -> None:
    def page(host: str, path: str) -> Page:
        gateway = empty.cluster.get(GATEWAY, "presswerk", "presswerk")
        if gateway is not None and "addresses" not in gateway["status"]:
            gateway["status"]["addresses"] = [{"type": "IPAddress", "value": "192.0.2.7"}]
            key = Key(GATEWAY.api_version, GATEWAY.plural, "presswerk", "presswerk")
            empty.cluster.store.replace(key, gateway, "controller", status=True)
        return 404, "another page"

    empty.entry.page = page
    report = empty.deploy()

    assert report.outcome == "left"
    assert "hub (https://hub.press.example/health/ready): 404 Not Found" in report.reason
    assert "the Gateway's address is 192.0.2.7: DNS must lead there" in report.reason


def test_a_first_installation_that_fails_stays_for_a_look(empty: World) -> None:
    empty.cluster.trouble = lambda body: (
        Trouble(waiting="ErrImagePull", message="not found") if "authentik" in _image(body) else None
    )

    failed = empty.deploy()
    empty.cluster.trouble = lambda _body: None
    empty.cluster.settle()
    mended = empty.deploy()

    assert (failed.outcome, failed.exit_code) == ("left", 1)
    assert "ErrImagePull: not found" in failed.reason
    assert "open-webui" not in {step.step for step in failed.steps}
    assert mended.outcome == "done"


def _is_broken(world: World) -> bool:
    body = world.cluster.get(DEPLOYMENT, "authentik", "authentik")
    return body is not None and _image(body) == "authentik:broken"


def _key(tenant: str) -> Key:
    return Key(TENANT.api_version, TENANT.plural, "", tenant)


def _image(body: Body) -> str:
    return str(body["spec"]["template"]["spec"]["containers"][0]["image"])
