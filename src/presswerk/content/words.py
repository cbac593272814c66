"""Where words begin and end, in every script."""

import re
import unicodedata

_LETTERS_OF_WORDS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
_KANA_AND_HAN = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_HANGUL = "\uac00-\ud7af"
UNSPACED = _LETTERS_OF_WORDS + _KANA_AND_HAN
"""Scripts that put no space between words, for a character class."""


MARKS = "".join(chr(point) for point in range(0x300, 0xFFFF) if unicodedata.category(chr(point))[0] == "M")
MARKS += "\U00011000-\U00011fff\U0001e900-\U0001e95f"
"""Combining marks, for a character class: `\\w` has none of them, and the vowels of Indic scripts are such.

Beyond the first 65,536 characters it takes whole scripts: `re` looks through those one by one.
"""

_SPACED = rf"[^\W_{UNSPACED}{_HANGUL}]"
_COUNTED = re.compile(
    rf"{_SPACED}+(?:(?:[{MARKS}\u200c\u200d]+|['\u2019.,-](?={_SPACED})){_SPACED}*)*"
    rf"|[{_KANA_AND_HAN}{_HANGUL}]"
    rf"|[{_LETTERS_OF_WORDS}]{{1,5}}"
)
_EACH_COUNTED = re.compile(f"[{_KANA_AND_HAN}{_HANGUL}]+")
_PLAIN = re.compile(r"[^\W_]+(?:['\u2019.,-][^\W_]+)*")
_NOT_PLAIN = re.compile(f"[{MARKS}{UNSPACED}{_HANGUL}\u200c\u200d]")
RUN = re.compile(rf"[{UNSPACED}]+|(?:[^\W{UNSPACED}]|[{MARKS}\u200c\u200d])+")
"""A stretch of letters, marks, digits and underscores of scripts that part words, or of scripts that do not."""

_JOINING = "'.,-"
_ELSEWHERE = "\u2019\u2018\u201c\u201d\u201e\u2013\u2014\u2026\u2022\u2190\u2192\u2713"
_ELSEWHERE += (
    "\u3001\u3002\u300a\u300b\u300c\u300d\u300e\u300f\u3010\u3011\u301c\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"
)
"""Frequent signs that not every script's bytes have."""


def _classes(codec: str) -> bytes:
    """Tell for each byte whether it is of a word (`a`), may join two parts of one (`j`) or neither (a space)."""
    signs = (bytes([byte]).decode(codec, "replace") for byte in range(256))
    return "".join("j" if sign in _JOINING else "a" if _PLAIN.match(sign) else " " for sign in signs).encode()


_CLASSES = {codec: _classes(codec) for codec in ("latin-1", "cp1250", "cp1251", "cp1253")}


def words(text: str) -> list[str]:
    """Split text into what counts as words: of scripts without spaces each character, or about five as in Thai."""
    # Most texts need none of the large character classes, which cost five times as much.
    return (_COUNTED if _NOT_PLAIN.search(text) else _PLAIN).findall(text)


def count_words(text: str) -> int:
    """Return how many `words` a text has; where a byte holds each letter of it, or of a line, without making them."""
    for sign in "" if text.isascii() else _ELSEWHERE:
        text = text.replace(sign, "'" if sign == "\u2019" else " ")
    count = _count_in_bytes(text)
    if count is None:
        rest, runs = _EACH_COUNTED.subn(" ", text)
        count = len(text) - len(rest) + runs + sum(map(_count_in_line, rest.split("\n")))
    return count


def _count_in_line(line: str) -> int:
    count = _count_in_bytes(line)
    return count if count is not None else len(words(line))


def _count_in_bytes(text: str) -> int | None:
    for codec, classes in _CLASSES.items():
        try:
            signs = b" " + text.encode(codec).translate(classes)
        except UnicodeEncodeError:
            continue
        # A word begins behind a space, or behind what joins nothing: two signs, or one with no word before it.
        return signs.count(b" a") + signs.count(b" ja") + signs.count(b"jja")
    return None
