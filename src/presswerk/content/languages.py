"""Which language a text is written in, of those whose function words are known.

Counting function words tells 29 languages apart with the lists that terms need anyway; a library for it would be 60 to
120 MB of models, or one without a maintainer, for a question whose wrong answer costs little.
"""

import re
import unicodedata
from collections import Counter

from presswerk.content.vocabulary import vocabularies
from presswerk.content.words import RUN

_SAMPLE_CHARACTERS = 20_000
_LEAST_SHARE = 0.08
"""Share of function words in a text; running text has 25 to 50 %."""
_LEAST_DIFFERENT = 2
_SAME = {
    "no": "nb",
    "nn": "nb",
    "iw": "he",
    "in": "id",
    "cmn": "zh",
    "yue": "zh",
    "ces": "cs",
    "deu": "de",
    "eng": "en",
}
_JAPANESE_SHARE = 0.1
_LETTER = re.compile(r"[^\W\d_]")


def known_language(tag: str | None) -> str | None:
    """Return the language of a BCP 47 tag or WordPress locale when its function words are known, else None."""
    primary = re.split("[-_]", (tag or "").strip().lower())[0]
    language = _SAME.get(primary, primary)
    return language if language in vocabularies() else None


def language_of(text: str) -> str | None:
    """Return the language of a text, None when it is too short or of none that is known."""
    sample = text[:_SAMPLE_CHARACTERS]
    scripts = Counter(_script(letter) for letter in _LETTER.findall(sample))
    kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
    if kana and kana >= _JAPANESE_SHARE * (kana + scripts["CJK"]):
        scripts["HIRAGANA"] += scripts["CJK"]
        del scripts["CJK"]
    script = scripts.most_common(1)[0][0] if scripts else ""
    candidates = [language for language, known in vocabularies().items() if script in known.scripts]
    if len(candidates) == 1 and candidates[0] != "hi":
        return candidates[0]
    tokens = [token.lower() for token in RUN.findall(sample.replace("\u2019", "'"))]
    shares = sorted(((_share(tokens, language), language) for language in candidates), reverse=True)
    if not shares or shares[0][0] < _LEAST_SHARE:
        return None
    return shares[0][1]


def _share(tokens: list[str], language: str) -> float:
    found = [token for token in tokens if token in vocabularies()[language].function_words]
    return len(found) / len(tokens) if len(set(found)) >= _LEAST_DIFFERENT else 0.0


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
