"""Sanitised HTML as a small tree of elements, no deeper than an interpreter's stack likes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeAlias

from presswerk.content.sanitising import BLOCK_TAGS, CELL_TAGS, FRAME_TAGS, clean_document

MAX_DEPTH = 30
"""Elements deeper than this lose their tag; what they hold stays, in their ancestor."""

_VOID_TAGS = frozenset({"br", "hr", "img", "wbr", "source", "embed"})
_SPACE = re.compile(r"[ \t\n\r\f]+")


@dataclass
class HtmlElement:
    """An element; `holds_blocks` tells that something inside it does not fit into a line."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["HtmlNode"] = field(default_factory=list)
    holds_blocks: bool = False

    @property
    def is_block(self) -> bool:
        """Whether the element starts a line of its own."""
        return self.tag in BLOCK_TAGS or self.tag in CELL_TAGS or self.tag in FRAME_TAGS

    def elements(self) -> Iterator["HtmlElement"]:
        """Yield the children that are elements."""
        return (child for child in self.children if isinstance(child, HtmlElement))

    def text(self) -> str:
        """Return all text inside, as written; a line break is a newline."""
        pieces: list[str] = []
        pending: list[HtmlNode] = [self]
        while pending:
            node = pending.pop()
            if isinstance(node, str):
                pieces.append(node)
            elif node.tag == "br":
                pieces.append("\n")
            else:
                pending.extend(reversed(node.children))
        return "".join(pieces)


HtmlNode: TypeAlias = HtmlElement | str


def parse_html(markup: str) -> HtmlElement:
    """Sanitise HTML of any shape and return its tree under a root element."""
    builder = _TreeBuilder()
    builder.feed(clean_document(markup))
    builder.close()
    return builder.root


def collapse(text: str) -> str:
    """Collapse white space as browsers do."""
    return _SPACE.sub(" ", text)


class _TreeBuilder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = HtmlElement("root")
        self._stack = [self.root]
        self._too_deep = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        void = tag in _VOID_TAGS
        if len(self._stack) > MAX_DEPTH and not void:
            self._too_deep += 1
            return
        element = HtmlElement(tag, {name: value or "" for name, value in attrs})
        self._stack[-1].children.append(element)
        if element.is_block:
            for ancestor in self._stack:
                ancestor.holds_blocks = True
        if not void:
            self._stack.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID_TAGS:
            return
        if self._too_deep:
            self._too_deep -= 1
        elif len(self._stack) > 1:
            self._stack.pop()

    def handle_data(self, data: str) -> None:
        self._stack[-1].children.append(data)
