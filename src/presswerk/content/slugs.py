"""Addresses made from text: slugs of articles and anchors of headings."""

import hashlib
import re
import unicodedata

MAX_SLUG_LENGTH = 80

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
_APOSTROPHES = re.compile("['\u2019`\u00b4]")


def slugify(text: str) -> str:
    """Make an ASCII slug of at most 80 characters, cut at a word; "" when nothing of the text fits into ASCII."""
    lowered = _APOSTROPHES.sub("", unicodedata.normalize("NFC", text[:1000]).lower()).translate(_LETTERS)
    decomposed = unicodedata.normalize("NFKD", lowered).lower().translate(_LETTERS)
    ascii_only = decomposed.encode("ascii", "ignore").decode("ascii")
    slug = _NOT_SLUG.sub("-", ascii_only).strip("-")
    if len(slug) <= MAX_SLUG_LENGTH:
        return slug
    cut = slug[: MAX_SLUG_LENGTH + 1].rpartition("-")[0]
    return cut or slug[:MAX_SLUG_LENGTH]


def article_slug(*candidates: str) -> str:
    """Make a slug of the first candidate that has one, else of the hash of all, so that two articles differ."""
    for candidate in candidates:
        if slug := slugify(candidate):
            return slug
    digest = hashlib.sha256("\n".join(candidates).encode("utf-8", "replace")).hexdigest()
    return f"article-{digest[:8]}"


def heading_slug(text: str) -> str:
    """Make the anchor that GitHub gives a heading: https://github.com/Flet/github-slugger has the rule."""
    kept = (sign for sign in text.lower() if sign in "-_ " or unicodedata.category(sign)[0] in "LMN")
    return "".join(kept).strip().replace(" ", "-")


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
    return text.isascii() or all(slugify(sign) for sign in text if sign.isalpha())
