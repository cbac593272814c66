"""Shortcodes in an article's text: WordPress would run the `[gallery]` of an article about shortcodes.

As a human would store it, what is meant as text stands in a second pair of brackets, which WordPress takes off when it
shows the page and the editor leaves alone. Entities would not do: the editor writes `[` again on its first save.
"""

import functools
import re
from collections.abc import Collection, Mapping

CORE_SHORTCODES: Mapping[str, int] = {
    "wp_caption": 1,
    "caption": 1,
    "gallery": 1,
    "playlist": 1,
    "audio": 1,
    "video": 1,
    "embed": 2,
}
"""What WordPress itself registers, each with the times that a page takes a pair of brackets off it."""


def as_text(content: str, registered: Collection[str] = ()) -> str:
    """Write shortcodes in an article's content so that a page shows them.

    Args:
        content: Block markup.
        registered: Names that the site's plugins register beside WordPress's own.

    Where one begins and ends: https://developer.wordpress.org/reference/functions/get_shortcode_regex/.
    """
    pieces: list[str] = []
    done = 0
    closings: dict[str, int] = {}
    pattern = _opening(frozenset(registered))
    while opening := pattern.search(content, done):
        end = content.find("]", opening.end()) + 1
        if not end:
            break
        name = opening[1]
        closing = f"[/{name}]"
        if content[end - 2] != "/":
            if closings.get(name, 0) < end:
                found = content.find(closing, end)
                closings[name] = found if found >= 0 else len(content)
            if closings[name] < len(content):
                end = closings[name] + len(closing)
        times = CORE_SHORTCODES.get(name, 1)
        pieces += [content[done : opening.start()], "[" * times, content[opening.start() : end], "]" * times]
        done = end
    return "".join((*pieces, content[done:])) if pieces else content


@functools.lru_cache(maxsize=64)
def _opening(registered: frozenset[str]) -> re.Pattern[str]:
    # The longest first, as WordPress prefers it too where one name begins another.
    names = sorted(CORE_SHORTCODES.keys() | registered, key=lambda name: (-len(name), name))
    return re.compile(rf"\[({'|'.join(map(re.escape, names))})(?![\w-])")
