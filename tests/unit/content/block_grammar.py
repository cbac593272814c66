"""A small reader of block markup, written apart from the serialiser so that the two can disagree."""

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_DELIMITER = re.compile(
    r"<!--\s*(?P<close>/)?wp:(?P<name>[a-z][a-z0-9-]*)(?:\s+(?P<json>\{.*?\}))?\s*(?P<void>/)?-->", re.DOTALL
)
_INVISIBLE = frozenset({"script", "style"})


@dataclass
class ParsedBlock:
    """A block as read: its attributes, its inner blocks, its own HTML with theirs left out."""

    name: str
    attributes: dict[str, object]
    inner: list["ParsedBlock"] = field(default_factory=list)
    html: str = ""


def parse_blocks(content: str) -> list[ParsedBlock]:
    """Read block markup; raise ValueError where delimiters do not balance or text stands outside of blocks."""
    root = ParsedBlock("root", {})
    stack = [root]
    position = 0
    for match in _DELIMITER.finditer(content):
        _add_html(stack[-1], content[position : match.start()])
        position = match.end()
        if match["void"]:
            raise ValueError(f"a block without content: {match[0]}")
        if match["close"]:
            block = stack.pop()
            if block.name != match["name"] or not stack:
                raise ValueError(f"{match[0]} closes {block.name}")
        else:
            block = ParsedBlock(match["name"], json.loads(match["json"] or "{}"))
            stack[-1].inner.append(block)
            stack.append(block)
    _add_html(stack[-1], content[position:])
    if len(stack) > 1:
        raise ValueError(f"{stack[-1].name} is never closed")
    return root.inner


def walk(blocks: list[ParsedBlock]) -> list[ParsedBlock]:
    """Return all blocks, inner ones included, in document order."""
    return [found for block in blocks for found in (block, *walk(block.inner))]


def _add_html(block: ParsedBlock, html: str) -> None:
    if block.name == "root" and html.strip():
        raise ValueError(f"text outside of blocks: {html[:80]!r}")
    if "<!--" in html:
        raise ValueError(f"a comment that is no delimiter: {html[:80]!r}")
    block.html += html


class Markup(HTMLParser):
    """The visible text, tags and attributes of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self._hidden = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.extend((tag, name, value or "") for name, value in attrs)
        self._hidden += tag in _INVISIBLE

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _INVISIBLE

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data


def squeezed(text: str) -> str:
    """Take all white space out, and what shows nothing at all."""
    return "".join(text.split()).replace("\ufeff", "")


def first_loss(expected: str, actual: str) -> str:
    """Return the place in `expected` where its characters stop occurring in order in `actual`, "" when all do."""
    position = 0
    for index, character in enumerate(expected):
        found = actual.find(character, position)
        if found < 0:
            return expected[max(0, index - 30) : index + 30]
        position = found + 1
    return ""
