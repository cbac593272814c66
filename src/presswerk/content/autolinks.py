"""Bare addresses in running text become links, as GitHub Flavored Markdown has it.

The rules: https://github.github.com/gfm/#autolinks-extension-. A pass over finished text
rather than a rule of the inline parser: it costs one regular expression a text, whatever stands in it.
"""

import re
from collections.abc import Iterator

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_DOMAIN = r"[A-Za-z0-9\u00a1-\U0010ffff](?:[A-Za-z0-9\u00a1-\U0010ffff_-]*)(?:\.[A-Za-z0-9\u00a1-\U0010ffff_-]+)*"
_REST = r"(?:[/?#:][^\s<]*)?"
_CANDIDATE = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?P<url>https?://{_DOMAIN}{_REST})|(?P<www>www\.{_DOMAIN}{_REST}))"
    r"|(?<![A-Za-z0-9.+_-])(?P<mail>[A-Za-z0-9.+_-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9_-]+)+)",
    re.IGNORECASE,
)
_TRAILING_ENTITY = re.compile(r"&[A-Za-z0-9]+;$")
_TRAILING_PUNCTUATION = "?!.,:*_~'\"«»“”„\u2019"


def link_addresses(state: StateCore) -> None:
    """Core rule: split text tokens around the addresses in them."""
    if not (_may_hold_address(state.src) or "folds" in state.env):
        return
    for token in state.tokens:
        if token.type == "inline" and token.children and _may_hold_address(token.content):
            token.children = list(_linked(token.children))


def _may_hold_address(text: str) -> bool:
    return "://" in text or "@" in text or "www." in text.lower()


def _linked(tokens: list[Token]) -> Iterator[Token]:
    links = 0
    for token in tokens:
        if token.type in {"link_open", "link_close"}:
            links += token.nesting
        elif token.type == "html_inline":
            links = max(0, links + _anchor_nesting(token.content))
        if token.type == "text" and links == 0 and _may_hold_address(token.content):
            yield from _split(token)
        else:
            yield token


def _anchor_nesting(tag: str) -> int:
    lowered = tag[:3].lower()
    if lowered == "</a":
        return -1
    return 1 if lowered in {"<a ", "<a>", "<a\n", "<a\t"} else 0


def _split(token: Token) -> Iterator[Token]:
    text, position = token.content, 0
    for match in _CANDIDATE.finditer(text):
        address = match[0] if match["mail"] else _without_trailing_punctuation(match[0])
        if match["mail"] and address[-1] in "-_":
            continue
        yield from _text(text[position : match.start()], token.level)
        yield from _link(address, _href(match, address), token.level)
        position = match.start() + len(address)
    yield from _text(text[position:], token.level)


def _href(match: re.Match[str], address: str) -> str:
    if match["mail"]:
        return f"mailto:{address}"
    return f"http://{address}" if match["www"] else address


def _without_trailing_punctuation(address: str) -> str:
    """Leave punctuation, an unmatched bracket or an entity at the end to the sentence around the address."""
    opened, closed = address.count("("), address.count(")")
    end = len(address)
    while end:
        last = address[end - 1]
        if last in _TRAILING_PUNCTUATION:
            end -= 1
        elif last == ")" and closed > opened:
            end, closed = end - 1, closed - 1
        elif last == ";" and (entity := _TRAILING_ENTITY.search(address, max(0, end - 32), end)):
            end = entity.start()
        else:
            break
    return address[:end]


def _text(content: str, level: int) -> Iterator[Token]:
    if content:
        yield Token("text", "", 0, content=content, level=level)


def _link(text: str, href: str, level: int) -> Iterator[Token]:
    yield Token("link_open", "a", 1, attrs={"href": href}, level=level, markup="linkify", info="auto")
    yield Token("text", "", 0, content=text, level=level + 1)
    yield Token("link_close", "a", -1, level=level, markup="linkify", info="auto")
