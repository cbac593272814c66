"""Marks of sources that models leave in a text and no reader can follow."""

import re

from markdown_it.rules_core import StateCore

_NAMES = "cite|citation|web|attached_file|attached_image"
# Private use characters frame ChatGPT's marks; copied as plain text only their words are left.
_MARK = re.compile(
    r"[ \t]?(?:"
    "\ue200[^\ue200\ue201\\n]*\ue201?"
    r"|[【〖](?:[^【】〖〗\n]{0,80}†[^【】〖〗\n]{0,200}|turn\d+[^【】〖〗\n]{0,80})[】〗]"
    r"|:contentReference\[oaicite:\d+\](?:\{index=\d+\})?"
    r"|\[oaicite:\d+\]"
    r"|\[\d+(?::\d+)?†[^\[\]\n]{0,200}\]"
    rf"|\[(?:{_NAMES}): ?\d+(?:[-,; ]{{1,2}}(?:(?:{_NAMES}): ?)?\d+)*\]|\[\^\d+\^\]"
    "|(?<![A-Za-z0-9])(?:file)?cite\u200b?"
    r"(?:turn\d+[a-z]+\d+)+(?![A-Za-z0-9])"
    "|[\ue200-\ue206]"
    r")|\[cite_start\]"
)
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
