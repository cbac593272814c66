"""Many deliveries to one site at once, from two processes: one post, one term, one person, one image, one slug each."""

import hashlib
import multiprocessing
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from presswerk.declaration import Role
from presswerk.wordpress import Connection, PostAuthor, PostContent, SiteClient, SiteImage, SitePost, StaleRevision
from tests.support.press import PNG
from tests.support.sites import RunningSite, article, new_publication

pytestmark = pytest.mark.integration

AT_ONCE = 20


def deliver(connection: Connection, publication: str, post: PostContent) -> SitePost:
    with SiteClient(connection, timeout_seconds=120) as client:
        return client.put_publication(publication, post)


def upload(connection: Connection, data: bytes) -> SiteImage:
    digest = hashlib.sha256(data).hexdigest()
    with SiteClient(connection, timeout_seconds=120) as client:
        return client.put_media(digest, data, filename="a.png", media_type="image/png", alt="")


def in_threads(work: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(work, *call) for call in calls]]


def at_once(work: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Make calls all at the same time, half of them in each of two processes."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        halves = [processes.submit(in_threads, work, calls[start::2]) for start in (0, 1)]
        return [result for half in halves for result in half.result()]


def test_one_delivery_sent_twenty_times_at_once_makes_one_post(site: RunningSite) -> None:
    publication = new_publication()

    posts = at_once(deliver, [(site.connection, publication, article(slug="at-once"))] * AT_ONCE)

    assert {post.post_id for post in posts} == {posts[0].post_id}
    assert Counter(post.outcome for post in posts) == {"created": 1, "unchanged": AT_ONCE - 1}
    held = site.php(
        'global $wpdb; return (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->posts}'
        " WHERE post_name LIKE 'at-once%' AND post_type = 'post'\" );"
    )
    assert held == 1


def test_different_articles_at_once_share_terms_and_author_but_no_address(site: RunningSite) -> None:
    author = PostAuthor("http://localhost:9000", "new-colleague", "New Colleague", None, Role.EDITOR)
    post = article(
        author=author, slug="same-slug", status="publish", categories=("Shared",), tags=("Common", "Both & more")
    )

    posts = at_once(deliver, [(site.connection, new_publication(), post) for _ in range(AT_ONCE)])

    assert len({post.post_id for post in posts}) == AT_ONCE
    assert len({post.link for post in posts}) == AT_ONCE
    assert len({post.author_id for post in posts}) == 1
    held = site.php(
        "return array( 'people' => count( get_users( array( 'search' => 'new-colleague-*' ) ) ),"
        " 'terms' => array_count_values( get_terms( array( 'hide_empty' => false, 'fields' => 'names',"
        " 'taxonomy' => array( 'category', 'post_tag' ) ) ) ) );"
    )
    assert held["people"] == 1
    assert [held["terms"][name] for name in ("Shared", "Common", "Both &amp; more")] == [1, 1, 1]


def test_revisions_at_once_leave_the_newest(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        post = client.put_publication(publication, article())

    def send(revision: int) -> str:
        with site.client() as client:
            try:
                return str(
                    client.put_publication(publication, article(revision=revision, title=f"T{revision}")).outcome
                )
            except StaleRevision:
                return "stale"

    outcomes = in_threads(send, [(revision,) for revision in range(2, 10)])

    assert set(outcomes) <= {"updated", "stale"}
    assert site.php("return get_post( $input['id'] )->post_title;", id=post.post_id) == "T9"


def test_the_first_images_of_a_month_at_once_are_each_stored_once(site: RunningSite) -> None:
    site.php(
        "require_once ABSPATH . 'wp-admin/includes/class-wp-filesystem-base.php';"
        "require_once ABSPATH . 'wp-admin/includes/class-wp-filesystem-direct.php';"
        "return ( new WP_Filesystem_Direct( null ) )->delete( wp_upload_dir()['basedir'] . '/' . gmdate( 'Y' ), true );"
    )
    contents = [PNG + bytes([number % (AT_ONCE // 2)]) for number in range(AT_ONCE)]

    images = at_once(upload, [(site.connection, data) for data in contents])

    assert len({image.attachment_id for image in images}) == AT_ONCE // 2
    assert sum(image.created for image in images) == AT_ONCE // 2
