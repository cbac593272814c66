"""What a page of a real WordPress shows of an article's content, before and after the site stored it anew."""

import html
from collections.abc import Iterator

import pytest

from presswerk.content import compose
from presswerk.content.shortcodes import CORE_SHORTCODES
from tests.support.sites import RunningSite, running_site
from tests.unit.content.messages import messages
from tests.validation.chat import differing, lines_on_the_site

pytestmark = pytest.mark.integration

TITLE = "A title that no message has"
# Typographic quotes are WordPress's own taste, not a matter of what an article says.
SHOW = """
remove_filter( 'the_content', 'wptexturize' );
return array_map( static fn ( $content ) => apply_filters( 'the_content', $content ), $input['contents'] );
"""

FILTER = """
return array_map( static fn ( $c ) => wp_unslash( wp_filter_post_kses( wp_slash( $c ) ) ), $input['contents'] );
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def contents() -> dict[str, str]:
    return {name: compose(text, dialect="chat", title=TITLE).content for name, text in messages().items()}


def shown(site: RunningSite, contents: dict[str, str]) -> dict[str, list[str]]:
    pages: dict[str, str] = site.php(SHOW, contents=contents)
    return {name: lines_on_the_site(page) for name, page in pages.items()}


def test_pages_show_the_text_of_their_articles(site: RunningSite, contents: dict[str, str]) -> None:
    expected = {name: lines_on_the_site(content) for name, content in contents.items()}

    assert differing(expected, shown(site, contents)) == {}


def test_pages_show_the_same_after_wordpress_parsed_and_wrote_the_blocks(
    site: RunningSite, contents: dict[str, str]
) -> None:
    stored: dict[str, str] = site.php(
        "return array_map( static fn ( $c ) => serialize_blocks( parse_blocks( $c ) ), $input['contents'] );",
        contents=contents,
    )

    assert stored == contents


def test_formulas_outlive_the_filter_for_people_who_may_not_write_any_html(
    site: RunningSite, contents: dict[str, str]
) -> None:
    formulas = {name: content for name, content in contents.items() if "<math" in content}
    filtered: dict[str, str] = site.php(FILTER, contents=formulas)

    assert formulas
    assert differing(shown(site, formulas), shown(site, filtered)) == {}


def test_wordpress_registers_the_shortcodes_that_articles_hide(site: RunningSite) -> None:
    assert set(site.php("return array_keys( $GLOBALS['shortcode_tags'] );")) == set(CORE_SHORTCODES)


@pytest.mark.parametrize("name", CORE_SHORTCODES)
def test_a_shortcode_in_a_text_is_shown_and_does_not_run(site: RunningSite, name: str) -> None:
    texts = (
        f"Write [{name}] here.",
        f'Write `[{name} ids="1,2" a=b]` there.',
        f"In [{name}]one *word*[/{name}], and [{name}/] too.",
        f"Already [[{name}]] and [[{name}]x[/{name}]].",
        f"Left open: [{name}] and later\n\n- an item [/{name}] closes.",
        f"[{name}] [{name}] [/{name}] [/{name}]",
        f"| [{name}] | b |\n|---|---|\n| `[{name} x]` | [/{name}] |",
        f"```\n[{name}]x[/{name}]\n```",
        f"[a link]([{name}] '[{name}] as title') and ![[{name}] as text](https://e.example/x.png) in a line.",
        f"![a](https://e.example/x.png '[{name}]')",
        f"Not at all: [{name}x] [x{name}] [ {name}] [{name}-x] {name}]",
    )
    plain = {text: compose(text, title=TITLE, images=None).content for text in texts}

    pages: dict[str, str] = site.php(SHOW, contents=plain)

    for text in texts:
        in_addresses = text.count(f"([{name}")
        page = html.unescape(pages[text])
        assert page.count(f"[{name}") == text.count(f"[{name}") - in_addresses, page
        assert page.count(f"[/{name}]") == text.count(f"[/{name}]"), page


def test_a_shortcode_of_a_plugin_is_known_from_the_site_and_does_not_run(site: RunningSite) -> None:
    plugin = (
        "add_shortcode( 'contact-form-7', static fn() => 'RAN' ); add_shortcode( 'contact', static fn() => 'RAN' );"
    )
    loaded = site.site.content / "mu-plugins" / "forms.php"
    loaded.write_text(f"<?php add_action( 'init', static function () {{ {plugin} }} );")
    try:
        with site.client() as client:
            registered = client.terms().shortcodes
    finally:
        loaded.unlink()
    text = 'Write [contact-form-7 id="1"] or [contact]x[/contact], not [contacts].'

    pages = {
        name: html.unescape(page)
        for name, page in site.php(
            plugin + SHOW,
            contents={
                "known": compose(text, shortcodes=registered).content,
                "unknown": compose(text).content,
            },
        ).items()
    }

    assert {"contact-form-7", "contact"} <= set(registered)
    assert "RAN" not in pages["known"]
    assert '[contact-form-7 id="1"] or [contact]x[/contact], not [contacts].' in pages["known"].replace(
        "”", '"'
    ).replace("“", '"')
    assert "RAN" in pages["unknown"]
