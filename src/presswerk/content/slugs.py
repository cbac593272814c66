"""Addresses made from text: slugs of articles and anchors of headings."""

import hashlib
import re
import unicodedata
from urllib.parse import quote

from presswerk.content.words import MARKS, words

MAX_SLUG_LENGTH = 80
MAX_ENCODED_LENGTH = 200
"""WordPress keeps a slug percent-encoded in a column of 200 bytes: 22 characters of Devanagari or Chinese."""

_LATIN = "ä:ae ö:oe ü:ue ß:ss æ:ae œ:oe ø:o å:a đ:d ð:d þ:th ł:l ħ:h \u0131:i ĸ:k ŋ:n"
_FROM_CYRILLIC_A = "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya"
_FROM_GREEK_ALPHA = "a v g d e z i th i k l m n x o p r s s t y f ch ps o"
_LETTERS = {
    **{ord(letter): ascii_ for letter, ascii_ in (pair.split(":") for pair in _LATIN.split())},
    **{code: ascii_.strip("_") for code, ascii_ in enumerate(_FROM_CYRILLIC_A.split(), 0x0430)},
    **dict(enumerate(_FROM_GREEK_ALPHA.split(), 0x03B1)),
    **{0x0454: "ye", 0x0456: "i", 0x0457: "yi", 0x0491: "g"},  # Ukrainian
}
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_NOT_ANCHOR = re.compile(r"[^a-z0-9_ -]+")
_WORD = re.compile(rf"(?:[^\W_]|[{MARKS}])+")
_CHARACTER = re.compile(rf"[^{MARKS}][{MARKS}]*|.")
_NO_SIGN = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x00AD, 0x27, 0x60, 0xB4, 0x2019])
_WITHOUT_COUNTERPART = "ъьЪЬ'\u2019`\u00b4.,-_" + MARKS
_BESIDE_A_NUMBER = re.compile(r"(?<=\d)(?=[²³¹⁰-⁹₀-₉¼-¾⅐-⅞↉①-⑳])")
"""Where a number ends and another sign says a number of its own: `1½` is no 112."""
_APOSTROPHES = re.compile("['\u2019`\u00b4]")


def slugify(text: str) -> str:
    """Make an ASCII slug of at most 80 characters, cut at a word; "" when nothing of the text fits into ASCII."""
    lowered = _APOSTROPHES.sub("", unicodedata.normalize("NFC", text[:1000]).lower())
    if not lowered.isascii():
        parted = _BESIDE_A_NUMBER.sub("-", lowered).translate(_LETTERS)
        decomposed = unicodedata.normalize("NFKD", parted).lower().translate(_LETTERS).replace("\u2044", "-")
        lowered = decomposed.encode("ascii", "ignore").decode("ascii")
    slug = _NOT_SLUG.sub("-", lowered).strip("-")
    if len(slug) <= MAX_SLUG_LENGTH:
        return slug
    cut = slug[: MAX_SLUG_LENGTH + 1].rpartition("-")[0]
    return cut or slug[:MAX_SLUG_LENGTH]


def article_slug(*candidates: str) -> str:
    """Make a slug of the first candidate that has one, else of the hash of all, so that two articles differ.

    It is ASCII where most words of the candidate survive that, else it is in the reader's script as WordPress has it.
    """
    for candidate in candidates:
        if slug := slugify(candidate) if _survives(candidate) else readable_slug(candidate):
            return slug
    digest = hashlib.sha256("\n".join(candidates).encode("utf-8", "replace")).hexdigest()
    return f"article-{digest[:8]}"


def heading_slug(text: str) -> str:
    """Make the anchor that GitHub gives a heading: https://github.com/Flet/github-slugger has the rule."""
    text = text.lower()
    if text.isascii():
        kept = _NOT_ANCHOR.sub("", text)
    else:
        kept = "".join(sign for sign in text if sign in "-_ " or unicodedata.category(sign)[0] in "LMN")
    return kept.strip().replace(" ", "-")


def readable_slug(text: str) -> str:
    """Make a slug that keeps the letters of scripts which have no ASCII, cut so that WordPress need not cut it.

    Rules: WordPress's `sanitize_title`, which lowers, parts at spaces, and percent-encodes what is not ASCII.
    """
    lowered = unicodedata.normalize("NFC", text[:1000]).lower().translate(_NO_SIGN)
    parts = (slugify(run) if _is_ascii_made(run) else run for run in _WORD.findall(lowered))
    slug = ""
    for part in filter(None, parts):
        longer = f"{slug}-{part}" if slug else part
        if not _fits(longer):
            return slug or _cut(part)
        slug = longer
    return slug


def _survives(text: str) -> bool:
    """Tell whether at least two of three words of a text are left in ASCII."""
    found = words(text[:1000])
    return 3 * sum(_is_ascii_made(word) for word in found) >= 2 * len(found)


def _is_ascii_made(word: str) -> bool:
    """Tell whether every letter of a word has a counterpart in ASCII."""
    return all(slugify(letter) or letter in _WITHOUT_COUNTERPART for letter in unicodedata.normalize("NFC", word))


def _fits(slug: str) -> bool:
    return len(slug) <= MAX_SLUG_LENGTH and len(quote(slug, safe="-")) <= MAX_ENCODED_LENGTH


def _cut(word: str) -> str:
    """Cut a word between two characters that readers see as such."""
    kept = ""
    for character in _CHARACTER.findall(word):
        if not _fits(kept + character):
            break
        kept += character
    return kept


class Anchors:
    """Hands out anchors that are unique in one article: in ASCII where every letter survives it, else as written."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, text: str) -> str:
        """Return an anchor for a heading; it starts with a letter, never looks like a footnote's (`fn-`, `fnref-`)."""
        base = slugify(text) if _has_ascii(text) else heading_slug(text[:MAX_SLUG_LENGTH]).strip("-")
        base = base or "section"
        if not base[0].isalpha() or base.startswith(("fn-", "fnref-")):
            base = f"section-{base}"
        anchor = base
        while anchor in self._taken:
            number = self._next.get(base, 2)
            self._next[base] = number + 1
            anchor = f"{base}-{number}"
        self._taken.add(anchor)
        return anchor


def _has_ascii(text: str) -> bool:
    return all(slugify(sign) for sign in text if not sign.isascii() and sign.isalpha())
