"""What each construct of Markdown and HTML becomes."""

from typing import get_args

import pytest

from presswerk.content import Dialect, PlacedImage, compose
from tests.unit.content.block_grammar import ParsedBlock, parse_blocks, walk


def blocks(markdown: str, images: dict[str, PlacedImage] | None = None) -> list[ParsedBlock]:
    return parse_blocks(compose(markdown, title="Title", images=images).content)


def outline(markdown: str) -> list[tuple[str, str]]:
    return [(block.name, block.html.strip().replace("\n\n", "")) for block in walk(blocks(markdown))]


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("a *b* **c** ~~d~~ `e`", "<p>a <em>b</em> <strong>c</strong> <s>d</s> <code>e</code></p>"),
        ("a\nb  \nc\\\nd", "<p>a b<br>c<br>d</p>"),
        ("a & b < c &copy; &nbsp; d", "<p>a &amp; b &lt; c © &nbsp; d</p>"),
        ("[a](/b?c=d&e=f 'g \"h\"')", '<p><a href="/b?c=d&amp;e=f" title="g &quot;h&quot;">a</a></p>'),
        ("[ü](https://ü.example/ä)", '<p><a href="https://xn--tda.example/%C3%A4">ü</a></p>'),
        ("<b>x <i>y</b>", "<p><b>x <i>y</i></b></p>"),
        ("[gallery] `[audio]`", "<p>[[gallery]] <code>[[audio]]</code></p>"),
        ("a <!-- wp:html --> b", "<p>a  b</p>"),
        ("`<!-- wp:html -->`", "<p><code>&lt;!-- wp:html --&gt;</code></p>"),
        ("<u>a</u> H<sub>2</sub>O <kbd>K</kbd>", "<p><u>a</u> H<sub>2</sub>O <kbd>K</kbd></p>"),
    ],
)
def test_running_text(markdown: str, html: str) -> None:
    assert outline(markdown) == [("paragraph", html)]


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("[a](javascript:alert)", "<p>a</p>"),
        ("[a](JAVA&#115;cript:alert)", "<p>a</p>"),
        ("<a href='javascript:x' onclick='y'>a</a>", "<p><a>a</a></p>"),
        ("<javascript:x>", "<p>javascript:x</p>"),
        ("[a](data:text/html,x)", "<p>a</p>"),
        ("a <script>gone</script> b", "<p>a  b</p>"),
        ("a <script> stays *b*", "<p>a  stays <em>b</em></p>"),
        ("<span style='position:fixed' class='x' onmouseover='y'>a</span>", "<p><span>a</span></p>"),
        ("<button onclick='x'>Send</button>", "<p>Send</p>"),
    ],
)
def test_what_could_run_is_gone_and_its_text_stays(markdown: str, html: str) -> None:
    assert outline(markdown) == [("paragraph", html)]


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("see https://a.example/b_c.", '<p>see <a href="https://a.example/b_c">https://a.example/b_c</a>.</p>'),
        ("(www.a.example/(b))", '<p>(<a href="http://www.a.example/(b)">www.a.example/(b)</a>)</p>'),
        ("me@a.example!", '<p><a href="mailto:me@a.example">me@a.example</a>!</p>'),
        ("https://a.example[^1]", '<p><a href="https://a.example">https://a.example</a>[^1]</p>'),
        ("`https://a.example` ftp://b", "<p><code>https://a.example</code> ftp://b</p>"),
        ("[x https://a.example](/b)", '<p><a href="/b">x https://a.example</a></p>'),
        ("a@b me@a.example-", "<p>a@b me@a.example-</p>"),
    ],
)
def test_bare_addresses(markdown: str, html: str) -> None:
    assert outline(markdown) == [("paragraph", html)]


def test_headings_carry_level_and_anchor() -> None:
    found = blocks("## Über uns\n\n# Über uns")

    assert [(each.attributes, each.html.strip()) for each in found] == [
        ({"anchor": "ueber-uns"}, '<h2 id="ueber-uns" class="wp-block-heading">Über uns</h2>'),
        ({"level": 1, "anchor": "ueber-uns-2"}, '<h1 id="ueber-uns-2" class="wp-block-heading">Über uns</h1>'),
    ]


def test_code_carries_its_language_as_a_class() -> None:
    (code,) = blocks("```C++ title=x\na[0] < b\nhttps://a.example\n```")

    assert code.attributes == {"className": "language-cpp"}
    assert code.html.strip() == (
        '<pre class="wp-block-code language-cpp"><code>a&#91;0] &lt; b\nhttps:&#47;&#47;a.example</code></pre>'
    )


def test_lists_nest() -> None:
    assert outline("3. a\n   - b\n     - c\n4. d") == [
        ("list", '<ol start="3" class="wp-block-list"></ol>'),
        ("list-item", "<li>a</li>"),
        ("list", '<ul class="wp-block-list"></ul>'),
        ("list-item", "<li>b</li>"),
        ("list", '<ul class="wp-block-list"></ul>'),
        ("list-item", "<li>c</li>"),
        ("list-item", "<li>d</li>"),
    ]


def test_paragraphs_of_an_item_stay_in_it() -> None:
    assert outline("- a\n\n  b\n\n- c")[1:] == [("list-item", "<li>a<br><br>b</li>"), ("list-item", "<li>c</li>")]


def test_a_list_pauses_for_code_and_counts_on() -> None:
    found = outline("1. a\n\n   ```\n   x\n   ```\n\n2. b")

    assert [name for name, _ in found] == ["list", "list-item", "code", "list", "list-item"]
    assert found[3] == ("list", '<ol start="2" class="wp-block-list"></ol>')


def test_a_nested_list_pauses_too() -> None:
    found = outline("1. a\n   - b\n\n     > q\n   - c\n\n   d\n2. e")

    assert [(name, html) for name, html in found if name in {"list-item", "paragraph"}] == [
        ("list-item", "<li>a</li>"),
        ("list-item", "<li>b</li>"),
        ("paragraph", "<p>q</p>"),
        ("list-item", "<li>c</li>"),
        ("paragraph", "<p>d</p>"),
        ("list-item", "<li>e</li>"),
    ]


def test_tasks_show_their_box() -> None:
    items = [html for name, html in outline("- [ ] a\n- [x] **b**\n- [X] c\n- [ ]d\n- [x]") if name == "list-item"]

    assert items == [
        "<li>☐ a</li>",
        "<li>☑ <strong>b</strong></li>",
        "<li>☑ c</li>",
        "<li>[ ]d</li>",
        "<li>[x]</li>",
    ]


def test_quotes_hold_blocks() -> None:
    assert [name for name, _ in outline("> a\n>\n> - b\n>\n> > c\n>\n> ```\n> d\n> ```")] == [
        "quote", "paragraph", "list", "list-item", "quote", "paragraph", "code",
    ]  # fmt: skip


def test_alerts_name_their_kind() -> None:
    assert outline("> [!WARNING]\n> Hot!")[1:] == [
        ("paragraph", "<p><strong>Warning</strong></p>"),
        ("paragraph", "<p>Hot!</p>"),
    ]


def test_tables_keep_head_and_alignment() -> None:
    (table,) = blocks("| a | b |\n|:-:|---|\n| `c\\|d` | |")

    assert table.html.strip() == (
        '<figure class="wp-block-table"><table>'
        '<thead><tr><th class="has-text-align-center" data-align="center">a</th><th>b</th></tr></thead>'
        '<tbody><tr><td class="has-text-align-center" data-align="center"><code>c|d</code></td><td></td></tr></tbody>'
        "</table></figure>"
    )


def test_a_player_stands_where_its_address_stood_alone() -> None:
    found = blocks("Watch\nhttps://youtu.be/a--b&c\nnow: https://youtu.be/x")

    assert [each.name for each in found] == ["paragraph", "embed", "paragraph"]
    assert found[1].attributes == {
        "url": "https://youtu.be/a--b&c",
        "type": "video",
        "providerNameSlug": "youtube",
        "responsive": True,
        "className": "wp-embed-aspect-16-9 wp-has-aspect-ratio",
    }


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("https://www.youtube.com/watch?v=x", "youtube"),
        ("https://www.youtube.com/shorts/x", "youtube"),
        ("https://vimeo.com/1", "vimeo"),
        ("https://open.spotify.com/track/x", "spotify"),
        ("https://soundcloud.com/a/b", "soundcloud"),
        ("https://x.com/a/status/1", "twitter"),
        ("https://www.flickr.com/photos/a/1", "flickr"),
        ("https://www.tiktok.com/@a/video/1", "tiktok"),
        ("https://www.reddit.com/r/a/comments/b/c", "reddit"),
        ("https://bsky.app/profile/a/post/b", "bluesky"),
        ("https://www.ted.com/talks/a", "ted"),
        ("https://mastodon.social/@a/1", None),
        ("https://example.com/watch?v=x", None),
        ("https://notyoutube.com/watch?v=x", None),
        ("https://www.youtube.com/@channel", None),
    ],
)
def test_known_providers(address: str, provider: str | None) -> None:
    (block,) = blocks(address)

    assert block.attributes.get("providerNameSlug") == provider
    assert block.name == ("embed" if provider else "paragraph")


def test_players_given_as_frames() -> None:
    found = blocks(
        '<iframe src="https://www.youtube.com/embed/abc?rel=0"></iframe>\n\n<iframe src="//evil.example/x"></iframe>'
    )

    assert found[0].attributes["url"] == "https://www.youtube.com/watch?v=abc"
    assert found[1].html.strip() == '<p><a href="https://evil.example/x">https://evil.example/x</a></p>'


def test_footnotes_link_back_and_forth() -> None:
    found = outline("A[^n] b[^n].\n\n[^n]: Note\n[^lonely]: Nobody calls")

    assert found == [
        (
            "paragraph",
            '<p>A<sup><a href="#fn-1" id="fnref-1">1</a></sup> b<sup><a href="#fn-1" id="fnref-1-2">1</a></sup>.</p>',
        ),
        ("separator", '<hr class="wp-block-separator has-alpha-channel-opacity"/>'),
        ("list", '<ol class="wp-block-list"></ol>'),
        ("list-item", '<li><a href="#fnref-1" id="fn-1">↩\ufe0e</a> <a href="#fnref-1-2">↩\ufe0e</a> Note</li>'),
        ("list-item", "<li>Nobody calls</li>"),
    ]


def test_html_becomes_blocks() -> None:
    found = outline(
        "<div><h3>a</h3><p>b <b>c</b></p><ul><li>d<ol start=2><li>e</li></ol></li></ul>\n"
        '<pre><code class="language-js">f\n  g</code></pre><hr><blockquote>h</blockquote></div>'
    )

    assert found == [
        ("heading", '<h3 id="a" class="wp-block-heading">a</h3>'),
        ("paragraph", "<p>b <b>c</b></p>"),
        ("list", '<ul class="wp-block-list"></ul>'),
        ("list-item", "<li>d</li>"),
        ("list", '<ol start="2" class="wp-block-list"></ol>'),
        ("list-item", "<li>e</li>"),
        ("code", '<pre class="wp-block-code language-js"><code>f\n  g</code></pre>'),
        ("separator", '<hr class="wp-block-separator has-alpha-channel-opacity"/>'),
        ("quote", '<blockquote class="wp-block-quote"></blockquote>'),
        ("paragraph", "<p>h</p>"),
    ]


def test_details_fold_the_markdown_between_them() -> None:
    found = outline("<details>\n<summary>More <b>x</b></summary>\n\n- *a*\n\n</details>\n\nafter")

    assert found == [
        ("details", '<details class="wp-block-details"><summary>More <b>x</b></summary></details>'),
        ("list", '<ul class="wp-block-list"></ul>'),
        ("list-item", "<li><em>a</em></li>"),
        ("paragraph", "<p>after</p>"),
    ]


@pytest.mark.parametrize("opening", ["<!--", "<script>", "<style>", "<?php"])
def test_html_that_would_swallow_the_rest_is_shown_as_code(opening: str) -> None:
    (code,) = blocks(f"{opening} x\n\nThe rest")

    assert code.name == "code"
    assert "The rest" in code.html


def test_closed_scripts_styles_and_comments_are_gone() -> None:
    assert outline("<script>\na\n</script>\n\n<style>\nb\n</style>\n\n<!-- c\n\nd -->\n\ne") == [
        ("paragraph", "<p>e</p>")
    ]


def test_placed_images_carry_their_attachment() -> None:
    placed = {"a b.png": PlacedImage(17, "https://site.example/a.png", 800, 600)}

    (image,) = blocks('[![Alt "x"](<a b.png> "Cap & tion")](/page)', placed)

    assert image.attributes == {"id": 17, "sizeSlug": "full", "linkDestination": "custom"}
    assert image.html.strip() == (
        '<figure class="wp-block-image size-full"><a href="/page">'
        '<img src="https://site.example/a.png" alt="Alt &quot;x&quot;" class="wp-image-17"/></a>'
        '<figcaption class="wp-element-caption">Cap &amp; tion</figcaption></figure>'
    )


def test_images_show_from_their_own_address_until_they_are_placed() -> None:
    found = outline("![a](https://a.example/a.png)\n\nb ![c](attachment:c.png)")

    assert found == [
        ("image", '<figure class="wp-block-image"><img src="https://a.example/a.png" alt="a"/></figure>'),
        ("paragraph", "<p>b c</p>"),
    ]


def test_images_that_could_not_be_had_become_links_or_their_text() -> None:
    content = compose(
        "![a](https://a.example/a.png)\n\nx ![](https://a.example/b.png) ![c](c.png)", title="T", images={}
    )

    assert [block.html.strip() for block in parse_blocks(content.content)] == [
        '<p><a href="https://a.example/a.png">a</a></p>',
        '<p>x <a href="https://a.example/b.png">https://a.example/b.png</a> c</p>',
    ]


def test_adjacent_images_become_a_gallery() -> None:
    markdown = "![a](https://a.example/1.png)\n![b](https://a.example/2.png)\n\n![c](https://a.example/3.png)\n\ntext"

    found = blocks(markdown)

    assert [each.name for each in found] == ["gallery", "paragraph"]
    assert [each.name for each in found[0].inner] == ["image"] * 3
    assert found[0].attributes == {"linkTo": "none"}


@pytest.mark.parametrize("dialect", get_args(Dialect))
@pytest.mark.parametrize("text", ["3~5時間、冷蔵庫で10~12時間", "3~5 min und 10~20 Euro", "~a~ b ~c~", "**2~3** *4~5*"])
def test_a_single_tilde_is_text(text: str, dialect: Dialect) -> None:
    assert "<s>" not in (content := compose(text, dialect=dialect).content)
    assert content.count("~") == text.count("~")
