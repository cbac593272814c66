"""`presswerk deploy` and `presswerk rollback` as their users run them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswerk import __version__
from presswerk.infrastructure.delivery.tools import LEASE, Locked
from presswerk.kubernetes.kinds import TENANT
from tests.support.cluster_kinds import LEASE as LEASES
from tests.support.cluster_server import Call, Fault
from tests.support.cluster_store import Body, Store
from tests.support.delivery import World, installed, lease, running_world
from tests.support.delivery_cluster import Trouble
from tests.support.deploy_command import run

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return installed(tmp_path_factory.mktemp("first"))


@pytest.fixture
def world(tmp_path: Path, kept: Store) -> Iterator[World]:
    """With the platform installed."""
    with running_world(tmp_path, kept) as running:
        yield running


def test_an_upgrade_and_rollbacks_are_told_with_their_times(world: World) -> None:
    world.next_version("9.0.0")
    own = world.directory / "own.yaml"
    own.write_text("image: {repository: registry.example/hub}\n", encoding="utf-8")

    upgraded = run(world, "deploy", "--to", "9.0.0", "--json", "--values", f"presswerk={own}")
    image = world.images()["presswerk-hub"]
    back = run(world, "rollback")
    image_back = world.images()["presswerk-hub"]
    unknown = run(world, "rollback", "--to", "9")
    forth = run(world, "rollback", "--to", "2")

    assert upgraded.returncode == 0, upgraded.stderr
    told = json.loads(upgraded.stdout)
    assert (told["outcome"], told["delivery"], image) == ("done", 2, "registry.example/hub:9.0.0")
    assert {step["step"]: step["did"] for step in told["steps"]}["presswerk"] == "upgraded"
    assert told["seconds"] == pytest.approx(sum(step["seconds"] for step in told["steps"]), abs=0.1)
    assert f"upgrade    presswerk: {__version__} -> 9.0.0" in upgraded.stderr
    assert (back.returncode, image_back) == (0, f"presswerk/hub:{__version__}"), back.stderr
    assert "Back at what delivery 2 replaced." in back.stdout
    assert " s  presswerk: back to revision 1" in back.stdout
    assert unknown.returncode == 1
    assert "Delivery 9 is not recorded." in unknown.stderr
    assert "There are: 1, 2, 3." in unknown.stderr
    assert (forth.returncode, world.images()["presswerk-hub"]) == (0, image), forth.stderr


def test_a_rollback_brings_back_objects_and_never_a_deleted_tenant(world: World) -> None:
    text = (world.directory / "platform.yaml").read_text(encoding="utf-8")
    changed = text.replace("name: Acme,", "name: Acme Limited,")
    (world.directory / "platform.yaml").write_text(changed, encoding="utf-8")
    assert world.deploy(platform=world.platform(changed)).outcome == "done"
    world.cluster.delete(TENANT, "blog")

    done = run(world, "rollback")

    assert done.returncode == 0, done.stderr
    acme = world.cluster.get(TENANT, "acme")
    assert acme is not None
    assert acme["spec"]["name"] == "Acme"
    assert world.cluster.get(TENANT, "blog") is None


def test_a_failing_upgrade_ends_with_its_own_status_and_reason(world: World) -> None:
    world.next_version("9.0.0")
    world.cluster.trouble = lambda body: (
        Trouble(waiting="ImagePullBackOff", message="denied") if _image(body) == "presswerk/hub:9.0.0" else None
    )

    failed = run(world, "deploy", "--to", "9.0.0", "--patience", "1")

    assert failed.returncode == 3, failed.stderr
    assert "ImagePullBackOff: denied" in failed.stdout
    assert "failed and was taken back" in failed.stdout
    assert world.images()["presswerk-hub"] == f"presswerk/hub:{__version__}"


def test_what_pods_write_never_shows_a_secret(world: World) -> None:
    world.next_version("9.0.0")
    line = "cannot reach postgresql://hub:hunter2@db with the-value-of-PRESSWERK_DATABASE_URL"
    trouble = Trouble(waiting="CrashLoopBackOff", message="back-off", log=line)
    world.cluster.trouble = lambda body: trouble if _image(body) == "presswerk/hub:9.0.0" else None

    failed = run(world, "deploy", "--to", "9.0.0", "--patience", "1", "--json")

    assert "cannot reach postgresql://***@db with ***" in json.loads(failed.stdout)["reason"]
    assert "hunter2" not in failed.stdout + failed.stderr
    assert "the-value-of-" not in failed.stdout + failed.stderr


def test_a_delivery_of_somebody_else_is_named_and_left_alone(world: World) -> None:
    world.cluster.put(lease("ops@elsewhere:7:abc", renewed="a"))
    looks = 0

    def renewed(call: Call) -> Fault | None:
        nonlocal looks
        if call.key.plural == "leases" and call.verb == "get":
            looks += 1
            if looks == 2:
                world.cluster.put(lease("ops@elsewhere:7:abc", renewed="b"))
        return None

    world.cluster.fault = renewed
    before = world.revisions()
    with pytest.raises(Locked, match="ops@elsewhere:7:abc has been delivering") as refused:
        world.deploy()

    assert "kubectl delete lease presswerk-deploy --namespace presswerk" in str(refused.value)
    assert world.revisions() == before


def test_a_holder_that_shows_no_life_is_replaced_by_this_machines_clock(world: World) -> None:
    world.cluster.put(lease("ops@elsewhere:7:abc", renewed="2099-01-01T00:00:00.000000Z"))

    report = world.deploy()

    assert report.outcome == "unchanged"
    assert world.clock.seconds >= 60
    assert world.cluster.get(LEASES, LEASE.name, "presswerk") is None


def _image(body: Body) -> str:
    return str(body["spec"]["template"]["spec"]["containers"][0]["image"])
