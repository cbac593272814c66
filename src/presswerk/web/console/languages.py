"""The languages pages speak: which there are, which one a visitor reads, and the translations."""

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from fastapi import Request

SOURCE = "en"
"""The language of the messages in the code and the templates."""

LOCALES = Path(__file__).with_name("locale")
_MAX_HEADER_LENGTH = 500


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


def accepted_languages(request: Request) -> list[str]:
    """What a browser asks for and we have, best first (RFC 9110, section 12.5.4)."""
    weighted = []
    for part in request.headers.get("accept-language", "")[:_MAX_HEADER_LENGTH].split(","):
        tag, _, parameters = part.partition(";")
        weighted.append((_weight(parameters), tag.strip()))
    best_first = [tag for weight, tag in sorted(weighted, key=lambda each: -each[0]) if weight > 0 and tag]
    return list(dict.fromkeys(found for tag in best_first if (found := _known(tag)) is not None))


def language_of(request: Request) -> str:
    """The language of an answer: the signed-in person's own, else the browser's, else English."""
    session = getattr(request.state, "session", None)
    own = None if session is None or session.locale is None else _known(session.locale)
    return own or next(iter(accepted_languages(request)), SOURCE)


def _known(tag: str) -> str | None:
    """The language of a tag such as `de-AT` or `de_AT`, if it is one of ours."""
    language = tag.replace("_", "-").partition("-")[0].lower()
    return language if language in languages() else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
