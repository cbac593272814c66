"""Input made to exhaust the parser costs no more than its length, and keeps its text."""

import cProfile
import inspect
import sys

import pytest

from presswerk.content import compose
from tests.unit.content.block_grammar import Markup, parse_blocks

PATTERNS = {
    "quotes": "> ",
    "brackets": "[",
    "images": "![",
    "links": "[a](",
    "references": "[a][",
    "emphasis": "*a ",
    "strong and emphasis": "**a *b ",
    "code": "` a ``",
    "tags": "<b>",
    "unclosed tags": "<a b='",
    "comments": "<!-- ",
    "cdata": "a <![CDATA[",
    "containers": "<div>",
    "lists in lists": "- ",
    "list": "- a\n",
    "loose list with code": "1. a\n\n   ```\n   b\n   ```\n\n",
    "table": "|a|b|\n|-|-|\n",
    "headings": "# a\n",
    "addresses": "https://a.example ",
    "colons": "a:b@c ",
    "footnotes": "[^a]",
    "details": "<details>\n\n",
    "paragraphs of images": "![a](https://a.example)\n\n",
    "entities": "&amp;&#35;",
    "fences": "```\n",
}


def calls(markdown: str) -> int:
    profile = cProfile.Profile()
    profile.runcall(compose, markdown)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_twice_the_input_costs_at_most_about_twice_the_work(pattern: str) -> None:
    once = calls(pattern * 800)
    twice = calls(pattern * 1600)

    assert twice < 2.6 * once + 20_000


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_deep_and_long_input_becomes_blocks(pattern: str) -> None:
    assert parse_blocks(compose(pattern * 4_000).content) is not None


@pytest.mark.parametrize("opening", ["> ", "- ", "1. ", "> - ", "<div>", "<blockquote>", "<ul><li>", "<b>", "[", "*a "])
def test_text_below_any_depth_is_kept(opening: str) -> None:
    content = compose(opening * 10_000 + "treasure").content

    assert "treasure" in Markup(content).text


def test_the_deepest_nesting_fits_into_a_worker_whose_stack_is_half_used() -> None:
    def descend(levels: int) -> str:
        return descend(levels - 1) if levels else compose("> - " * 500 + "<ul><li>" * 500 + "treasure").content

    used = len(inspect.stack(0))

    assert "treasure" in descend(sys.getrecursionlimit() // 2 - used)
