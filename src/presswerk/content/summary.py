"""What can be said of a text in short: excerpt, first sentence, words, reading time."""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import assert_never

from presswerk.content.flow import (
    Code,
    Details,
    Element,
    Embed,
    Flow,
    Formula,
    Gallery,
    Heading,
    List,
    Paragraph,
    Quote,
    Separator,
    Table,
)
from presswerk.content.inline import readable

EXCERPT_WORDS = 55
EXCERPT_CHARACTERS = 420
"""A bound for scripts that put no space between words."""
SENTENCE_CHARACTERS = 100
WORDS_PER_MINUTE = 200

_SENTENCE_END = re.compile(r"[.!?…।॥؟۔][\"'”\u2019»)]*(?=\s)|[。\uff01\uff1f]")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(.])(?:[A-Za-zÄÖÜ]|Dr|Prof|Mr|Mrs|Ms|St|vs|Nr|No|ca|bzw|usw|etc|vgl|ggf|inkl|\d+)\.$"
)


def texts(
    flow: Flow, *, code: bool = True, read: Callable[[str], str] = readable, within: type[Element] | None = None
) -> Iterator[tuple[type[Element], str]]:
    """Yield every piece of visible text with the kind of element it stands in; formulas by themselves are no text.

    Args:
        flow: What is read.
        code: Whether preformatted text counts.
        read: Reads running text; `prose` leaves formulas out.
        within: The kind of what the flow stands in, where that counts: a list or a quotation.
    """
    for element in flow:
        match element:
            case Paragraph(html) | Heading(_, html):
                yield within or type(element), read(html)
            case List(_, items):
                for item in items:
                    yield from texts(item.children, code=code, read=read, within=within or List)
            case Quote(children):
                yield from texts(children, code=code, read=read, within=within or Quote)
            case Details(summary, children):
                yield within or Paragraph, read(summary)
                yield from texts(children, code=code, read=read, within=within)
            case Table(head, body, foot, caption):
                for cell in chain.from_iterable((*head, *body, *foot)):
                    yield within or Table, read(cell.html)
                yield within or Table, read(caption)
            case Code(text):
                if code:
                    yield within or Code, text
            case Formula() | Separator() | Gallery() | Embed():
                pass
            case _:
                assert_never(element)


def reading_time_minutes(word_count: int) -> int:
    """Return whole minutes at 200 words a minute, at least 1."""
    return max(1, math.ceil(word_count / WORDS_PER_MINUTE))


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, shortened to 100 characters, without its full stop."""
    end = _end_of_sentence(text)
    return shorten(text[:end].removesuffix(".").rstrip("。।۔"), SENTENCE_CHARACTERS)


def without_title(pieces: Iterable[str], title: str) -> Iterator[str]:
    """Leave out of an article's texts what its title says already: a piece that is the title, a first sentence."""
    said = (piece for piece in pieces if piece.strip().casefold() != title.casefold())
    first = " ".join(next(said, "").split())
    yield first[_end_of_sentence(first) :] if first_sentence(first) == title else first
    yield from said


def _end_of_sentence(text: str) -> int:
    for end in _SENTENCE_END.finditer(text, 0, SENTENCE_CHARACTERS + 50):
        if not _ABBREVIATION.search(text[: end.end()][-12:]):
            return end.end()
    return len(text)


def excerpt(pieces: Iterable[str]) -> str:
    """Join text until it has 55 words; what is cut ends in an ellipsis."""
    taken: list[str] = []
    for piece in pieces:
        for word in piece.split():
            if len(taken) == EXCERPT_WORDS:
                return shorten(_ellipsis(" ".join(taken)), EXCERPT_CHARACTERS)
            taken.append(word)
    return shorten(" ".join(taken), EXCERPT_CHARACTERS)


def shorten(text: str, length: int) -> str:
    """Cut text to a number of characters, at a word where there is one; what is cut ends in an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    cut = text[:length].rpartition(" ")[0]
    return _ellipsis(cut if len(cut) > length // 2 else text[: length - 1])


def _ellipsis(text: str) -> str:
    return text.rstrip(" ,;:\u2013—-…") + "…"
