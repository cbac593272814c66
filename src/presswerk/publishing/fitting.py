"""Images that are too large for a site, made smaller; in a process of its own whose memory is bounded."""

import subprocess
import sys
import threading
from pathlib import Path

from presswerk.messages import Message
from presswerk.publishing.images import ImageFile, ImageUnavailable, read_image
from presswerk.publishing.pixels import Pixels

DECODING_MIB = 384
"""For the one image that is decoded at a time, its process included: a photo of 48 megapixels, or a PNG of 48."""
_MEBIBYTE = 1024 * 1024
_AVIF_BYTES_PER_PIXEL = 16
_PROCESS_MIB = 96
_TIMEOUT_SECONDS = 60.0

_PROGRAM = Path(__file__).with_name("decoding.py")
_REMEMBERED = 1_000

_turn = threading.Lock()


class Fitter:
    """Makes images fit a site."""

    def __init__(self) -> None:
        self._sound: dict[str, None] = {}

    def fit(self, image: ImageFile, most_pixels: int) -> ImageFile:
        """The image itself, or a smaller one of the same type.

        Raises:
            ImageUnavailable: It is too large, and cannot be made smaller; or it is another one than it declares.
        """
        if image.pixels.area <= most_pixels:
            self._check(image)
            return image
        if image.pixels.frames > 1 or image.media_type == "image/gif":
            raise too_large(image.pixels, most_pixels)
        data = _decode(image, most_pixels, DECODING_MIB)
        if data is None:
            raise too_large(image.pixels, most_pixels)
        return read_image(data, image.filename)

    def _check(self, image: ImageFile) -> None:
        """An AVIF's headers do not bound what its decoder takes, so it is decoded once, in the memory they ask for."""
        if image.media_type != "image/avif" or image.sha256 in self._sound:
            return
        megabytes = image.pixels.area * max(1, image.pixels.frames) * _AVIF_BYTES_PER_PIXEL // _MEBIBYTE + _PROCESS_MIB
        if _decode(image, 0, min(megabytes, DECODING_MIB)) is None:
            raise ImageUnavailable(Message("its file is damaged, or declares another size than it has; save it anew"))
        self._sound[image.sha256] = None
        if len(self._sound) > _REMEMBERED:
            del self._sound[next(iter(self._sound))]


def _decode(image: ImageFile, most_pixels: int, megabytes: int) -> bytes | None:
    command = [sys.executable, "-I", str(_PROGRAM), str(most_pixels), str(megabytes)]
    with _turn:
        try:
            done = subprocess.run(
                command, input=image.data, capture_output=True, env={}, timeout=_TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return None
    return done.stdout if done.returncode == 0 else None


def made_smaller(before: Pixels, after: Pixels, most_pixels: int) -> Message:
    """What an author is told of an image that was made smaller, as a clause."""
    return Message(
        "it has %(before)s pixels and the site takes %(most)s megapixels, so it has %(after)s there",
        before=_size(before),
        after=_size(after),
        most=round(most_pixels / 1_000_000, 1),
    )


def _size(pixels: Pixels) -> str:
    return f"{pixels.width} x {pixels.height}"


def too_large(pixels: Pixels, most_pixels: int) -> ImageUnavailable:
    """Why an image was left out."""
    return ImageUnavailable(
        Message(
            "it has %(width)s x %(height)s pixels, and the site takes %(most)s megapixels; make it smaller and try"
            " again",
            width=str(pixels.width),
            height=str(pixels.height),
            most=round(most_pixels / 1_000_000, 1),
        )
    )
