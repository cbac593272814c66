"""Marks of sources: those that no reader can follow are taken out, and those that need a list of sources are told."""

import re
from collections.abc import Iterator, Sequence

from markdown_it.rules_core import StateCore

from presswerk.content.flow import Details, Flow, Heading, List, Paragraph, Quote
from presswerk.content.inline import readable
from presswerk.content.vocabulary import shared_vocabulary

_NAMES = "cite|citation|web|attached_file|attached_image"
# Private use characters frame ChatGPT's marks; copied as plain text only their words are left.
_SIGNS = (
    "\ue200[^\ue200\ue201\\n]*\ue201?"
    r"|[【〖](?:[^【】〖〗\n]{0,80}†[^【】〖〗\n]{0,200}|turn\d+[^【】〖〗\n]{0,80})[】〗]"
    r"|:contentReference\[oaicite:\d+\](?:\{index=\d+\})?"
    r"|\[oaicite:\d+\]"
    r"|\[\d+(?::\d+)?†[^\[\]\n]{0,200}\]"
    rf"|\[(?:{_NAMES}): ?\d+(?:[-,; ]{{1,2}}(?:(?:{_NAMES}): ?)?\d+)*\]|\[\^\d+\^\]"
    "|(?<![A-Za-z0-9])(?:file)?cite\u200b?"
    r"(?:turn\d+[a-z]+\d+)+(?![A-Za-z0-9])"
    "|[\ue200-\ue206]"
)
# Brackets around nothing but marks go with them.
_BRACKETED = "|".join(
    rf"{opening}\s*(?:{_SIGNS})(?:[\s,;，、]*(?:{_SIGNS}))*\s*{closing}"
    for opening, closing in ((r"\(", r"\)"), (r"\[", r"\]"), ("（", "）"))
)
_MARK = re.compile(rf"[ \t]?(?:{_BRACKETED}|{_SIGNS})|\[cite_start\]")
_WORDS_OF_MARKS = ("oaicite", "citeturn", "[cite", "[citation:", "[web:", "[attached_", "[^")
_HINTS = (*_WORDS_OF_MARKS, "cite\u200bturn", "†", "【turn", "〖turn", *map(chr, range(0xE200, 0xE207)))


def _may_hold_mark(text: str) -> bool:
    return any(hint in text for hint in (_WORDS_OF_MARKS if text.isascii() else _HINTS))


def drop_citation_marks(state: StateCore) -> None:
    """Core rule: take the marks out of running text and note them in `env`."""
    if not (_may_hold_mark(state.src) or "folds" in state.env):
        return
    for token in state.tokens:
        if token.type != "inline" or not _may_hold_mark(token.content):
            continue
        for piece in token.children or []:
            if piece.type == "text" and _may_hold_mark(piece.content):
                marks = [match[0].strip() for match in _MARK.finditer(piece.content)]
                state.env.setdefault("left_out", []).extend(marks)
                piece.content = _MARK.sub("", piece.content)


_NUMBER = re.compile(r"\d+")
_SAID = re.compile(r"\[(\d+)\]:?\s*\S")
_AROUND_A_NAME = " :：*_#"


def without_source(marks: Sequence[str], flow: Flow) -> tuple[str, ...]:
    """Return which marks, such as `[1]` and `[2, 3]`, have a number whose source the article does not say.

    It says one in a line that begins with the number, or as the item of a numbered list: below a heading that names
    sources, or where the items are links.
    """
    if not marks:
        return ()
    said = set(_numbers_said(flow))
    return tuple(mark for mark in dict.fromkeys(marks) if not said.issuperset(_NUMBER.findall(mark.partition("#")[0])))


def _numbers_said(flow: Flow) -> Iterator[str]:
    below_name = False
    for element in flow:
        match element:
            case List(ordered, items, start):
                links = sum("<a " in html for item in items for html in _lines(item.children))
                if ordered and (below_name or 2 * links >= len(items)):
                    yield from map(str, range(start, start + len(items)))
                yield from (number for item in items for number in _numbers_said(item.children))
            case Quote(children) | Details(_, children):
                yield from _numbers_said(children)
            case Paragraph():
                yield from (said[1] for line in _lines((element,)) if (said := _SAID.match(readable(line))))
        lines = list(_lines((element,)))
        below_name = bool(lines) and _names_sources(readable(lines[-1]))


def _lines(flow: Flow) -> Iterator[str]:
    return (line for each in flow if isinstance(each, Paragraph | Heading) for line in each.html.split("<br>"))


def _names_sources(text: str) -> bool:
    return text.strip(_AROUND_A_NAME).casefold() in shared_vocabulary().sources_headings
