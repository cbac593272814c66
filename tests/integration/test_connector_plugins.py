"""What a site's own plugins see of a delivery, and which requests start without them."""

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from presswerk.wordpress import PostImage
from tests.support.press import PNG
from tests.support.sites import RunningSite, article, new_publication, running_site

pytestmark = pytest.mark.integration

# Ten plugins as sites have them: each takes part in one way, and notes what it is told.
_HEAD = """<?php
if ( ! function_exists( 'tell' ) ) {
	function tell( $plugin, $what ) {
		$GLOBALS['told'][] = "$plugin: $what";
	}
	add_action( 'shutdown', function () {
		if ( isset( $_SERVER['HTTP_X_TELL'] ) || isset( $GLOBALS['told'] ) ) {
			$told = (array) get_option( 'told', array() );
			update_option( 'told', array( ...$told, $GLOBALS['told'] ?? array() ), false );
		}
	}, 1 );
}
"""
PLUGINS = {
    "seo": """
        add_action( 'save_post', function ( $id, $post, $update ) {
            if ( 'post' === $post->post_type ) {
                update_post_meta( $id, 'seo_words', str_word_count( wp_strip_all_tags( $post->post_content ) ) );
                tell( 'seo', 'save_post ' . ( $update ? 'update' : 'new' ) );
            }
        }, 10, 3 );""",
    "dates": """
        add_filter( 'wp_insert_post_data', function ( $data ) {
            if ( 'post' === $data['post_type'] ) { $data['post_excerpt'] .= ' (read on)'; tell( 'dates', 'data' ); }
            return $data;
        } );""",
    "newsletter": """
        add_action( 'transition_post_status', function ( $new, $old, $post ) {
            if ( 'post' === $post->post_type ) { tell( 'newsletter', "$old to $new" ); }
        }, 10, 3 );""",
    "related": """
        add_action( 'set_object_terms', function ( $id, $terms, $tt_ids, $taxonomy ) {
            if ( 'post' === get_post_type( $id ) ) { tell( 'related', "$taxonomy " . count( $tt_ids ) ); }
        }, 10, 4 );""",
    "glossary": """
        add_action( 'created_post_tag', function ( $id ) { tell( 'glossary', get_term( $id )->name ); } );""",
    "gallery": """
        add_action( 'add_attachment', function ( $id ) {
            update_post_meta( $id, 'gallery', 'known' );
            tell( 'gallery', get_post_mime_type( $id ) );
        } );""",
    "blocks": """
        add_action( 'init', function () { register_block_type( 'acme/box', array( 'title' => 'Box' ) ); } );
        add_action( 'save_post_post', function ( $id, $post ) {
            $types = WP_Block_Type_Registry::get_instance();
            tell( 'blocks', implode( ' ', array_map( fn ( $name ) => (int) $types->is_registered( $name ),
                array( 'acme/box', 'core/paragraph', 'core/post-title', 'core/image' ) ) ) );
            tell( 'blocks', md5( do_blocks( '<!-- wp:paragraph --><p>x</p><!-- /wp:paragraph -->' ) ) );
        }, 10, 2 );""",
    "index": """
        add_action( 'wp_after_insert_post', function ( $id, $post, $update, $before ) {
            if ( 'post' === $post->post_type ) {
                $image = (int) ( 0 < get_post_thumbnail_id( $id ) );
                tell( 'index', ( $before ? 'changed' : 'new' ) . " $image " . count( wp_get_post_tags( $id ) ) );
            }
        }, 10, 4 );""",
    "webhook": """
        add_action( 'rest_after_insert_post', function ( $post, $request, $creating ) {
            tell( 'webhook', ( $creating ? 'creates ' : 'updates ' ) . $post->post_title );
            $asked = rest_do_request( new WP_REST_Request( 'GET', '/wp/v2/types/post' ) );
            tell( 'webhook', $asked->get_data()['slug'] ?? 'nothing' );
        }, 10, 3 );""",
    "guard": """
        add_filter( 'rest_pre_dispatch', function ( $result, $server, $request ) {
            if ( preg_match( '#/(posts|publications)#', $request->get_route() ) ) {
                tell( 'guard', 'saw the request' );
            }
            return $result;
        }, 10, 3 );
        add_action( 'login_init', function () { header( 'X-Guard: on' ); } );
        add_action( 'template_redirect', function () { header( 'X-Guard: on' ); } );
        add_filter( 'rest_post_dispatch', function ( $answer ) {
            $answer->header( 'X-Guard', 'on' );
            return $answer;
        } );""",
}
ID_SLOT, ADDRESS_SLOT = "9123456789012345600", f"https://{'ab' * 16}.presswerk.invalid/00"


@pytest.fixture(scope="module")
def plugged_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("plugged")) as site:
        folder: Path = site.site.content / "plugins"
        folder.mkdir(exist_ok=True)
        for name, code in PLUGINS.items():
            (folder / f"{name}.php").write_text(f"{_HEAD}\n/* Plugin Name: {name} */\n{code}\n", encoding="utf-8")
            (folder / f"{name}.php").chmod(0o644)
        site.php(
            "return update_option( 'active_plugins', $input['names'] );", names=[f"{each}.php" for each in PLUGINS]
        )
        yield site


def told(site: RunningSite) -> list[str]:
    """What the plugins of the last request were told, and nothing of it is left."""
    found = site.php("$told = get_option( 'told' ); delete_option( 'told' ); return array_merge( ...$told );")
    return list(found)


def held(site: RunningSite, post_id: int) -> dict[str, Any]:
    """The post as the database has it, but for what names it."""
    return dict(
        site.php(
            "$post = get_post( $input['id'] ); $names = fn ( $taxonomy ) => wp_get_post_terms( $post->ID, $taxonomy,"
            " array( 'fields' => 'names' ) );"
            " return array( 'title' => $post->post_title, 'text' => $post->post_content,"
            " 'excerpt' => $post->post_excerpt, 'status' => $post->post_status, 'tags' => $names( 'post_tag' ),"
            " 'categories' => $names( 'category' ), 'words' => get_post_meta( $post->ID, 'seo_words', true ),"
            " 'gallery' => get_post_meta( get_post_thumbnail_id( $post ), 'gallery', true ),"
            " 'author' => $post->post_author );",
            id=post_id,
        )
    )


def test_ten_plugins_take_part_in_a_delivery_as_when_the_editor_saves(plugged_site: RunningSite) -> None:
    data, more = PNG + b"editor", PNG + b"delivery"
    with plugged_site.client() as client:
        # Who is attributed exists before, so that both ways write the same.
        author = client.put_publication(new_publication(), article()).author_id
        terms = plugged_site.php(
            "require_once ABSPATH . 'wp-admin/includes/taxonomy.php'; return array( wp_create_category( 'News' ) );"
        )
        told(plugged_site)
        by_editor, heard_by_editor = _by_editor(plugged_site, data, author, terms)
        image = PostImage(hashlib.sha256(more).hexdigest(), "loaf.png", "image/png", "", ID_SLOT, ADDRESS_SLOT)
        revision = article(
            title="By hand", status="publish", slug="delivered", categories=("News",), tags=("c", "d"),
            images=(image,), featured_image=image.sha256,
        )  # fmt: skip
        publication = new_publication()
        made = client.put_publication(publication, revision, images={image.sha256: more})
        heard = told(plugged_site)
        assert held(plugged_site, made.post_id) == {**by_editor, "tags": ["c", "d"]}
        assert _kinds(heard) == _kinds(heard_by_editor)
        client.put_publication(publication, dataclasses.replace(revision, revision=2), images={image.sha256: more})
    again = told(plugged_site)
    assert {"seo: save_post update", "index: changed 1 2", "webhook: updates By hand", "webhook: post"} <= set(again)


def _by_editor(site: RunningSite, data: bytes, author: int, categories: list[int]) -> tuple[dict[str, Any], list[str]]:
    """A post made by the requests that the block editor sends."""
    usual = article()
    with site.managed_http() as http:
        upload = http.post(
            "/wp-json/wp/v2/media",
            content=data,
            headers={"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="loaf.png"'},
        )
        assert upload.is_success, upload.text
        tags = [http.post("/wp-json/wp/v2/tags", json={"name": name}).json()["id"] for name in ("a", "b")]
        body = {
            "title": "By hand",
            "content": usual.content,
            "excerpt": usual.excerpt,
            "status": "publish",
            "author": author,
            "categories": categories,
            "tags": tags,
            "featured_media": upload.json()["id"],
        }
        saved = http.post("/wp-json/wp/v2/posts", json=body)
    assert saved.is_success, saved.text
    post = held(site, saved.json()["id"])
    return post, told(site)


def _kinds(heard: list[str]) -> set[str]:
    """What was heard, whatever the tags were called and whichever request it came in."""
    new_tags = {f"glossary: {name}": "glossary: a tag" for name in "abcd"}
    return {new_tags.get(each, each) for each in heard}


def test_what_only_reads_starts_without_plugins_and_theme(plugged_site: RunningSite) -> None:
    with plugged_site.client() as client:
        publication = new_publication()
        client.put_publication(publication, article())
        with plugged_site.managed_http() as http:
            for route in ("status", f"publications/{publication}", f"publications/{publication}/site"):
                answer = http.get("/", params={"rest_route": f"/presswerk/v1/{route}"})
                assert answer.is_success, answer.text
                assert "X-Guard" not in answer.headers, route
            # What may run something of theirs has them.
            assert http.get("/", params={"rest_route": "/presswerk/v1/terms"}).headers["X-Guard"] == "on"
            assert http.get("/", params={"rest_route": "/wp/v2/types/post"}).headers["X-Guard"] == "on"


@pytest.mark.parametrize(
    "path",
    [
        "/wp-login.php?rest_route=/presswerk/v1/status",
        "/wp-json/presswerk/v1/status",
        "/?rest_route=/wp/v2/types&x=/presswerk/v1/status",
        "/?rest_route=/presswerk/v1/status&_method=POST",
    ],
)
def test_no_address_keeps_guards_from_another_page(plugged_site: RunningSite, path: str) -> None:
    with plugged_site.http() as http:
        assert http.get(path).headers.get("X-Guard") == "on"


def test_a_site_without_foreign_code_delivers_without_block_types(site: RunningSite) -> None:
    """Nothing asks for them, and they are most of what a start costs."""
    probe = site.site.content / "mu-plugins" / "probe.php"
    probe.write_text(
        "<?php add_filter( 'rest_post_dispatch', function ( $answer ) {"
        " $types = WP_Block_Type_Registry::get_instance();"
        " $answer->header( 'X-Types', (string) count( $types->get_all_registered() ) ); return $answer; } );"
    )
    try:
        with site.managed_http() as http:
            answer = http.put(
                "/",
                params={"rest_route": f"/presswerk/v1/publications/{new_publication()}"},
                json={},
            )
            assert answer.status_code == httpx.codes.BAD_REQUEST
            assert int(answer.headers["X-Types"]) < 5
            assert int(http.get("/", params={"rest_route": "/wp/v2/types"}).headers["X-Types"]) > 50
    finally:
        probe.unlink()
