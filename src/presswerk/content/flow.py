"""What an article is made of between its source and its blocks; every `html` here is already sanitised."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Image:
    """One image; `source` exactly as written, `href` the address it links to, if any."""

    source: str
    alt: str
    title: str
    href: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Running text as inline HTML."""

    html: str


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 6."""

    level: int
    html: str


@dataclass(frozen=True)
class Separator:
    """A thematic break."""


@dataclass(frozen=True)
class Code:
    """Preformatted text; `language` is "" when unknown."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Formula:
    """A formula that stands by itself: LaTeX, and how the author wrote it, delimiters and all."""

    latex: str
    source: str


@dataclass(frozen=True)
class Gallery:
    """Images that stand by themselves, side by side."""

    items: tuple[Image, ...]


@dataclass(frozen=True)
class Embed:
    """A page of a known provider that the site shows in place."""

    url: str


@dataclass(frozen=True)
class Cell:
    """A table cell; `align` is left, center, right or ""."""

    html: str
    align: str = ""
    header: bool = False
    colspan: int = 1
    rowspan: int = 1


Row: TypeAlias = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table: rows of its head, body and foot, and a caption as inline HTML."""

    head: tuple[Row, ...]
    body: tuple[Row, ...]
    foot: tuple[Row, ...] = ()
    caption: str = ""


@dataclass(frozen=True)
class ListItem:
    """An entry of a list."""

    children: "Flow"


@dataclass(frozen=True)
class List:
    """A list; `start` counts only when it is ordered."""

    ordered: bool
    items: tuple[ListItem, ...]
    start: int = 1


@dataclass(frozen=True)
class Quote:
    """A quotation of anything."""

    children: "Flow"


@dataclass(frozen=True)
class Details:
    """Content folded under a summary (inline HTML)."""

    summary: str
    children: "Flow"


Element: TypeAlias = Paragraph | Heading | Separator | Code | Formula | Gallery | Embed | Table | List | Quote | Details
Flow: TypeAlias = tuple[Element, ...]
