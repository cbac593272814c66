"""Text written into HTML and read back from it."""

import html
import re

_TAG = re.compile(r'<[^>"]*(?:"[^"]*"[^>"]*)*>')


def escape_text(text: str) -> str:
    """Write text as a browser serialises it: `&`, `<`, `>` and the no-break space."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\u00a0", "&nbsp;")


def escape_attribute(text: str) -> str:
    """Write text as the value of an attribute in double quotes."""
    return escape_text(text).replace('"', "&quot;").replace("\n", " ")


def literal(text: str) -> str:
    """Write lines as they are, each in a line of its own."""
    return "<br>".join(escape_text(line.strip()) for line in text.strip().splitlines())


def plain_text(markup: str) -> str:
    """Read the visible text of sanitised inline HTML, with its white space collapsed."""
    if "<" not in markup and "&" not in markup:
        return " ".join(markup.split())
    spaced = markup.replace("<br>", " ").replace("<img", " <img")
    return " ".join(html.unescape(_TAG.sub("", spaced)).split())
