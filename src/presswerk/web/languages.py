"""Which of the languages there are somebody reads."""

from typing import Annotated

from fastapi import Depends, Request, Response

from presswerk.languages import SOURCE, languages

_MAX_HEADER_LENGTH = 500


def accepted_languages(request: Request) -> list[str]:
    """What a browser asks for and we have, best first (RFC 9110, section 12.5.4)."""
    weighted = []
    for part in request.headers.get("accept-language", "")[:_MAX_HEADER_LENGTH].split(","):
        tag, _, parameters = part.partition(";")
        weighted.append((_weight(parameters), tag.strip()))
    best_first = [tag for weight, tag in sorted(weighted, key=lambda each: -each[0]) if weight > 0 and tag]
    return list(dict.fromkeys(found for tag in best_first if (found := _known(tag)) is not None))


def language_of(request: Request) -> str:
    """The language of an answer: the signed-in person's own, else the browser's or program's, else English."""
    session = getattr(request.state, "session", None)
    own = None if session is None or session.locale is None else _known(session.locale)
    return own or next(iter(accepted_languages(request)), SOURCE)


async def _language(request: Request, response: Response) -> str:
    language = language_of(request)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    return language


Language = Annotated[str, Depends(_language)]
"""Of an answer, for a route."""


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
