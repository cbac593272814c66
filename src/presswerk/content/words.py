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
    rf"[{_KANA_AND_HAN}{_HANGUL}]"
    rf"|[{_LETTERS_OF_WORDS}]{{1,5}}"
    rf"|{_SPACED}(?:{_SPACED}|[{MARKS}\u200c\u200d]|['\u2019.,-](?={_SPACED}))*"
)
_PLAIN = re.compile(r"[^\W_]+(?:['\u2019.,-][^\W_]+)*")
_NOT_PLAIN = re.compile(f"[{MARKS}{UNSPACED}{_HANGUL}\u200c\u200d]")
RUN = re.compile(rf"[{UNSPACED}]+|(?:[^\W{UNSPACED}]|[{MARKS}\u200c\u200d])+")
"""A stretch of letters, marks, digits and underscores of scripts that part words, or of scripts that do not."""


def words(text: str) -> list[str]:
    """Split text into what counts as words: of scripts without spaces each character, or about five as in Thai."""
    # Most texts need none of the large character classes, which cost five times as much.
    return (_COUNTED if _NOT_PLAIN.search(text) else _PLAIN).findall(text)
