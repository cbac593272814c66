"""Markdown to blocks: how the time grows with the article, and what a usual article costs."""

import time

from presswerk.content import compose

_SECTION = """
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
    compose("# Title\n" + _SECTION)
    seconds = {sections: _seconds("# Title\n" + _SECTION * sections) for sections in (20, 200, 2000)}
    return {
        "10 kB article, milliseconds": seconds[20] * 1000,
        "100 kB over 10 kB (10 is linear)": seconds[200] / seconds[20],
        "1 MB over 100 kB (10 is linear)": seconds[2000] / seconds[200],
    }


def _seconds(markdown: str) -> float:
    started = time.process_time()
    compose(markdown)
    return time.process_time() - started
