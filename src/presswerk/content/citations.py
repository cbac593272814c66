"""Marks of sources that models leave in a text and no reader can follow."""

import re

from markdown_it.rules_core import StateCore

# Private use characters frame ChatGPT's marks; copied as plain text only their words are left.
_MARK = re.compile(
    r"[ \t]?(?:"
    "\ue200[^\ue200\ue201\\n]*\ue201?"
    r"|【[^【】\n]{0,80}†[^【】\n]{0,200}】"
    r"|【turn\d+[^【】\n]{0,80}】"
    r"|:contentReference\[oaicite:\d+\](?:\{index=\d+\})?"
    r"|\[oaicite:\d+\]"
    r"|\bcite(?:turn\d+[a-z]+\d+)+\b"
    "|[\ue200-\ue206]"
    r")"
)
_HINT = re.compile("[\ue200-\ue206\u2020]|oaicite|turn\\d|【turn")


def drop_citation_marks(state: StateCore) -> None:
    """Core rule: take the marks out of running text and note them in `env`."""
    for token in state.tokens:
        if token.type != "inline" or not _HINT.search(token.content):
            continue
        for piece in token.children or []:
            if piece.type == "text" and _HINT.search(piece.content):
                marks = [match[0].strip() for match in _MARK.finditer(piece.content)]
                state.env.setdefault("left_out", []).extend(marks)
                piece.content = _MARK.sub("", piece.content)
