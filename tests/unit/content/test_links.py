"""Links inside an article lead to the headings that they name, in every script; where a link leads is told."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.content import Link, compose
from presswerk.content.slugs import heading_slug
from tests.unit.content.block_grammar import Markup

HEADINGS = (
    "Was ist größer?", "日本語の見出し", "C++ & C#", "Что нужно?", "क्या चाहिए?", "ماذا تحتاج", "สิ่งที่ต้องใช้", "필요한 것",
    "A_b-c  d", "🍞 Bread", "1. First", "`code` and **bold**", "Ελλάδα", "שלום עולם", "L'été — déjà",
    "100 % sure!", "fn-1", "Σ \\(x_1\\)",
)  # fmt: skip


def ids(content: str) -> list[str]:
    return [value for _, name, value in Markup(content).attributes if name == "id"]


def hrefs(content: str) -> list[str]:
    return [value for _, name, value in Markup(content).attributes if name == "href"]


@given(
    st.lists(st.sampled_from(HEADINGS), min_size=1, max_size=8),
    st.sampled_from([str, quote, str.upper, lambda slug: slug.replace("--", "-")]),
    st.sampled_from(["chat", "commonmark"]),
    st.sampled_from(["- [{}](#{})", "[{}](#{})", "> 1. [**{}**](#{} 'title')", "<a href='#{1}'>{0}</a>"]),
)
def test_an_entry_of_a_contents_list_leads_to_its_heading(headings, spelled, dialect, place) -> None:  # type: ignore[no-untyped-def]
    if dialect == "chat" and place.startswith("<a"):
        return  # The chat shows HTML as text.
    if spelled not in {str, quote}:
        headings = list(dict.fromkeys(headings))
    plain = [heading.replace("`", "").replace("*", "").replace("\\(", "").replace("\\)", "") for heading in headings]
    taken: dict[str, int] = {}
    entries = []
    for text in plain:
        slug = heading_slug(text)
        entries.append(place.format("x", spelled(f"{slug}-{taken[slug]}" if slug in taken else slug)))
        taken[slug] = taken.get(slug, 0) + 1
    text = "\n\n".join([*entries, *(f"## {heading}\n\ntext" for heading in headings)])

    article = compose(text, title="A title that no heading has", dialect=dialect)

    anchors = [f"#{anchor}" for anchor in ids(article.content)]
    assert len(anchors) == len(headings) == len(set(anchors))
    assert [link.leads_to for link in article.links] == ["in-page"] * len(headings)
    assert set(hrefs(article.content)) <= set(anchors)
    if spelled is str:
        assert hrefs(article.content) == anchors
    assert article.warnings == ()


@pytest.mark.parametrize("heading", [each for each in HEADINGS if not each.isascii()])
def test_anchors_say_what_their_heading_says(heading: str) -> None:
    (anchor,) = [each.anchor for each in compose(f"## {heading}", title="T").contents]

    assert anchor != "section"
    assert " " not in anchor


def test_a_link_to_nothing_is_text_and_told() -> None:
    article = compose("## A\n\nSee [the **end**](#nowhere) and [mail](mailto:a@b.example).", title="T")

    assert "See the <strong>end</strong> and" in article.content
    assert len(article.warnings) == 1
    assert "#nowhere" in str(article.warnings[0])
    assert article.links == (Link("mail", "mailto:a@b.example", "mail"),)


def test_links_tell_where_they_lead() -> None:
    text = "[a](https://a.example/b?c=1&d=2) [b](/about) [c](tel:+491) www.d.example [e](#heading)\n\n## Heading"

    assert [(link.text, link.address, link.leads_to) for link in compose(text, title="T").links] == [
        ("a", "https://a.example/b?c=1&d=2", "web"),
        ("b", "/about", "web"),
        ("c", "tel:+491", "other"),
        ("www.d.example", "http://www.d.example", "web"),
        ("e", "#heading", "in-page"),
    ]


def test_anchors_that_the_author_set_and_footnotes_are_led_to() -> None:
    article = compose("<a id='own'></a>Start[^1]. [back](#own)\n\n[^1]: note", title="T")

    assert "#own" in hrefs(article.content)
    assert article.warnings == ()
    assert [link.address for link in article.links] == ["#own"]


def test_the_title_is_where_the_page_begins() -> None:
    article = compose("# Guide\n\n[up](#guide)\n\n## Next")

    assert hrefs(article.content) == ["#top"]


@pytest.mark.parametrize("place", ['<h2 id="flour">Flour</h2>', '<a id="flour"></a>Flour', '`<p id="flour">`'])
def test_a_tag_that_is_shown_as_text_is_no_place_to_lead_to(place: str) -> None:
    article = compose(f"# Bread\n\n{place}\n\nSee [flour](#flour).", dialect="chat")

    assert hrefs(article.content) == []
    assert "#flour" in str(article.warnings[0])
