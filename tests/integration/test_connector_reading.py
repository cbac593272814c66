"""Which saves in an editor change a text, and which only write the same one otherwise."""

import pytest

from tests.support.site_edits import edit_all
from tests.support.sites import RunningSite, article, new_publication

pytestmark = [pytest.mark.integration, pytest.mark.any_database]

DELIVERED = (
    '<!-- wp:heading {"level":2} -->\n<h2 class="wp-block-heading">A &amp; B</h2>\n<!-- /wp:heading -->\n\n'
    '<!-- wp:paragraph -->\n<p>It is <em>so</em> <a href="https://example.org/?a=1&amp;b=2">there</a> “now”.</p>\n'
    "<!-- /wp:paragraph -->\n\n"
    '<!-- wp:list -->\n<ul class="wp-block-list"><!-- wp:list-item -->\n<li>rye</li>\n<!-- /wp:list-item --></ul>\n'
    "<!-- /wp:list -->\n\n"
    '<!-- wp:code -->\n<pre class="wp-block-code"><code>a\n  b</code></pre>\n<!-- /wp:code -->\n\n'
    '<!-- wp:image {"id":7,"sizeSlug":"large"} -->\n<figure class="wp-block-image size-large">'
    '<img src="/a.png" alt="A" class="wp-image-7" style="width:10px;height:5px"/></figure>\n<!-- /wp:image -->\n\n'
    '<!-- wp:latest-posts {"postsToShow":3,"displayPostDate":true} /-->'
)

SAME = {
    "untouched": (DELIVERED, DELIVERED),
    "default attributes left out": ('<!-- wp:heading {"level":2} -->', "<!-- wp:heading -->"),
    "attributes in another order": (
        '{"postsToShow":3,"displayPostDate":true}',
        '{"displayPostDate":true,"postsToShow":3}',
    ),
    "other attributes of the block": (
        '{"id":7,"sizeSlug":"large"}',
        '{"sizeSlug":"large","id":7,"linkDestination":"none"}',
    ),
    "a name only the editor shows": ('{"level":2}', '{"level":2,"metadata":{"name":"Intro"}}'),
    "classes of the editor": ('<h2 class="wp-block-heading">', "<h2>"),
    "entities written otherwise": ("A &amp; B", "A &#038; B"),
    "quotes as entities": ("“now”", "&#8220;now&#8221;"),
    "lines broken otherwise": ("It is <em>so</em>", "It is\n<em>so</em>"),
    "blocks further apart": ("<!-- /wp:heading -->\n\n", "<!-- /wp:heading -->\n\n\n\n"),
    "spaces between tags": ('<ul class="wp-block-list"><!--', '<ul class="wp-block-list">\n\n<!--'),
    "tags closed otherwise": ('height:5px"/>', 'height:5px">'),
    "a style written otherwise": ("width:10px;height:5px", "height: 5px; width: 10px;"),
    "attributes of a tag in another order": (
        'src="/a.png" alt="A" class="wp-image-7"',
        'class="wp-image-7" alt="A" src="/a.png"',
    ),
    "a relation the editor adds": ('b=2">', 'b=2" rel="noreferrer noopener">'),
}

CHANGED = {
    "a word": ("there", "here"),
    "emphasis gone": ("<em>so</em>", "so"),
    "emphasis of another kind": ("<em>so</em>", "<strong>so</strong>"),
    "a link leads elsewhere": ("b=2", "b=3"),
    "a heading of another level": ('<h2 class="wp-block-heading">A &amp; B</h2>', "<h3>A &amp; B</h3>"),
    "another image": ('src="/a.png"', 'src="/b.png"'),
    "another description": ('alt="A"', 'alt="B"'),
    "alignment": ('class="wp-block-heading"', 'class="wp-block-heading has-text-align-center"'),
    "a colour": ("width:10px", "width:10px;color:red"),
    "an item more": ("<li>rye</li>", "<li>rye</li><li>wheat</li>"),
    "an ordered list": ('<ul class="wp-block-list">', '<ol class="wp-block-list">'),
    "spaces in code": ("a\n  b", "a\n b"),
    "words run together": ("</em> <a", "</em><a"),
    "a block without HTML of its own": ('"postsToShow":3', '"postsToShow":4'),
    "a layout": ('{"level":2}', '{"level":2,"layout":{"type":"flex"}}'),
    "blocks in another order": (DELIVERED, "\n\n".join(reversed(DELIVERED.split("\n\n")))),
    "a block gone": ("<!-- wp:latest-posts", "<!-- wp:spacer /--><!-- wp:none"),
    "everything gone": (DELIVERED, ""),
    "text outside of blocks": (DELIVERED, DELIVERED + "\n\nBy hand."),
}


@pytest.fixture(scope="module")
def differing(site: RunningSite) -> dict[str, bool]:
    """Of each change, whether the text counts as changed; all on one site."""
    cases = {**SAME, **CHANGED}
    publications = {name: new_publication() for name in cases}
    with site.client() as client:
        made = {
            name: client.put_publication(publication, article(content=DELIVERED)).post_id
            for name, publication in publications.items()
        }
        edits = [(made[name], {"post_content": DELIVERED.replace(old, new)}) for name, (old, new) in cases.items()]
        edit_all(site, edits)
        found = {name: client.get_site_state(publication).differences for name, publication in publications.items()}
    assert all({each.field for each in differences} <= {"text"} for differences in found.values())
    return {name: bool(differences) for name, differences in found.items()}


@pytest.mark.parametrize("name", SAME)
def test_a_save_that_reads_the_same_is_no_change(differing: dict[str, bool], name: str) -> None:
    assert SAME[name][0] in DELIVERED
    assert not differing[name]


@pytest.mark.parametrize("name", CHANGED)
def test_whatever_a_reader_would_notice_is_a_change(differing: dict[str, bool], name: str) -> None:
    assert CHANGED[name][0] in DELIVERED
    assert differing[name]


def test_what_wordpress_does_to_the_text_of_a_writer_it_does_not_trust_is_no_change(site: RunningSite) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(title="“A” & B <i>", content=DELIVERED))
        changed = site.php(
            """
            kses_init_filters();
            $post = get_post( $input['id'] );
            wp_update_post( wp_slash( array(
                'ID' => $post->ID, 'post_title' => $post->post_title, 'post_content' => $post->post_content,
            ) ) );
            return get_post( $post->ID )->post_content !== $post->post_content;
            """,
            id=made.post_id,
        )
        assert changed
        assert client.get_site_state(publication).differences == ()


@pytest.mark.parametrize("stored", ["A &amp; B", "A & B", "A  &amp;  B ", "A &#038; B"])
def test_a_title_written_otherwise_is_the_same_title(site: RunningSite, stored: str) -> None:
    publication = new_publication()
    with site.client() as client:
        made = client.put_publication(publication, article(title="A & B"))
        site.php(
            "global $wpdb; $wpdb->update( $wpdb->posts, array( 'post_title' => $input['title'] ),"
            " array( 'ID' => $input['id'] ) ); return 1;",
            id=made.post_id,
            title=stored,
        )
        assert client.get_site_state(publication).differences == ()
