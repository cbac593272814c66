"""The languages people are spoken to in, and the translations."""

import io
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
