"""Which images an article names, and what each becomes: an image on the site, else a link or its text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from presswerk.content.article import ImageReference, PlacedImage
from presswerk.content.escaping import escape_attribute, escape_text
from presswerk.content.flow import Image

_WEB_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_MAX_LABEL_LENGTH = 120


@dataclass(frozen=True)
class Shown:
    """An image that can be shown: `attachment_id` is None for one that is still where the author found it."""

    url: str
    attachment_id: int | None = None


class Images:
    """The images of one article.

    Args:
        placed: Where images went, by source; None before any was placed, when those with a web address show from there.
    """

    def __init__(self, placed: Mapping[str, PlacedImage] | None) -> None:
        self._placed = placed
        self._references: dict[str, ImageReference] = {}

    @property
    def references(self) -> tuple[ImageReference, ...]:
        """Every image named so far, each source once, in order of appearance."""
        return tuple(self._references.values())

    def name(self, picture: Image) -> Image:
        """Remember that the article names an image, and return it."""
        if picture.source:
            reference = ImageReference(picture.source, picture.alt, picture.title)
            self._references.setdefault(picture.source, reference)
        return picture

    def shown(self, picture: Image) -> Shown | None:
        """Tell how an image is shown, None when it cannot be."""
        if self._placed is None:
            return Shown(picture.source) if _WEB_ADDRESS.match(picture.source) else None
        placed = self._placed.get(picture.source)
        return Shown(placed.url, placed.attachment_id) if placed else None

    def inline(self, picture: Image) -> str:
        """Write an image that stands in running text."""
        shown = self.shown(picture)
        if shown is None:
            return fallback(picture)
        identity = f' class="wp-image-{shown.attachment_id}"' if shown.attachment_id is not None else ""
        return f'<img{identity} src="{escape_attribute(shown.url)}" alt="{escape_attribute(picture.alt)}">'


def fallback(picture: Image) -> str:
    """Write an image that cannot be shown: a link to where it is when a reader can follow it, else its text."""
    label = " ".join(picture.alt.split()) or picture.title
    if not _WEB_ADDRESS.match(picture.source):
        return escape_text(label)
    text = label or picture.source[:_MAX_LABEL_LENGTH]
    return f'<a href="{escape_attribute(picture.source)}">{escape_text(text)}</a>'
