"""Content that moves from free to pro and back by the Jobs that are rendered, each with exactly what it mounts."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from presswerk.declaration import Tenant
from presswerk.runtimes.databases import DatabaseAccess, Encryption, TcpServer
from tests.support.mariadb import running_mariadb
from tests.support.process import free_port
from tests.support.site_pods import HOST_OF_MACHINE, SitePods, site_pods

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def database() -> Iterator[DatabaseAccess]:
    """A database on a server that pods reach over the network."""
    port = free_port()
    with running_mariadb("--skip-networking=0", "--bind-address=127.0.0.1", f"--port={port}") as server:
        made = server.new_database()
        server.execute(
            f"CREATE USER {made.user}@'%' IDENTIFIED BY '{made.password}'",
            f"GRANT ALL ON {made.name}.* TO {made.user}@'%'",
        )
        address = TcpServer(HOST_OF_MACHINE, port, encryption=Encryption.PRIVATE_NETWORK)
        yield DatabaseAccess(address, made.name, made.user, made.password)


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
