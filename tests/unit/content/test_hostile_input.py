"""Input made to exhaust the parser costs no more than its length, and keeps its text."""

import cProfile
import inspect
import sys
from typing import get_args

import pytest

from presswerk.content import Dialect, compose
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
    "dollars": "$a ",
    "double dollars": "$$a ",
    "lines of dollars": "$$\n",
    "formulas": "\\(x_1\\) ",
    "opened formulas": "\\(a ",
    "opened displays": "\\[\n",
    "displays in items": "- \\[\n",
    "environments": "\\begin{align}\n",
    "ends of environments": "\\end{align}\n",
    "colon fences": ":::a\n",
    "closed colon fences": ":::a\n\n:::\n",
    "ends of colon fences": ":::\n",
    "folds": "<details>\n<summary>a</summary>\n\n",
    "ends of folds": "</details>\n\n",
    "shortcodes": "[gallery ",
    "opened shortcodes": "[caption] ",
    "ends of shortcodes": "[/caption] ",
    "links inside": "[a](#b) ",
    "headings and links": "## [a](#a)\n\n",
    "numbers in brackets": "[1] ",
    "marks of sources": "【1†a】",
    "Chinese stress": "**中（a）**中 ",
    "mentions": "<@a|",
    "tildes": "1~2 ",
    "struck": "~~a（b）~~c ",
    "opened strikes": "~~a ",
    "strikes that touch": "~~",
    "players": "<video> ",
    "players in players": '<video src="https://a.example/v">',
    "ends of players": "<video></video> ",
    "opened groups": "\\ce{a ",
    "groups in groups": "\\ce{{a} ",
    "linked marks": "[[1]](https://a.example) ",
    "folds without a summary": "<details>\n\n\n<summary>\n",
    "reasoning": "<think>\n",
    "ends of reasoning": "x</think>\n",
    "machines' folds": '<details type="reasoning">\n',
    "labels": "Title: a\n",
    "labels in a list": "- Title: a\n",
    "agreement": "Sure!\n\n",
    "offers": "Would you like me to\n\n",
    "footers": "[//]: # (presswerk)\n",
}
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)


def calls(markdown: str, dialect: Dialect) -> int:
    profile = cProfile.Profile()
    profile.runcall(compose, markdown, dialect=dialect)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_twice_the_input_costs_at_most_about_twice_the_work(pattern: str, dialect: Dialect) -> None:
    once = calls(pattern * 300, dialect)
    twice = calls(pattern * 600, dialect)

    assert twice < 2.6 * once + 8_000


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_deep_and_long_input_becomes_blocks(pattern: str, dialect: Dialect) -> None:
    assert parse_blocks(compose(pattern * 2_000, dialect=dialect).content) is not None


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "opening",
    [
        "> ",
        "- ",
        "1. ",
        "> - ",
        "<div>",
        "<blockquote>",
        "<ul><li>",
        "<b>",
        "[",
        "*a ",
        "<details>\n\n",
        ":::a\n",
        "$$\n",
    ],
)
def test_text_below_any_depth_is_kept(opening: str, dialect: Dialect) -> None:
    content = compose(opening * 10_000 + "treasure", dialect=dialect).content

    assert "treasure" in Markup(content).text


def test_the_deepest_nesting_fits_into_a_worker_whose_stack_is_half_used() -> None:
    def descend(levels: int) -> str:
        return descend(levels - 1) if levels else compose("> - " * 500 + "<ul><li>" * 500 + "treasure").content

    used = len(inspect.stack(0))

    assert "treasure" in descend(sys.getrecursionlimit() // 2 - used)
