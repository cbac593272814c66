"""Words of many languages: what tells one from another, and what assistants write around articles.

The words stand in `vocabularies/`, one file a language; they are read when a text first asks for them.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict

LabelKind: TypeAlias = Literal["title", "seo_title", "subtitle", "description", "slug", "tags", "category", "other"]

_FILES = Path(__file__).with_name("vocabularies")
_EVERY_LANGUAGE = "every_language"
_Model = TypeVar("_Model", bound="_Words")


def _alternatives(words: list[str]) -> str:
    if not isinstance(words, list):
        raise ValueError("must be a list of alternatives")
    return "|".join(words)


Expression = Annotated[str, BeforeValidator(_alternatives)]
"""Alternatives as `re` reads them, the first that fits first."""
Names = Annotated[frozenset[str], BeforeValidator(lambda names: frozenset(name.casefold() for name in names))]


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Vocabulary(_Words):
    """What is known of one language.

    Attributes:
        scripts: It is written in, by Unicode's names of their letters.
        function_words: Articles, pronouns, prepositions, conjunctions, auxiliaries and plain question words in lower
            case. No words of a meaning of their own: published lists go further ("work", "Jahr", "mundo") and would
            hide terms that sites really have.
        letters_of_word: About how many letters a word has, where no spaces part words; else 0.
        particles: Whether words end in particles without a space.
        parts_of_word: How many pieces between spaces a word has.
        agree: Words that agree to a wish ("certainly").
        thanks: Words that thank or praise, which an article may begin with too.
        present: Words that hand something over ("here is"), for a `piece` that follows within a sentence.
        piece: Words for an article as a thing.
        follows: Words behind a `piece` that say it stands below ("the article below").
        given: A whole phrase that hands it over ("here you go").
        about: What leads from a piece to its subject.
        note: Labels of remarks ("Note").
        did: Words of a person who tells what they did ("I").
        you: Words for whoever asked for an article, and for asking.
        wish: A question whether somebody wishes something done to the text.
        offer: What offers, asks and permits.
        change: What is done to a text.
        part: Words for parts and qualities that only a text has.
        plain: Other words of such sentences, which say nothing of the world.
    """

    scripts: frozenset[str]
    function_words: Annotated[frozenset[str], BeforeValidator(str.split)]
    letters_of_word: int = 0
    particles: bool = False
    parts_of_word: int = 1
    agree: Expression
    thanks: Expression
    present: Expression
    piece: Expression
    follows: Expression = "(?!)"
    given: Expression
    about: Expression
    note: Expression
    did: Expression
    you: Expression
    wish: Expression
    offer: Expression
    change: Expression
    part: Expression
    plain: Expression


class SharedVocabulary(_Words):
    """What is looked for whatever language a text has; the file says what each is."""

    own_voice: Expression
    mine: Expression
    of_an_assistant: Expression
    their: Expression
    readers: Expression
    kinds_of_text: Expression
    names_of_languages: Expression
    doing: Expression
    unable: Expression
    relative: Expression
    hopes: Expression
    labels: Mapping[LabelKind, Names]
    never_alone: Names
    word_count: Expression
    metadata_headings: Names
    introduction_headings: Names
    contents_headings: Names
    sources_headings: Names


@cache
def vocabularies() -> Mapping[str, Vocabulary]:
    """Return what is known of each language (ISO 639-1)."""
    names = sorted(file.stem for file in _FILES.glob("*.yaml"))
    return {name: _read(name, Vocabulary) for name in names if name != _EVERY_LANGUAGE}


@cache
def shared_vocabulary() -> SharedVocabulary:
    """Return what is looked for in every language."""
    return _read(_EVERY_LANGUAGE, SharedVocabulary)


def _read(name: str, model: type[_Model]) -> _Model:
    # The loader written in C: the other one takes a third of a second for all of them.
    words: Any = yaml.load((_FILES / f"{name}.yaml").read_bytes(), yaml.CSafeLoader)
    return model.model_validate(words)
