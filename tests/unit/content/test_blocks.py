from presswerk.content.blocks import block, joined
from tests.unit.content.block_grammar import parse_blocks


def test_blocks_are_written_as_the_editor_writes_them() -> None:
    item = block("list-item", "<li>a", after="</li>")
    paragraph = block("paragraph", "<p>Text</p>")
    numbered = block("list", '<ol class="wp-block-list">', {"ordered": True, "start": 2}, (item, item), "</ol>")

    assert joined((paragraph, numbered)) == (
        "<!-- wp:paragraph -->\n<p>Text</p>\n<!-- /wp:paragraph -->\n\n"
        '<!-- wp:list {"ordered":true,"start":2} -->\n<ol class="wp-block-list">'
        "<!-- wp:list-item -->\n<li>a</li>\n<!-- /wp:list-item -->\n\n"
        "<!-- wp:list-item -->\n<li>a</li>\n<!-- /wp:list-item --></ol>\n<!-- /wp:list -->"
    )


def test_no_attribute_can_end_its_comment() -> None:
    hostile = 'a--><script>&"\\" --\\-- ä'

    content = block("embed", "", {"url": hostile})

    first_line = content.splitlines()[0]
    assert first_line == (
        '<!-- wp:embed {"url":"a\\u002d\\u002d\\u003e\\u003cscript\\u003e\\u0026\\u0022\\u005c\\u0022 '
        '\\u002d\\u002d\\u005c\\u002d\\u002d ä"} -->'
    )
    assert parse_blocks(content)[0].attributes == {"url": hostile}
