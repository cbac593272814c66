"""Composing costs little more than the Markdown library's own rendering of the same text."""

import cProfile
import time
from collections.abc import Callable
from typing import get_args

import pytest
from markdown_it import MarkdownIt

from benchmarks.composing import SECTION
from presswerk.content import Dialect, compose
from tests.unit.content.messages import messages

DOCUMENTS = {
    "an article": "# Title\n" + SECTION * 60,
    "messages of every shape": "\n\n".join(text for text in messages().values() if "details" not in text),
}
MOST_CALLS = 2.0
MOST_TIME = 2.6
"""Twice what is aimed at, for a machine that does other things meanwhile: `make bench` measures 1.4 to 1.7."""


def rendering() -> Callable[[str], str]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render


def calls(work: Callable[[], object]) -> int:
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


@pytest.mark.parametrize("dialect", get_args(Dialect))
@pytest.mark.parametrize("name", DOCUMENTS)
def test_composing_does_little_more_than_rendering(name: str, dialect: Dialect) -> None:
    text, render = DOCUMENTS[name], rendering()
    compose(text, dialect=dialect)

    assert calls(lambda: compose(text, dialect=dialect)) < MOST_CALLS * calls(lambda: render(text))


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_composing_takes_little_longer_than_rendering(dialect: Dialect) -> None:
    text, render = DOCUMENTS["an article"], rendering()
    compose(text, dialect=dialect)

    composed = min(seconds(lambda: compose(text, dialect=dialect)) for _ in range(5))
    rendered = min(seconds(lambda: render(text)) for _ in range(5))

    assert composed < MOST_TIME * rendered
