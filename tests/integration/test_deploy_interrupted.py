"""A delivery killed at any moment: the same command finishes what was begun."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from presswerk import __version__
from tests.support.cluster_server import Call
from tests.support.cluster_store import Body, Key
from tests.support.delivery import World, running_world
from tests.support.delivery_cluster import Trouble
from tests.support.deploy_command import Killing, run
from tests.support.drill import every

pytestmark = pytest.mark.integration


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def _writing(plural: str, name: str, nth: int = 1) -> Callable[[Call], bool]:
    seen = 0

    def when(call: Call) -> bool:
        nonlocal seen
        seen += call.is_write and call.key.plural == plural and call.key.name == name
        return seen == nth

    return when


MOMENTS = (
    _writing("leases", "presswerk-deploy"),
    _writing("configmaps", "presswerk-delivery-000001"),
    _writing("customresourcedefinitions", "envoyproxies.gateway.envoyproxy.io"),
    _writing("deployments", "envoy-gateway"),
    _writing(
        "secrets", "sh.helm.release.v1.authentik.v1", nth=2
    ),  # its objects are there, and Helm was about to say so
    _writing("deployments", "open-webui"),
    _writing("deployments", "open-webui", nth=2),
    _writing("statefulsets", "presswerk-hub"),
    _writing("tenants", "blog"),
    _writing("configmaps", "presswerk-delivery-000001", nth=2),
)


def test_killed_at_every_step_of_an_installation_the_repeat_finishes(world: World) -> None:
    for number, moment in tuple(enumerate(MOMENTS))[:: every(5)]:
        killing = Killing(moment)
        killed = run(world, "deploy", "--patience", "20", killing=killing)
        assert killing.happened, f"moment {number} never came: {killed.stderr}"

    finished = run(world, "deploy", "--patience", "20")

    assert finished.returncode == 0, finished.stderr
    assert all(statuses[-1] == "deployed" for statuses in world.revisions().values())
    deliveries = [key.name for key in world.cluster.everything() if key.name.startswith("presswerk-delivery-")]
    assert deliveries == ["presswerk-delivery-000001"]
    assert Key("coordination.k8s.io/v1", "leases", "presswerk", "presswerk-deploy") not in world.cluster.everything()


def test_what_a_killed_upgrade_began_with_is_what_a_failing_repeat_goes_back_to(world: World) -> None:
    assert world.deploy().outcome == "done"
    world.change_chart("cert-manager", "cert-manager:other")
    world.next_version("9.0.0")
    killing = Killing(_writing("statefulsets", "presswerk-hub"))
    run(world, "deploy", "--to", "9.0.0", killing=killing)
    stuck = world.revisions()
    world.cluster.trouble = lambda body: Trouble() if _image(body) == "presswerk/hub:9.0.0" else None

    report = world.deploy("9.0.0")

    assert killing.happened
    assert stuck["presswerk"] == ("deployed", "pending-upgrade")
    assert report.outcome == "restored"
    assert world.images()["presswerk-hub"] == f"presswerk/hub:{__version__}"
    # The killed run had brought this one; the run that failed found it so.
    assert world.images()["cert-manager"] == "cert-manager:v1.21.0"


def _image(body: Body) -> str:
    return str(body["spec"]["template"]["spec"]["containers"][0]["image"])
