"""Keywords of a text, by counting: the same text always gives the same ones."""

from collections import Counter
from collections.abc import Iterable

from presswerk.content.stopwords import STOP_WORDS
from presswerk.content.summary import words

MAX_KEYWORDS = 8
MAX_KEYWORD_LENGTH = 40
_SHORTEST = 3
_ADDRESS_SIGNS = ("://", "www.", "@")
_TITLE_WEIGHT = 4
_HEADING_WEIGHT = 2
_TELLING_SCORE = 2


def keywords(title: str, headings: Iterable[str], body: Iterable[str]) -> tuple[str, ...]:
    """Return at most 8 keywords, most telling first; a word in the title or a heading counts more.

    Words of two scripts without spaces are single characters here and are left out.
    """
    scores: Counter[str] = Counter()
    spellings: dict[str, Counter[str]] = {}
    for weight, texts in ((_TITLE_WEIGHT, [title]), (_HEADING_WEIGHT, headings), (1, body)):
        for text in texts:
            for word in words(_without_addresses(text)):
                key = word.lower()
                if _is_telling(word, key):
                    scores[key] += weight
                    spellings.setdefault(key, Counter())[word] += 1
    # Counter.most_common keeps first-seen order among equals, so ties fall to the word that appears first.
    chosen = [key for key, score in scores.most_common() if score >= _TELLING_SCORE][:MAX_KEYWORDS]
    return tuple(spellings[key].most_common(1)[0][0] for key in chosen)


def _without_addresses(text: str) -> str:
    return " ".join(part for part in text.split() if not any(sign in part for sign in _ADDRESS_SIGNS))


def _is_telling(word: str, key: str) -> bool:
    return (
        _SHORTEST <= len(word) <= MAX_KEYWORD_LENGTH
        and word[0].isalpha()
        and key.replace("\u2019", "'") not in STOP_WORDS
        and not any(sign in word for sign in "./@_")
    )
