"""Text written into HTML and read back from it."""

import html
import re

_TAG = re.compile(r'<[^>"]*(?:"[^"]*"[^>"]*)*>')
_BREAK = re.compile(r"<br>|<img\b")


def escape_text(text: str) -> str:
    """Write text as a browser serialises it: `&`, `<`, `>` and the no-break space."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\u00a0", "&nbsp;")


def escape_attribute(text: str) -> str:
    """Write text as the value of an attribute in double quotes, safe from shortcodes too."""
    escaped = escape_text(text).replace('"', "&quot;")
    return hide_shortcodes(escaped).replace("\n", " ")


def hide_shortcodes(markup: str) -> str:
    """Write `[` as an entity, as core/code does: WordPress would run the `[gallery]` of an article about shortcodes."""
    return markup.replace("[", "&#91;")


def plain_text(markup: str) -> str:
    """Read the visible text of sanitised inline HTML, with its white space collapsed."""
    spaced = _BREAK.sub(lambda match: f" {match[0]}", markup)
    return " ".join(html.unescape(_TAG.sub("", spaced)).split())
