"""PHP processes killed between any two writes of a delivery: the repeat completes what they left, once."""

import dataclasses
import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest
from PIL import Image

from presswerk.declaration import Role
from presswerk.wordpress import PostAuthor, PostContent, PostImage, SiteUnavailable
from presswerk.wordpress.client import publication_payload
from presswerk.wordpress.model import OnConflict
from presswerk.wordpress.placing import form
from tests.support.drill import every, up_to
from tests.support.press import PNG
from tests.support.site_edits import edit_all, held_all
from tests.support.sites import RunningSite, article, new_publication, running_site
from tests.support.waiting import until

pytestmark = pytest.mark.integration

WORKERS = 4
MOST_WRITES = 120
WRITES_AFTER_ANSWER = 9
"""So many at least are tried that come after the answer: the sizes of an image."""
_ID, _ADDRESS = "9123456789012345600", f"https://{'ab' * 16}.presswerk.invalid/00"

# SIGKILL just before the n-th statement that writes, as the kernel would at that moment.
KILLER = r"""<?php
add_filter(
	'query',
	static function ( $query ) {
		static $writes = 0;
		$last    = (int) ( $_SERVER['HTTP_X_KILL_BEFORE_WRITE'] ?? 0 );
		$writes += preg_match( '/^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/i', $query );
		if ( 0 !== $last && $writes === $last ) {
			posix_kill( getmypid(), 9 );
		}
		return $query;
	}
);
"""


@pytest.fixture(params=["sqlite", "mariadb"])
def mortal_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningSite]:
    database = None if request.param == "sqlite" else request.getfixturevalue("mariadb").new_database()
    with running_site(tmp_path, database=database, workers=WORKERS, plugins={"killer.php": KILLER}) as site:
        yield site


def survives(
    site: RunningSite,
    write: int,
    method: str,
    path: str,
    headers: Mapping[str, str] = MappingProxyType({}),
    **request: Any,
) -> bool:
    """Send a request whose process is killed before its n-th write; whether it answered before it came to that."""
    with site.managed_http() as http:
        try:
            answer = http.request(method, path, headers={**headers, "X-Kill-Before-Write": str(write)}, **request)
        except httpx.TransportError:
            return False
    # The web server's, for the process that died.
    if answer.status_code == httpx.codes.BAD_GATEWAY:
        return False
    assert answer.is_success, answer.text
    return True


def repeat(
    site: RunningSite,
    publication: str,
    revision: PostContent,
    how: OnConflict = "keep",
    images: Mapping[str, bytes] = MappingProxyType({}),
) -> str | None:
    """Deliver again as the hub does: a database that is still busy with the dead connection is asked once more."""
    with site.client() as client:
        for _ in range(4):
            try:
                return client.put_publication(publication, revision, images=images, on_conflict=how).outcome
            except SiteUnavailable:
                continue
        return client.put_publication(publication, revision, images=images, on_conflict=how).outcome


def picture(write: int) -> bytes:
    """An image of so many pixels that it has sizes; what follows its end is ignored by decoders."""
    out = io.BytesIO()
    Image.new("RGB", (400, 300), (write, 0, 0)).save(out, "PNG")
    return out.getvalue()


def revision_for(write: int) -> PostContent:
    """Everything new: an author, a category and tags that the site has to make, and an image that comes along."""
    sha256 = hashlib.sha256(picture(write)).hexdigest()
    author = PostAuthor("http://localhost:9000", f"person-{write}", f"Person {write}", None, Role.AUTHOR)
    return article(
        author=author,
        slug=f"article-{write}",
        status="publish",
        categories=(f"Category {write}",),
        tags=(f"Tag {write}a", f"Tag {write}b"),
        content=f'<!-- wp:image {{"id":{_ID}}} -->\n<figure><img src="{_ADDRESS}"/></figure>\n<!-- /wp:image -->',
        images=(PostImage(sha256, f"p{write}.png", "image/png", "", _ID, _ADDRESS),),
        featured_image=sha256,
    )


def test_a_delivery_killed_before_any_write_becomes_one_whole_post(mortal_site: RunningSite) -> None:
    """Also after its answer, while the sizes of its image are made."""
    publications: dict[int, str] = {}
    outcomes: set[str | None] = set()
    answered = 0
    for write in range(1, MOST_WRITES, every(3)):
        publication = publications[write] = new_publication()
        revision, images = revision_for(write), {revision_for(write).images[0].sha256: picture(write)}
        path = f"/wp-json/presswerk/v1/publications/{publication}"
        request = form(publication_payload(revision), {each.sha256: each for each in revision.images}, images)
        answered += survives(mortal_site, write, "POST", path, {"X-HTTP-Method-Override": "PUT"}, **request)
        outcomes.add(repeat(mortal_site, publication, revision, images=images))
        if answered * every(3) > WRITES_AFTER_ANSWER:
            break
    else:
        pytest.fail("a delivery has more writes than that")

    assert len(publications) - answered >= up_to(30, 10), "too few kills to mean anything"
    due = "return count( get_posts( array( 'post_type' => 'attachment', 'post_status' => 'any', 'fields' => 'ids',"
    due += " 'numberposts' => -1, 'meta_key' => '_presswerk_sizes_due' ) ) );"
    with mortal_site.http() as http:
        until(lambda: http.get("/wp-cron.php").is_success and mortal_site.php(due) == 0)
    assert outcomes == {"created", "unchanged"}
    found = mortal_site.php(
        """
        global $wpdb;
        return array_map( static function ( $uuid, $n ) use ( $wpdb ) {
            $with_guid = "SELECT ID FROM {$wpdb->posts} WHERE guid = %s";
            $with_name = "SELECT COUNT(*) FROM {$wpdb->terms} t JOIN {$wpdb->term_taxonomy} x USING (term_id)
                WHERE t.name = %s";
            $ids = $wpdb->get_col( $wpdb->prepare( $with_guid, "urn:uuid:$uuid" ) );
            $post = get_post( (int) $ids[0] );
            $terms = static fn ( $taxonomy ) => wp_get_post_terms( $post->ID, $taxonomy, array( 'fields' => 'names' ) );
            $named = static fn ( $name ) => (int) $wpdb->get_var( $wpdb->prepare( $with_name, $name ) );
            $people = get_users( array( 'search' => "person-$n-*", 'search_columns' => array( 'user_login' ) ) );
            return array(
                'posts' => count( $ids ), 'status' => $post->post_status, 'slug' => $post->post_name,
                'categories' => $terms( 'category' ), 'tags' => $terms( 'post_tag' ),
                'named' => array( $named( "Category $n" ), $named( "Tag {$n}a" ), $named( "Tag {$n}b" ) ),
                'counts' => wp_list_pluck( wp_get_post_terms( $post->ID, array( 'category', 'post_tag' ) ), 'count' ),
                'people' => count( $people ), 'roles' => $people[0]->roles,
                'own' => (int) $post->post_author === $people[0]->ID,
                'seo' => get_post_meta( $post->ID, '_presswerk_seo_title' ),
                'image' => str_contains( $post->post_content, '"id":' . get_post_thumbnail_id( $post ) . '}' )
                    && str_contains( $post->post_content, wp_get_attachment_url( get_post_thumbnail_id( $post ) ) ),
                'images' => (int) $wpdb->get_var( $wpdb->prepare(
                    "SELECT COUNT(*) FROM {$wpdb->posts} WHERE post_type = 'attachment' AND post_title = %s", "p$n"
                ) ),
                'sizes' => array_keys( wp_get_attachment_metadata( get_post_thumbnail_id( $post ) )['sizes'] ),
            );
        }, $input['publications'], array_keys( $input['publications'] ) );
        """,
        publications={str(write): publication for write, publication in publications.items()},
    )
    for write, post in zip(publications, found, strict=True):
        assert post == {
            "posts": 1,
            "status": "publish",
            "slug": f"article-{write}",
            "categories": [f"Category {write}"],
            "tags": [f"Tag {write}a", f"Tag {write}b"],
            "named": [1, 1, 1],
            "counts": [1, 1, 1],
            "people": 1,
            "roles": ["presswerk_author"],
            "own": True,
            "seo": ["How bread rises"],
            "image": True,
            "images": 1,
            "sizes": ["medium", "thumbnail"],
        }, f"killed before write {write}"


def test_an_update_killed_before_any_write_takes_nothing_for_somebodys_change(mortal_site: RunningSite) -> None:
    """The repeat does what the first try would have done, though it finds half of it on the site."""
    rounds = 24
    publications = [new_publication() for _ in range(rounds)]
    with mortal_site.client() as client:
        made = [
            client.put_publication(each, article(content=_paragraphs("One.", "Two."), tags=("a", "b"))).post_id
            for each in publications
        ]
    theirs = _paragraphs("Put before.", "One.", "Two.")
    edit_all(mortal_site, [(post, {"post_content": theirs, "tags": ["a", "hand"]}) for post in made])
    revised = article(
        revision=2, title="Newer", status="publish", content=_paragraphs("One, newer.", "Two."), tags=("a", "c")
    )
    finished = 0
    for write, publication in enumerate(publications, start=1):
        payload = {**publication_payload(revised), "on_conflict": "merge", "if_gone": None}
        path = f"/wp-json/presswerk/v1/publications/{publication}"
        finished += survives(mortal_site, write, "PUT", path, json=payload)
        repeat(mortal_site, publication, revised, "merge")
        if finished:
            break
    else:
        pytest.fail("an update has more writes than there are rounds")

    merged = _paragraphs("Put before.", "One, newer.", "Two.")
    assert write > 10, "too few kills to mean anything"
    for number, found in enumerate(held_all(mortal_site, made[:write]), start=1):
        outcome = (found["title"], found["text"], found["status"], found["tags"])
        assert outcome == ("Newer", merged, "publish", ["a", "c", "hand"]), f"killed before write {number}"
    with mortal_site.client() as client:
        # What the killed process wrote is ours: it goes again with the next version, and what is theirs stays.
        last = dataclasses.replace(revised, revision=3, title="Newest", tags=("a",))
        for publication in publications[:write]:
            done = client.put_publication(publication, last, on_conflict="keep")
            assert {edit.difference.field for edit in done.site_edits} == {"text", "tags"}
    assert [(found["title"], found["tags"]) for found in held_all(mortal_site, made[:write])] == [
        ("Newest", ["a", "hand"])
    ] * write


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(f"<!-- wp:paragraph -->\n<p>{each}</p>\n<!-- /wp:paragraph -->" for each in texts)


def test_an_image_killed_before_any_write_is_stored_once_and_whole(mortal_site: RunningSite) -> None:
    hashes: list[str] = []
    for write in range(1, 30):
        # What follows the image's end is ignored by decoders, so each round has a content of its own.
        data = PNG + str(write).encode()
        digest = hashlib.sha256(data).hexdigest()
        hashes.append(digest)
        finished = survives(
            mortal_site,
            write,
            "PUT",
            f"/wp-json/presswerk/v1/media/{digest}?filename=dough.png&alt=Dough",
            content=data,
        )
        with mortal_site.client() as client:
            image = client.put_media(digest, data, filename="dough.png", media_type="image/png", alt="Dough")
        with mortal_site.http() as http:
            assert http.get(image.url.removeprefix(mortal_site.site.public_url)).content == data
        assert (image.width, image.height) == (1, 1)
        if finished:
            break
    else:
        pytest.fail("an upload has more writes than rounds")

    assert len(hashes) > 4, "too few kills to mean anything"
    found = mortal_site.php(
        """
        $all = get_posts( array( 'post_type' => 'attachment', 'post_status' => 'any', 'numberposts' => -1 ) );
        return array_map( static fn ( $image ) => array(
            get_post_meta( $image->ID, '_presswerk_sha256', true ),
            get_post_meta( $image->ID, '_wp_attachment_image_alt' ),
        ), $all );
        """
    )
    assert sorted(found) == sorted([digest, ["Dough"]] for digest in hashes)
