"""LaTeX as MathML, in the shapes that WordPress's math block and math format save."""

import re

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
