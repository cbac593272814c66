"""What a suspended site says to everything: 503 and a page, in the language that the browser asks for."""

import html
import json
from dataclasses import dataclass

HEALTH_PATH = "/presswerk-closed"
"""Whoever watches a closed site asks here; it answers 200 although all else is 503."""

_SAID = {"de": "Diese Website ist vorübergehend geschlossen.", "en": "This site is closed for now."}
_HINT = {
    "de": "Bitte schauen Sie später wieder vorbei. Wer sie betreibt, erfährt den Grund von der Plattform.",
    "en": "Please come back later. Whoever runs it can ask the platform why.",
}
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{display:grid;min-height:100vh;margin:0;place-content:center;padding:1.5rem;text-align:center;"
    "font:1.125rem/1.6 system-ui,sans-serif}"
    "h1{font-size:1.75rem;margin:0 0 .5rem}p{margin:0;max-width:34rem}p+p{opacity:.75}"
)


@dataclass(frozen=True)
class Closed:
    """A suspended site.

    Attributes:
        language: `de` or `en`: what is said to a browser that asks for neither.
        name: The site's; None where one page serves several sites.
    """

    language: str = "en"
    name: str | None = None

    @classmethod
    def of(cls, name: str, language: str) -> "Closed":
        """A site's, by its name and its language (BCP 47)."""
        return cls("de" if language.lower().startswith("de") else "en", name)

    def page(self, language: str) -> str:
        """The page, in `de` or `en`."""
        title = html.escape(self.name or _SAID[language])
        said = "" if self.name is None else f"<p>{_SAID[language]}</p>"
        return (
            f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title}</title><style>{_STYLE}</style></head>"
            f"<body><main><h1>{title}</h1>{said}<p>{_HINT[language]}</p></main></body></html>\n"
        )

    def as_json(self, language: str) -> str:
        """The answer of a REST route, in the shape WordPress has."""
        said = {"code": "presswerk_suspended", "message": _SAID[language], "data": {"status": 503}}
        return json.dumps(said, ensure_ascii=False)
