"""Markdown as a tree of tokens: CommonMark with GitHub's extensions and footnotes, safe against hostile nesting."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import get_args

from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from presswerk.content.article import Dialect
from presswerk.content.autolinks import link_addresses
from presswerk.content.chat_rules import read_as_the_chat, spaced_emphasis
from presswerk.content.formulas import read_formulas

MAX_NESTING = 60
"""Levels of nesting; what lies deeper becomes a paragraph. An interpreter's stack holds this several times over."""

MAX_OPEN_BRACKETS = 200
"""Unclosed brackets in one text; with more of them none is a link, for each would be tried against all others."""

_BRACKET = re.compile(r"\\.|[\[\]]", re.DOTALL)
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACING_CONTROLS = re.compile("[\x0b\x0c\x1c-\x1f\x85]")
_OTHER_CONTROLS = re.compile("[\x01-\x08\x0e-\x1b\x7f]")
_CONTROL_BYTES = bytes({*range(1, 32), 127} - set(b"\t\n\r"))


class Node:
    """A token with the blocks inside it, or else the running text; `kind` is its type without `_open`."""

    __slots__ = ("children", "inline", "kind", "token")

    def __init__(self, token: Token, children: Sequence["Node"] = (), inline: Sequence[Token] = ()) -> None:
        self.token = token
        self.children = children
        self.inline = inline
        self.kind = token.type.removesuffix("_open")

    def walk(self) -> Iterator["Node"]:
        """Yield this node and everything under it, in document order."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))


@dataclass(frozen=True)
class Document:
    """What was parsed: `root` holds the blocks, `citations` the marks of sources that the text does
    not name, `left_out` those that no reader could follow, which are gone.
    """

    root: Node
    has_footnotes: bool
    citations: tuple[str, ...]
    left_out: tuple[str, ...]


def tidy(markdown: str) -> str:
    """End lines alike; take out what no editor shows and no database keeps: control characters, lone surrogates."""
    text = markdown.removeprefix("\ufeff")
    if "\r" in text:
        # The parser does so itself: whoever looks at lines beside it would count others.
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _is_untidy(text):
        return text
    text = _SURROGATES.sub("\ufffd", text)
    return _OTHER_CONTROLS.sub("", _SPACING_CONTROLS.sub(" ", text))


def _is_untidy(text: str) -> bool:
    """Tell whether there may be anything to tidy; a look at bytes costs a tenth of a pattern's."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return True
    return len(data.translate(None, _CONTROL_BYTES)) < len(data) or "\x85" in text


def read(markdown: str, dialect: Dialect) -> Document:
    """Parse Markdown in a dialect."""
    blocks: list[Node] = []
    stack = [blocks]
    text = tidy(markdown)
    if dialect == "chat":
        text = spaced_emphasis(text)
    env: dict[str, object] = {}
    # Without a last newline the library reads past the end of a quoted list that ends in an empty line of HTML.
    tokens = _PARSERS[dialect].parse(f"{text}\n", env)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if token.nesting < 0:
            stack.pop()
        elif token.nesting == 0:
            stack[-1].append(Node(token))
        elif tokens[index].type == "inline":
            stack[-1].append(Node(token, inline=tokens[index].children or ()))
            index += 2  # Nothing but running text stands in it: the next one closes it.
        else:
            inside: list[Node] = []
            stack[-1].append(Node(token, inside))
            stack.append(inside)
    root = Node(Token("root", "", 0), blocks)
    return Document(root, "footnotes" in env, _noted(env, "citations"), _noted(env, "left_out"))


def _noted(env: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Return what rules noted in a parser's environment."""
    noted = env.get(name, [])
    return tuple(map(str, noted)) if isinstance(noted, list) else ()


class _Parser(MarkdownIt):
    """A parser that leaves addresses as written: images are looked up by them, links are judged when rendered."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the name is the library's
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name is the library's
        return True


def _rest_as_paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Where nesting reaches its limit, take the lines as they are; the library itself would drop them."""
    if silent or state.level < MAX_NESTING - 3:
        return False
    line = start + 1
    while line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        line += 1
    state.line = line
    token = state.push("paragraph_open", "p", 1)
    token.map = [start, line]
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, line, state.blkIndent, False).strip()
    inline.map = [start, line]
    inline.children = []
    state.push("paragraph_close", "p", -1)
    return True


def _by_first_sign(
    rules: Mapping[str, RuleFuncBlockType], state: StateBlock, start: int, end: int, silent: bool
) -> bool:
    """Read a block by the rule for the sign that it begins with: most begin with none, and every line is asked."""
    first = state.bMarks[start] + state.tShift[start]
    rule = rules.get(state.src[first : first + 1])
    return rule is not None and rule(state, start, end, silent)


def _hopeless(state: StateInline, silent: bool) -> bool:
    """Take as text what could only cost time: brackets by the hundreds, a CDATA section without an end."""
    if state.src[state.pos] not in "![<":
        return False
    rest = state.src[state.pos : state.pos + 9]
    if rest.startswith(("[", "![")):
        width = rest.index("[") + 1 if _open_brackets(state) > MAX_OPEN_BRACKETS else 0
    elif rest == "<![CDATA[":
        width = len(rest) if _last_cdata_end(state) < state.pos else 0
    else:
        width = 0
    if width and not silent:
        state.append_pending(rest[:width])
    state.pos += width
    return width > 0


def _open_brackets(state: StateInline) -> int:
    """Return how many brackets are open at once in a text; counted once a text, not once a bracket."""
    known: dict[str, int] = state.env.setdefault("open_brackets", {})
    if state.src not in known:
        most = depth = 0
        for match in _BRACKET.finditer(state.src):
            if match[0] == "[":
                depth += 1
                most = max(most, depth)
            elif match[0] == "]":
                depth = max(0, depth - 1)
        known[state.src] = most
    return known[state.src]


def _last_cdata_end(state: StateInline) -> int:
    known: dict[str, int] = state.env.setdefault("cdata_ends", {})
    if state.src not in known:
        known[state.src] = state.src.rfind("]]>")
    return known[state.src]


def make_parser(dialect: Dialect) -> MarkdownIt:
    """Make a parser of CommonMark with GitHub's extensions and footnotes; definitions of footnotes stay in place."""
    parser = _Parser("commonmark", {"maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    footnote_plugin(parser, inline=False, move_to_end=False)
    parser.block.ruler.before("table", "rest_as_paragraph", _rest_as_paragraph)
    parser.inline.ruler.before("link", "hopeless", _hopeless)
    blocks = dict(read_formulas(parser, dialect))
    if dialect == "chat":
        blocks |= read_as_the_chat(parser)
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.before("fence", "by_first_sign", partial(_by_first_sign, blocks), interrupts)
    parser.core.ruler.push("link_addresses", link_addresses)
    return parser


_PARSERS: dict[Dialect, MarkdownIt] = {dialect: make_parser(dialect) for dialect in get_args(Dialect)}
