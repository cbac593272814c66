"""The languages people are spoken to in, and the translations."""

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE = "en"
"""The language of the messages in the code and the templates."""

LOCALES = Path(__file__).with_name("locale")


@cache
def languages() -> tuple[str, ...]:
    """Every language there is, the source first."""
    return (SOURCE, *sorted(file.stem for file in LOCALES.glob("*.po")))


def language_of(environment: Mapping[str, str]) -> str:
    """The language that a command's caller reads, by their locale (locale(7)).

    Args:
        environment: Of a process.
    """
    chosen = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    language = chosen.partition(".")[0].partition("_")[0]
    return language if language in languages() else SOURCE


@cache
def translations(language: str) -> NullTranslations:
    """A language's translations; they are compiled when they are first needed, and no compiled file is kept."""
    if language == SOURCE:
        return NullTranslations()
    with (LOCALES / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
