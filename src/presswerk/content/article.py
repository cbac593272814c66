"""What Markdown becomes, as values."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from presswerk.messages import Message

Dialect: TypeAlias = Literal["chat", "commonmark"]
"""How Markdown is read: as the chat, Open WebUI, shows a message, or as CommonMark with GitHub's extensions."""

LeadsTo: TypeAlias = Literal["in-page", "web", "mail", "other"]


@dataclass(frozen=True)
class PlacedImage:
    """Where an image of the article went: its attachment on the site; sizes in pixels, None when unknown."""

    attachment_id: int
    url: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class ImageReference:
    """An image the article names; `source` is the address exactly as the Markdown gives it."""

    source: str
    alt: str
    title: str


@dataclass(frozen=True)
class ContentsEntry:
    """An entry of the table of contents; `anchor` is unique in the article and stands as `id` on the heading."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Link:
    """A link in the article's text, with its address as the site shows it."""

    text: str
    address: str
    leads_to: LeadsTo


@dataclass(frozen=True)
class Article:
    """Everything a site needs of an article.

    Attributes:
        title: Plain text.
        slug: Lower case and hyphens, 1-80 characters: ASCII, or the title's own script where ASCII would not survive;
            percent-encoded at most 200 bytes.
        content: Block markup, ready for `post_content`; without the heading that became the title.
        excerpt: Plain text, at most 55 words.
        tags: Those that were asked for, tidied; none are invented.
        images: Images in order of appearance, each address once.
        contents: Headings in order.
        links: Links of the text, in order.
        warnings: For the author: what could not become what the Markdown says.
        left_out: Debris of a chat that is no part of the article, as text, each at most 500 characters.
        proposed_tags: Tags that the text itself asks for, in front matter or behind a label; their author decides.
        text: What readers see of it as plain text, without headings, code and formulas.
        word_count: Words of visible text.
        reading_time_minutes: At 200 words a minute, at least 1.
        seo_title: Plain text, at most 60 characters.
        seo_description: Plain text, at most 155 characters.
    """

    title: str
    slug: str
    content: str
    excerpt: str
    tags: tuple[str, ...]
    images: tuple[ImageReference, ...]
    contents: tuple[ContentsEntry, ...]
    word_count: int
    reading_time_minutes: int
    seo_title: str
    seo_description: str
    links: tuple[Link, ...] = ()
    warnings: tuple[Message, ...] = ()
    left_out: tuple[str, ...] = ()
    proposed_tags: tuple[str, ...] = ()
    text: str = ""
