"""The stand-in's picture, read back."""

import struct
import zlib

from hypothesis import given
from hypothesis import strategies as st

from presswerk.ai.stand_in.picture import HEIGHT, WIDTH, png

SEEDS = st.binary(min_size=32, max_size=32)


@given(SEEDS)
def test_any_seed_gives_a_small_valid_png(seed: bytes) -> None:
    data = png(seed)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(data) < 6 * 1024
    chunks = read_chunks(data[8:])
    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", chunks[0][1]) == (WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    pixels = zlib.decompress(chunks[1][1])
    assert len(pixels) == HEIGHT * (1 + 3 * WIDTH)
    assert set(pixels[:: 1 + 3 * WIDTH]) == {1}


def test_a_seed_always_gives_the_same_picture_and_another_another() -> None:
    assert png(bytes(32)) == png(bytes(32))
    assert png(bytes(32)) != png(bytes([200] * 32))


def read_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks = []
    while data:
        (length,) = struct.unpack(">I", data[:4])
        kind, body = data[4:8], data[8 : 8 + length]
        assert struct.unpack(">I", data[8 + length : 12 + length]) == (zlib.crc32(kind + body),)
        chunks.append((kind, body))
        data = data[12 + length :]
    return chunks
