"""The only program of ours that decodes images, a process of its own: it may take so much memory and no more.

Run as `python -I decoding.py PIXELS MEGABYTES`, with an image on standard input. With PIXELS it writes the image made
smaller, to at most so many; with 0 it only says, by its exit status, whether the image can be decoded in that memory.
It imports nothing of ours: what a defect in a decoder could reach is an empty process without secrets.
"""

import io
import math
import resource
import sys

from PIL import Image, ImageOps

CPU_SECONDS = 30
TOO_MUCH, BROKEN = 3, 4
_MEBIBYTE = 1024 * 1024
_SAVED: dict[str, dict[str, object]] = {
    "JPEG": {"quality": 88, "optimize": True},
    "PNG": {},
    "WEBP": {"quality": 88},
    "AVIF": {"quality": 70},
}


def _smaller(image: Image.Image, most_pixels: int) -> bytes:
    factor = math.sqrt(most_pixels / (image.width * image.height))
    size = max(1, int(image.width * factor)), max(1, int(image.height * factor))
    kind, colours = image.format or "", image.info.get("icc_profile")
    # A JPEG is decoded at a fraction of its size.
    image.draft("RGB" if image.mode != "L" else "L", size)
    image.thumbnail(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    # What else the camera wrote down, such as where it was, goes.
    image = ImageOps.exif_transpose(image)
    out = io.BytesIO()
    image.save(out, kind, exif=b"", icc_profile=colours, **_SAVED[kind])
    return out.getvalue()


def main() -> int:
    """Decode what comes in."""
    most_pixels, megabytes = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * _MEBIBYTE,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS,) * 2)
    # The caller has read what the image declares; the memory is bounded here.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(io.BytesIO(sys.stdin.buffer.read())) as image:
            if most_pixels:
                sys.stdout.buffer.write(_smaller(image, most_pixels))
            else:
                image.load()
    except MemoryError:
        return TOO_MUCH
    except (OSError, SyntaxError, ValueError, KeyError, EOFError):
        return BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
