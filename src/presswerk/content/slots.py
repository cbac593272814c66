"""Places for images that are not on the site yet: an article is composed once, and its images are filled in later."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from presswerk.content.article import PlacedImage
from presswerk.content.escaping import escape_attribute

MAX_IMAGES = 40
"""Images brought to a site for one article; each further one becomes a link or its text."""


class ImageSlots(Mapping[str, PlacedImage]):
    """Gives every image of an article an attachment id and an address that no text of the article can hold.

    Hand it to `compose` as `images`; `fill` puts the real ids and addresses in afterwards. Both are made of the text's
    own hash, which no text holds, and the same text always gives the same ones.

    Args:
        markdown: The article's text.
        obtainable: Whether an image of this source can be had at all; one that cannot gets no slot.
    """

    def __init__(self, markdown: str, obtainable: Callable[[str], bool] = lambda _source: True) -> None:
        self._key = text_key(markdown)
        self._obtainable = obtainable
        self._sources: list[str] = []

    @property
    def sources(self) -> tuple[str, ...]:
        """The images that have a slot, by the number of their slot."""
        return tuple(self._sources)

    def __getitem__(self, source: str) -> PlacedImage:
        if source not in self._sources:
            if len(self._sources) == MAX_IMAGES or not self._obtainable(source):
                raise KeyError(source)
            self._sources.append(source)
        return slot(self._key, self._sources.index(source))

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)


def text_key(markdown: str) -> str:
    """What the slots of a text are known by: its SHA-256 in hex."""
    return hashlib.sha256(markdown.encode("utf-8", "surrogatepass")).hexdigest()


def slot(key: str, number: int) -> PlacedImage:
    """What stands for an image of a text until it is filled in.

    Args:
        key: The `text_key` of the text.
        number: Of the slot.
    """
    return PlacedImage(int(f"{_id_prefix(key)}{number:02}"), f"{_address_prefix(key)}{number:02}")


def fill(content: str, key: str, images: Sequence[PlacedImage]) -> str:
    """Put images into their slots.

    Args:
        content: Block markup composed with `ImageSlots`.
        key: The `text_key` of the article's text.
        images: One for each slot, by its number.

    Raises:
        IndexError: A slot has no image.
    """

    def filled(match: re.Match[str]) -> str:
        if match["id"] is not None:
            return str(images[int(match["id"])].attachment_id)
        return escape_attribute(images[int(match["address"])].url)

    slot = rf"{_id_prefix(key)}(?P<id>\d\d)|{re.escape(_address_prefix(key))}(?P<address>\d\d)"
    return re.sub(slot, filled, content)


def _id_prefix(key: str) -> str:
    return f"9{int(key[:13], 16):016}"


def _address_prefix(key: str) -> str:
    return f"https://{key[13:45]}.presswerk.invalid/"
