"""Markdown read into an article's flow."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from presswerk.content.article import Dialect
from presswerk.content.citations import without_source
from presswerk.content.embeds import provider_of
from presswerk.content.escaping import escape_text, literal
from presswerk.content.flow import (
    Cell,
    Code,
    Details,
    Element,
    Embed,
    Flow,
    Gallery,
    Heading,
    Image,
    List,
    ListItem,
    Paragraph,
    Quote,
    Row,
    Separator,
    Table,
)
from presswerk.content.formulas import formula_of, is_displayed
from presswerk.content.from_html import is_unfinished, read_html, read_inline_html
from presswerk.content.images import Images
from presswerk.content.inline import picture_of, render, way_back
from presswerk.content.markdown import Document, Node
from presswerk.content.sanitising import BLOCK_TAGS, PHRASING_TAGS
from presswerk.messages import Message

_TASK = re.compile(r"\[([ xX])\][ \t\n]+(?=\S)")
_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*", re.IGNORECASE)
_ALIGN = re.compile(r"text-align:(left|center|right)")
_BREAKS = frozenset({"softbreak", "hardbreak"})
_MAY_STAND_ALONE = frozenset({"image", "formula", "link_open"})
_SHOWN_BY_THE_CHAT = re.compile(
    r"<(?:iframe|video|audio|source)\s[^<>]*\bsrc\s*=\s*[\"']?\s*(?:https?:)?//|<(?:video|audio)\b[^<>]*>\s*(?:https?:)?//"
    r"|</?details\b|^\s*<br\s*/?>\s*$",
    re.IGNORECASE,
)
_MAX_MARKS = 10
_MAX_START = 999_999_999
_MAX_FOLDS = 8
_DETAILS = re.compile(r"<(/?)details\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?([A-Za-z][\w-]*)[^<>]*>")
_KNOWN_TAGS = PHRASING_TAGS | BLOCK_TAGS | {"img"}
_SUMMARY = re.compile(r"\s*<summary\b[^>]*>(.*?)</summary>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Reading:
    """An article as read: its flow, sentences for its author, and what of the chat was left out, as text."""

    flow: Flow
    warnings: tuple[Message, ...] = ()
    left_out: tuple[str, ...] = ()


def read_document(document: Document, images: Images, dialect: Dialect) -> Reading:
    """Read an article; its images are remembered in `images`, its footnotes stand at the end."""
    flow = _MarkdownReader(images, dialect).document(document)
    return Reading(flow, _missing_sources(without_source(document.citations, flow)), document.left_out)


def _missing_sources(citations: Sequence[str]) -> tuple[Message, ...]:
    if not citations:
        return ()
    marks = ", ".join(citations[:_MAX_MARKS])
    return (
        Message(
            "%(marks)s name sources that the text does not say. Give their addresses, or take the marks out.",
            marks=marks,
        ),
    )


class _MarkdownReader:
    def __init__(self, images: Images, dialect: Dialect) -> None:
        self._images = images
        self._dialect = dialect
        self._is_chat = dialect == "chat"
        self._folds = 0

    def document(self, document: Document) -> Flow:
        elements = self._flow(document.root.children)
        return (*elements, *self._footnotes(document.root)) if document.has_footnotes else elements

    def _flow(self, nodes: Sequence[Node]) -> Flow:
        if "html_block" in [node.kind for node in nodes]:
            return self._around_html(nodes)
        elements: list[Element] = []
        for node in nodes:
            elements += self._element(node)
        return tuple(elements)

    def _around_html(self, nodes: Sequence[Node]) -> Flow:
        """Read blocks of which some are HTML: such that follow each other are one, and some fold others."""
        elements: list[Element] = []
        closings = _details_closings(nodes) if self._folds < _MAX_FOLDS else {}
        index = 0
        while index < len(nodes):
            end = index + 1
            if index in closings:
                end = closings[index] + 1
                elements += self._details(nodes[index:end])
            elif nodes[index].kind == "html_block":
                while end < len(nodes) and nodes[end].kind == "html_block" and end not in closings:
                    end += 1
                elements += self._html("\n".join(node.token.content for node in nodes[index:end]))
            else:
                elements += self._element(nodes[index])
            index = end
        return tuple(elements)

    def _html(self, markup: str) -> Flow:
        """Read HTML; what would swallow the rest of the article because it never ends is shown as code instead.

        The chat shows HTML as it is written, but for players and folds.
        """
        if self._is_chat and not _SHOWN_BY_THE_CHAT.search(markup):
            return (Paragraph(literal(markup)),) if markup.strip() else ()
        return (Code(markup),) if is_unfinished(markup) else read_html(markup, self._images)

    def _details(self, nodes: Sequence[Node]) -> Flow:
        """Read Markdown folded between `<details>` and `</details>`, which stand in blocks of HTML of their own."""
        before, _, inside = nodes[0].token.content.partition(_opening_details(nodes[0]))
        end, _, after = nodes[-1].token.content.rpartition(_closing_details(nodes[-1]))
        summary = _SUMMARY.match(inside)
        title = read_inline_html(summary[1], self._images) if summary else ""
        self._folds += 1
        rest = self._html(inside[summary.end() :] if summary else inside)
        children = (*rest, *self._flow(nodes[1:-1]), *self._html(end))
        self._folds -= 1
        return (*self._html(before), Details(title, children), *self._html(after))

    def _element(self, node: Node) -> Flow:  # noqa: PLR0911, PLR0912 - one case a kind of node
        match node.kind:
            case "paragraph":
                return self._paragraph(node.inline)
            case "heading":
                return (Heading(int(node.token.tag[1]), render(node.inline, self._images, self._dialect)),)
            case "bullet_list" | "ordered_list":
                return (self._list(node),)
            case "blockquote":
                return (Quote(self._quotation(node)),)
            case "fence":
                return (Code(node.token.content, node.token.info),)
            case "code_block" if self._is_chat:
                return (Paragraph(literal(node.token.content)),)
            case "code_block":
                return (Code(node.token.content),)
            case "hr":
                return (Separator(),)
            case "table":
                return (self._table(node),)
            case "formula":
                return (formula_of(node.token),)
            case "details":
                title = _TAG.sub(_unknown_tag_as_text, node.token.content)
                return (Details(read_inline_html(title, self._images), self._flow(node.children)),)
            case "colon_fence":
                return self._flow(node.children)
            case "footnote_reference":
                return ()  # It stands at the end.
            case _:
                return self._as_text(node)

    def _as_text(self, node: Node) -> Flow:
        """Keep the text of whatever no other rule knows."""
        content = node.token.content
        itself = (Paragraph(literal(content)),) if content.strip() else ()
        return (*itself, *self._text(node.inline), *self._flow(node.children))

    def _paragraph(self, tokens: Sequence[Token]) -> Flow:
        if _MAY_STAND_ALONE.isdisjoint([token.type for token in tokens]):
            return self._text(tokens)
        if pictures := _pictures_only(tokens):
            return (Gallery(tuple(self._images.name(picture) for picture in pictures)),)
        elements: list[Element] = []
        run: list[Token] = []
        for line in _lines(tokens):
            if url := _player_address(line):
                elements += (*self._text(run), Embed(url))
                run = []
            elif (formula := _displayed_formula(line)) is not None:
                elements += (*self._text([*run, *line[:formula]]), formula_of(line[formula]))
                run = []
            else:
                run.extend(line)
        return (*elements, *self._text(run))

    def _text(self, tokens: Sequence[Token]) -> Flow:
        html = render(_without_outer_breaks(tokens), self._images, self._dialect)
        return (Paragraph(html),) if html else ()

    def _list(self, node: Node) -> List:
        ordered = node.kind == "ordered_list"
        start = min(int(node.token.attrs.get("start", 1)), _MAX_START)
        return List(ordered, tuple(ListItem(self._item(item)) for item in node.children), start if ordered else 1)

    def _item(self, node: Node) -> Flow:
        if node.children and node.children[0].kind == "paragraph":
            first = node.children[0].inline
            task = _TASK.match(first[0].content + _peek(first)) if first and first[0].type == "text" else None
            if task:
                box = "☐ " if task[1] == " " else "☑ "
                first[0].content = box + first[0].content[3:].lstrip()
        return self._flow(node.children)

    def _quotation(self, node: Node) -> Flow:
        """Read a quotation; GitHub's alerts begin with their kind in bold."""
        if node.children and node.children[0].kind == "paragraph":
            tokens = node.children[0].inline
            alert, rest = self._alert(tokens)
            if alert:
                title = Paragraph(f"<strong>{alert}</strong>")
                return (title, *self._paragraph(rest), *self._flow(node.children[1:]))
        return self._flow(node.children)

    def _alert(self, tokens: Sequence[Token]) -> tuple[str, Sequence[Token]]:
        """Return the title of an alert and the rest of its paragraph; "" where there is none."""
        if not tokens or tokens[0].type != "text" or not (alert := _ALERT.match(tokens[0].content)):
            return "", tokens
        rest = tokens[0].content[alert.end() :]
        if self._is_chat:
            if not alert[1].isupper():
                return "", tokens
        elif rest or (len(tokens) > 1 and tokens[1].type not in _BREAKS):
            return "", tokens
        title = alert[1] if self._is_chat else alert[1].capitalize()
        if not rest:
            return title, tokens[2:]
        tokens[0].content = rest
        return title, tokens

    def _table(self, node: Node) -> Table:
        parts: dict[str, tuple[Row, ...]] = {"thead": (), "tbody": ()}
        for part in node.children:
            parts[part.kind] = tuple(tuple(self._cell(cell) for cell in row.children) for row in part.children)
        return Table(parts["thead"], parts["tbody"])

    def _cell(self, node: Node) -> Cell:
        style = str(node.token.attrs.get("style", ""))
        align = _ALIGN.search(style) if style else None
        return Cell(
            render(node.inline, self._images, self._dialect), align[1] if align else "", header=node.kind == "th"
        )

    def _footnotes(self, root: Node) -> Flow:
        """Write footnotes as a list with links back and forth: core/footnotes would need post meta as well."""
        notes: list[Node] = []
        marks: dict[str, list[Token]] = {}
        for node in root.walk():
            if node.kind == "footnote_reference":
                notes.append(node)
            for token in node.inline:
                if token.type == "footnote_ref":
                    marks.setdefault(token.meta["label"], []).append(token)
        first: dict[str, Node] = {}
        for note in notes:
            first.setdefault(note.token.meta["label"], note)
        called = sorted((tokens[0].meta["id"], label) for label, tokens in marks.items() if label in first)
        ordered = [(first[label], marks[label]) for _, label in called]
        chosen = {id(note) for note, _ in ordered}
        ordered += [(note, []) for note in notes if id(note) not in chosen]
        items = tuple(ListItem(self._note(note, tokens)) for note, tokens in ordered)
        return (Separator(), List(True, items)) if items else ()

    def _note(self, note: Node, marks: Sequence[Token]) -> Flow:
        content = self._flow(note.children)
        if not marks:
            return content
        back = " ".join(way_back(token) for token in marks)
        if content and isinstance(content[0], Paragraph):
            return (Paragraph(f"{back} {content[0].html}"), *content[1:])
        return (Paragraph(back), *content)


def _unknown_tag_as_text(tag: re.Match[str]) -> str:
    return tag[0] if tag[1].lower() in _KNOWN_TAGS else escape_text(tag[0])


def _details_closings(nodes: Sequence[Node]) -> dict[int, int]:
    """Pair the HTML blocks that leave a `<details>` open with those that close it."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for index, node in enumerate(nodes):
        if node.kind != "html_block":
            continue
        balance = sum(-1 if tag[1] else 1 for tag in _DETAILS.finditer(node.token.content))
        if balance > 0:
            opened.append(index)
        elif balance < 0 and opened:
            pairs[opened.pop()] = index
    return pairs


def _opening_details(node: Node) -> str:
    return next(tag[0] for tag in _DETAILS.finditer(node.token.content) if not tag[1])


def _closing_details(node: Node) -> str:
    return [tag[0] for tag in _DETAILS.finditer(node.token.content) if tag[1]][-1]


def _peek(tokens: Sequence[Token]) -> str:
    """What follows the first text, as far as a task's box cares: nothing, a space and something."""
    if len(tokens) == 1:
        return ""
    return "\nx" if tokens[1].type in _BREAKS else "x"


def _lines(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    line: list[Token] = []
    depth = 0
    for token in tokens:
        depth += token.nesting
        line.append(token)
        if token.type in _BREAKS and depth == 0:
            yield line
            line = []
    if line:
        yield line


def _meaningful(tokens: Sequence[Token]) -> list[Token]:
    return [
        token
        for token in tokens
        if token.type not in _BREAKS and not (token.type == "text" and not token.content.strip())
    ]


def _player_address(line: Sequence[Token]) -> str | None:
    """Return the address that alone makes up a line, if its provider's pages can be shown in place."""
    tokens = _meaningful(line)
    if [token.type for token in tokens] != ["link_open", "text", "link_close"] or tokens[0].info != "auto":
        return None
    url = str(tokens[0].attrs.get("href", ""))
    return url if provider_of(url) else None


def _displayed_formula(line: Sequence[Token]) -> int | None:
    """Return where the formula stands that ends a line and asks to stand by itself."""
    for index in range(len(line) - 1, -1, -1):
        if is_displayed(line[index]) and line[index].level == 0:
            return index
        if line[index].type not in _BREAKS and (line[index].type != "text" or line[index].content.strip()):
            return None
    return None


def _without_outer_breaks(tokens: Sequence[Token]) -> Sequence[Token]:
    first, end = 0, len(tokens)
    while first < end and tokens[first].type in _BREAKS:
        first += 1
    while end > first and tokens[end - 1].type in _BREAKS:
        end -= 1
    return tokens[first:end] if end - first < len(tokens) else tokens


def _pictures_only(tokens: Sequence[Token]) -> list[Image]:
    """Return the images of a paragraph that has nothing else, each perhaps inside a link; none otherwise."""
    pictures: list[Image] = []
    href = ""
    for token in _meaningful(tokens):
        if token.type == "image":
            pictures.append(picture_of(token, href))
        elif token.type == "link_open":
            href = str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            href = ""
        else:
            return []
    return pictures
