"""Images by their bytes: what they are, what they may be called, and which are refused."""

import base64
import binascii
import hashlib
import re
import urllib.parse
from dataclasses import dataclass, field

from presswerk.errors import PresswerkError
from presswerk.messages import Message
from presswerk.publishing.pixels import Pixels, Unreadable, declared_pixels

MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 100_000_000
"""Of one frame; nothing of ours decodes more, whatever the site."""
MAX_PIXELS_OF_ALL_FRAMES = 500_000_000


class ImageUnavailable(PresswerkError):
    """An image cannot be had; the message is a clause for an author, such as `its server answered 404`."""

    message: Message


@dataclass(frozen=True)
class ImageFile:
    """An image's bytes and what they are; `filename` carries the type's extension, `pixels` what it declares."""

    data: bytes = field(repr=False)
    media_type: str
    filename: str
    pixels: Pixels

    @property
    def sha256(self) -> str:
        """The bytes' hash in hex."""
        return hashlib.sha256(self.data).hexdigest()


def sniff(data: bytes) -> tuple[str, str]:
    """Tell an image's type by its first bytes (https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern).

    Returns:
        Media type and extension.

    Raises:
        ImageUnavailable: It is an SVG (which may carry scripts), or no image a site takes.
    """
    for prefix, media_type, extension in _SIGNATURES:
        if data.startswith(prefix):
            return media_type, extension
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", "webp"
    if data[4:12] in {b"ftypavif", b"ftypavis"}:
        return "image/avif", "avif"
    if re.search(rb"<svg[\s>]", data[:4096], re.IGNORECASE):
        raise ImageUnavailable(Message("it is an SVG, which can carry scripts; use PNG, JPEG, GIF, WebP or AVIF"))
    raise ImageUnavailable(Message("it is not an image; use PNG, JPEG, GIF, WebP or AVIF"))


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
)


def read_image(data: bytes, filename: str) -> ImageFile:
    """Check bytes and name them by what they are.

    Raises:
        ImageUnavailable: They are empty, too many, or no image a site takes.
    """
    if not data:
        raise ImageUnavailable(Message("it is empty"))
    if len(data) > MAX_IMAGE_BYTES:
        raise too_many_bytes()
    media_type, extension = sniff(data)
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", filename.rsplit("/", 1)[-1].rsplit(".", 1)[0]).strip("-._")[:60]
    return ImageFile(data, media_type, f"{stem or 'image'}.{extension}", _pixels(data, media_type))


def too_many_bytes() -> ImageUnavailable:
    """Why an image of more than `MAX_IMAGE_BYTES` is not taken."""
    return ImageUnavailable(Message("it is larger than %(size)s MiB", size=MAX_IMAGE_BYTES // 1024 // 1024))


def _pixels(data: bytes, media_type: str) -> Pixels:
    try:
        pixels = declared_pixels(data, media_type)
    except Unreadable:
        raise ImageUnavailable(Message("its file is damaged or not complete; save it anew")) from None
    if pixels.area > MAX_PIXELS or pixels.area * pixels.frames > MAX_PIXELS_OF_ALL_FRAMES:
        size = Message("%(width)s x %(height)s pixels", width=str(pixels.width), height=str(pixels.height))
        if pixels.frames > 1:
            size = Message("%(size)s in %(frames)s frames", size=size, frames=pixels.frames)
        raise ImageUnavailable(
            Message(
                "it has %(size)s, more than anybody can show; make it smaller, to at most %(most)s megapixels",
                size=size,
                most=MAX_PIXELS // 1_000_000,
            )
        )
    return pixels


def read_data_address(address: str) -> ImageFile:
    """Decode a `data:` address (RFC 2397).

    Raises:
        ImageUnavailable: It is malformed, or no image a site takes.
    """
    header, comma, body = address.partition(",")
    if not comma or not header.lower().startswith("data:"):
        raise ImageUnavailable(Message("its data: address is malformed"))
    raw = urllib.parse.unquote_to_bytes(body)
    if header.lower().endswith(";base64"):
        try:
            raw = base64.b64decode(raw, validate=True)
        except binascii.Error:
            raise ImageUnavailable(Message("its data: address is not valid base64")) from None
    return read_image(raw, "image")
