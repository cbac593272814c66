"""The fallback over core's REST routes, against a real site whose connector is not asked."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from presswerk.wordpress import Connection, PostGone, RevisionConflict, SiteRejected, StaleRevision
from presswerk.wordpress.core_client import CoreClient
from tests.support.press import PNG
from tests.support.sites import RunningSite, article, new_publication

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def editor(site: RunningSite) -> Connection:
    """An editor's own application password."""
    site.php("return wp_insert_user( array( 'user_login' => 'ed', 'user_pass' => 'x', 'role' => 'editor' ) );")
    return site.personal_connection("ed")


def test_a_publication_becomes_one_post_and_its_revisions_update_it(site: RunningSite, editor: Connection) -> None:
    publication = new_publication()
    with CoreClient(editor) as client:
        assert client.get_publication(publication) is None
        first = client.put_publication(publication, article(tags=("Core", "R&D"), categories=("News",)))
        again = client.put_publication(publication, article(tags=("Core", "R&D"), categories=("News",)))
        newer = client.put_publication(publication, article(revision=2, title="Newer <b>", tags=("Core",)))
        with pytest.raises(StaleRevision):
            client.put_publication(publication, article())
        with pytest.raises(RevisionConflict):
            client.put_publication(publication, article(revision=2, title="Other"))
        read = client.get_publication(publication)

    assert (first.outcome, again.outcome, newer.outcome) == ("created", "unchanged", "updated")
    assert first.post_id == again.post_id == newer.post_id
    assert read == dataclasses.replace(newer, outcome=None)
    assert site.php("return get_post( $input['id'] )->post_title;", id=first.post_id) == "Newer &lt;b&gt;"


def test_a_post_in_the_trash_is_not_made_again(site: RunningSite, editor: Connection) -> None:
    publication = new_publication()
    with CoreClient(editor) as client:
        post = client.put_publication(publication, article())
        site.php("wp_trash_post( $input['id'] ); return 1;", id=post.post_id)
        with pytest.raises(PostGone):
            client.put_publication(publication, article(revision=2))


def test_a_draft_does_not_take_back_what_is_published(site: RunningSite, editor: Connection) -> None:
    publication = new_publication()
    with CoreClient(editor) as client:
        client.put_publication(publication, article(status="publish"))
        with pytest.raises(SiteRejected):
            client.put_publication(publication, article(revision=2))


def test_twins_made_at_once_leave_one(site: RunningSite, editor: Connection) -> None:
    publication = new_publication()

    def deliver(_number: int) -> int:
        with CoreClient(editor, timeout_seconds=120) as client:
            return client.put_publication(publication, article(slug="twins")).post_id

    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(deliver, range(4)))

    assert len(ids) == 1
    left = site.php(
        "return count( get_posts( array( 's' => $input['uuid'], 'post_status' => 'draft' ) ) );", uuid=publication
    )
    assert left == 1


def test_an_image_is_stored_once(site: RunningSite, editor: Connection) -> None:
    with CoreClient(editor) as client:
        first, second = (
            client.put_media("a" * 64, PNG, filename="ä b.png", media_type="image/png", alt="Alt") for _ in range(2)
        )
        client.make_image_sizes(first.attachment_id)

    assert (first.created, second.created) == (True, False)
    assert (first.attachment_id, first.width) == (second.attachment_id, 1)
