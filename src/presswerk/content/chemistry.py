r"""Chemistry in LaTeX: mhchem's `\ce{2H2 + O2 -> 2H2O}` and `\pu{3 m s^-2}` as LaTeX that a MathML library knows."""

import re
from collections.abc import Callable

_ARROWS = {
    "<=>": r"\rightleftharpoons ",
    "<->": r"\leftrightarrow ",
    "->": r"\rightarrow ",
    "<-": r"\leftarrow ",
}
_OPENING = re.compile(r"\\(ce|pu)\s*\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_CHEMICAL = re.compile(
    r"(?P<up>(?<![^\s])\^(?=\s|$))|(?P<down>(?<=\s)v(?=\s|$))"
    r"|(?P<space>\s+)"
    r"|(?P<arrow>(?:<=>|<->|->|<-)(?!\[))"
    r"|(?P<state>\((?:aq|s|l|g|cr|am)\))"
    r"|(?P<script>\^\{[\w+\-. ]*\}|_\{[\w+\-. ]*\}|\^\d*[+-]|\^\d+|_\w)"
    r"|(?P<number>\d+(?:[./]\d+)?)"
    r"|(?P<charge>(?<=[A-Za-z0-9)\]}])[+-](?=[\s)\]]|$))"
    r"|(?P<letters>[A-Z][a-z]?|[a-z]+)"
    r"|(?P<bond>[-=+])|(?P<triple>#)|(?P<dot>[.*])|(?P<bracket>[()\[\]])"
)
_PHYSICAL = re.compile(
    r"(?P<number>[-+]?\d+(?:[.,]\d+)*)(?:[eE](?P<power>[-+]?\d+))?"
    r"|(?P<space>\s+)|(?P<exponent>\^\{?(?P<sign>[-+]?\d+)\}?)|(?P<unit>[A-Za-zµμΩ°%]+)|(?P<dot>[.*·])|(?P<slash>/)"
)


def without_chemistry(latex: str) -> str | None:
    r"""Write every `\ce{..}` and `\pu{..}` of a formula in plain LaTeX; None where one says more than is known here."""
    written: list[str] = []
    position = 0
    while opening := _OPENING.search(latex, position):
        end = _closing(latex, opening.end())
        plain = _READERS[opening[1]](latex[opening.end() : end].strip()) if end >= 0 else None
        if plain is None:
            return None
        written += (latex[position : opening.start()], "{", plain, "}")
        position = end + 1
    return "".join((*written, latex[position:]))


def _closing(latex: str, start: int) -> int:
    """Return where the group ends that is open at `start`, -1 for nowhere."""
    depth = 1
    for brace in _BRACE.finditer(latex, start):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.start()
    return -1


def _chemical(source: str) -> str | None:
    written: list[str] = []
    position = 0
    can_follow = False  # whether a number or a script belongs to what stands before it
    while position < len(source):
        piece = _CHEMICAL.match(source, position)
        if piece is None:
            return None
        kind, text = piece.lastgroup, piece[0]
        follows = can_follow
        can_follow = kind in {"letters", "script"} or (kind == "bracket" and text in ")]")
        if kind == "number" and follows:
            text = text.partition(".")[0]
            written.append(f"_{{{text}}}")
            can_follow = True
        elif kind == "script":
            written.append(("" if follows else "{}") + f"{text[0]}{{{text[1:].strip('{}')}}}")
        elif kind == "charge":
            written.append(f"^{{{text}}}")
        elif kind in {"letters", "state"}:
            written.append(rf"\mathrm{{{text}}}")
        else:
            signs = {"up": r"\uparrow ", "down": r"\downarrow ", "space": "", "triple": r"\equiv ", "dot": r"\cdot "}
            written.append(_ARROWS.get(text) or signs.get(str(kind), text))
        position += len(text)
    return "".join(written) or None


def _physical(source: str) -> str | None:
    written: list[str] = []
    position = 0
    while position < len(source):
        piece = _PHYSICAL.match(source, position)
        if piece is None:
            return None
        if piece["number"]:
            power = rf"\cdot 10^{{{piece['power']}}}" if piece["power"] else ""
            written.append(piece["number"].replace(",", "{,}") + power)
        elif piece["exponent"]:
            written.append(f"^{{{piece['sign']}}}")
        elif piece["unit"]:
            written.append(rf"\mathrm{{{piece['unit']}}}".replace("%", r"\%"))
        else:
            written.append({" ": "~", "/": "/"}.get(piece[0][0], r"\cdot "))
        position = piece.end()
    return "".join(written) or None


_READERS: dict[str, Callable[[str], str | None]] = {"ce": _chemical, "pu": _physical}
