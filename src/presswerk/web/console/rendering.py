"""How a page is made: templates in the visitor's language, and the headers every page has."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from presswerk import __version__
from presswerk.languages import translations
from presswerk.messages import moment_in_words, sentences
from presswerk.web.api.dependencies import hub
from presswerk.web.languages import language_of

TEMPLATES = Path(__file__).parents[1] / "templates"

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self' {provider}; frame-ancestors 'none'"
)


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Show a page.

    Args:
        request: Whose; says the language, and who is signed in.
        template: Its file below `templates/console`.
        context: What it shows.
        status: The HTTP status.
        headers: Further headers.
    """
    language = language_of(request)
    settings = hub(request).settings
    session = getattr(request.state, "session", None)
    text = (
        _environment(language)
        .get_template(f"console/{template}")
        .render(
            {
                "language": language,
                "version": __version__,
                "visitor": getattr(request.state, "principal", None),
                "form_token": "" if session is None else session.form_token,
                "path": request.url.path,
                "chat_url": settings.chat_url,
                **(context or {}),
            }
        )
    )
    provider = urlsplit(settings.oidc_issuer)
    return HTMLResponse(
        text,
        status_code=status,
        headers={
            # After a form is sent, Chromium asks of every redirect, too, whether the form may lead there: signing out
            # and signing in again lead to the provider.
            "Content-Security-Policy": _POLICY.format(provider=f"{provider.scheme}://{provider.netloc}"),
            # With `no-referrer` a browser would hide the Origin of our own forms.
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
            "Content-Language": language,
            "Vary": "Accept-Language, Cookie",
            **(headers or {}),
        },
    )


def see_other(address: str) -> RedirectResponse:
    """Lead a browser on, to a page that it asks for anew."""
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = translations(language)
    environment.install_gettext_translations(found, newstyle=True)  # type: ignore[attr-defined]  # the extension's
    environment.filters["moment"] = lambda moment, zone="UTC": moment_in_words(
        moment.astimezone(ZoneInfo(zone)), language
    )
    environment.filters["worded"] = lambda message: message.worded(language)
    environment.filters["sentences"] = lambda clauses: sentences(*clauses).worded(language)
    return environment
