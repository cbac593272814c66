"""What a delivery checks before it changes anything, and how it tells what does not hold."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswerk import __version__
from presswerk.infrastructure.delivery.preflight import NotPrepared
from presswerk.kubernetes.connection import KubeContext, connect
from presswerk.kubernetes.errors import NoCluster
from presswerk.kubernetes.kinds import SECRET
from presswerk.runtimes.cluster.rendering.releases import GATEWAY_API_VERSION, releases
from tests.support.cluster_store import Body
from tests.support.delivery import PLATFORM_TEXT, World, running_world, write_chart
from tests.support.deploy_command import run

pytestmark = pytest.mark.integration


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def _refused(world: World, version: str = __version__, text: str = PLATFORM_TEXT) -> NotPrepared:
    before, platform = world.cluster.everything(), world.platform(text)
    with world.connection() as connection, pytest.raises(NotPrepared) as refused:
        world.prepared(connection, version, platform)
    assert world.cluster.everything() == before
    return refused.value


def test_a_missing_secret_is_named_with_its_keys(world: World) -> None:
    world.cluster.delete(SECRET, "presswerk-hub", "presswerk")

    told = _refused(world).problem

    assert "1 of 5 checks failed" in told
    assert (
        "secrets: Secret presswerk/presswerk-hub is missing, with PRESSWERK_DATABASE_URL, PRESSWERK_ENCRYPTION_KEYS,"
        " PRESSWERK_AI_API_KEY, PRESSWERK_OIDC_CLIENT_SECRET, PRESSWERK_DIRECTORY_TOKEN."
    ) in told
    assert "presswerk render --only secrets.yaml" in told


def test_missing_empty_and_differing_keys_are_named_and_no_value_is(world: World) -> None:
    def change(body: Body) -> None:
        del body["data"]["S3_BUCKET_NAME"]
        body["data"]["DATABASE_URL"] = base64.b64encode(b" \n").decode()
        body["data"]["OAUTH_CLIENT_SECRET"] = base64.b64encode(b"something else").decode()

    world.cluster.edit(SECRET, "open-webui", "presswerk", change)

    told = _refused(world).problem

    assert "Secret presswerk/open-webui lacks DATABASE_URL, S3_BUCKET_NAME" in told
    assert "OAUTH_CLIENT_SECRET is not the same as PRESSWERK_CHAT_CLIENT_SECRET of authentik/authentik" in told
    assert "something else" not in told
    assert "the-value-of" not in told


def test_a_cluster_too_old_is_refused(world: World) -> None:
    world.cluster.minor = "32"

    assert "runs Kubernetes 1.32; 1.33 is the oldest that works" in _refused(world).problem


def test_what_does_not_fit_the_nodes_is_refused(world: World) -> None:
    many = "".join(f"  - {{id: t{n}, name: T, tier: pro, admin: a@press.example}}\n" for n in range(60))

    told = _refused(world, text=PLATFORM_TEXT + many).problem

    assert "capacity: what is declared does not fit" in told
    assert "`presswerk capacity` says what would" in told


def test_a_chart_that_is_not_there_at_that_version_is_refused_with_how_to_fetch_it(world: World) -> None:
    file = world.charts / "authentik" / "Chart.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("2026.8.0", "2026.7.0"), encoding="utf-8")

    told = _refused(world).problem

    assert "has no chart authentik of version 2026.8.0" in told
    assert "helm pull authentik --repo https://charts.goauthentik.io --version 2026.8.0" in told


def test_with_traefik_the_gateway_apis_definitions_have_to_be_there(world: World) -> None:
    text = PLATFORM_TEXT.replace("controller: envoy-gateway", "controller: traefik")
    traefik = next(each for each in releases(world.platform(text)) if each.name == "traefik")
    write_chart(world.charts, traefik)

    told = _refused(world, text=text).problem

    assert f"gateway-api-{GATEWAY_API_VERSION}.yaml is missing" in told
    assert f"v{GATEWAY_API_VERSION}/standard-install.yaml there." in told


def test_a_version_of_presswerk_without_its_chart_is_refused(world: World) -> None:
    told = _refused(world, version="9.9.9").problem

    assert "The chart of Presswerk 9.9.9 cannot be found" in told


def test_several_problems_are_told_at_once_and_to_programs_too(world: World) -> None:
    world.cluster.delete(SECRET, "presswerk-hub", "presswerk")
    world.cluster.minor = "37"

    done = run(world, "deploy", "--to", "9.9.9", "--json")

    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert told["outcome"] == "not prepared"
    assert {each["check"]: each["good"] for each in told["checks"]} == {
        "helm": True,
        "charts": False,
        "cluster": True,
        "secrets": False,
        "capacity": True,
    }
    assert not world.images()


def test_a_cluster_that_cannot_be_reached_is_told_with_its_address(world: World) -> None:
    text = world.kubeconfig.read_text(encoding="utf-8").replace(world.cluster.url, "http://127.0.0.1:9")
    world.kubeconfig.write_text(text, encoding="utf-8")

    done = run(world, "deploy")

    assert done.returncode == 1
    assert "The cluster at http://127.0.0.1:9 cannot be reached" in done.stderr
    assert "Check the network, the kubeconfig and the API's allow-list" in done.stderr
    assert "Traceback" not in done.stderr


def test_rollback_without_any_delivery_says_so(world: World) -> None:
    done = run(world, "rollback")

    assert done.returncode == 1
    assert "No delivery is recorded on this cluster" in done.stderr


def test_another_context_is_found_by_name(world: World) -> None:
    with pytest.raises(NoCluster, match="Context 'other' not found"):
        connect(KubeContext(world.kubeconfig, "other"))
