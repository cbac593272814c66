"""What of a chat message is no part of its article: fences around it, talk with its author, labels, machines' notes.

It is decided on the parsed blocks. What is doubtful stays: a sentence too many is deleted by its author, one that
vanished is not missed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from markdown_it.token import Token

from presswerk.content.article import Dialect
from presswerk.content.assistants import COLONS, Doubt, asks_back, hands_over, names_piece, offers_more, only_agrees
from presswerk.content.front_matter import FrontMatter, InvalidFrontMatter, split_front_matter
from presswerk.content.labels import (
    Label,
    is_metadata_heading,
    is_only_label,
    is_word_count,
    listed,
    read_label,
    unquoted,
)
from presswerk.content.machine_parts import without_machine_parts
from presswerk.content.markdown import Document, Node, read, tidy

MAX_LEFT_OUT = 50
MAX_LEFT_OUT_LENGTH = 500

_MARKDOWN = frozenset({"md", "markdown", "mdx"})
_HTML = frozenset({"html", "htm", "xhtml"})
_PLAIN = frozenset({"", "text", "txt", "plaintext", "plain"})
_FRONT_MATTER = frozenset({"yaml", "yml", "toml", "json", "frontmatter", ""})
_FRONT_MATTER_FIELDS = frozenset({"title", "description", "slug", "tags", "date", "layout", "draft", "excerpt"})
_SENTENCE_END = re.compile(r"[.!?…。！？:：][\"'”»)*_]*$")
_HTML_BEGINS = re.compile(r"\s*<(?:(?:!doctype|html|article|main|h[1-6])\b|!--\s*wp:)[^<>]*>", re.IGNORECASE)
_HTML_ENDS = re.compile(
    r"</(?:html|article|main|section|footer|div|h[1-6]|p|[ou]l|table|blockquote|figure)\s*>\s*\Z|<!--\s*/wp:[\w/-]+\s*-->\s*\Z",
    re.IGNORECASE,
)
_HEAD = re.compile(r"<head\b.*?</head\s*>", re.IGNORECASE | re.DOTALL)
_CONTENTS_MARK = re.compile(r"\[\[?_?toc_?\]\]?", re.IGNORECASE)
_LONGEST_AROUND = 400
_LONGEST_TITLE = 200
_MOST_AROUND = 3
_MOST_UNWRAPPED = 3
_CELLS_OF_LABEL = 2
_MOST_PARTS_OF_MARK = 7
_LONGEST_MARK = len("[[_toc_]]")
_FIELDS = frozenset({"title", "description", "slug", "tags", "seo_title"})
_AT_THE_END = _FIELDS - {"title"}
_PUBLICATION = frozenset({"seo_title", "description", "slug"})
"""Labels that no data sheet of a book or film has."""


@dataclass(frozen=True)
class Particulars:
    """What a message itself says of its article, in front matter or behind labels; None or empty where it does not."""

    title: str | None = None
    excerpt: str | None = None
    slug: str | None = None
    tags: tuple[str, ...] = ()

    def completed(self, other: "Particulars") -> "Particulars":
        """Return these, and of another's what is missing here."""
        return Particulars(
            self.title or other.title, self.excerpt or other.excerpt, self.slug or other.slug, self.tags or other.tags
        )


@dataclass(frozen=True)
class Message:
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


def read_message(markdown: str) -> Message:
    """Read a message of the chat as the article that stands in it."""
    text, taken = without_machine_parts(tidy(markdown))
    left_out = [*taken]
    particulars = Particulars()
    dialect: Dialect = "chat"
    for _ in range(_MOST_UNWRAPPED):
        said, text = _front_matter(text)
        particulars = particulars.completed(said)
        document = read(text, "chat")
        inner = _below_front_matter(document.root, text) or _whole_answer(document.root, text)
        if inner is None:
            break
        left_out += inner.around
        particulars = particulars.completed(inner.particulars)
        if inner.html:
            document = replace(document, root=_of_html(inner.text))
            dialect = "commonmark"
            break
        text = inner.text
    trimming = _Trimming(document.root.children, text.split("\n"))
    if dialect == "chat":
        trimming.run()
    root = Node(document.root.token, trimming.nodes)
    if dialect == "chat" and (html := trimming.html()):
        root, dialect = _of_html(html), "commonmark"
    shown = [part if len(part) <= MAX_LEFT_OUT_LENGTH else f"{part[:MAX_LEFT_OUT_LENGTH]}…" for part in left_out]
    shown += trimming.left_out
    return Message(
        replace(document, root=root),
        dialect,
        particulars.completed(trimming.particulars()),
        (*shown[:MAX_LEFT_OUT], *document.left_out),
    )


@dataclass(frozen=True)
class _Inner:
    """An article that stands inside of something, and what stood around it."""

    text: str
    around: tuple[str, ...]
    html: bool = False
    particulars: Particulars = field(default_factory=Particulars)


def _front_matter(text: str) -> tuple[Particulars, str]:
    try:
        found, rest = split_front_matter(text)
    except InvalidFrontMatter:
        return Particulars(), text
    if found is None or not _FRONT_MATTER_FIELDS & found.fields.keys():
        return Particulars(), text
    return _said_by(found), rest


def _said_by(found: FrontMatter) -> Particulars:
    return Particulars(found.title, found.excerpt, found.slug, (found.tags or ()) + (found.categories or ()))


def _below_front_matter(root: Node, text: str) -> _Inner | None:
    """Look for front matter below a sentence, or in a fence of its own, at the beginning of a message."""
    nodes = root.children
    index = 1 if nodes and nodes[0].kind == "paragraph" and _hands_over(nodes[0]) else 0
    lines = text.split("\n")
    around = tuple(_text(node) for node in nodes[:index])
    if index:
        said, rest = _front_matter("\n".join(lines[_end_line(nodes[0]) :]).lstrip("\n"))
        if said != Particulars():
            return _Inner(rest, around, particulars=said)
    if len(nodes) > index + 1 and nodes[index].kind == "fence" and _info(nodes[index]) in _FRONT_MATTER:
        content = nodes[index].token.content
        delimited = content if content.startswith(("---", "+++", "{")) else f"---\n{content}\n---\n"
        said, rest = _front_matter(delimited)
        if said.title and not rest.strip():
            return _Inner("\n".join(lines[_end_line(nodes[index]) :]), around, particulars=said)
    return None


def _end_line(node: Node) -> int:
    return node.token.map[1] if node.token.map else 0


def _hands_over(node: Node) -> bool:
    text = _text(node)
    return only_agrees(text) or hands_over(text, "none")


def _of_html(html: str) -> Node:
    return Node(Token("root", "", 0), [Node(Token("html_block", "", 0, content=html))])


def _whole_answer(root: Node, text: str) -> _Inner | None:
    """Look for a fence that holds the whole article, alone or with a sentence before and after it."""
    nodes = [node for node in root.children if node.kind != "hr"]
    first = next((i for i, node in enumerate(nodes) if node.kind == "fence"), None)
    if first is None or first > 1 or not _is_talk(nodes[:first]):
        return None
    fence, rest = nodes[first], nodes[first + 1 :]
    info = _info(fence)
    if info not in _MARKDOWN | _HTML | _PLAIN:
        return None
    around = tuple(_text(node) for node in (*nodes[:first], *rest))
    if _is_talk(rest[:1]) and all(offers_more(_text(node), surely=False) for node in rest[1:]):
        inside = fence.token.content
    elif info in _MARKDOWN and (last := rest[-1]).kind == "fence" and not _is_closed(last) and not _info(last):
        # A fence inside that is as long as the one around it: for the parser it ended the article.
        after = last.token.content.strip()
        if len(after) > _LONGEST_AROUND or not (fence.token.map and last.token.map):
            return None
        inside = "\n".join(text.split("\n")[fence.token.map[0] + 1 : last.token.map[0]])
        around = tuple(filter(None, (*(_text(node) for node in nodes[:first]), after)))
    else:
        return None
    if info in _HTML:
        return _Inner(_HEAD.sub("", inside), around, html=True) if inside.lstrip().startswith("<") else None
    return _Inner(inside, around) if _is_article(inside, info, alone=len(nodes) == 1) else None


def _is_talk(nodes: Sequence[Node]) -> bool:
    return all(
        node.kind == "paragraph" and not _has_image(node) and len(_text(node)) <= _LONGEST_AROUND for node in nodes
    )


def _is_article(inside: str, info: str, *, alone: bool) -> bool:
    """Tell whether what stands in a fence is an article and no sample of code."""
    if inside.lstrip().startswith(("---\n", "+++\n")) and _front_matter(inside.lstrip())[0] != Particulars():
        return True
    blocks = read(inside, "chat").root.children
    if len(blocks) <= 1:
        return [_info(block) in _MARKDOWN for block in blocks if block.kind == "fence"] == [True]
    begins = blocks[0].kind == "heading" or (blocks[0].kind == "paragraph" and _is_bold(blocks[0]))
    if info in _MARKDOWN:
        return begins or inside.lstrip().startswith("<") or alone
    sentences = (node for node in blocks[1:] if node.kind == "paragraph")
    return begins and any(_SENTENCE_END.search(_text(node)) and " " in _text(node) for node in sentences)


def _is_closed(fence: Node) -> bool:
    first, end = fence.token.map or (0, 0)
    return end - first == fence.token.content.count("\n") + 2


def _info(fence: Node) -> str:
    return fence.token.info.strip().split(" ")[0].lower()


class _Trimming:
    """Takes debris off the beginning and the end of an article's blocks."""

    def __init__(self, nodes: Sequence[Node], lines: Sequence[str]) -> None:
        self.nodes = list(nodes)
        self.left_out: list[str] = []
        self._lines = lines
        self._labels: list[Label] = []
        self._offers = False

    def run(self) -> None:
        if len(self.nodes) > 1:
            self._places_of_contents()
            last = self.nodes[-1]
            self._offers = last.kind == "paragraph" and offers_more(_text(last), surely=True)
            self._preamble()
            self._labels_at_the_top()
            self._end()

    def html(self) -> str:
        """Return what is left if it is HTML as a whole, else ""."""
        if not self.nodes or not _begins_html(self.nodes[0]):
            return ""
        text = "\n".join(self._lines[(self.nodes[0].token.map or (0, 0))[0] : _end_line(self.nodes[-1])])
        pieces = re.split(r"\n\s*\n", text.strip())
        whole = _HTML_ENDS.search(text[-100:]) and all(piece.lstrip().startswith("<") for piece in pieces)
        return _HEAD.sub("", text) if whole else ""

    def particulars(self) -> Particulars:
        """What labels say, the first of a kind."""
        said: dict[str, str] = {}
        for label in self._labels:
            if label.value:
                said.setdefault(label.kind, label.value)
        title = said.get("title") or (said.get("seo_title") if not self._has_heading_first() else None)
        return Particulars(title, said.get("description"), said.get("slug"), listed(said.get("tags", "")))

    def _has_heading_first(self) -> bool:
        return any(node.token.tag == "h1" for node in self.nodes) or self.nodes[:1] == [
            node for node in self.nodes[:1] if node.kind == "heading"
        ]

    def _places_of_contents(self) -> None:
        """Take out marks where other programs put a list of the headings."""
        marks = [node for node in self.nodes if _is_contents_mark(node)]
        if 0 < len(marks) < len(self.nodes):
            self._leave_out(marks)
            self.nodes = [node for node in self.nodes if not _is_contents_mark(node)]

    def _preamble(self) -> None:
        count = max((end for end in range(1, _MOST_AROUND + 1) if self._is_preamble(end)), default=0)
        if not count:
            return
        if self._kind(count) == "list" and self._kind(count + 1) == "hr" and self._level(count + 2) == 1:
            count += 1
        rule = self._kind(count) == "hr"
        self._leave_out(self.nodes[:count])
        del self.nodes[: count + rule]

    def _is_preamble(self, end: int) -> bool:
        """Tell whether the first `end` blocks talk to the author, as sure as what follows lets one be."""
        before = self.nodes[:end]
        if end >= len(self.nodes) or not _is_talk_or_heading(before):
            return False
        following = end + (self._kind(end) == "hr")
        if following >= len(self.nodes):
            return False
        before_title = self._level(following) == 1 and sum(node.token.tag == "h1" for node in self.nodes) == 1
        begins = self._begins_article(following)
        text = _text(before[-1])
        rule = following > end
        doubt: Doubt = (
            "none" if before_title or (rule and begins) else "some" if begins or rule or self._offers else "great"
        )
        if only_agrees(text):
            said = begins
        else:
            said = (doubt != "great" or self._kind(following) == "paragraph") and hands_over(text, doubt)
        if end == 1 or not said:
            return said
        return self._is_preamble(end - 1) or _all_agree(before[:-1]) or (before_title and hands_over(text, "some"))

    def _begins_article(self, index: int) -> bool:
        node = self.nodes[index]
        begins = node.kind == "paragraph" and (_is_bold(node) or _leads_with_label(node))
        return begins or node.kind == "heading" or _begins_html(node)

    def _labels_at_the_top(self) -> None:
        index, before = 0, len(self._labels)
        for _ in range(_MOST_AROUND * 3):
            if index >= len(self.nodes) or len(self.nodes) <= 1:
                break
            node = self.nodes[index]
            if node.kind == "hr" and len(self._labels) > before and index == 0:
                del self.nodes[0]
            elif node.kind == "heading" and self._heading_label(index):
                continue
            elif node.kind == "heading" and index == 0:
                index = 1
            elif node.kind == "paragraph" and is_word_count(_text(node)) and index:
                self._leave_out([node])
                del self.nodes[index]
            elif not self._label_block(index):
                break

    def _heading_label(self, index: int) -> bool:
        """Take "# Title: Bread", or a heading "Title" with the title below it."""
        text = _text(self.nodes[index])
        label = read_label(text)
        if index == 0 and label and label.kind == "title" and label.value:
            return self._take_labels(index, 1, [label])
        named = is_only_label(text) and index == 0
        if named and self._kind(1) in {"paragraph", "heading"} and len(self.nodes) > 2 and self._is_line(1):  # noqa: PLR2004
            value = unquoted(_text(self.nodes[1]))
            return self._take_labels(0, 2, [Label("title", value, alone=True)])
        return False

    def _label_block(self, index: int) -> bool:
        """Take the labelled lines of a paragraph or list; false when it has none."""
        node = self.nodes[index]
        lines = list(_label_lines(node))
        labels = _read_labels(lines)
        found = [label for label in labels if label]
        known = any(label.alone for label in found) or bool(self._labels)
        if not found or labels[0] is None or not known or self._is_data(index, found):
            return False
        if len(found) == len(lines) == 1 and not found[0].value:
            return self._label_above(index, found[0])
        if node.kind != "paragraph":
            return len(found) == len(lines) and self._take_labels(index, 1, found)
        kept = [
            label.value if label and label.kind == "subtitle" else line
            for line, label in zip(lines, labels, strict=True)
            if (label is None and not is_word_count(line)) or (label and _is_for_readers(label, line))
        ]
        self._labels += [label for label in found if not _is_for_readers(label, "")]
        pairs = zip(lines, labels, strict=True)
        self._leave_out_lines(
            [line for line, label in pairs if line not in kept and (label is None or _is_unused(label))]
        )
        if not kept:
            del self.nodes[index]
        elif len(kept) == len(lines):
            return False
        else:
            self.nodes[index] = _with_lines(node, labels)
            return False
        return True

    def _is_data(self, index: int, found: Sequence[Label]) -> bool:
        """Tell whether labels are an article's own, as the title, author and date of a book that it reviews."""
        if any(label.kind in _PUBLICATION for label in (*found, *self._labels)):
            return False
        if self._kind(index) == "table":
            return True
        heading = _text(self.nodes[0])
        titled = index > 0 and self._level(0) == 1 and not names_piece(heading)
        titles = (label.value for label in found if label.kind == "title")
        return titled and any(title and title.casefold() != heading.casefold() for title in titles)

    def _label_above(self, index: int, label: Label) -> bool:
        """Take a label that stands above its value, or above the article itself ("Content:")."""
        if label.kind == "other":
            return bool(self._labels) and self._take_labels(index, 1, [])
        if not self._is_line(index + 1):
            return False
        return self._take_labels(index, 2, [replace(label, value=unquoted(_text(self.nodes[index + 1])))])

    def _take_labels(self, index: int, count: int, labels: list[Label]) -> bool:
        self._labels += labels
        if not labels or any(_is_unused(label) for label in labels):
            self._leave_out(self.nodes[index : index + count])
        del self.nodes[index : index + count]
        return True

    def _end(self) -> None:
        removed = False
        for _ in range(_MOST_AROUND * 3):
            if sum(node.kind != "hr" for node in self.nodes[-3:]) <= 1 and len(self.nodes) <= 3:  # noqa: PLR2004
                break
            count = self._closing(removed=removed)
            if not count:
                break
            if not self._used(count):
                self._leave_out([node for node in self.nodes[-count:] if node.kind != "hr"])
            del self.nodes[-count:]
            removed = True

    def _closing(self, *, removed: bool) -> int:
        """Return how many of the last blocks are debris."""
        last = self.nodes[-1]
        if last.kind in {"hr", "heading"}:
            return int(removed and (last.kind == "hr" or is_metadata_heading(_text(last))))
        if last.kind in {"bullet_list", "ordered_list"} and self._kind(len(self.nodes) - 2) == "paragraph":
            return self._offered_list(len(self.nodes) - 1)
        if last.kind == "paragraph" and not _has_image(last):
            if asks_back(_text(last)) and (count := self._offered_list(len(self.nodes) - 2)):
                return count
            text, ruled = _text(last), removed or self._kind(len(self.nodes) - 2) == "hr"
            introduced = self._is_introduced(len(self.nodes) - 1)
            if is_word_count(text) or (offers_more(text, surely=not ruled) and not introduced):
                return 1
        return int(self._last_are_labels(last, removed=removed))

    def _is_introduced(self, index: int) -> bool:
        """Tell whether the paragraph above says what this one is: "The waiter asked:"."""
        return self._kind(index - 1) == "paragraph" and _text(self.nodes[index - 1]).endswith(COLONS)

    def _offered_list(self, index: int) -> int:
        """Return how many blocks there are from an offer with a list ("I can also: ...") to the end, 0 without one."""
        if self._kind(index) != "list" or self._kind(index - 1) != "paragraph":
            return 0
        offer, ruled = _text(self.nodes[index - 1]), self._kind(index - 2) == "hr"
        wishes = " ".join(_label_lines(self.nodes[index]))
        offered = offer.endswith((*COLONS, "?", "？")) and offers_more(f"{offer} {wishes}", surely=not ruled)
        return len(self.nodes) - index + 1 if offered else 0

    def _last_are_labels(self, last: Node, *, removed: bool) -> bool:
        labels = [read_label(line) for line in _label_lines(last)]
        fields = [label for label in labels if label and label.kind in _AT_THE_END and label.value]
        known = any(label.alone for label in fields) or (removed and bool(self._labels))
        if not labels or len(fields) != len(labels) or not known:
            return False
        self._labels += fields
        return True

    def _used(self, count: int) -> bool:
        """Tell whether all that the last blocks say goes into a field of the article."""
        labels = [read_label(line) for node in self.nodes[-count:] for line in _label_lines(node)]
        return bool(labels) and not any(label is None or _is_unused(label) for label in labels)

    def _leave_out(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            first, end = node.token.map or (0, 0)
            self._leave_out_lines(["\n".join(self._lines[first:end]) or _text(node)])

    def _leave_out_lines(self, texts: Sequence[str]) -> None:
        for text in texts:
            stripped = text.strip()
            if stripped:
                self.left_out.append(
                    stripped if len(stripped) <= MAX_LEFT_OUT_LENGTH else f"{stripped[:MAX_LEFT_OUT_LENGTH]}…"
                )

    def _kind(self, index: int) -> str:
        if not 0 <= index < len(self.nodes):
            return ""
        kind = self.nodes[index].kind
        return "list" if kind in {"bullet_list", "ordered_list"} else kind

    def _level(self, index: int) -> int:
        return int(self.nodes[index].token.tag[1]) if self._kind(index) == "heading" else 0

    def _is_line(self, index: int) -> bool:
        if self._kind(index) not in {"paragraph", "heading"}:
            return False
        text = _text(self.nodes[index])
        return 0 < len(text) <= _LONGEST_TITLE and "\n" not in text and read_label(text) is None


def _is_talk_or_heading(nodes: Sequence[Node]) -> bool:
    return all(
        (node.kind == "paragraph" or (node.kind == "heading" and node.token.tag != "h1"))
        and not _has_image(node)
        and len(_text(node)) <= _LONGEST_AROUND
        for node in nodes
    )


def _is_contents_mark(node: Node) -> bool:
    parts = node.inline
    may_be = 0 < len(parts) <= _MOST_PARTS_OF_MARK and len(parts[0].content) <= _LONGEST_MARK
    return may_be and _CONTENTS_MARK.fullmatch(_text(node)) is not None


def _begins_html(node: Node) -> bool:
    return node.kind == "html_block" and _HTML_BEGINS.match(node.token.content) is not None


def _all_agree(nodes: Sequence[Node]) -> bool:
    return all(only_agrees(_text(node)) for node in nodes)


def _leads_with_label(node: Node) -> bool:
    label = read_label(_text(node).split("\n")[0])
    return label is not None and label.alone


def _read_labels(lines: Sequence[str]) -> list[Label | None]:
    """Read labels line by line; one without a value takes the line below it."""
    labels = [read_label(line) for line in lines]
    for above, (label, below) in enumerate(pairwise(labels)):
        if label and not label.value and below is None and label.kind in _FIELDS:
            labels[above] = labels[above + 1] = replace(label, value=unquoted(lines[above + 1]))
    return labels


def _is_for_readers(label: Label, line: str) -> bool:
    """Tell whether a labelled line is read by readers too: a subtitle without its label, an author or date as it is."""
    return label.kind == "subtitle" or (label.kind == "other" and bool(label.value) and not is_word_count(line))


def _is_unused(label: Label | None) -> bool:
    """Tell whether a label's value becomes no field of the article."""
    return label is not None and label.kind in {"seo_title", "other"}


def _label_lines(node: Node) -> Iterator[str]:
    if node.kind == "paragraph" and not _has_image(node):
        yield from _text(node).split("\n")
    elif node.kind in {"bullet_list", "ordered_list"}:
        for item in node.children:
            yield "\n".join(_text(child) if child.kind == "paragraph" else "\n" for child in item.children)
    elif node.kind == "table":
        rows = [[_text(cell) for cell in row.children] for part in node.children for row in part.children]
        has_names = rows and read_label(": ".join(rows[0])) is None
        yield from (": ".join(row) if len(row) == _CELLS_OF_LABEL else "" for row in rows[bool(has_names) :])


def _with_lines(node: Node, labels: Sequence[Label | None]) -> Node:
    """Return a paragraph without its labelled lines; a subtitle loses its label."""
    kept: list[Token] = []
    for line, label in zip(_lines(node.inline), labels, strict=True):
        text = _plain(line)
        if label is None:
            tokens = [] if is_word_count(text) else list(line)
        elif label.kind == "subtitle":
            tokens = [Token("text", "", 0, content=label.value)]
        else:
            tokens = list(line) if _is_for_readers(label, text) else []
        if tokens:
            kept += [*([Token("softbreak", "br", 0)] if kept else []), *tokens]
    return Node(node.token, inline=kept)


def _lines(tokens: Sequence[Token]) -> list[list[Token]]:
    lines: list[list[Token]] = [[]]
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            lines.append([])
        else:
            lines[-1].append(token)
    return lines


def _text(node: Node) -> str:
    return "\n".join(_plain(line) for line in _lines(node.inline))


def _plain(tokens: Sequence[Token]) -> str:
    return "".join(_plain(token.children or []) if token.type == "image" else token.content for token in tokens).strip()


def _has_image(node: Node) -> bool:
    return any(token.type == "image" or token.content.lower().startswith("<img") for token in node.inline)


def _is_bold(node: Node) -> bool:
    emphasis = {"em_open", "em_close"}
    tokens = [
        token for token in node.inline if token.type not in emphasis and (token.type != "text" or token.content.strip())
    ]
    closes = [i for i, token in enumerate(tokens) if token.type == "strong_close"]
    return bool(closes) and tokens[0].type == "strong_open" and closes[0] == len(tokens) - 1
