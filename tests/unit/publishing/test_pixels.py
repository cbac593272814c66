"""What an image declares is read before a decoder sees it; Pillow says what is right."""

import contextlib
import io
import os
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Picture

from presswerk.content import ImageReference
from presswerk.declaration import DEFAULT_TIERS, LimitOverrides, TierName
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.fitting import DECODING_MIB, Fitter
from presswerk.publishing.illustrating import Obtainer
from presswerk.publishing.images import ImageUnavailable, read_image
from presswerk.publishing.model import Attachment, Manuscript
from presswerk.publishing.pixels import Pixels, Unreadable, declared_pixels
from presswerk.sites.memory import LEAST_PIXELS, PHP_BYTES_PER_PIXEL, WORKER_MIB, PhpMemory, most_pixels

TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
SIZES = st.tuples(st.integers(1, 300), st.integers(1, 300))


def picture(kind: str, size: tuple[int, int], mode: str = "RGB", frames: int = 1, **options: Any) -> bytes:
    out = io.BytesIO()
    made = [Picture.effect_noise(size, 60 + number).convert(mode) for number in range(frames)]
    more: dict[str, Any] = {"save_all": True, "append_images": made[1:]} if frames > 1 else {}
    made[0].save(out, kind, **more, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", TYPES)
@settings(max_examples=8, deadline=None)
@given(size=SIZES)
def test_the_size_is_what_a_decoder_finds(kind: str, size: tuple[int, int]) -> None:
    assert declared_pixels(picture(kind, size), TYPES[kind]) == Pixels(*size)


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("JPEG", "L", {}),
        ("JPEG", "CMYK", {"progressive": True}),
        ("JPEG", "RGB", {"progressive": True, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}),
        ("PNG", "RGBA", {}),
        ("PNG", "L", {"optimize": True}),
        ("PNG", "1", {}),
        ("GIF", "L", {"interlace": 1}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("WEBP", "RGBA", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}),
        ("AVIF", "RGBA", {}),
    ],
)
def test_every_flavour_of_a_type_is_read(kind: str, mode: str, options: dict[str, Any]) -> None:
    assert declared_pixels(picture(kind, (123, 45), mode, **options), TYPES[kind]) == Pixels(123, 45)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_frames_are_counted(kind: str) -> None:
    assert declared_pixels(picture(kind, (30, 20), frames=7), TYPES[kind]) == Pixels(30, 20, 7)


@pytest.mark.parametrize("kind", TYPES)
@settings(max_examples=12, deadline=None)
@given(cut=st.floats(0, 0.9), noise=st.binary(max_size=40), at=st.floats(0, 1))
def test_what_is_cut_or_broken_is_read_or_refused_and_nothing_else(
    kind: str, cut: float, noise: bytes, at: float
) -> None:
    whole = picture(kind, (40, 30))
    place = int(len(whole) * at)
    for data in (whole[: int(len(whole) * cut)], whole[:place] + noise + whole[place + len(noise) :], noise):
        with contextlib.suppress(Unreadable):
            assert declared_pixels(data, TYPES[kind]).area > 0


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_what_is_not_complete_is_refused(kind: str) -> None:
    whole = picture(kind, (200, 100))

    with pytest.raises(ImageUnavailable, match="damaged or not complete"):
        read_image(whole[: len(whole) * 2 // 3], "a")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("tail", [b"<?php system($_GET[0]);", b"PK\x03\x04", b"%PDF-1.4", b"<html><script>"])
def test_a_file_that_is_two_things_is_called_an_image(kind: str, tail: bytes) -> None:
    image = read_image(picture(kind, (20, 10)) + tail, "evil.php")

    assert image.media_type == TYPES[kind]
    assert image.filename.rsplit(".", 1)[1] in {"png", "jpg", "gif", "webp", "avif"}
    assert image.pixels == Pixels(20, 10)


def png(width: int, height: int, rows: int = 1) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * (3 * width + 1) * rows, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def gif_of(screen: tuple[int, int], frame: tuple[int, int], frames: int = 1) -> bytes:
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x4c\x01\0"
    return b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6) + image * frames + b";"


BOMBS = {
    "a PNG of a gigapixel": png(40_000, 30_000),
    "the widest PNG there is": png(2**31 - 1, 1),
    "a GIF whose frame is larger than its screen": gif_of((1, 1), (65_535, 65_535)),
    "a GIF of a hundred thousand frames": gif_of((300, 300), (300, 300), 100_000),
    "a JPEG of the largest size": b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03" + bytes(9) + b"\xff\xd9",
    "a WebP canvas": b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\xff" * 6,
    "a WebP whose frame is larger than its canvas": (
        b"RIFF" + struct.pack("<I", 36) + b"WEBPVP8X\x0a\0\0\0" + bytes(10) + b"VP8L\x05\0\0\0\x2f\xff\xff\xff\xff\0"
    ),
    "an AVIF of two extents": b"\0\0\0\x1cftypavif"
    + b"ispe\0\0\0\0"
    + bytes(3)
    + b"\x01"
    + bytes(3)
    + b"\x01"
    + b"ispe\0\0\0\0\0\0\xff\xff\0\0\xff\xff",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_by_its_declaration(kind: str) -> None:
    with pytest.raises(ImageUnavailable, match=r"pixels.*more than anybody can show"):
        read_image(BOMBS[kind], "bomb")


@pytest.mark.parametrize(
    "kind", [b"\xff\xd8" + b"\xff\xe1\0\x02" * 2_600_000, b"GIF89a" + bytes(7) + b"!\xf9" * 5_000_000]
)
def test_reading_headers_ends(kind: bytes) -> None:
    with pytest.raises(Unreadable):
        declared_pixels(kind, "image/jpeg" if kind[:1] == b"\xff" else "image/gif")


@pytest.mark.parametrize("kind", TYPES)
def test_an_image_that_fits_stays_as_it_is(kind: str) -> None:
    image = read_image(picture(kind, (200, 100)), "a")

    assert Fitter().fit(image, 20_000) is image


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_one_that_does_not_is_made_smaller_and_stays_what_it_is(kind: str) -> None:
    image = read_image(picture(kind, (1200, 800)), "photo.x")

    smaller = Fitter().fit(image, 240_000)

    assert smaller.media_type == image.media_type
    assert 200_000 < smaller.pixels.area <= 240_000
    assert abs(smaller.pixels.width / smaller.pixels.height - 1.5) < 0.01
    assert smaller.data == Fitter().fit(image, 240_000).data


def test_a_turned_photo_stands_upright_and_says_no_more_where_it_was_taken() -> None:
    exif = Picture.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    image = read_image(picture("JPEG", (800, 400), exif=exif), "photo.jpg")

    smaller = Fitter().fit(image, 80_000)

    assert smaller.pixels.width < smaller.pixels.height
    assert not Picture.open(io.BytesIO(smaller.data)).getexif()


def test_an_animation_is_not_made_smaller() -> None:
    image = read_image(picture("GIF", (400, 300), frames=3), "a.gif")

    with pytest.raises(
        ImageUnavailable, match=r"400 x 300 pixels, and the site takes 0\.1 megapixels; make it smaller"
    ):
        Fitter().fit(image, 100_000)


def test_what_cannot_be_decoded_in_bounded_memory_is_left_out() -> None:
    # 90 megapixels of one colour, in some 100 KB: more than 384 MiB hold.
    image = read_image(png(10_000, 9_000, rows=9_000), "wide.png")
    assert len(image.data) < 400_000

    with pytest.raises(ImageUnavailable, match="make it smaller and try again"):
        Fitter().fit(image, LEAST_PIXELS)


def test_an_avif_is_decoded_once_to_see_that_it_is_what_it_says() -> None:
    whole = picture("AVIF", (64, 64))
    place = whole.rindex(b"mdat") + 4
    broken = whole[:place] + os.urandom(len(whole) - place)

    with pytest.raises(ImageUnavailable, match="damaged, or declares another size"):
        Fitter().fit(read_image(broken, "a.avif"), LEAST_PIXELS)


@pytest.mark.parametrize("tier", TierName)
def test_what_a_site_takes_fits_its_memory(tier: TierName) -> None:
    limits = DEFAULT_TIERS[tier].limits
    pixels = most_pixels(limits)
    decoded_mib = pixels * PHP_BYTES_PER_PIXEL / 1024**2

    assert pixels > LEAST_PIXELS
    # One at a time, beside workers that are all busy.
    assert limits.php_workers * WORKER_MIB + decoded_mib <= limits.memory_mib
    assert PhpMemory.of(limits).decoding_mib - 1 <= decoded_mib <= PhpMemory.of(limits).decoding_mib
    # The hub makes images smaller one at a time, beside itself.
    assert DECODING_MIB < 512


@pytest.mark.parametrize(("mebibytes", "megapixels"), [(128, 1.0), (256, 9.5), (512, 27.4)])
def test_the_bound_follows_a_tenants_own_memory(mebibytes: int, megapixels: float) -> None:
    limits = DEFAULT_TIERS[TierName.FREE].with_overrides(LimitOverrides(memory_mib=mebibytes))

    assert round(most_pixels(limits) / 1e6, 1) == megapixels


def _obtainer(*photos: bytes, most: int) -> Obtainer:
    files = tuple(
        Attachment(f"photo-{number}.jpg", "image/jpeg", data, f"a:{number}") for number, data in enumerate(photos)
    )
    return Obtainer(ImageFetcher(), Manuscript("An article", attachments=files), most)


def test_a_photo_of_48_megapixels_comes_as_large_as_a_free_site_takes_and_the_author_is_told() -> None:
    most = most_pixels(DEFAULT_TIERS[TierName.FREE].limits)
    out = io.BytesIO()
    Picture.new("RGB", (8000, 6000), "navy").save(out, "JPEG")
    obtainer = _obtainer(out.getvalue(), picture("JPEG", (40, 30)), most=most)

    found = obtainer.obtain_all([ImageReference("a:0", "", ""), ImageReference("a:1", "", "")])

    assert (found.images["a:0"].pixels.area <= most, found.problems) == (True, {})
    assert list(found.notes) == ["a:0"]
    told = found.notes["a:0"]
    assert str(told).startswith(
        'The image "photo-0.jpg" was made smaller: it has 8000 x 6000 pixels and the site takes 9.5 megapixels'
    )
    assert told.worded("de").startswith("Das Bild „photo-0.jpg“ wurde verkleinert: es hat 8000 x 6000 Pixel")
