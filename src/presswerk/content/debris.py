"""What of a chat message is no part of its article: fences around it, talk with its author, labels, machines' notes.

It is decided on the parsed blocks. What is doubtful stays: a sentence too many is deleted by its author, one that
vanished is not missed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from presswerk.content.article import Dialect
from presswerk.content.enclosures import below_front_matter, read_front_matter, whole_answer
from presswerk.content.machine_parts import without_machine_parts
from presswerk.content.markdown import Document, Node, read, tidy
from presswerk.content.node_text import end_line
from presswerk.content.particulars import Particulars
from presswerk.content.trimming import Trimming, begins_html

MAX_LEFT_OUT = 50
MAX_LEFT_OUT_LENGTH = 500

_HTML_ENDS = re.compile(
    r"</(?:html|article|main|section|footer|div|h[1-6]|p|[ou]l|table|blockquote|figure)\s*>\s*\Z|<!--\s*/wp:[\w/-]+\s*-->\s*\Z",
    re.IGNORECASE,
)
_HEAD = re.compile(r"<head\b.*?</head\s*>", re.IGNORECASE | re.DOTALL)
_MOST_UNWRAPPED = 3


@dataclass(frozen=True)
class CleanMessage:
    """A message without its debris.

    Attributes:
        document: The blocks of the article.
        dialect: How they are to be rendered: `commonmark` for HTML that stood in a fence.
        particulars: What the message says of its article.
        left_out: Debris, as text, in the order in which it was found.
    """

    document: Document
    dialect: Dialect
    particulars: Particulars
    left_out: tuple[str, ...]


def read_message(markdown: str) -> CleanMessage:
    """Read a message of the chat as the article that stands in it."""
    text, taken = without_machine_parts(tidy(markdown))
    left_out = [*taken]
    particulars = Particulars()
    dialect: Dialect = "chat"
    for _ in range(_MOST_UNWRAPPED):
        said, text = read_front_matter(text)
        particulars = particulars.completed(said)
        document = read(text, "chat")
        inner = below_front_matter(document.root, text) or whole_answer(document.root, text)
        if inner is None:
            break
        left_out += inner.around
        particulars = particulars.completed(inner.particulars)
        if inner.html:
            document = replace(document, root=_of_html(inner.text))
            dialect = "commonmark"
            break
        text = inner.text
    trimming = Trimming(document.root.children, lines := text.split("\n"))
    if dialect == "chat":
        trimming.run()
    root = Node(document.root.token, trimming.nodes)
    if dialect == "chat" and (html := _html_of(trimming.nodes, lines)):
        root, dialect = _of_html(html), "commonmark"
    left_out = [*left_out, *trimming.left_out][:MAX_LEFT_OUT]
    shown = [part if len(part) <= MAX_LEFT_OUT_LENGTH else f"{part[:MAX_LEFT_OUT_LENGTH]}…" for part in left_out]
    return CleanMessage(
        replace(document, root=root),
        dialect,
        particulars.completed(trimming.particulars()),
        (*shown, *document.left_out),
    )


def _of_html(html: str) -> Node:
    return Node(Token("root", "", 0), [Node(Token("html_block", "", 0, content=_HEAD.sub("", html)))])


def _html_of(nodes: Sequence[Node], lines: Sequence[str]) -> str:
    """Return blocks if they are HTML as a whole, else ""."""
    if not nodes or not begins_html(nodes[0]):
        return ""
    text = "\n".join(lines[(nodes[0].token.map or (0, 0))[0] : end_line(nodes[-1])])
    pieces = re.split(r"\n\s*\n", text.strip())
    whole = _HTML_ENDS.search(text[-100:]) and all(piece.lstrip().startswith("<") for piece in pieces)
    return text if whole else ""
