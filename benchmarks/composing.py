"""Markdown to blocks: how the time grows with the article, and what it costs beside the library's own rendering."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import get_args

from markdown_it import MarkdownIt

from presswerk.content import Dialect, compose
from tests.unit.content.messages import messages

SECTION = """
## A section of an article

Some words with **strong** and *light* ones, a [link](https://example.org) and `code`. They go on for a while, as an
author's do, until the paragraph is as long as a paragraph usually is.

- one thing
- another, with
  - something below it

| name | value |
|---|---:|
| first | 1 |
| second | 2 |

> Somebody said so.

```python
print("and proved it")
```
"""
PARAGRAPH = "Some plain words that go on for a while, as an author's do, until there are enough of them.\n\n"
# The library's own rendering knows no Markdown between `<details>` and its end.
TEXTS: Mapping[str, str] = {
    "article with lists, tables, quotes, code": f"# Title\n{SECTION * 200}",
    "messages of every shape in 14 languages": "\n\n".join(
        text for text in messages().values() if "details" not in text
    ),
    "nothing but plain paragraphs": f"# Title\n\n{PARAGRAPH * 1100}",
}
_RUNS = 15


def measure() -> dict[str, float]:
    """Time articles in CPU seconds: 20, 200 and 2,000 sections of about 0.4 kB each, and texts of each kind."""
    seconds = {sections: _best(partial(compose, "# Title\n" + SECTION * sections)) for sections in (20, 200, 2000)}
    return {
        "8 kB article, milliseconds": seconds[20] * 1000,
        "80 kB over 8 kB (10 is linear)": seconds[200] / seconds[20],
        "0.8 MB over 80 kB (10 is linear)": seconds[2000] / seconds[200],
        **{f"{name}, {what}": value for name, text in TEXTS.items() for what, value in _beside_rendering(text).items()},
    }


def rendering() -> Callable[[str], str]:
    """Return the library's own rendering, by the rules that both dialects have in common."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render


def _beside_rendering(text: str) -> dict[str, float]:
    """Compare with markdown-it-py in turn, each the best of its runs: both see what else the machine does."""
    render = rendering()
    rendered = float("inf")
    composed = dict.fromkeys(get_args(Dialect), float("inf"))
    for _ in range(_RUNS):
        rendered = min(rendered, _cpu_seconds(partial(render, text)))
        for dialect, seconds in composed.items():
            composed[dialect] = min(seconds, _cpu_seconds(partial(compose, text, dialect=dialect)))
    return {
        "ms": rendered * 1000,
        **{f"{dialect} over it": seconds / rendered for dialect, seconds in composed.items()},
    }


def _best(work: Callable[[], object]) -> float:
    return min(_cpu_seconds(work) for _ in range(3))


def _cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<58} {value:>10.2f}")
