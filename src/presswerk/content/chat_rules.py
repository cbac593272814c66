"""How Open WebUI 0.12.4 reads a message where that is not CommonMark: `marked` with the extensions of its chat.

Taken from its own frontend: HTML is shown as text, entities are not decoded, a line break is a line break, `<details>`
and `:::` fences hold Markdown, and marks of citations and mentions are no links.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import partial
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from presswerk.content.citations import drop_citation_marks

_MENTION = re.compile(r"<([@#])([^|>\s]{1,200})(?:\|([^>]{0,200}))?>")
_FOOTNOTE = re.compile(r"\[\^\s*([a-zA-Z0-9_-]+)\s*\]")
_CITATION = re.compile(r"\[(\d+(?:#[^,\]\s]+)?(?:,\s*\d+(?:#[^,\]\s]+)?)*)\]")
_FENCE = re.compile(r":::([\w-]+)(?:\{[^\n]*\})?[^\n]*")
_DETAILS = re.compile(r"<(/?)details(?=[\s>])(?:\s[^<>]*)?>", re.IGNORECASE)
_SUMMARY = re.compile(r"\s*<summary(?:\s[^<>]*)?>(.*?)</summary>\s*", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"\d{1,3}")
_STRUCK_END = re.compile(r"(?<=\S)(?=~~)")
_TILDES = re.compile("~+")
_MAX_FOLDS = 8
_MAX_SUMMARY_LINES = 8
_HAN = re.compile("[\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_MARKED = {mark: re.compile(rf"(.?)(?<!{mark})({mark})([^*]+)({mark})(?!{mark})(.)") for mark in (r"\*\*", r"\*")}
_BRACKETS = (("（", "）"), ("“", "”"))  # noqa: RUF001 - the signs of Chinese that the chat knows


def spaced_emphasis(message: str) -> str:
    """Set emphasis that ends in a Chinese bracket off by spaces, as the chat does: CommonMark would not see it."""
    if "*" not in message or not any(sign in message for signs in _BRACKETS for sign in signs):
        return message
    return "\n".join(_spaced_line(line) if "*" in line and _HAN.search(line) else line for line in message.split("\n"))


def _spaced_line(line: str) -> str:
    for opening, closing in _BRACKETS:
        if opening not in line and closing not in line:
            continue
        for pattern in _MARKED.values():
            line = pattern.sub(partial(_spaced, opening, closing), line)
    return line


def _spaced(opening: str, closing: str, match: re.Match[str]) -> str:
    before, left, content, right, after = match.groups()
    opens = content.startswith(opening) and _HAN.match(before)
    closes = content.endswith(closing) and _HAN.match(after)
    return f"{before} {left}{content}{right} {after}" if opens or closes else match[0]


def read_as_the_chat(parser: MarkdownIt) -> Mapping[str, RuleFuncBlockType]:
    """Teach a parser the chat's rules.

    Returns:
        Those for blocks, by the sign that they begin with.
    """
    parser.disable("entity")
    parser.core.ruler.push("citation_marks", drop_citation_marks)
    parser.core.ruler.push("numbered_sources", _bracket_numbers)
    parser.inline.ruler.at("strikethrough", _struck)
    parser.inline.ruler.before("autolink", "mention", _mention)
    parser.inline.ruler.before("link", "citation", _citation)
    parser.inline.ruler.after("footnote_ref", "footnote_mark", _footnote_mark)
    return {":": _colon_fence, "<": _details}


def _struck(state: StateInline, silent: bool) -> bool:
    """Strike what stands between `~~` and the next `~~` that touch it, whatever signs are around them."""
    tildes = None if silent else _TILDES.match(state.src, state.pos, state.posMax)
    if tildes is None:
        return False
    start = state.pos + 2
    end = _struck_end(state, start) if tildes.end() >= start else -1
    if end < 0:
        state.append_pending(tildes[0])
        state.pos = tildes.end()
        return True
    position_max = state.posMax
    state.push("s_open", "s", 1).markup = "~~"
    state.pos, state.posMax = start, end
    state.md.inline.tokenize(state)
    state.push("s_close", "s", -1).markup = "~~"
    state.pos, state.posMax = end + 2, position_max
    return True


def _struck_end(state: StateInline, start: int) -> int:
    """Return where the `~~` stands that ends what is struck from `start` on, -1 for nowhere."""
    if start >= state.posMax or state.src[start].isspace():
        return -1
    known: tuple[str, list[int]] | None = state.env.get("struck_ends")
    if known is None or known[0] is not state.src:
        known = state.src, [match.start() for match in _STRUCK_END.finditer(state.src)]
        state.env["struck_ends"] = known
    index = bisect_left(known[1], start + 1)
    return known[1][index] if index < len(known[1]) and known[1][index] + 2 <= state.posMax else -1


def _mention(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<" or not (match := _MENTION.match(state.src, state.pos, state.posMax)):
        return False
    if not silent:
        state.append_pending(match[1] + (match[3] or match[2]))
    state.pos = match.end()
    return True


def _footnote_mark(state: StateInline, silent: bool) -> bool:
    # Silently a link looks for its end, and would take a mark for another link inside it.
    if silent or state.src[state.pos] != "[" or not (match := _FOOTNOTE.match(state.src, state.pos, state.posMax)):
        return False
    state.push("footnote_mark", "sup", 0).content = match[1]
    state.pos = match.end()
    return True


def _citation(state: StateInline, silent: bool) -> bool:
    """Take `[1]`: a link where the message says where it leads, else text that is remembered in `env`."""
    if silent or state.src[state.pos] != "[" or not (match := _CITATION.match(state.src, state.pos, state.posMax)):
        return False
    if state.src.startswith("(", match.end()):
        return False
    if state.linkLevel:
        state.append_pending(match[0])
        state.pos = match.end()
        return True
    reference = state.env.get("references", {}).get(normalizeReference(match[1]))
    if reference:
        state.push("link_open", "a", 1).attrs = {"href": reference["href"]}
        state.push("text", "", 0).content = match[0]
        state.push("link_close", "a", -1)
    else:
        state.append_pending(match[0])
        state.env.setdefault("citations", []).append(match[0])
    state.pos = match.end()
    return True


def _bracket_numbers(state: StateCore) -> None:
    """Keep the brackets of a source's number that is a link: `5 %[1](address)` must not read as 51 per cent."""
    if not ("](http" in state.src or "folds" in state.env):
        return
    for token in state.tokens:
        if token.type != "inline" or "](http" not in token.content:
            continue
        pieces = [Token("text", "", 0), *(token.children or [])]
        for before, opening, number, closing in zip(pieces, pieces[1:], pieces[2:], pieces[3:], strict=False):
            is_source = opening.type == "link_open" and str(opening.attrs["href"]).startswith("http")
            is_number = number.type == "text" and _NUMBER.fullmatch(number.content) and closing.type == "link_close"
            if is_source and is_number and not before.content.endswith("["):
                number.content = f"[{number.content}]"


def _colon_fence(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read what stands between `:::kind` and `:::`; the chat shows it in a box."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith(":::", start) or not _FENCE.match(state.src, start, state.eMarks[start_line]):
        return False
    closings = _colon_closings(state)
    index = bisect_right(closings, start_line)
    if index == len(closings) or closings[index] >= end_line:
        return False
    closing = closings[index]
    if state.src[state.bMarks[closing] + state.tShift[closing] : state.eMarks[closing]].strip() != ":::":
        return False
    if not silent:
        state.push("colon_fence_open", "div", 1)
        _within(state, start_line + 1, closing)
        state.push("colon_fence_close", "div", -1)
        state.line = closing + 1
    return True


def _details(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read Markdown between lines that hold only `<details>`, perhaps with a summary, and `</details>`."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    opening = _DETAILS.match(state.src, start, state.eMarks[start_line])
    if opening is None or opening[1]:
        return False
    closing = _folds(state).get(start_line)
    if closing is None or closing >= end_line or state.env.get("folds", 0) >= _MAX_FOLDS:
        return False
    rest = state.src[opening.end() : state.eMarks[start_line]]
    first = start_line + 1
    is_alone = not rest.strip()
    if is_alone:
        rest, first = _summary_lines(state, first, closing)
    summary = _SUMMARY.fullmatch(rest)
    if summary is None:
        if not is_alone:
            return False
        first = start_line + 1
    if not silent:
        token = state.push("details_open", "details", 1)
        token.content = summary[1] if summary else ""
        state.env["folds"] = state.env.get("folds", 0) + 1
        inside = len(state.tokens)
        _within(state, first, closing)
        state.env["folds"] -= 1
        _decode(state.tokens[inside:])
        state.push("details_close", "details", -1)
        state.line = closing + 1
    return True


def _summary_lines(state: StateBlock, start: int, end: int) -> tuple[str, int]:
    """Return the first lines that are not empty, up to the end of a summary, and which line comes behind them."""
    while start < end and state.isEmpty(start):
        start += 1
    behind = min(start + 1, end)
    rest = state.getLines(start, behind, state.blkIndent, False)
    while "</summary" not in rest.lower() and behind < min(start + _MAX_SUMMARY_LINES, end):
        behind += 1
        rest = state.getLines(start, behind, state.blkIndent, False)
    return rest, behind


def _decode(tokens: Sequence[Token]) -> None:
    """Decode entities, code's too: the chat does so within `<details>`, once for each, and nowhere else.

    The source then does not show all that a text holds: rules that look there first heed `folds` too.
    """
    for token in tokens:
        if "&" in token.content:
            token.content = unescape(token.content)
            if token.type == "formula":
                token.meta["latex"] = unescape(token.meta["latex"])


def _within(state: StateBlock, first: int, end: int) -> None:
    """Read lines as blocks of their own, whatever stands behind them."""
    line_max, parent = state.lineMax, state.parentType
    state.lineMax, state.parentType = end, "root"
    state.md.block.tokenize(state, first, end)
    state.lineMax, state.parentType = line_max, parent


def _folds(state: StateBlock) -> dict[int, int]:
    """Pair the lines that open `<details>` with those that are its end alone; found once a document."""
    known: dict[int, int] | None = state.env.get("details_lines")
    if known is None:
        known = state.env["details_lines"] = {}
        opened: list[int] = []
        for tag in _DETAILS.finditer(state.src):
            line = bisect_right(state.bMarks, tag.start()) - 1
            if not tag[1]:
                opened.append(line)
            elif opened:
                line_start = state.src.rfind("\n", 0, tag.start()) + 1
                beside = state.src[line_start : tag.start()] + state.src[tag.end() : state.eMarks[line]]
                opening = opened.pop()
                if not beside.strip(" \t>"):
                    known[opening] = line
    return known


def _colon_closings(state: StateBlock) -> list[int]:
    """Return the lines that may close a `:::` fence, in quotations too; found once a document."""
    known: list[int] | None = state.env.get("colon_closings")
    if known is None:
        lines = enumerate(state.src.split("\n"))
        known = [number for number, line in lines if line.rstrip(" \t").lstrip(" >\t") == ":::"]
        state.env["colon_closings"] = known
    return known
