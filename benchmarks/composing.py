"""Markdown to blocks: how the time grows with the article, and what it costs beside the library's own rendering."""

import time
from collections.abc import Callable
from functools import partial
from typing import get_args

from markdown_it import MarkdownIt

from presswerk.content import Dialect, compose

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


def measure() -> dict[str, float]:
    """Time articles in CPU seconds: 20, 200 and 2,000 sections of about 0.5 kB each."""
    compose("# Title\n" + SECTION)
    seconds = {sections: _seconds("# Title\n" + SECTION * sections) for sections in (20, 200, 2000)}
    return {
        "10 kB article, milliseconds": seconds[20] * 1000,
        "100 kB over 10 kB (10 is linear)": seconds[200] / seconds[20],
        "1 MB over 100 kB (10 is linear)": seconds[2000] / seconds[200],
        **{f"100 kB {name} over markdown-it-py's rendering": ratio for name, ratio in _ratios().items()},
    }


def _ratios() -> dict[str, float]:
    """Compare with markdown-it-py in the same run, each the best of five."""
    render = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render
    text = "# Title\n" + SECTION * 200
    rendered = min(_cpu_seconds(lambda: render(text)) for _ in range(5))
    return {
        dialect: min(_cpu_seconds(partial(compose, text, dialect=dialect)) for _ in range(5)) / rendered
        for dialect in get_args(Dialect)
    }


def _seconds(markdown: str) -> float:
    return _cpu_seconds(partial(compose, markdown))


def _cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
