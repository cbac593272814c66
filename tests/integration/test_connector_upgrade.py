"""Posts delivered before the connector kept their fields: what little is known is enough to overwrite nothing."""

import hashlib
import json

import pytest

from presswerk.wordpress import EditedOnSite
from tests.support.site_edits import EDITOR, edit, held
from tests.support.sites import RunningSite, article, new_publication

pytestmark = [pytest.mark.integration, pytest.mark.any_database]

_AS_SCHEMA_2 = """
global $wpdb;
$table = $wpdb->prefix . 'presswerk_publications';
foreach ( array( 'was_public', 'delivered', 'content', 'report', 'changes', 'pending' ) as $column ) {
    $wpdb->query( "ALTER TABLE $table DROP COLUMN $column" );
}
foreach ( $wpdb->get_results( "SELECT uuid, post_id FROM $table" ) as $row ) {
    $post = get_post( $row->post_id );
    $text = wp_json_encode( array( $post->post_title, $post->post_content, $post->post_excerpt ) );
    $wpdb->update( $table, array( 'text_sha256' => hash( 'sha256', $text ) ), array( 'uuid' => $row->uuid ) );
}
return update_option( 'presswerk_schema', 2 );
"""

_SCHEMA = """
global $wpdb;
$columns = $wpdb->get_col( "SHOW COLUMNS FROM {$wpdb->prefix}presswerk_publications" );
return array( get_option( 'presswerk_schema' ), $columns );
"""


@pytest.fixture(scope="module")
def old(site: RunningSite) -> dict[str, tuple[str, int]]:
    """Publications of a site that was upgraded, each by what somebody did with its post afterwards."""
    kinds = ("untouched", "edited", "public", "taken back", "private", "tagged")
    found = {}
    with site.client() as client:
        for kind in kinds:
            publication = new_publication()
            status = "publish" if kind in {"public", "taken back", "private"} else "draft"
            slug = f"old-{kind.replace(' ', '-')}"
            made = client.put_publication(publication, article(status=status, tags=("delivered",), slug=slug))
            found[kind] = (publication, made.post_id)
    edit(site, found["taken back"][1], post_status="draft")
    edit(site, found["private"][1], post_status="private")
    edit(site, found["tagged"][1], tags=["by hand"])
    site.php(_AS_SCHEMA_2)
    edit(site, found["edited"][1], post_title="By hand")
    return found


def test_the_table_is_brought_to_the_new_schema(site: RunningSite, old: dict[str, tuple[str, int]]) -> None:
    with site.client() as client:
        client.status()
    schema, columns = site.php(_SCHEMA)
    assert int(schema) == 3
    assert {"was_public", "delivered", "content", "report", "changes", "pending"} <= set(columns)


def test_an_untouched_post_is_updated_without_a_word(site: RunningSite, old: dict[str, tuple[str, int]]) -> None:
    publication, post = old["untouched"]
    with site.client() as client:
        done = client.put_publication(publication, article(revision=2, title="Newer", tags=None), on_conflict="ask")
    assert (done.outcome, done.site_edits, held(site, post)["title"]) == ("updated", (), "Newer")


def test_a_text_that_is_not_the_delivered_one_is_somebodys(site: RunningSite, old: dict[str, tuple[str, int]]) -> None:
    publication, post = old["edited"]
    revised = article(revision=2, title="Newer", tags=None)
    with site.client() as client:
        for how in ("ask", "merge"):
            with pytest.raises(EditedOnSite) as asked:
                client.put_publication(publication, revised, on_conflict="ask" if how == "ask" else "merge")
            (difference,) = asked.value.differences
            assert (difference.field, difference.delivered, difference.site) == ("text", None, None)
            assert difference.by == EDITOR
        kept = client.put_publication(publication, revised, on_conflict="keep")
        assert [(edit.difference.field, edit.outcome) for edit in kept.site_edits] == [("text", "left")]
        assert held(site, post)["title"] == "By hand"
        replaced = client.put_publication(publication, revised, on_conflict="replace")
    assert (replaced.outcome, [edit.outcome for edit in replaced.site_edits]) == ("updated", ["replaced"])
    found = held(site, post)
    assert found["title"] == "Newer"
    assert "By hand" in [title for title, _, _ in found["revisions"]]


@pytest.mark.parametrize(("kind", "status"), [("public", "publish"), ("taken back", "draft"), ("private", "private")])
def test_addresses_and_states_stand(site: RunningSite, old: dict[str, tuple[str, int]], kind: str, status: str) -> None:
    publication, post = old[kind]
    with site.client() as client:
        client.put_publication(publication, article(revision=2, status="publish", slug="another"))
    found = held(site, post)
    assert (found["status"], found["slug"]) == (status, f"old-{kind.replace(' ', '-')}")


def test_no_term_is_taken_away(site: RunningSite, old: dict[str, tuple[str, int]]) -> None:
    publication, post = old["tagged"]
    with site.client() as client:
        client.put_publication(publication, article(revision=2, tags=("new",)))
        client.put_publication(publication, article(revision=3, tags=()))
    assert held(site, post)["tags"] == ["by hand"]


def test_a_delivery_from_before_is_still_the_same_delivery(site: RunningSite) -> None:
    """The hash of a request that says nothing of what is new is the hash it always had."""
    publication, sent = new_publication(), article(slug="same-delivery")
    with site.client() as client:
        client.put_publication(publication, sent)
    wanted = {
        "revision": 1,
        "status": "draft",
        "title": sent.title,
        "content": sent.content,
        "excerpt": sent.excerpt,
        "slug": sent.slug,
        "date": 0,
        "author": {"email": "anna@acme.example", "issuer": "http://localhost:9000", "subject": "anna"},
        "categories": [],
        "tags": [],
        "featured_media": 0,
        "seo": {"title": sent.seo_title, "description": sent.seo_description},
    }
    wanted["author"] |= {"name": "Anna Acme", "role": "author"}  # type: ignore[operator]  # as PHP adds them
    encoded = json.dumps(wanted, separators=(",", ":")).replace("/", "\\/")
    kept = site.php(
        "global $wpdb; return $wpdb->get_var( $wpdb->prepare( 'SELECT payload_sha256 FROM %i WHERE uuid = %s',"
        " $wpdb->prefix . 'presswerk_publications', $input['uuid'] ) );",
        uuid=publication,
    )
    assert kept == hashlib.sha256(encoded.encode()).hexdigest()
