"""Content that moves from free to pro and back by the Jobs that are rendered, each with exactly what it mounts."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from presswerk.declaration import Tenant, TierName
from presswerk.runtimes.databases import DatabaseAccess, Encryption, TcpServer
from tests.support.mariadb import MariaDbServer, running_mariadb
from tests.support.process import free_port
from tests.support.site_pods import HOST_OF_MACHINE, SitePods, site_pods

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[MariaDbServer, int]]:
    """A server that pods reach over the network, and its port."""
    port = free_port()
    with running_mariadb("--skip-networking=0", "--bind-address=127.0.0.1", f"--port={port}") as server:
        yield server, port


@pytest.fixture
def database(server: tuple[MariaDbServer, int]) -> DatabaseAccess:
    """An empty one."""
    running, port = server
    made = running.new_database()
    running.execute(
        f"CREATE USER {made.user}@'%' IDENTIFIED BY '{made.password}'",
        f"GRANT ALL ON {made.name}.* TO {made.user}@'%'",
    )
    address = TcpServer(HOST_OF_MACHINE, port, encryption=Encryption.PRIVATE_NETWORK)
    return DatabaseAccess(address, made.name, made.user, made.password)


def test_a_pro_tenant_s_site_is_installed_and_answers(site_image: str, database: DatabaseAccess) -> None:
    with site_pods(Tenant(id="verlag", name="Verlag", tier=TierName.PRO), database) as pods:
        pods.start()
        installed = pods.install()
        assert installed.returncode == 0, installed.stderr
        pods.await_probe("readinessProbe")

        assert pods.get("/wp-json/?_fields=name").json() == {"name": "Verlag"}


def tables(pods: SitePods) -> Mapping[str, Any]:
    """Each table's rows and checksum, from the database that the site's configuration names."""
    done = pods.run("php", "/srv/wordpress/content_out.php")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["tables"]
    return found


def test_every_row_arrives_and_comes_back(site_image: str, database: DatabaseAccess) -> None:
    with site_pods(Tenant(id="mover", name="Mover")) as pods:
        pods.start()
        pods.await_probe("startupProbe")
        assert pods.install().returncode == 0
        before = tables(pods)
        pods.stop()

        there = pods.move(database)
        assert there.returncode == 0, there.stderr
        pods.start()
        pods.await_probe("readinessProbe")
        in_mariadb = tables(pods)
        kind = pods.run("wp", "eval", "echo get_class( $GLOBALS['wpdb'] );").stdout
        pods.run("sh", "-c", "echo of a time before >/var/lib/presswerk/database/site.sqlite")
        pods.stop()

        back = pods.move(None)
        assert back.returncode == 0, back.stderr
        pods.start()
        pods.await_probe("readinessProbe")
        after = tables(pods)
        left = pods.run("ls", "/var/lib/presswerk").stdout.split()

    assert kind == "wpdb"
    assert before["wp_options"]["rows"] > 100
    assert json.loads(there.stdout) == before
    # What runs notes in its options what it did.
    assert {**in_mariadb, "wp_options": None} == {**before, "wp_options": None}
    assert {**after, "wp_options": None} == {**before, "wp_options": None}
    assert left == ["content", "database"]
