"""Many articles while the hub, and PHP of the site, are killed again and again: each becomes one whole post.

Where exactly they are killed is the matter of `test_publishing_crashes` and `test_connector_crashes`; here it is when
many are under way at once, on real sites.
"""

import base64
import contextlib
import io
import random
import threading
from functools import partial
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.support.drill import up_to
from tests.support.hub import HubClient, HubProcess, hub_environment, register
from tests.support.issuer import Issuer
from tests.support.sites import RunningSite, running_site
from tests.support.waiting import until

pytestmark = pytest.mark.integration

ARTICLES = up_to(300, 24)
KILLS = up_to(20, 3)
CLIENTS = 4
LONGEST_LIFE_SECONDS = 1.5
"""Of a hub, after so many more articles were taken; nothing depends on how long it is."""

# Of every fourth article the first process that delivers it is killed before some write: a request has a few dozen, and
# some come after its answer.
KILLER = r"""<?php
add_filter(
	'query',
	static function ( $query ) {
		static $writes = 0;
		if ( ! preg_match( '~Article (\d+)~', $_POST['publication'] ?? '', $found ) || $found[1] % 4 ) {
			return $query;
		}
		$writes += preg_match( '/^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/i', $query );
		$mark    = WP_CONTENT_DIR . '/uploads/killed-' . $found[1];
		if ( $found[1] / 4 * 7 % 40 + 1 === $writes && ! file_exists( $mark ) && touch( $mark ) ) {
			posix_kill( getmypid(), 9 );
		}
		return $query;
	}
);
"""


@pytest.mark.parametrize("kind", ["sqlite", "mariadb"][: up_to(2, 1)])
def test_no_kill_loses_or_doubles_an_article(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, issuer: Issuer
) -> None:
    database = None if kind == "sqlite" else request.getfixturevalue("mariadb").new_database()
    environment = hub_environment(f"sqlite:///{tmp_path}/hub.db", issuer.url)
    with running_site(tmp_path / "site", database=database, plugins={"killer.php": KILLER}) as site:
        register(environment, {"acme": site.connection})
        hub = HubProcess(tmp_path, environment)
        try:
            hub.start()
            client = hub.client(issuer.access_token("anna", groups=["tenant-acme-author"]))
            made = _hand_in_and_kill(hub, client)
            done = [client.await_state(publication, seconds=600) for publication in made.values()]
        finally:
            hub.stop()
        posts, images, killed = _on_the_site(site)

    assert {(each["state"], each["failure"] is None) for each in done} == {("drafted", True)}
    assert sorted(posts) == sorted(made.values())
    assert images == {"stored": ARTICLES, "different": ARTICLES, "with sizes": ARTICLES}
    assert killed >= up_to(20, 2), "too few kills of PHP to mean anything"


def _hand_in_and_kill(hub: HubProcess, client: HubClient) -> dict[int, str]:
    """Hand in all articles from several threads, and kill the hub meanwhile; their ids when all are taken."""
    waiting, made, lock = list(range(ARTICLES)), dict[int, str](), threading.Lock()

    def hand_in() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                number = waiting.pop()
            until(partial(_is_taken, client, number, made), lambda: "the hub did not take an article")

    threads = [threading.Thread(target=hand_in) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    lives = random.Random(12)
    for kill in range(1, KILLS + 1):
        until(partial(_has_taken, made, ARTICLES * kill // (KILLS + 1)))
        threading.Event().wait(lives.uniform(0, LONGEST_LIFE_SECONDS))
        hub.kill()
        hub.start()
    for thread in threads:
        thread.join()
    return made


def _has_taken(made: dict[int, str], articles: int) -> bool:
    return len(made) >= articles


def _is_taken(client: HubClient, number: int, made: dict[int, str]) -> bool:
    """Hand an article in, again under the same key where there was no answer, as a program does."""
    picture = {"reference": "p.png", "filename": "p.png", "media_type": "image/png", "data": _picture(number)}
    with contextlib.suppress(httpx.TransportError):
        text = f"# Article {number}\n\n![p](p.png)\n\nWords of article {number}."
        made[number] = client.publish("acme", text, key=f"article-{number}", attachments=[picture])["id"]
    return number in made


def _picture(number: int) -> str:
    """An image of so many pixels that it has sizes, unlike all others."""
    out = io.BytesIO()
    Image.new("RGB", (400, 300), (number % 256, number // 256, 90)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def _on_the_site(site: RunningSite) -> tuple[list[str], dict[str, int], int]:
    """Of each post which publication it is, of images how many there are, and how often PHP was killed."""
    due = "return count( get_posts( array( 'post_type' => 'attachment', 'post_status' => 'any', 'fields' => 'ids',"
    due += " 'numberposts' => -1, 'meta_key' => '_presswerk_sizes_due' ) ) );"
    with site.http() as http:
        until(lambda: http.get("/wp-cron.php").is_success and site.php(due) == 0)
    found = site.php(
        """
        global $wpdb;
        $guids = "SELECT guid FROM $wpdb->posts WHERE post_type = 'post' AND guid LIKE 'urn:uuid:%'";
        $images = get_posts( array( 'post_type' => 'attachment', 'numberposts' => -1, 'fields' => 'ids' ) );
        $sized = array_filter( $images, static fn ( $id ) => wp_get_attachment_metadata( $id )['sizes'] ?? array() );
        $hashes = array_map( static fn ( $id ) => sha1_file( get_attached_file( $id ) ), $images );
        return array(
            'posts' => $wpdb->get_col( $guids ),
            'images' => array(
                'stored' => count( $images ),
                'different' => count( array_unique( $hashes ) ),
                'with sizes' => count( $sized ),
            ),
            'killed' => count( glob( WP_CONTENT_DIR . '/uploads/killed-*' ) ),
        );
        """
    )
    return [guid.removeprefix("urn:uuid:") for guid in found["posts"]], found["images"], found["killed"]
