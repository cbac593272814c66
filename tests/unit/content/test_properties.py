"""Whatever an author sends: balanced blocks, no lost text, nothing that runs."""

import re
from typing import get_args
from urllib.parse import quote

from hypothesis import example, given, settings
from hypothesis import strategies as st

from presswerk.content import Dialect, PlacedImage, compose, title_of
from presswerk.content.markdown import make_parser, tidy
from presswerk.content.slugs import MAX_ENCODED_LENGTH, MAX_SLUG_LENGTH, Anchors, slugify
from tests.unit.content.block_grammar import Markup, first_loss, parse_blocks, squeezed, walk
from tests.unit.content.documents import PLAIN_FRAGMENTS, markdown_texts

_BLOCKS = "paragraph heading list list-item quote code table image gallery separator embed details math"
_ATTRIBUTES = "class id href title src alt start colspan rowspan data-align lang dir value datetime data-latex"
BLOCKS = frozenset(_BLOCKS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
DIALECTS: st.SearchStrategy[Dialect] = st.sampled_from(get_args(Dialect))
RUNNING_TAGS = frozenset({"script", "style", "iframe", "object", "embed", "form", "input", "svg", "base"})
RUNNING_ADDRESS = re.compile(r"[\s\x00-\x20]*(?:javascript|vbscript|data)[\s\x00-\x20]*:", re.IGNORECASE)
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ANCHOR = re.compile(r"[^\s\"'<>&#%?/:]+")
# No HTML here: how a browser reads broken HTML is judged by a browser's rules, in tests/validation.
WITHOUT_HTML = [text for text in PLAIN_FRAGMENTS if "<" not in text and "[^" not in text and "[!NOTE]" not in text]


def texts_without_html() -> st.SearchStrategy[str]:
    unicode = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<"), max_size=30)
    return st.lists(st.one_of(st.sampled_from(WITHOUT_HTML), unicode), max_size=40).map("".join)


@given(markdown_texts(), DIALECTS)
def test_any_text_becomes_balanced_blocks_of_the_known_kinds(markdown: str, dialect: Dialect) -> None:
    names = {block.name for block in walk(parse_blocks(compose(markdown, dialect=dialect).content))}

    assert names <= BLOCKS


@given(markdown_texts(), DIALECTS)
@example("[x](java\tscript:alert(1)) <a href=' javascript:alert(1)'>y</a> ![z](javascript:alert(1))", "commonmark")
@example("<img src=x onerror=alert(1)//><svg/onload=alert(1)><math><mi xlink:href='javascript:x'>", "chat")
@example("<div style='background:url(javascript:x)'><p onclick=x>y</p></div>", "commonmark")
def test_nothing_that_runs_gets_through(markdown: str, dialect: Dialect) -> None:
    markup = Markup(compose(markdown, dialect=dialect).content)

    assert not markup.tags & RUNNING_TAGS
    mathematical = {tag for tag in markup.tags if tag.startswith("m")} | {"annotation"}
    assert {name for tag, name, _ in markup.attributes if tag not in mathematical} <= ATTRIBUTES
    assert {value for tag, name, value in markup.attributes if tag == "annotation"} <= {"application/x-tex"}
    assert not [
        value for _, name, value in markup.attributes if name in {"href", "src"} and RUNNING_ADDRESS.match(value)
    ]


@given(texts_without_html())
@example("- [ ] a\n- [x] b")
@example("☐ ☑")
@example("> - a\n>\n>       code\n>   1. b")
def test_no_visible_text_is_lost(markdown: str) -> None:
    """Visible text: all characters but white space of the parser's own HTML, in order; captions may come on top."""
    expected = squeezed(Markup(make_parser("commonmark").render(tidy(markdown))).text)

    content = compose(markdown, title="A title that no heading has").content

    # A task's box is shown as a character, which an author may also write.
    shown, wanted = (text.replace("☐", "[]").replace("☑", "[x]") for text in (squeezed(Markup(content).text), expected))
    assert first_loss(wanted.replace("[X]", "[x]"), shown) == ""


@given(markdown_texts(), DIALECTS, st.sampled_from(["\r\n", "\r"]))
@example(
    "---\ntitle: Bread\n---\n\nIt rises.\n\nLet me know if you would like me to shorten the article!", "chat", "\r"
)
@example("Title: Bread\n\nIt rises.\n\n---\n\nWould you like me to shorten it?", "chat", "\r\n")
def test_every_way_to_end_a_line_gives_the_same_article(markdown: str, dialect: Dialect, end: str) -> None:
    text = markdown.replace("\r", "")
    assert compose(text.replace("\n", end), dialect=dialect) == compose(text, dialect=dialect)


@given(markdown_texts(), DIALECTS)
def test_composing_twice_gives_the_same_article(markdown: str, dialect: Dialect) -> None:
    assert compose(markdown, dialect=dialect) == compose(markdown, dialect=dialect)


@given(markdown_texts(), DIALECTS)
def test_links_inside_lead_to_a_place_of_the_article(markdown: str, dialect: Dialect) -> None:
    markup = Markup(compose(markdown, dialect=dialect).content)

    ids = {f"#{value}" for _, name, value in markup.attributes if name == "id"}
    inside = {value for _, name, value in markup.attributes if name == "href" and value.startswith("#")}
    assert inside <= ids | {"#top"}


@given(markdown_texts())
def test_every_placed_image_shows_from_the_site_and_no_other_remains(markdown: str) -> None:
    named = compose(markdown).images
    placed = {
        image.source: PlacedImage(number, f"https://site.example/{number}.png") for number, image in enumerate(named, 1)
    }

    article = compose(markdown, images=placed)

    sources = {value for tag, name, value in Markup(article.content).attributes if (tag, name) == ("img", "src")}
    assert article.images == named
    assert sources <= {image.url for image in placed.values()}


@given(markdown_texts())
def test_images_that_could_not_be_had_leave_no_broken_image(markdown: str) -> None:
    assert "img" not in Markup(compose(markdown, images={}).content).tags


@given(markdown_texts())
def test_anchors_are_unique_and_stand_on_their_headings(markdown: str) -> None:
    article = compose(markdown)

    anchors = [heading.anchor for heading in article.contents]
    headings = [block for block in walk(parse_blocks(article.content)) if block.name == "heading"]
    assert len(set(anchors)) == len(anchors)
    assert [block.attributes["anchor"] for block in headings] == anchors
    assert [anchor for anchor in anchors if not ANCHOR.fullmatch(anchor) or not anchor[0].isalpha()] == []


@given(markdown_texts())
def test_what_is_said_of_an_article_keeps_its_limits(markdown: str) -> None:
    article = compose(markdown)

    assert 1 <= len(article.title) <= 200
    assert title_of(markdown) == article.title
    assert "\n" not in article.title
    assert article.slug.strip("-") == article.slug != ""
    assert not set(article.slug) & set(" /?#%&.\"'<>")
    assert len(article.slug) <= MAX_SLUG_LENGTH
    assert len(quote(article.slug)) <= MAX_ENCODED_LENGTH
    assert len(article.excerpt.split()) <= 55
    assert len(article.seo_title) <= 60
    assert len(article.seo_description) <= 155
    assert article.tags == ()
    assert article.reading_time_minutes >= 1


@given(st.text())
def test_a_slug_is_ascii_and_stays_the_same_when_made_again(text: str) -> None:
    slug = slugify(text)

    assert slug == "" or SLUG.fullmatch(slug)
    assert len(slug) <= MAX_SLUG_LENGTH
    assert slugify(slug) == slug


@given(st.lists(st.text(max_size=20), max_size=30))
def test_anchors_never_repeat(texts: list[str]) -> None:
    anchors = Anchors()

    taken = [anchors.take(text) for text in texts]

    assert len(set(taken)) == len(taken)
    assert all(anchor[0].isalpha() for anchor in taken)


@settings(max_examples=30)
@given(st.text())
def test_lone_surrogates_never_reach_the_site(text: str) -> None:
    compose("\ud800" + text + "\udfff").content.encode("utf-8")
