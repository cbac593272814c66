"""Links of an article: where each leads, and those inside it led to the headings that they name."""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from presswerk.content.article import Heading, LeadsTo, Link
from presswerk.content.escaping import escape_attribute, plain_text
from presswerk.content.slugs import heading_slug
from presswerk.messages import Message

_LINK = re.compile(r'<a\b((?:[^>"]|"[^"]*")*)>(.*?)</a>', re.DOTALL)
_HREF = re.compile(r' href="([^"]*)"')
_ID = re.compile(r' id="([^"]+)"')
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


def settle(content: str, headings: Sequence[Heading], title: str) -> Settled:
    """Lead links inside an article to what they name, by GitHub's rule and loosely by others; the rest becomes text.

    Args:
        content: The article's HTML.
        headings: Its headings, in order.
        title: The title, which stands above the article.
    """
    if "<a" not in content:
        return Settled(content, (), ())
    places = _places(headings, _ID.findall(content), title) if 'href="#' in content else {}
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
        anchor = _find(places, unquote(address[1:]))
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


def _places(headings: Sequence[Heading], anchors: Iterable[str], title: str) -> Mapping[str, str]:
    """Return every name that a place of the article goes by, most exact first."""
    given = {heading.anchor for heading in headings}
    places = {anchor: anchor for anchor in anchors if anchor not in given}
    loosely: dict[str, str] = {}
    taken: Counter[str] = Counter()
    for text, anchor in ((each.text, each.anchor) for each in headings):
        slug = heading_slug(text)
        name = f"{slug}-{taken[slug]}" if taken[slug] else slug
        taken[slug] += 1
        places.setdefault(name, anchor)
        loosely.setdefault(_loose(name), anchor)
    for anchor in given:
        places.setdefault(anchor, anchor)
    places.setdefault(heading_slug(title), _TOP)
    loosely.setdefault(_loose(title), _TOP)
    return {**loosely, **places}


def _find(places: Mapping[str, str], name: str) -> str | None:
    return next((places[each] for each in (name, name.lower(), _loose(name)) if each and each in places), None)


def _loose(text: str) -> str:
    """Leave of a name what all rules of making anchors keep: its letters and digits."""
    if not text.isascii():
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return "\n" + _NOT_TELLING.sub("", text).casefold()
