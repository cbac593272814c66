"""Documents to try the composer with: the corpus on disk, and made-up ones out of fragments that hurt."""

import random
from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

CORPUS = Path(__file__).parents[2] / "data" / "content"

PLAIN_FRAGMENTS = (
    "word", "two words", " ", "  ", "\n", "\n\n", "\n\n\n", "\t", "    ", "\r\n", "\r", "\\", "  \n", "\\\n",
    "\x00", "\xa0", "\ufeff", "# ", "## ", "####### ", "\n===\n", "\n---\n", "***", "- ", "* ", "+ ", "1. ", "7) ",
    "  - ", "    - ", "> ", ">> ", ">", "- [ ] ", "- [x] ", "> [!NOTE]\n> ", "```", "```py\n", "~~~\n", "`", "``",
    "$$", "|", "| a | b |\n|---|:-:|\n| c | d |\n", "|\n|-|\n", "*", "**", "_", "__", "~", "~~", "[", "]", "(", ")",
    "![", "](", "[a](b)", "[a][r]", "\n\n[r]: /u 't'\n\n", "<", ">", "&", "&amp;", "&#0;",
    "![i](https://e.example/i.png)", "![i](rel.png \"t\")", "[![i](https://e.example/j.png)](https://e.example)",
    "![](data:image/png;base64,AA)", "https://e.example/a_b?c=d&e=f", "www.e.example", "a@e.example",
    "<https://e.example>", "https://youtu.be/abc", "\n\nhttps://youtu.be/abc\n\n", "[^1]", "\n\n[^1]: note\n\n",
    "\n[^1]:", "[^2]: > - x\n\n      code\n\n", "<b>", "</b>", "<i class=x onclick='y()'>",
    "<a href='javascript:alert(1)'>", "</a>", "<br>", "<div>", "</div>", "<p>", "</p>", "\n<div>\n", "\n</div>\n\n",
    "<ul><li>", "</li></ul>", "<ol start=3><li>", "<blockquote>", "<h1>", "</h2>", "<img src=x onerror=alert(1)>",
    "<img src='https://e.example/k.png' alt='\"'>", "[gallery]", "--", "\u202e", "👩\u200d👩\u200d👧", "汉字", "שלום",
    "ä", "ẞ", "[x](javascript:alert(1))", "[x](JAVA&#115;cript:alert(1))", "[x](vbscript:x)",
    "\\(", "\\)", "\\[", "\\]", "\\(x_1\\)", "$$\nx\n$$", "$a$", "\n:::w\n", "\n:::\n", "[1]", "<@a|b>", "<u>", "</u>",
    "\n   3. x\n\n      > q\n", "\n- a\n\n  b\n\n      c\n", "{\"a\":\"--\\\\\"}", "\n: d\n",
)  # fmt: skip
"""Markdown and HTML that a browser shows in the order it is written."""

RAW_FRAGMENTS = (
    "<script>", "</script>", "<script>alert(1)</script>", "<style>", "</style>", "<!--", "-->",
    "<!-- wp:paragraph -->", "<!-- /wp:paragraph -->", "<table>", "<tr>", "<td>", "</td>", "</table>", "<pre>",
    "</pre>", "<iframe src='https://www.youtube.com/embed/x'>", "</iframe>",
    "\n\n<details>\n<summary>s</summary>\n\n", "\n\n</details>\n\n",
    "<figure><img src='https://e.example/l.png'><figcaption>c</figcaption></figure>", "<svg onload=alert(1)>",
    "<math>", "<textarea>", "<title>", "<plaintext>", "<select><option>o", "<template>t</template>", "<?php ?>",
    "<![CDATA[", "]]>",
)  # fmt: skip
"""HTML that hides, swallows or moves what follows, depending on how it is read."""

FRAGMENTS = PLAIN_FRAGMENTS + RAW_FRAGMENTS


def corpus() -> dict[str, str]:
    """Return the documents on disk by name, line ends as they are."""
    return {path.stem: path.read_bytes().decode("utf-8") for path in sorted(CORPUS.glob("*.md"))}


def made_up(count: int, seed: int, fragments: Sequence[str] = FRAGMENTS) -> dict[str, str]:
    """Return documents made of fragments; the same seed gives the same ones."""
    source = random.Random(seed)
    return {
        f"made-up-{seed}-{number}": "".join(source.choice(fragments) for _ in range(source.randint(1, 60)))
        for number in range(count)
    }


def markdown_texts() -> st.SearchStrategy[str]:
    """Any text, and text out of fragments."""
    unicode = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    fragments = st.lists(st.one_of(st.sampled_from(FRAGMENTS), unicode), max_size=40).map("".join)
    return st.one_of(fragments, st.text(st.characters(exclude_categories=["Cs"])))
