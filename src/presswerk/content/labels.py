"""Lines that name what stands in them for the author: "Title: ...", "Meta description: ...", "Tags: ..."."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from markdown_it.token import Token

from presswerk.content.markdown import Node
from presswerk.content.node_text import has_image, lines_of, plain, text_of
from presswerk.content.vocabulary import LabelKind, shared_vocabulary

_ALONE: frozenset[LabelKind] = frozenset({"title", "seo_title", "description", "slug", "tags"})
FIELDS: frozenset[LabelKind] = frozenset({"title", "description", "slug", "tags", "seo_title"})
AT_THE_END = FIELDS - {"title"} | {"category"}
PUBLICATION: frozenset[LabelKind] = frozenset({"seo_title", "description", "slug"})
"""Labels that no data sheet of a book or film has."""
_CELLS_OF_LABEL = 2
_LABEL = re.compile(
    r"(?:[^\w:：\n\"'“„«‘(\[（【「『《]|_){0,12}([^:：\n]{1,40}?)[*_\s]{0,6}"
    r"(?:：|(?<=[\u3040-\u9fff\uac00-\ud7a3]):|:(?=[*_]{0,6}(?:\s|$)))[*_]{0,6}\s*(.*)",
    re.DOTALL,
)
_QUOTES = {
    '"': '"',
    "“": "”",
    "„": "“”",
    "«": "»",
    "「": "」",
    "『": "』",
    "《": "》",
    "'": "'",
    "‘": "’",
    "‹": "›",
    "»": "«",
}
_LIST = re.compile("[,，、;；]")


@dataclass(frozen=True)
class Label:
    """A line with a label: its kind, what stands behind the colon, and whether it is one without company too."""

    kind: LabelKind
    value: str
    alone: bool


def read_label(line: str) -> Label | None:
    """Read a line that begins with a known label and a colon; its value is empty when that stands on the next line."""
    match = _LABEL.match(line)
    kind = _kinds().get(_name(match[1])) if match else None
    if match is None or kind is None:
        return None
    value = unquoted(match[2])
    if kind == "slug" and " " in value:
        return None  # A sentence is no address.
    return Label(kind, value, kind in _ALONE and _name(match[1]) not in shared_vocabulary().never_alone)


def is_only_label(text: str) -> bool:
    """Tell whether a text is the label of a title and nothing else: "Title:" or a heading "Title"."""
    return _kinds().get(_name(text.strip(" :：*_"))) == "title"


def is_about_label(text: str, label: Label) -> bool:
    """Tell whether a heading names a label's kind: an article on "How I use tags" speaks of them."""
    return any(_kinds().get(_name(word)) == label.kind for word in text.split())


def is_word_count(text: str) -> bool:
    """Tell whether a text only counts the words of another: "(Word count: 512)"."""
    return bool(_count().fullmatch(text.strip().rstrip(".)）]】*_ ")))


def is_metadata_heading(text: str) -> bool:
    """Tell whether a heading stands above labels only, such as "SEO metadata"."""
    return _name(text.strip(" :：*_")) in shared_vocabulary().metadata_headings


def unquoted(text: str) -> str:
    """Take marks of emphasis and quotation off a value as a whole."""
    text = text.strip().strip("*_`").strip()
    if len(text) > 1 and text[-1] in _QUOTES.get(text[0], "") and text[0] not in text[1:-1]:
        return text[1:-1].strip()
    return text


def listed(value: str) -> tuple[str, ...]:
    """Part a value into names: at commas, else at `#`."""
    parts = _LIST.split(value) if _LIST.search(value) else value.split("#") if value.startswith("#") else [value]
    return tuple(name for part in parts if (name := part.strip().lstrip("#").strip(" .`*_")))


def label_lines(node: Node) -> Iterator[str]:
    """Yield the lines of a block that may have labels: of a paragraph, each item of a list, each row of a table."""
    if node.kind == "paragraph" and not has_image(node):
        yield from text_of(node).split("\n")
    elif node.kind in {"bullet_list", "ordered_list"}:
        for item in node.children:
            yield "\n".join(text_of(child) if child.kind == "paragraph" else "\n" for child in item.children)
    elif node.kind == "table":
        rows = [[text_of(cell) for cell in row.children] for part in node.children for row in part.children]
        has_names = rows and read_label(": ".join(rows[0])) is None
        yield from (": ".join(row) if len(row) == _CELLS_OF_LABEL else "" for row in rows[bool(has_names) :])


def read_labels(lines: Sequence[str]) -> list[Label | None]:
    """Read labels line by line; one without a value takes the line below it."""
    labels = [read_label(line) for line in lines]
    for above, (label, below) in enumerate(pairwise(labels)):
        if label and not label.value and below is None and label.kind in FIELDS:
            labels[above] = labels[above + 1] = replace(label, value=unquoted(lines[above + 1]))
    return labels


def without_labels(node: Node, labels: Sequence[Label | None]) -> Node:
    """Return a paragraph without its labelled lines; a subtitle loses its label."""
    kept: list[Token] = []
    for line, label in zip(lines_of(node.inline), labels, strict=True):
        text = plain(line)
        if label is None:
            tokens = [] if is_word_count(text) else list(line)
        elif label.kind == "subtitle":
            tokens = [Token("text", "", 0, content=label.value)]
        else:
            tokens = list(line) if is_for_readers(label, text) else []
        if tokens:
            kept += [*([Token("softbreak", "br", 0)] if kept else []), *tokens]
    return Node(node.token, inline=kept)


def are_of_the_end(labels: Sequence[Label | None]) -> bool:
    """Tell whether all lines have labels that stand below an article."""
    return all(label is not None and label.kind in AT_THE_END for label in labels)


def is_for_readers(label: Label, line: str) -> bool:
    """Tell whether a labelled line is read by readers too: a subtitle without its label, an author or date as it is."""
    return label.kind == "subtitle" or (label.kind == "other" and bool(label.value) and not is_word_count(line))


def is_unused(label: Label | None) -> bool:
    """Tell whether a label's value becomes no field of the article."""
    return label is not None and label.kind in {"seo_title", "category", "other"}


@cache
def _kinds() -> Mapping[str, LabelKind]:
    """Return the kinds of labels by name; the first kind that has a name keeps it."""
    return {name: kind for kind, names in reversed(list(shared_vocabulary().labels.items())) for name in names}


@cache
def _count() -> re.Pattern[str]:
    """Return how a line looks that counts words and says nothing else."""
    names = shared_vocabulary().word_count
    return re.compile(
        rf"[\s*_()\[\]（【~≈-]*(?:{names})[*_\s]*[:：=][\s*_]*[~≈>約约]*\D{{0,15}}[\d][\d.,\s]*\D{{0,20}}",
        re.IGNORECASE,
    )


def _name(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").strip(" *_#").casefold().split())
