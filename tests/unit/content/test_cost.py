"""Composing does little more than the Markdown library's own rendering of the same text: counted, since time is noisy.

`python -m benchmarks.composing` measures the time, and docs/performance.md tells what it was.
"""

import cProfile
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import pytest

from benchmarks.composing import SECTION, TEXTS, rendering
from presswerk.content import Dialect, compose, title_of

MOST_CALLS = dict(zip(TEXTS, (1.22, 1.38, 1.22), strict=True))
"""Calls of functions over those of the library's own rendering."""


def calls(work: Callable[[], object]) -> int:
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize("dialect", get_args(Dialect))
@pytest.mark.parametrize("name", TEXTS)
def test_composing_does_little_more_than_rendering(name: str, dialect: Dialect) -> None:
    text, render = TEXTS[name], rendering()
    compose(text, dialect=dialect)

    assert calls(lambda: compose(text, dialect=dialect)) < MOST_CALLS[name] * calls(lambda: render(text))


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_ten_times_the_article_costs_at_most_ten_times_the_work(dialect: Dialect) -> None:
    article = "# Title\n" + SECTION * 10
    compose(article, dialect=dialect)

    once = calls(lambda: compose(article, dialect=dialect))
    ten_times = calls(lambda: compose(article * 10, dialect=dialect))

    assert ten_times < 10.1 * once


@pytest.mark.parametrize("composing", [compose, title_of])
def test_no_collector_walks_through_a_long_article(composing: Callable[[str], object]) -> None:
    phases: list[str] = []

    def count(phase: str, _info: dict[str, int]) -> None:
        phases.append(phase)

    gc.callbacks.append(count)
    try:
        composing("# Title\n" + SECTION * 200)
    finally:
        gc.callbacks.remove(count)

    assert phases.count("start") <= 1, "one that was due begins when the article is done"
    assert gc.isenabled()


def test_the_collector_works_again_after_the_last_of_several_articles_at_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(compose, ["# Title\n" + SECTION * 5] * 40))

    assert gc.isenabled()
