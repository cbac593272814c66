"""What an editor does on a site by hand, and what the site holds afterwards."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.press import PNG
from tests.support.sites import RunningSite

EDITOR = "Erik Editor"

_AS_EDITOR = """
$erik = get_user_by( 'login', 'erik' );
wp_set_current_user( $erik ? $erik->ID : wp_insert_user( array(
    'user_login' => 'erik', 'user_pass' => wp_generate_password(), 'display_name' => 'Erik Editor', 'role' => 'editor',
) ) );
"""

_EDITS = (
    _AS_EDITOR
    + """
foreach ( $input['edits'] as list( $id, $edit ) ) {
    $others  = array( 'tags', 'categories', 'thumbnail', 'trash', 'delete', 'open' );
    $columns = array_diff_key( $edit, array_flip( $others ) );
    if ( $columns ) {
        wp_update_post( wp_slash( $columns + array( 'ID' => $id, 'edit_date' => true ) ) );
    }
    foreach ( array( 'tags' => 'post_tag', 'categories' => 'category' ) as $key => $taxonomy ) {
        if ( isset( $edit[ $key ] ) ) {
            $ids = array();
            foreach ( $edit[ $key ] as $name ) {
                $term  = term_exists( $name, $taxonomy ) ?: wp_insert_term( $name, $taxonomy );
                $ids[] = (int) $term['term_id'];
            }
            wp_set_object_terms( $id, $ids, $taxonomy );
        }
    }
    if ( isset( $edit['thumbnail'] ) ) {
        0 === $edit['thumbnail'] ? delete_post_thumbnail( $id ) : set_post_thumbnail( $id, $edit['thumbnail'] );
    }
    if ( isset( $edit['trash'] ) ) {
        wp_trash_post( $id );
    }
    if ( isset( $edit['delete'] ) ) {
        wp_delete_post( $id, true );
    }
    if ( isset( $edit['open'] ) ) {
        update_post_meta( $id, '_edit_lock', ( time() - $edit['open'] ) . ':' . get_current_user_id() );
    }
}
return 1;
"""
)

_HELD = """
return array_map( static function ( $id ) {
    $post = get_post( $id );
    if ( null === $post ) {
        return null;
    }
    $by_name = array( 'fields' => 'names', 'orderby' => 'name' );
    $names   = static fn ( $taxonomy ) => wp_get_post_terms( $id, $taxonomy, $by_name );
    return array(
        'title'          => $post->post_title,
        'text'           => $post->post_content,
        'excerpt'        => $post->post_excerpt,
        'slug'           => $post->post_name,
        'status'         => $post->post_status,
        'tags'           => $names( 'post_tag' ),
        'categories'     => $names( 'category' ),
        'featured_image' => (int) get_post_thumbnail_id( $post ),
        'author'         => get_userdata( $post->post_author )->display_name,
        'revisions'      => array_map(
            static fn ( $revision ) => array( $revision->post_title, $revision->post_content, $revision->post_excerpt ),
            array_values( wp_get_post_revisions( $id ) )
        ),
    );
}, $input['ids'] );
"""


# What `RunningSite.php` does in a process of its own, inside the site's server, where it takes a tenth of the time.
_PLUGIN = """<?php
add_action( 'init', static function () {
    if ( isset( $_SERVER['HTTP_X_TEST_SECRET'] ) && '%s' === $_SERVER['HTTP_X_TEST_SECRET'] ) {
        list( $code, $input ) = json_decode( file_get_contents( 'php://input' ), true );
        wp_send_json( ( static function () use ( $code, $input ) {
            return eval( $code );
        } )() );
    }
}, 100 );
"""


def _run(site: RunningSite, code: str, **values: Any) -> Any:
    plugin = site.site.content / "mu-plugins" / "test-php.php"
    secret = hashlib.sha256(site.connection.application_password.encode()).hexdigest()
    if not plugin.exists():
        plugin.write_text(_PLUGIN % secret, encoding="utf-8")
    with site.http() as http:
        answer = http.post("/", json=[code, values], headers={"X-Test-Secret": secret})
    assert answer.status_code == 200, answer.text
    return answer.json()


def edit_all(site: RunningSite, edits: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Let Erik Editor change posts.

    Args:
        site: Whose.
        edits: Post ids and what becomes of each: columns of WordPress's, `tags` and `categories` (all of them, by
            name), `thumbnail` (an id), `trash`, `delete`, or `open` (the editor, so many seconds ago).
    """
    _run(site, _EDITS, edits=edits)


def edit(site: RunningSite, post_id: int, **change: Any) -> None:
    """Let Erik Editor change one post."""
    edit_all(site, [(post_id, change)])


def held_all(site: RunningSite, ids: Sequence[int]) -> list[dict[str, Any]]:
    """What the site has of posts."""
    found: list[dict[str, Any]] = _run(site, _HELD, ids=ids)
    return found


def held(site: RunningSite, post_id: int) -> dict[str, Any]:
    """What the site has of a post."""
    return held_all(site, [post_id])[0]


def image(site: RunningSite, name: str) -> int:
    """An image in the media library."""
    # What follows the image's end is ignored by decoders, so each has a content of its own.
    data = PNG + name.encode()
    with site.client() as client:
        stored = client.put_media(
            hashlib.sha256(data).hexdigest(), data, filename=f"{name}.png", media_type="image/png", alt=name
        )
    return stored.attachment_id
