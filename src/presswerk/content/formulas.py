r"""Formulas in Markdown: LaTeX between delimiters of its own, inside which nothing is Markdown.

The delimiters are those of Open WebUI's chat: `$$..$$`, `\[..\]`, `\(..\)`, `$..$` and environments. A file may also
have meant brackets or prices: there `\(`, `\[` and `$` open a formula only where what they hold looks like one.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from presswerk.content.article import Dialect
from presswerk.content.flow import Formula

_HAN = "\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KANA_AND_HANGUL = "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff"
_PUNCTUATION = "。，、､;；„“‘’”（）「」『』［］《》【】‹›«»…⋯–—：？！～⇒"  # noqa: RUF001 - signs of other scripts
_BESIDE = re.compile(rf"[\s{_PUNCTUATION}!-/:-@\[-`{{-~{_HAN}{_KANA_AND_HANGUL}]")
"""What may stand directly before a `$` that opens, and after whatever closes."""

_UNIT = re.compile(r"\\end\{equation\}|\\[\s\S]|\$|\}")
_OPENING = re.compile(r"\$\$?|\\(?:\(|\[|ce\{|pu\{|begin\{equation\})")
_CLOSINGS = {
    "$$": "$$",
    "$": "$",
    "\\(": "\\)",
    "\\[": "\\]",
    "\\ce{": "}",
    "\\pu{": "}",
    "\\begin{equation}": "\\end{equation}",
}
_CLOSED_BY_LATEX = frozenset({"\\)", "\\]"})
_DISPLAYED = frozenset({"$$", "\\[", "\\begin{equation}"})
_PRICE_PROOF = re.compile(r"\$(?![\s$])((?:\\.|[^\\$\n])+?)(?<!\s)\$(?!\w)")
_MATHEMATICAL = re.compile(r"\\[A-Za-z]|[\^_=<>+|{}]|\d\s*[-*/]\s*\d")
_WORD = re.compile(r"[^\W\d_]{3}")
_SYLLABLE = re.compile(r"[^\W\d_]{2}")
_LINE = re.compile(r"(?P<left>\$\$|\\\[|\\begin\{(?P<name>[A-Za-z]+\*?)\})")
_LINE_UNIT = re.compile(r"\\end\{[A-Za-z]+\*?\}|\\.|\$\$")
_UNWRAPPED = frozenset({"equation", "equation*", "displaymath", "math"})
_BLANK = re.compile(r"\n[ \t]*\n")
_MOST_GROUPS = 20
_LONGEST_GROUP = 1000


def read_formulas(parser: MarkdownIt, dialect: Dialect) -> Mapping[str, RuleFuncBlockType]:
    """Teach a parser formulas; each is one token of type `formula`, in a line or as a block.

    Returns:
        The rule for blocks, by the signs that they begin with.
    """
    chat = dialect == "chat"
    parser.inline.ruler.before("escape", "formula", _inline_rule(_as_the_chat if chat else _if_it_looks_so))
    return dict.fromkeys("$\\", partial(_block, chat))


def formula_of(token: Token) -> Formula:
    """Return what a formula's token says."""
    return Formula(str(token.meta["latex"]), token.content)


def is_displayed(token: Token) -> bool:
    """Tell whether a formula in a line asks to be shown by itself."""
    return token.type == "formula" and token.markup in _DISPLAYED


def _inline_rule(take: Callable[[StateInline, str], int]) -> Callable[[StateInline, bool], bool]:
    def rule(state: StateInline, silent: bool) -> bool:
        if state.src[state.pos] not in "$\\":
            return False
        opening = _OPENING.match(state.src, state.pos, state.posMax)
        if opening is None:
            return False
        left = opening[0]
        end = take(state, left)
        if end < 0:
            return False
        start, right = state.pos, _CLOSINGS[left]
        latex = state.src[opening.end() : end - len(right)]
        if left in {"\\ce{", "\\pu{"}:
            latex = state.src[start:end]
        if not silent:
            _push(state, left, latex, state.src[start:end])
        state.pos = end
        return True

    return rule


def _push(state: StateInline | StateBlock, left: str, latex: str, source: str) -> Token:
    token = state.push("formula", "math", 0)
    token.markup, token.content, token.meta = left, source, {"latex": latex}
    return token


def _as_the_chat(state: StateInline, left: str) -> int:
    """Return where a formula ends by the chat's rules, -1 for none."""
    if left.startswith("$") and not (state.pos == 0 or len(state.pending) == 1 or _is_beside(state.src, state.pos - 1)):
        return -1
    end = _closed(state, left)
    # The chat would set the words between two prices in italics without spaces, which nobody means.
    return -1 if left == "$" and end >= 0 and _is_prose(state.src[state.pos + 1 : end - 1]) else end


def _is_prose(latex: str) -> bool:
    return " " in latex and not _MATHEMATICAL.search(latex) and _SYLLABLE.search(latex) is not None


def _if_it_looks_so(state: StateInline, left: str) -> int:
    """Return where a formula ends in a file, -1 for none."""
    if left == "$":
        price = state.pos and not _is_beside(state.src, state.pos - 1)
        match = None if price else _PRICE_PROOF.match(state.src, state.pos, state.posMax)
        return match.end() if match and not _is_prose(match[1]) else -1
    end = _closed(state, left)
    if end < 0 or left not in {"\\(", "\\["}:
        return end
    latex = state.src[state.pos + 2 : end - 2]
    if _MATHEMATICAL.search(latex):
        return end
    return end if left == "\\(" and not _WORD.search(latex) else -1


def _closed(state: StateInline, left: str) -> int:
    """Return the end of a formula: behind the first closing delimiter that something may follow."""
    right = _CLOSINGS[left]
    start = state.pos + len(left)
    closings = _closings(state, right)
    for index in range(bisect_left(closings, start + 1), len(closings)):
        position = closings[index]
        if position + len(right) > state.posMax:
            break
        if not state.src[start:position].strip():
            return -1
        if right == "}":
            return _balanced(state, start, closings[index : index + _MOST_GROUPS])
        return position + len(right)
    return -1


def _balanced(state: StateInline, start: int, closings: Sequence[int]) -> int:
    """Return the end of the group open at `start`; the chat takes the first brace, which may end an inner one."""
    for position in closings:
        if position >= state.posMax or position - start > _LONGEST_GROUP:
            break
        if state.src.count("{", start, position) == state.src.count("}", start, position):
            return position + 1
    return closings[0] + 1


def _closings(state: StateInline, right: str) -> Sequence[int]:
    """Return where a delimiter can close, for a whole text at once: each opening would look through all the rest."""
    known: tuple[str, dict[str, list[int]]] | None = state.env.get("formula_closings")
    if known is None or known[0] is not state.src:
        found: dict[str, list[int]] = {right: [] for right in _CLOSINGS.values()}
        source = state.src
        for unit in _UNIT.finditer(source):
            # What LaTeX alone closes may be followed by anything, as in an n-th: the chat would eat its backslashes.
            if unit[0] in found and (unit[0] in _CLOSED_BY_LATEX or _ends_well(source, unit.end())):
                found[unit[0]].append(unit.start())
            if unit[0] == "$" and source.startswith("$$", unit.start()) and _ends_well(source, unit.start() + 2):
                found["$$"].append(unit.start())
        known = state.env["formula_closings"] = (source, found)
    return known[1][right]


def _ends_well(source: str, end: int) -> bool:
    return end >= len(source) or _is_beside(source, end)


def _is_beside(source: str, position: int) -> bool:
    return _BESIDE.match(source, position) is not None


def _block(chat: bool, state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Take a formula that begins a line and ends one; lines between may begin with whatever they like."""
    if state.is_code_block(start_line):
        return False
    start = state.bMarks[start_line] + state.tShift[start_line]
    opening = _LINE.match(state.src, start, state.eMarks[start_line])
    if opening is None:
        return False
    right = {"$$": "$$", "\\[": "\\]"}.get(opening["left"]) or f"\\end{{{opening['name']}}}"
    end = _first_closing(state, right, opening.end())
    line = start_line
    while end >= 0 and state.eMarks[line] < end + len(right):
        line += 1
        if line >= end_line or (not state.isEmpty(line) and state.sCount[line] < state.blkIndent):
            return False
    if end < 0 or state.src[end + len(right) : state.eMarks[line]].strip():
        return False
    source = state.getLines(start_line, line + 1, state.blkIndent, False).strip()
    latex = source[len(opening["left"]) : len(source) - len(right)]
    is_bracket = opening["left"] == "\\[" and not chat and not _MATHEMATICAL.search(latex)
    if is_bracket or not latex.strip() or (not chat and _BLANK.search(latex)):
        return False
    if not silent:
        wrapped = opening["name"] and opening["name"] not in _UNWRAPPED
        token = _push(state, opening["left"], (source if wrapped else latex).strip(), source)
        token.map = [start_line, line + 1]
        state.line = line + 1
    return True


def _first_closing(state: StateBlock, right: str, start: int) -> int:
    """Return where a delimiter stands next, -1 when nowhere; looked up once a document, not once a line."""
    known: dict[str, list[int]] | None = state.env.get("formula_block_closings")
    if known is None:
        known = state.env["formula_block_closings"] = {}
        for unit in _LINE_UNIT.finditer(state.src):
            known.setdefault(unit[0], []).append(unit.start())
    closings = known.get(right, [])
    index = bisect_left(closings, start)
    return closings[index] if index < len(closings) else -1
