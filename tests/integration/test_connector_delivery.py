"""The connector's publication routes in a real WordPress, on SQLite and MariaDB: every row of the contract's table."""

import dataclasses
import hashlib
from typing import Any
from urllib.parse import unquote

import pytest

from presswerk.content import compose
from presswerk.wordpress import (
    PostGone,
    RevisionConflict,
    SiteRejected,
    StaleRevision,
)
from tests.support.sites import RunningSite, article, new_publication

pytestmark = pytest.mark.integration

PARAGRAPH = "<!-- wp:paragraph -->\n<p>{}</p>\n<!-- /wp:paragraph -->"


def stored(site: RunningSite, post_id: int) -> dict[str, Any]:
    """A post as the database holds it, with its terms, meta and number of revisions."""
    found: dict[str, Any] = site.php(
        """
        $post = get_post( $input['id'] );
        return array_merge( $post->to_array(), array(
            'categories' => wp_get_post_terms( $post->ID, 'category', array( 'fields' => 'names' ) ),
            'tags'       => wp_get_post_terms( $post->ID, 'post_tag', array( 'fields' => 'names' ) ),
            'thumbnail'  => (int) get_post_thumbnail_id( $post ),
            'revisions'  => array_values( wp_list_pluck( wp_get_post_revisions( $post ), 'post_content' ) ),
            'seo'        => get_post_meta( $post->ID, '_presswerk_seo_description', true ),
        ) );
        """,
        id=post_id,
    )
    return found


def posts_of(site: RunningSite, publication: str) -> int:
    return int(
        site.php(
            "global $wpdb; return (int) $wpdb->get_var( $wpdb->prepare("
            ' "SELECT COUNT(*) FROM {$wpdb->posts} WHERE guid = %s", "urn:uuid:" . $input["uuid"] ) );',
            uuid=publication,
        )
    )


def test_a_delivery_makes_a_draft_of_everything_it_carries(site: RunningSite) -> None:
    publication = new_publication()
    revision = article(categories=("Baking", "R&D"), tags=("Yeast", "Flour & water"))

    with site.client() as client:
        post = client.put_publication(publication, revision)

    found = stored(site, post.post_id)
    assert (post.outcome, post.status, post.revision, post.publication) == ("created", "draft", 1, publication)
    assert found["post_content"] == revision.content
    assert post.content_sha256 == hashlib.sha256(revision.content.encode()).hexdigest()
    assert found["post_title"] == "How bread rises"
    assert found["post_excerpt"] == "Yeast eats sugar."
    assert found["post_name"] == "how-bread-rises"
    assert found["guid"] == f"urn:uuid:{publication}"
    assert set(found["categories"]) == {"Baking", "R&amp;D"}
    assert set(found["tags"]) == {"Yeast", "Flour &amp; water"}
    assert found["seo"] == "What yeast does."
    assert int(found["post_author"]) == post.author_id
    assert post.author_name == "Anna Acme"
    assert post.link.startswith(site.site.public_url)
    assert post.edit_link == f"{site.site.public_url}/wp-admin/post.php?post={post.post_id}&action=edit"


def test_the_same_delivery_again_changes_nothing(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        first = client.put_publication(publication, article())
        second = client.put_publication(publication, article())

    assert second.outcome == "unchanged"
    assert second.post_id == first.post_id
    assert posts_of(site, publication) == 1


def test_a_newer_revision_updates_the_same_post(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        first = client.put_publication(publication, article(tags=("Old",)))
        second = client.put_publication(publication, article(revision=2, title="How bread really rises", tags=("New",)))

    assert (second.outcome, second.post_id, second.site_edits) == ("updated", first.post_id, ())
    found = stored(site, first.post_id)
    assert found["post_title"] == "How bread really rises"
    assert found["tags"] == ["New"]


def test_an_older_revision_is_refused(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        post = client.put_publication(publication, article(revision=3))
        with pytest.raises(StaleRevision, match="revision 3"):
            client.put_publication(publication, article(revision=2, title="Older"))

    assert stored(site, post.post_id)["post_title"] == "How bread rises"


def test_other_content_under_the_same_revision_is_refused(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        post = client.put_publication(publication, article())
        with pytest.raises(RevisionConflict):
            client.put_publication(publication, article(title="Other"))

    assert stored(site, post.post_id)["post_title"] == "How bread rises"


@pytest.mark.parametrize("delete_for_good", [False, True])
def test_a_deleted_post_is_not_made_again(site: RunningSite, delete_for_good: bool) -> None:
    publication = new_publication()
    with site.client() as client:
        post = client.put_publication(publication, article())
        how = "wp_delete_post( $input['id'], true )" if delete_for_good else "wp_trash_post( $input['id'] )"
        site.php(f"{how}; return 1;", id=post.post_id)
        for revision in (1, 2):
            with pytest.raises(PostGone):
                client.put_publication(publication, article(revision=revision))
        with pytest.raises(PostGone):
            client.get_publication(publication)

    assert posts_of(site, publication) == (0 if delete_for_good else 1)


def test_a_post_restored_from_the_trash_takes_revisions_again(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        post = client.put_publication(publication, article())
        site.php("wp_trash_post( $input['id'] ); return wp_untrash_post( $input['id'] ) ? 1 : 0;", id=post.post_id)
        again = client.put_publication(publication, article(revision=2))

    assert (again.post_id, again.outcome, again.status) == (post.post_id, "updated", "draft")


@pytest.mark.parametrize(
    "edit",
    [
        {"post_content": PARAGRAPH.format("Written on the site.")},
        {"post_title": "Named on the site"},
        {"post_excerpt": "Summed up on the site"},
    ],
    ids=lambda edit: next(iter(edit)),
)
def test_edits_made_on_the_site_are_replaced_but_kept_as_a_revision(site: RunningSite, edit: dict[str, str]) -> None:
    publication = new_publication()
    with site.client() as client:
        post = client.put_publication(publication, article())
        site.php(
            "return wp_update_post( wp_slash( $input['edit'] + array( 'ID' => $input['id'] ) ) );",
            id=post.post_id,
            edit=edit,
        )
        newer = article(revision=2, content=PARAGRAPH.format("Newer."))
        updated = client.put_publication(publication, newer, on_conflict="replace")

    assert [edit.outcome for edit in updated.site_edits] == ["replaced"]
    assert updated.outcome == "updated"
    found = stored(site, post.post_id)
    assert found["post_content"] == PARAGRAPH.format("Newer.")
    kept = site.php(
        "$kept = array_values( wp_get_post_revisions( $input['id'] ) );"
        "return array_map( static fn ( $revision ) => $revision->to_array(), $kept );",
        id=post.post_id,
    )
    (field, value), *_ = edit.items()
    assert value in [revision[field] for revision in kept]


def test_a_publication_is_read_back(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        delivered = client.put_publication(publication, article())
        read = client.get_publication(publication)

    assert read == dataclasses.replace(delivered, outcome=None)


def test_an_unknown_publication_is_none(site: RunningSite) -> None:
    with site.client() as client:
        assert client.get_publication(new_publication()) is None


def test_publishing_makes_it_public(site: RunningSite) -> None:
    with site.client() as client:
        post = client.put_publication(new_publication(), article(status="publish", slug="in-public"))

    with site.http() as http:
        page = http.get(post.link.removeprefix(site.site.public_url))
    assert post.status == "publish"
    assert page.status_code == 200
    assert "Yeast eats sugar." in page.text
    assert '<meta name="description" content="What yeast does.">' in page.text
    assert "<title>How bread rises &#8211; Acme Press</title>" in page.text


def test_a_draft_does_not_take_back_what_an_editor_published(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        post = client.put_publication(publication, article())
        site.php("wp_publish_post( $input['id'] ); return 1;", id=post.post_id)
        with pytest.raises(SiteRejected, match="published this article"):
            client.put_publication(publication, article(revision=2))
        published = client.put_publication(publication, article(revision=3, status="publish"))

    assert (published.outcome, published.status) == ("updated", "publish")


def test_categories_chosen_on_the_site_stay_when_none_are_sent(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        post = client.put_publication(publication, article())
        site.php(
            "$term = wp_insert_term( 'Chosen', 'category' );"
            "wp_set_object_terms( $input['id'], $term['term_id'], 'category' ); return 1;",
            id=post.post_id,
        )
        client.put_publication(publication, article(revision=2))

    assert stored(site, post.post_id)["categories"] == ["Chosen"]


def test_plain_text_stays_text(site: RunningSite) -> None:
    title = "<script>alert(1)</script> & why a < b"
    with site.client() as client:
        post = client.put_publication(new_publication(), article(status="publish", title=title, excerpt=title))

    with site.http() as http:
        shown = http.get(f"/wp-json/wp/v2/posts/{post.post_id}").json()
    assert "<script>" not in shown["title"]["rendered"] + shown["excerpt"]["rendered"]
    assert stored(site, post.post_id)["post_title"] == "&lt;script&gt;alert(1)&lt;/script&gt; &amp; why a &lt; b"


def test_block_markup_is_stored_to_the_letter(site: RunningSite) -> None:
    content = (
        '<!-- wp:code {"className":"language-python"} -->\n<pre class="wp-block-code language-python"><code>'
        'print("a\\\\b \\u00e9 &lt;b&gt;")</code></pre>\n<!-- /wp:code -->\n\n'
        '<!-- wp:html -->\n<input type="checkbox" disabled checked> <details><summary>é</summary>😀</details>\n'
        "<!-- /wp:html -->"
    )
    with site.client() as client:
        post = client.put_publication(new_publication(), article(content=content))

    assert stored(site, post.post_id)["post_content"] == content
    assert post.content_sha256 == hashlib.sha256(content.encode()).hexdigest()


@pytest.mark.parametrize(
    "title",
    [
        "科技周刊（第 213 期）：知识孤岛",
        "React में सोचना",
        "घर पर रोटी कैसे बनाएं और उसे कैसे खाएं",
        "ขนมปังโฮมเมดง่ายๆ สำหรับทุกคนในบ้าน",
        "パンの作り方" * 10,
        "نان خانگی می‌پزیم",
        "שלום עולם",
        "한국어 제목입니다",
        "ბარო პური",
        "Щука и ёж",
        "Café 東京",
        "𠮷野家の𠮷" * 5,
    ],
)
def test_a_slug_in_the_readers_script_arrives_as_it_was_sent(site: RunningSite, title: str) -> None:
    slug = compose(f"# {title}\n\nText.").slug

    with site.client() as client:
        post = client.put_publication(new_publication(), article(title=title, slug=slug, status="publish"))

    name = str(stored(site, post.post_id)["post_name"])
    assert unquote(name) == slug
    assert len(name) <= 200
    again = article(title=title, slug=slug, status="publish")
    with site.client() as client:
        twin = client.put_publication(new_publication(), again)
    assert stored(site, twin.post_id)["post_name"] != name
