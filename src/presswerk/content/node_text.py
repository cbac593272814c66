"""The plain text of a document's blocks, and what shape they have."""

from collections.abc import Sequence

from markdown_it.token import Token

from presswerk.content.markdown import Node


def lines_of(tokens: Sequence[Token]) -> list[list[Token]]:
    """Part inline tokens at their breaks."""
    lines: list[list[Token]] = [[]]
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            lines.append([])
        else:
            lines[-1].append(token)
    return lines


def text_of(node: Node) -> str:
    """Return a block's own text, one line for each of its lines."""
    return "\n".join(plain(line) for line in lines_of(node.inline))


def plain(tokens: Sequence[Token]) -> str:
    """Return the text of inline tokens, of an image its alternative text."""
    return "".join(plain(token.children or []) if token.type == "image" else token.content for token in tokens).strip()


def has_image(node: Node) -> bool:
    """Tell whether a block shows an image."""
    return any(token.type == "image" or token.content.lower().startswith("<img") for token in node.inline)


def is_bold(node: Node) -> bool:
    """Tell whether a block is bold as a whole."""
    emphasis = {"em_open", "em_close"}
    tokens = [
        token for token in node.inline if token.type not in emphasis and (token.type != "text" or token.content.strip())
    ]
    closes = [i for i, token in enumerate(tokens) if token.type == "strong_close"]
    return bool(closes) and tokens[0].type == "strong_open" and closes[0] == len(tokens) - 1


def end_line(node: Node) -> int:
    """Return the number of the line behind a block."""
    return node.token.map[1] if node.token.map else 0
