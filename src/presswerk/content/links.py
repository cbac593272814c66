"""Links of an article: where each leads, and those inside it led to the headings that they name."""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from presswerk.content.article import ContentsEntry, LeadsTo, Link
from presswerk.content.escaping import escape_attribute, plain_text
from presswerk.content.slugs import heading_slug
from presswerk.messages import Message

_LINK = re.compile(r'<a\b((?:[^>"]|"[^"]*")*)>(.*?)</a>', re.DOTALL)
_HREF = re.compile(r' href="([^"]*)"')
_ID = re.compile(r'<[a-z][a-z0-9]*(?: [a-z-]+="[^"]*")*? id="([^"]+)"')
"""Of a tag; one that the text only shows begins with `&lt;`."""
_NOT_TELLING = re.compile(r"[\W_]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_FOOTNOTE = re.compile(r"fn(?:ref)?-\d")
_TOP = "top"
"""Where browsers go for this name: https://html.spec.whatwg.org/#select-the-indicated-part."""


@dataclass(frozen=True)
class Settled:
    """Content whose links lead somewhere, the links, and a sentence for each that led nowhere."""

    content: str
    links: tuple[Link, ...]
    warnings: tuple[Message, ...]


def settle(content: str, headings: Sequence[ContentsEntry], title: str) -> Settled:
    """Lead links inside an article to what they name, by GitHub's rule and loosely by others; the rest becomes text.

    Args:
        content: The article's HTML.
        headings: Its headings, in order.
        title: The title, which stands above the article.
    """
    if "<a" not in content:
        return Settled(content, (), ())
    places = _Places(headings, _ID.findall(content), title) if 'href="#' in content else None
    links: list[Link] = []
    warnings: list[Message] = []

    def lead(match: re.Match[str]) -> str:
        href = _HREF.search(match[1])
        if href is None:
            return match[0]
        address, text = html.unescape(href[1]), plain_text(match[2])
        if not address.startswith("#"):
            links.append(Link(text, address, _leads_to(address)))
            return match[0]
        anchor = places.find(unquote(address[1:])) if places else None
        if anchor is None:
            warnings.append(
                Message(
                    "The link “%(text)s” leads to “%(address)s”, which is nowhere in the text: it is text.",
                    text=text,
                    address=unquote(address),
                )
            )
            return match[2]
        if not _FOOTNOTE.match(anchor):
            links.append(Link(text, f"#{anchor}", "in-page"))
        attributes = match[1].replace(href[0], f' href="#{escape_attribute(anchor)}"')
        return f"<a{attributes}>{match[2]}</a>"

    return Settled(_LINK.sub(lead, content), tuple(links), tuple(dict.fromkeys(warnings)))


def _leads_to(address: str) -> LeadsTo:
    scheme = _SCHEME.match(address)
    if scheme is None or scheme[1].lower() in {"http", "https"}:
        return "web"
    return "mail" if scheme[1].lower() == "mailto" else "other"


class _Places:
    """The places of an article, by every name that they go by."""

    def __init__(self, headings: Sequence[ContentsEntry], anchors: Iterable[str], title: str) -> None:
        self._names: list[tuple[str, str]] = []
        self._title = title
        given = {heading.anchor for heading in headings}
        self._exactly = {anchor: anchor for anchor in anchors if anchor not in given}
        taken: Counter[str] = Counter()
        for heading in headings:
            slug = heading_slug(heading.text)
            name = f"{slug}-{taken[slug]}" if taken[slug] else slug
            taken[slug] += 1
            self._names.append((name, heading.anchor))
            self._exactly.setdefault(name, heading.anchor)
        for anchor in given:
            self._exactly.setdefault(anchor, anchor)
        self._exactly.setdefault(heading_slug(title), _TOP)
        self._exactly.pop("", None)

    @cached_property
    def _loosely(self) -> dict[str, str]:
        """The names that a link which is not exact may have meant; most articles have none such."""
        places: dict[str, str] = {}
        for name, anchor in (*self._names, (self._title, _TOP)):
            places.setdefault(_loose(name), anchor)
        return places

    def find(self, name: str) -> str | None:
        """Return the anchor of the place that goes by a name, most exactly."""
        return self._exactly.get(name) or self._exactly.get(name.lower()) or self._loosely.get(_loose(name))


def _loose(text: str) -> str:
    """Leave of a name what all rules of making anchors keep: its letters and digits."""
    if not text.isascii():
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return _NOT_TELLING.sub("", text).casefold()
