"""Posts that somebody put into the trash or deleted: told as such, restored or made anew when asked for, once."""

import dataclasses
import datetime as dt

import pytest

from presswerk.wordpress import EditedOnSite, PostGone, StaleRevision
from presswerk.wordpress.model import PostContent
from tests.support.site_edits import EDITOR, edit, held
from tests.support.sites import RunningSite, article, new_publication

pytestmark = [pytest.mark.integration, pytest.mark.any_database]


def posts_of(site: RunningSite, publication: str) -> list[int]:
    found: list[int] = site.php(
        "global $wpdb; return array_map( 'intval', $wpdb->get_col( $wpdb->prepare("
        ' "SELECT ID FROM {$wpdb->posts} WHERE guid LIKE %s AND post_type = %s ORDER BY ID",'
        " 'urn:uuid:' . $input['uuid'] . '%', 'post' ) ) );",
        uuid=publication,
    )
    return found


@pytest.mark.parametrize("how", ["trash", "deleted"])
def test_a_post_that_is_gone_is_told_with_who_took_it_away(site: RunningSite, how: str) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article())
        assert client.get_site_state(publication).presence == "present"
        edit(site, made.post_id, **{"trash" if how == "trash" else "delete": True})
        state = client.get_site_state(publication)
        for revision in (1, 2):
            with pytest.raises(PostGone, match=EDITOR) as gone:
                client.put_publication(publication, article(revision=revision))
            assert gone.value.presence == how

    assert (state.presence, state.post, state.gone_by) == (how, None, EDITOR)
    assert state.gone_at is not None


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ("draft", "draft", "draft"),
        ("draft", "publish", "draft"),
        ("pending", "draft", "pending"),
        ("pending", "publish", "pending"),
        ("private", "publish", "private"),
        ("private", "draft", "draft"),
        ("publish", "publish", "publish"),
        ("publish", "draft", "draft"),
    ],
)
def test_a_post_comes_back_from_the_trash_for_no_more_eyes_than_before(
    site: RunningSite, before: str, wanted: str, after: str
) -> None:
    publication = new_publication()
    slug = f"back-{before}-{wanted}"
    first = article(slug=slug, status="publish" if before in {"publish", "private"} else "draft", tags=("kept",))
    revised = article(revision=2, title="Newer", slug=slug, status=wanted, tags=("kept",))
    with site.client() as client:
        made = client.put_publication(publication, first)
        if first.status != before:
            edit(site, made.post_id, post_status=before)
        edit(site, made.post_id, trash=True)
        back = client.put_publication(publication, revised, if_gone="restore")
        again = client.put_publication(publication, revised, if_gone="restore")

    found = held(site, made.post_id)
    assert (back.post_id, back.outcome, back.status) == (made.post_id, "updated", after)
    assert (again.outcome, again.status) == ("unchanged", after)
    assert (found["title"], found["slug"], found["tags"]) == ("Newer", slug, ["kept"])


def test_a_scheduled_post_comes_back_scheduled_and_a_newer_version_leaves_it_so(site: RunningSite) -> None:
    publication = new_publication()
    when = f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=1):%Y-%m-%d %H:%M:%S}"
    with site.client() as client:
        made = client.put_publication(publication, article(status="publish"))
        edit(site, made.post_id, post_status="future", post_date=when, post_date_gmt=when)
        edit(site, made.post_id, trash=True)
        back = client.put_publication(publication, article(revision=2, status="publish"), if_gone="restore")
        newer = client.put_publication(publication, article(revision=3, status="publish"))

    assert (back.status, newer.status) == ("future", "future")


def test_what_was_written_before_the_trash_is_asked_about_too(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article())
        edit(site, made.post_id, post_title="Theirs")
        edit(site, made.post_id, trash=True)
        revised = article(revision=2, title="Ours")
        with pytest.raises(EditedOnSite):
            client.put_publication(publication, revised, on_conflict="ask", if_gone="restore")
        assert client.get_site_state(publication).presence == "trash"
        client.put_publication(publication, revised, on_conflict="keep", if_gone="restore")

    found = held(site, made.post_id)
    assert (found["title"], found["status"]) == ("Theirs", "draft")


def test_what_was_deleted_for_good_cannot_be_restored(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article())
        edit(site, made.post_id, delete=True)
        with pytest.raises(PostGone) as gone:
            client.put_publication(publication, article(revision=2), if_gone="restore")

    assert gone.value.presence == "deleted"
    assert posts_of(site, publication) == []


@pytest.mark.parametrize("how", ["trash", "delete"])
def test_a_post_is_made_anew_once(site: RunningSite, how: str) -> None:
    publication = new_publication()
    revised = article(revision=2, title="Anew", slug="anew")
    with site.client() as client:
        made = client.put_publication(publication, article(slug="anew"))
        edit(site, made.post_id, **{how: True})
        anew = client.put_publication(publication, revised, if_gone="anew")
        repeated = client.put_publication(publication, revised, if_gone="anew")
        later = client.put_publication(publication, dataclasses.replace(revised, revision=3))
        read = client.get_publication(publication)

    assert (anew.outcome, repeated.outcome, later.outcome) == ("created", "unchanged", "updated")
    assert anew.post_id != made.post_id
    assert {anew.post_id, repeated.post_id, later.post_id} == {anew.post_id}
    assert read is not None
    assert read.post_id == anew.post_id
    assert posts_of(site, publication) == ([made.post_id] if how == "trash" else []) + [anew.post_id]


def test_the_old_post_is_nobodys_after_another_was_made(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article())
        edit(site, made.post_id, trash=True)
        client.put_publication(publication, article(revision=2), if_gone="anew")
        site.php("return wp_untrash_post( $input['id'] ) ? 1 : 0;", id=made.post_id)
        client.put_publication(publication, article(revision=3, title="Newest"))

    assert held(site, made.post_id)["title"] == "How bread rises"


@pytest.mark.parametrize("if_gone", ["restore", "anew"])
def test_a_post_that_is_there_stays_where_it_is(site: RunningSite, if_gone: str) -> None:
    publication = new_publication()
    revised: PostContent = article(revision=2, title="Newer")
    with site.client() as client:
        made = client.put_publication(publication, article())
        updated = client.put_publication(publication, revised, if_gone="restore" if if_gone == "restore" else "anew")

    assert (updated.outcome, updated.post_id) == ("updated", made.post_id)


def test_an_older_version_makes_nothing_anew(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(revision=3))
        edit(site, made.post_id, trash=True)
        with pytest.raises(StaleRevision):
            client.put_publication(publication, article(revision=2), if_gone="anew")

    assert posts_of(site, publication) == [made.post_id]
