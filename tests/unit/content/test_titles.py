"""Which text of an article is its title, what becomes of the rest, and what the excerpt says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.content import compose, title_of
from presswerk.content.vocabulary import shared_vocabulary
from tests.unit.content.block_grammar import Markup, squeezed

DIALECTS = pytest.mark.parametrize("dialect", ["chat", "commonmark"])
WORDS = ["Bread", "at", "home", "Brot", "Хлеб", "дома", "パン", "面包", "रोटी", "خبز", "לחם", "ขนมปัง", "빵", "🍞"]
TITLES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@DIALECTS
@pytest.mark.parametrize(
    ("text", "title", "headings"),
    [
        (
            "**Bread Without Fear**\n\nBaking is easy.\n\n## What you need\n\nFlour.",
            "Bread Without Fear",
            ["What you need"],
        ),
        (
            "Baking is easy when you wait.\n\n## Why time matters\n\nText.",
            "Baking is easy when you wait",
            ["Why time matters"],
        ),
        ("## First block\n\nText.\n\n## Second\n\nMore.", "First block", ["Second"]),
        ("### First block\n\nText.\n\n#### Second\n\nMore.", "First block", ["Second"]),
        ("---\n\n## First block\n\nText.", "First block", []),
        (
            "## Table of Contents\n\n- [a](#a)\n\n# The Real Title\n\n## a\n\ntext",
            "The Real Title",
            ["Table of Contents", "a"],
        ),
        ("An introduction.\n\nAnd more of it.\n\n# The title\n\nText.", "The title", []),
        ("## Kicker\n\n# The title\n\nText.", "The title", ["Kicker"]),
        ("## A\n\n1\n\n## B\n\n2\n\n# Appendix\n\n3", "A", ["B", "Appendix"]),
        ("![A cat on a mat](cat.png)", "A cat on a mat", []),
        ('![](cat.png "A cat")', "A cat", []),
        ("![A cat](a.png) ![A dog](b.png)", "A cat", []),
        ("![A cat on a mat](cat.png)\n\nIt sleeps. All day.", "It sleeps", []),
        ("![A cat](cat.png)\n\n## What it eats\n\nFish. And more.", "Fish", ["What it eats"]),
        ("![A cat](cat.png)\n\n# Cats\n\nThey sleep.", "Cats", []),
        ("A *title*\nof two lines\n===\n\nText.", "A title of two lines", []),
        ("# *Emphasis*, [link](http://a.example), `code` and 🍞\n\nText.", "Emphasis, link, code and 🍞", []),
        ("#\n\n## Real\n\nText.", "Real", []),
        ("**Note:**\n\nText is here. More.", "Note:", []),
        ("**We are closed today.**", "We are closed today", []),
        ("**Bold** start. More.", "Bold start", []),
        ("**A** and **B**\n\nText.", "A and B", []),
        ("चाय पुरानी है। यह उगती है।\n\n## पत्ते\n\nx", "चाय पुरानी है", ["पत्ते"]),
        ("- one\n- two\n\n## Section\n\nText.", "one", ["Section"]),
        ("> # Quoted\n\n## Section\n\nText.", "Quoted", ["Quoted", "Section"]),
        ("```\ncode\n```\n\nText is here. More.", "Text is here", []),
        ("```\ncode\n```", "code", []),
        ("| a | b |\n|---|---|\n| c | d |", "a", []),
        (" \n\n", "Untitled", []),
        ("---\n\n---", "Untitled", []),
    ],
)
def test_titles(dialect: str, text: str, title: str, headings: list[str]) -> None:
    article = compose(text, dialect=dialect)  # type: ignore[arg-type]

    assert article.title == title
    assert title_of(text, dialect) == title  # type: ignore[arg-type]
    assert [heading.text for heading in article.contents] == headings


@pytest.mark.parametrize(
    "html", ["<h1>Bread &amp; <em>butter</em></h1>\n\n<p>Text.</p>", "<div><h1>Bread &amp; butter</h1></div>\n\nText."]
)
def test_a_heading_in_html_is_one(html: str) -> None:
    article = compose(html)

    assert (article.title, article.excerpt) == ("Bread & butter", "Text.")


@pytest.mark.parametrize("contents", sorted(shared_vocabulary().contents_headings))
@pytest.mark.parametrize("shape", ["# {}", "## {}", "## 📑 {}:", "{}\n==="])
def test_a_heading_of_contents_is_never_a_title(contents: str, shape: str) -> None:
    heading = shape.format(contents.capitalize())
    links = "- [Flour](#flour)\n- [Water](#water)"

    assert title_of(f"{heading}\n\n{links}\n\n# Bread at Home\n\n## Flour\n\nText.") == "Bread at Home"
    assert title_of(f"{heading}\n\n{links}\n\nBread is old. It is.\n\n## Flour\n\nText.") == "Bread is old"


@given(TITLES, st.sampled_from(["# {}", "## {}", "**{}**", "__{}__", "{}\n===", "# {} #", "***{}***"]), st.booleans())
def test_a_title_of_any_script_leaves_the_text_and_says_nothing_twice(title: str, shape: str, intro: bool) -> None:
    markdown = f"{shape.format(title)}\n\n{'Intro.' if intro else '* * *'}\n\n## Section\n\nThe text of it."

    article = compose(markdown)

    assert article.title == title
    assert squeezed(Markup(article.content).text) == ("Intro." if intro else "") + "SectionThetextofit."
    assert article.excerpt == ("Intro. " if intro else "") + "The text of it."
    assert compose(markdown, title=title).content == article.content


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_levels_of_the_headings_left_are_sensible(levels: list[int]) -> None:
    """The site shows the title as level 1: what is left begins at 2, and keeps its order."""
    text = "# Title\n\n" + "\n\n".join(f"{'#' * level} H{i}\n\nText." for i, level in enumerate(levels))

    shown = [heading.level for heading in compose(text).contents]

    assert min(shown) == 2
    shift = 2 - min(levels)
    assert shown == [min(6, level + shift) for level in levels]


def test_headings_keep_their_level_where_no_heading_became_the_title() -> None:
    assert [h.level for h in compose("# One\n\n### Two", title="Mine").contents] == [1, 3]
    assert [h.level for h in compose("Text.\n\n### Two").contents] == [3]


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("# Bread\n\nBread\n\nIt is old.", "It is old."),
        ("Bread is old. It is good.", "It is good."),
        ("Bread is old", ""),
        ("# Bread\n\n- one\n- two", "one two"),
        ("# Sums\n\nThe sum $a^2 + b_1$ is known.\n\n$$\n\\sum x\n$$\n\nIt is.", "The sum a²+b₁ is known. It is."),
        ("# Bread\n\n```\ncode\n```\n\nText.", "Text."),
        ("# Bread\n\n> Quoted.\n\nText.", "Text."),
    ],
)
def test_excerpts_say_what_the_title_does_not(text: str, excerpt: str) -> None:
    assert compose(text).excerpt == excerpt


@pytest.mark.parametrize("name", ["Introduction", "1. Introduction", "Einleitung:", "Введение", "はじめに"])
def test_the_name_of_a_first_section_is_no_title(name: str) -> None:
    article = compose(f"## {name}\n\nBread is old. Rye is older.\n\n## Flour\n\nWheat.", dialect="chat")

    assert article.title == "Bread is old"
    assert f">{name}</h2>" in article.content


def test_a_title_is_a_sentence_rather_than_a_cell() -> None:
    assert compose("| a | b |\n|---|---|\n| 1 | 2 |\n\nRye in figures. It grows.").title == "Rye in figures"
