"""The connector's table, roles and locks over time: updates, removal, and a site that is busy."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from presswerk.runtimes.local.artifacts import ensure_php
from presswerk.wordpress.client import publication_payload
from tests.support.sites import RunningSite, article, new_publication

pytestmark = [pytest.mark.integration, pytest.mark.any_database]

HOLDER = """
$_SERVER['HTTP_HOST'] = (string) getenv( 'PRESSWERK_SITE_HOST' );
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI'] = '/';
require getenv( 'PRESSWERK_WORDPRESS' ) . '/wp-load.php';
Presswerk\\Connector\\Lock::hold( 'publication:' . getenv( 'PUBLICATION' ), static function () {
    echo "held\\n";
    fgets( STDIN );
} );
"""


@contextmanager
def held_lock(site: RunningSite, publication: str) -> Iterator[subprocess.Popen[str]]:
    """Another PHP process that works on a publication until the block ends."""
    holder = subprocess.Popen(
        [str(ensure_php()), "-r", HOLDER],
        env={"PATH": os.environ.get("PATH", ""), **site.environment, "PUBLICATION": publication},
        cwd=site.site.directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        yield holder
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()


@pytest.fixture
def impatient(site: RunningSite) -> Iterator[None]:
    """A site whose requests wait a second for each other, as its host may choose."""
    plugin = site.site.content / "mu-plugins" / "impatient.php"
    plugin.write_text("<?php add_filter( 'presswerk_lock_wait_seconds', static fn() => 1 );")
    yield
    plugin.unlink()


@pytest.mark.usefixtures("impatient")
def test_a_site_busy_with_the_publication_says_when_to_come_back(site: RunningSite) -> None:
    publication = new_publication()
    with held_lock(site, publication), site.managed_http() as http:
        busy = http.put(
            f"/wp-json/presswerk/v1/publications/{publication}",
            content=json.dumps(publication_payload(article())),
            headers={"Content-Type": "application/json"},
        )

    assert (busy.status_code, busy.json()["code"]) == (503, "presswerk_busy")
    assert int(busy.headers["Retry-After"]) > 0
    with site.client() as client:
        assert client.put_publication(publication, article()).outcome == "created"


def test_a_killed_process_leaves_no_lock(site: RunningSite) -> None:
    publication = new_publication()
    with held_lock(site, publication) as holder:
        holder.kill()
        holder.wait()
        with site.client(timeout_seconds=19) as client:
            assert client.put_publication(publication, article()).outcome == "created"


def test_an_older_table_is_brought_up_to_date(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        first = client.put_publication(publication, article())
        site.php(
            "global $wpdb; $table = $wpdb->prefix . 'presswerk_publications';"
            ' $wpdb->query( "ALTER TABLE $table DROP COLUMN text_sha256" );'
            " update_option( 'presswerk_schema', 1 ); delete_option( 'presswerk_roles' ); return 1;"
        )
        second = client.put_publication(publication, article(revision=2))

    assert (second.outcome, second.post_id) == ("updated", first.post_id)
    assert site.php("return get_option( 'presswerk_schema' );") in {3, "3"}
