"""Which of a site's own terms an article names."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from presswerk.content.article import Article
from presswerk.content.languages import known_language, language_of
from presswerk.content.vocabulary import vocabularies
from presswerk.content.words import RUN, UNSPACED

MAX_TERMS = 8

_ADDRESS = re.compile(r"(?:\b[A-Za-z]{2,10}://|\bwww\.)[!-~]+|\b[\w.+-]{1,64}@[\w.-]{1,255}")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_HANGUL = re.compile("[\uac00-\ud7af]+")
_PARTICLES = frozenset(
    (
        *("은", "는", "이", "가", "을", "를", "의", "에", "에서", "에게", "로", "으로", "와", "과", "도", "만", "까지"),
        *("부터", "처럼", "보다", "나", "이나", "라", "이라", "란", "이란", "하고", "들", "들은", "들이", "들을"),
    )
)
"""What Korean writes behind a noun without a space."""
_GAP = re.compile(r"[\s\u2010-\u2015-]+")
_IGNORED = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x00AD, 0x0640, *range(0x064B, 0x0653), 0x0670])
_IGNORED |= dict.fromkeys(range(0x0591, 0x05C8))
"""Joiners, soft hyphens, and the vowel signs of Arabic and Hebrew that are written or not."""
_ALIKE = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "\u2019": "'", "\u02bc": "'"})
_GERMAN_ENDINGS = ("s", "es", "n", "en", "e", "nen")
_GERMAN_PLURALS = ("ung", "heit", "keit", "schaft", "ion", "tät")
_SHORTEST_INFLECTED = 4
_SHORTEST_WITH_E = 6
"""German words from this length on take -e and -en: "Reis" and "Reise" are two things, "Rezept" and "Rezepte" one."""


@dataclass(frozen=True)
class _Term:
    """A term as it is looked for: its words, what stands between them, and signs at its ends as in "C++"."""

    name: str
    words: tuple[str, ...]
    gaps: tuple[str, ...]
    before: str
    after: str


@dataclass
class _Mentions:
    """Where terms are named: by name the count, and the best and first place."""

    count: dict[str, int] = field(default_factory=dict)
    best: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, name: str, rank: int, position: int) -> None:
        self.count[name] = self.count.get(name, 0) + 1
        place = (rank, position)
        self.best[name] = min(self.best.get(name, place), place)


def existing_terms_in(article: Article, terms: Iterable[str], language: str | None = None) -> tuple[str, ...]:
    """Return which of a site's terms an article names, at most 8: those in its title first, then those in headings.

    Words count whole. Letters' case is that of the language: "IT" is not "it", and in German "Essen" is not "essen".

    Args:
        article: What was composed.
        terms: Names of the site's terms, each once.
        language: A BCP 47 tag or locale, of the request or the tenant; None asks the text itself.

    Returns:
        Names as the site writes them; none in a language whose function words are not known.
    """
    spoken = known_language(language) if language else language_of(f"{article.title}\n{article.text}")
    if spoken is None:
        return ()
    search = _Search(terms, spoken)
    mentions = _Mentions()
    pieces = [(0, article.title), *((1, heading.text) for heading in article.contents), (2, article.text)]
    for rank, text in pieces:
        search.find(_plain(text), rank, mentions)
    ordered = sorted(
        mentions.best, key=lambda name: (mentions.best[name][0], -mentions.count[name], mentions.best[name])
    )
    return tuple(ordered[:MAX_TERMS])


def _plain(text: str) -> str:
    """Write a text so that what reads alike is alike; its letters keep their case."""
    without_addresses = _ADDRESS.sub(" ", text)
    return unicodedata.normalize("NFKC", without_addresses).translate(_IGNORED).translate(_ALIKE)


class _Search:
    """Finds many terms in one pass over a text."""

    def __init__(self, terms: Iterable[str], language: str) -> None:
        self._language = language
        self._functions = frozenset(self._fold(_plain(word)) for word in vocabularies()[language].function_words)
        self._spaced: dict[tuple[str, ...], list[_Term]] = {}
        self._unspaced: dict[str, _Term] = {}
        sizes: dict[str, set[int]] = {}
        lengths: dict[str, set[int]] = {}
        for name in terms:
            term = self._read(name)
            if term is None:
                continue
            first = self._fold(term.words[0])
            if _UNSPACED.search(first):
                self._unspaced.setdefault(first, term)
                lengths.setdefault(first[0], set()).add(len(first))
            else:
                self._spaced.setdefault(tuple(map(self._fold, term.words)), []).append(term)
                sizes.setdefault(first, set()).add(len(term.words))
        for each in self._spaced.values():
            each.sort(key=lambda term: -len(term.name))
        self._sizes = {first: sorted(known, reverse=True) for first, known in sizes.items()}
        self._lengths = {first: sorted(known, reverse=True) for first, known in lengths.items()}
        self._stems: dict[str, tuple[tuple[str, str], ...]] = {}

    def find(self, text: str, rank: int, mentions: _Mentions) -> None:
        """Note every mention; of terms that begin in one place the longest counts, and none inside another."""
        shouted = text.upper() == text
        runs = list(RUN.finditer(text))
        free = 0
        for index, run in enumerate(runs):
            if run.start() < free:
                continue
            if _UNSPACED.match(run[0]):
                free = self._find_unspaced(text, run.start(), run.end(), rank, mentions)
            elif run[0][0].casefold() in self._lengths and (end := self._term_at(text, run.start(), rank, mentions)):
                free = end
            else:
                free = self._find_spaced(text, runs, index, rank, mentions, shouted=shouted)

    def _find_spaced(
        self, text: str, runs: list[re.Match[str]], index: int, rank: int, mentions: _Mentions, *, shouted: bool
    ) -> int:
        word = runs[index][0]
        if word not in self._stems:
            self._stems[word] = tuple(self._stems_of(word))
        for folded, stem in self._stems[word]:
            for size in self._sizes[folded]:
                if size > 1 and len(stem) < len(word):
                    continue
                words = (folded, *(self._fold(run[0]) for run in runs[index + 1 : index + size]))
                for term in self._spaced.get(words, ()):
                    if end := self._matches(text, runs, index, term, stem, shouted=shouted):
                        mentions.add(term.name, rank, runs[index].start())
                        return end
        return 0

    def _read(self, name: str) -> _Term | None:
        plain = _plain(name).strip()
        if _UNSPACED.search(plain):
            return None if self._is_function(plain) else _Term(name, (plain,), (), "", "")
        runs = list(RUN.finditer(plain))
        if not runs:
            return None
        words = tuple(run[0] for run in runs)
        gaps = tuple(plain[left.end() : right.start()] for left, right in pairwise(runs))
        term = _Term(name, words, gaps, plain[: runs[0].start()], plain[runs[-1].end() :])
        if not (term.before or term.after) and (
            (len(plain) == 1 and not _HANGUL.match(plain)) or self._is_function(*words)
        ):
            return None
        return term

    def _is_function(self, *words: str) -> bool:
        acronym = len(words) == 1 and len(words[0]) > 1 and words[0].isupper()
        return not acronym and all(self._fold(word) in self._functions for word in words)

    def _stems_of(self, word: str) -> Iterator[tuple[str, str]]:
        """Yield the word, and what is left of it without an ending, where a term begins so: folded and as written."""
        folded = self._fold(word)
        endings = [ending for ending in _GERMAN_ENDINGS if folded.endswith(ending)] if self._language == "de" else []
        if _HANGUL.fullmatch(word):
            endings = [word[-size:] for size in (1, 2) if word[-size:] in _PARTICLES and len(word) > size]
        stems = [(folded, word)]
        stems += [
            (folded[: -len(ending)], word[: -len(ending)])
            for ending in endings
            if self._language != "de" or _takes(folded[: -len(ending)], ending)
        ]
        yield from ((stem, written) for stem, written in stems if stem in self._sizes)

    def _matches(
        self, text: str, runs: list[re.Match[str]], index: int, term: _Term, stem: str, *, shouted: bool
    ) -> int:
        """Return where a term ends that begins with the run at `index`, 0 when it does not stand there."""
        last = index + len(term.words) - 1
        if last >= len(runs):
            return 0
        start = runs[index].start()
        found = (stem, *(run[0] for run in runs[index + 1 : last + 1]))
        gaps = [text[runs[i].end() : runs[i + 1].start()] for i in range(index, last)]
        end = runs[last].end()
        fits = (
            all(_same_gap(gap, wanted) for gap, wanted in zip(gaps, term.gaps, strict=True))
            and self._same_case(found, term, shouted=shouted)
            and text.endswith(term.before, 0, start)
            and text.startswith(term.after, end)
            and _ends_a_word(text, start - len(term.before), end + len(term.after))
        )
        return end + len(term.after) if fits else 0

    def _same_case(self, found: tuple[str, ...], term: _Term, *, shouted: bool) -> bool:
        """German nouns begin with a capital, and an acronym that reads like a function word is in capitals."""
        word, wanted = found[0], term.words[0]
        if len(term.words) == 1 and wanted.isupper() and self._fold(wanted) in self._functions:
            return word == wanted and not shouted
        if self._language == "de" and wanted[0].isupper():
            return word[0].isupper()
        return True

    def _find_unspaced(self, text: str, start: int, end: int, rank: int, mentions: _Mentions) -> int:
        position = start
        while position < end:
            position = max(position + 1, self._term_at(text, position, rank, mentions))
        return position

    def _term_at(self, text: str, start: int, rank: int, mentions: _Mentions) -> int:
        """Note the longest term of a script without spaces that begins here; return where it ends, 0 for none."""
        for length in self._lengths.get(text[start].casefold(), ()):
            end = start + length
            term = self._unspaced.get(self._fold(text[start:end]))
            if term and _stands_alone(text, start, end):
                mentions.add(term.name, rank, start)
                return end
        return 0

    def _fold(self, word: str) -> str:
        if self._language == "tr":
            word = word.replace("İ", "i").replace("I", "ı")
        return word.casefold()


def _takes(word: str, ending: str) -> bool:
    """Tell whether a German word takes an ending of plural or genitive without becoming another word."""
    long_enough = len(word) >= _SHORTEST_WITH_E
    allowed = {"s": True, "es": word[-1:] not in tuple("aeiou"), "n": word.endswith("e"), "nen": word.endswith("in")}
    allowed |= {"e": long_enough, "en": long_enough or word.endswith(_GERMAN_PLURALS)}
    return len(word) >= _SHORTEST_INFLECTED and allowed[ending]


def _same_gap(found: str, wanted: str) -> bool:
    """A space is as good as a hyphen between the words of a term; a new paragraph is not."""
    if "\n" in found:
        return False
    return _GAP.sub(" ", found) == _GAP.sub(" ", wanted)


def _ends_a_word(text: str, start: int, end: int) -> bool:
    """Tell whether what lies between two places is no part of an address, a number or a name with signs."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    joined = before[-1:] == "." and before[:1].isalnum()
    return not (joined or (after[:1] == "." and after[1:].isalnum()) or after[:1] in {"+", "#"})


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether a stretch of a script without spaces may be a word, as far as its edges show."""
    before, after = text[start - 1 : start], text[end : end + 1]
    first, last = text[start], text[end - 1]
    if after and unicodedata.category(after)[0] == "M":
        return False
    if (_KATAKANA.match(first) and _KATAKANA.match(before)) or (_KATAKANA.match(last) and _KATAKANA.match(after)):
        return False
    if end - start == 1 and (_HAN.match(before) or _HAN.match(after)):
        return False
    spaced_before = bool(before) and not _UNSPACED.match(first) and RUN.match(before) and not _UNSPACED.match(before)
    spaced_after = bool(after) and not _UNSPACED.match(last) and RUN.match(after) and not _UNSPACED.match(after)
    return not spaced_before and not spaced_after
