"""What the Job of a move does, done for real: the content of a site from a file into MariaDB and back."""

import base64
import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from presswerk.declaration import Platform, Tenant
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.manifests import Move, SiteSecrets, Wanted, tenant_objects
from presswerk.runtimes.databases import DatabaseAccess
from tests.support.mariadb import running_mariadb
from tests.support.site_image import Pod, assemble

pytestmark = pytest.mark.integration

BAKERY = Tenant(id="bakery", name="The Corner Bakery")
PLATFORM = Platform(tenants=(BAKERY,), domain="press.example")
SECRETS = SiteSecrets({"AUTH_KEY": "salt"}, "abcdEFGH1234ijklMNOP5678", "https://id.press.example/", "site", "secret")


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Pod:
    image = tmp_path_factory.mktemp("image") / "wordpress"
    assemble(image)
    pod = Pod.of(BAKERY, image, tmp_path_factory.mktemp("pod"))
    prepared = pod.run(["php", str(image / "image" / "prepare.php")])
    assert prepared.returncode == 0, prepared.stderr
    installed = pod.install()
    assert installed.returncode == 0, installed.stderr
    return pod


@pytest.fixture(scope="module")
def database() -> Iterator[DatabaseAccess]:
    with running_mariadb() as server:
        yield server.new_database()


def tables(pod: Pod) -> Mapping[str, Any]:
    """Each table's rows and checksum, from the database that the site's configuration names."""
    done = pod.run(["php", str(pod.wordpress / "content_out.php")])
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["tables"]
    return found


def move(pod: Pod, source: DatabaseAccess | None, target: DatabaseAccess | None) -> None:
    """Run the containers of the Job, and give the site its new configuration."""
    wanted = Wanted(Cluster.of(PLATFORM), BAKERY, PLATFORM.allotment(BAKERY), suspended=True)
    secrets = dataclasses.replace(SECRETS, database=source)
    objects = tenant_objects(wanted, secrets, move=Move(target, 0))
    (pod.directory / "arriving").mkdir(exist_ok=True)
    arriving = pod.directory / "arriving" / "config.php"
    arriving.write_text(pod.placed(config_of(objects, "site-arriving")))
    (job,) = [body for body in objects if body["metadata"]["name"] == "site-move-0"]
    spec = job["spec"]["template"]["spec"]
    for container in (*spec["initContainers"], *spec["containers"]):
        environment = pod.environment(container)
        mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        if mounted["/etc/presswerk/site"] == "arriving":
            environment["PRESSWERK_SITE_CONFIG"] = str(arriving)
        shell, option, script = container["command"]
        done = pod.run([shell, option, pod.placed(script).replace("sleep 60", "sleep 0")], environment)
        assert done.returncode == 0, done.stderr
    after = tenant_objects(wanted, dataclasses.replace(secrets, database=target))
    (pod.directory / "site" / "config.php").write_text(pod.placed(config_of(after, "site-configuration")))


def config_of(objects: tuple[Mapping[str, Any], ...], name: str) -> str:
    """The `config.php` in a Secret."""
    (secret,) = [body for body in objects if body["metadata"]["name"] == name]
    return base64.b64decode(secret["data"]["config.php"]).decode()


def test_every_table_arrives_and_comes_back(pod: Pod, database: DatabaseAccess) -> None:
    before = tables(pod)

    move(pod, None, database)
    in_mariadb = tables(pod)
    (pod.volume / "database" / "site.sqlite").write_bytes(b"of a time before")
    move(pod, database, None)

    assert before["wp_options"]["rows"] > 100
    assert in_mariadb == before
    assert tables(pod) == before
    assert not (pod.volume / "moving").exists()
