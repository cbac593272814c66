"""LaTeX as MathML, in the shapes that WordPress's math block and math format save."""

import html
import re
from xml.etree import ElementTree

from math_core import LatexError, LatexToMathML

from presswerk.content.chemistry import without_chemistry
from presswerk.content.escaping import escape_text

_MAX_LENGTH = 10_000
_MAX_OPENERS = 600
"""Commands, groups and scripts in one formula: the library nests by recursion and knows no limit of its own."""

_OPENER = re.compile(r"\\[A-Za-z]+|[{\[^_]")
_LABEL = re.compile(r"\\label\{[^{}]*\}")
_TAG = re.compile(r"\\tag\b")
_MATH = re.compile(r"<math[^>]*>(.*)</math>", re.DOTALL)
_EMPTY_TAG = re.compile(r"<([a-z]+)((?: [^<>]*)?)/>")
_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_ENTITY = re.compile(r"&\w+;")
_XML_ENTITIES = frozenset({"&lt;", "&gt;", "&amp;", "&quot;"})
_INVISIBLE = dict.fromkeys(range(0x2061, 0x2065))
_MACROS = {"substack": r"\begin{matrix}#1\end{matrix}", "mbox": r"\text{#1}", "hbox": r"\text{#1}"}


def mathml(latex: str, *, display: bool) -> str | None:
    """Write LaTeX as what stands inside `<math>`, with its source as annotation; None when it cannot be read.

    Args:
        latex: The formula without its delimiters.
        display: Whether it stands by itself rather than in a line.
    """
    if not latex.strip() or len(latex) > _MAX_LENGTH:
        return None
    readable = without_chemistry(_LABEL.sub("", latex))
    if readable is None or len(_OPENER.findall(readable)) > _MAX_OPENERS:
        return None
    if _TAG.search(readable) and "\\begin" not in readable:
        readable = rf"\begin{{equation}}{readable}\end{{equation}}"
    try:
        markup = LatexToMathML(macros=_MACROS, fancy_error=False).convert_with_local_state(
            readable, displaystyle=display
        )
    except LatexError:
        return None
    found = _MATH.fullmatch(markup)
    if not found or not found[1]:
        return None
    # As a browser serialises it: that is how the editor saves it.
    inner = _EMPTY_TAG.sub(r"<\1\2></\1>", found[1]).replace("\u00a0", "&nbsp;")
    source = f'<annotation encoding="application/x-tex">{escape_text(latex)}</annotation>'
    return f"<semantics><mrow>{inner}</mrow>{source}</semantics>"


def as_plain_text(markup: str) -> str | None:
    """Write a formula for places that show no formulas: `x²`, `a/b`, `√(x+1)`; None where it holds what no XML may.

    Args:
        markup: What stands inside `<math>`.
    """
    try:
        root = ElementTree.fromstring(f"<math>{_ENTITY.sub(_decoded, markup)}</math>")  # noqa: S314 - our own markup
    except ElementTree.ParseError:
        return None
    return " ".join(_written(root).translate(_INVISIBLE).split())


def _decoded(entity: re.Match[str]) -> str:
    return entity[0] if entity[0] in _XML_ENTITIES else html.unescape(entity[0])


def _written(element: ElementTree.Element) -> str:
    parts = [_written(child) for child in element]
    match element.tag, parts:
        case "annotation", _:
            text = ""
        case "mi", []:
            name = element.text or ""
            text = f"{name} " if len(name) > 1 else name
        case "msup" | "mover", [base, above]:
            text = base.rstrip() + _script(above, _RAISED, "^")
        case "msub" | "munder", [base, below]:
            text = base.rstrip() + _script(below, _LOWERED, "_")
        case "msubsup" | "munderover", [base, below, above]:
            text = base.rstrip() + _script(below, _LOWERED, "_") + _script(above, _RAISED, "^")
        case "mfrac", [above, below]:
            text = f"{_group(above)}/{_group(below)}"
        case "msqrt", _:
            text = f"√{_group(''.join(parts))}"
        case "mroot", [base, degree]:
            text = f"{_script(degree, _RAISED, '')}√{_group(base)}"
        case "mspace", _:
            text = " "
        case "mtr", _:
            text = " ".join(parts)
        case "mtable", _:
            text = "; ".join(parts)
        case _:
            text = (element.text or "") + "".join(parts)
    return text


def _script(text: str, table: dict[int, int], sign: str) -> str:
    return text.translate(table) if all(ord(each) in table for each in text) else f"{sign}{_group(text)}"


def _group(text: str) -> str:
    text = text.strip()
    return text if text.isalnum() or len(text) <= 1 else f"({text})"
