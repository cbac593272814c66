"""Every error the API gives, as application/problem+json (RFC 9457)."""

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from presswerk.errors import INVALID_INPUT, PresswerkError, ProblemType
from presswerk.identity import InvalidToken
from presswerk.languages import SOURCE
from presswerk.messages import Message, sentences
from presswerk.publishing import FieldError, InvalidManuscript
from presswerk.web.api.shapes import ARTICLE_TAG, PREVIEW_TAG
from presswerk.web.languages import language_of
from presswerk.wordpress import SiteError

BASE = "https://presswerk.dev/problems/"
"""Prefix of every problem type; the types are stable names, and need not be fetched."""

MAX_ERRORS = 100
MAX_FIELD_LENGTH = 100
MAX_MESSAGE_LENGTH = 300

_RETRY_AFTER_SECONDS = 5


class TooManyRequests(PresswerkError):
    """Somebody asks more often, or more at once, than they may; the message is a sentence for them.

    Attributes:
        headers: Say which limit it was and what is left of it.
    """

    retry_after_seconds: int
    http = ProblemType(429, "too-many-requests", "Too many requests")

    def __init__(self, message: Message, retry_after_seconds: int, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.headers = headers


class HubBusy(PresswerkError):
    """The hub has no room for the request just now; the message is a sentence for the caller."""

    retryable = True
    retry_after_seconds = 10
    http = ProblemType(503, "busy", "The hub is busy")


_BY_STATUS = {
    400: ("malformed-request", "The request cannot be read"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Method not allowed"),
    408: ("too-slow", "The request came too slowly"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "Unsupported media type"),
}


def problem(
    request: Request,
    status: int,
    slug: str,
    title: str,
    detail: Message | str,
    *,
    errors: Sequence[FieldError] | None = None,
    errors_in_all: int | None = None,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """A problem response.

    Args:
        request: Whose; says the language.
        status: The HTTP status.
        slug: The last part of the problem's type.
        title: The same for every problem of the type.
        detail: What happened this time, and what to do; what only programs come across is English.
        errors: What is wrong with which field; the first `MAX_ERRORS` are shown.
        errors_in_all: How many there are where `errors` are not all of them.
        headers: Further headers.
        members: Further members of the problem.
    """
    language = language_of(request) if isinstance(detail, Message) else SOURCE
    told = detail.worded(language) if isinstance(detail, Message) else detail
    body: dict[str, Any] = {"type": f"{BASE}{slug}", "title": title, "status": status, "detail": told}
    body |= members or {}
    if errors is not None:
        body["errors"] = _shown(errors, len(errors) if errors_in_all is None else errors_in_all, language)
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        body["instance"] = f"urn:presswerk:request:{request_id}"
    return JSONResponse(
        body,
        status_code=status,
        media_type="application/problem+json",
        headers={
            "Cache-Control": "no-store",
            "Content-Language": language,
            "Vary": "Accept-Language",
            **(headers or {}),
        },
    )


def _shown(errors: Sequence[FieldError], total: int, language: str) -> list[dict[str, str]]:
    """The first errors, each of a bounded length: names of unknown fields are the caller's own words."""
    shown = [
        {"field": error.field[:MAX_FIELD_LENGTH], "message": error.message.worded(language)[:MAX_MESSAGE_LENGTH]}
        for error in errors[:MAX_ERRORS]
    ]
    if more := total - len(shown):
        shown.append({"field": "", "message": Message("and %(count)s more", count=more).worded(language)})
    return shown


def add_problem_handlers(app: FastAPI) -> None:
    """Let every error of the application be a problem."""
    app.add_exception_handler(PresswerkError, told)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _defect)


def told(request: Request, error: Exception) -> JSONResponse:
    """The answer to an error of ours, as its class and its text say; one without is a defect."""
    kind = error.http if isinstance(error, PresswerkError) else None
    if not isinstance(error, PresswerkError) or kind is None:
        raise error
    if kind is INVALID_INPUT:
        errors = [FieldError(field, Message.verbatim(said)) for field, said in error.fields]
        return _invalid(request, error.errors if isinstance(error, InvalidManuscript) else errors)
    detail = sentences(error.reason, error.advice) if isinstance(error, SiteError) else error.message or error.problem
    headers = dict(error.headers) if isinstance(error, TooManyRequests) else {}
    if error.retryable or error.retry_after_seconds is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after_seconds or _RETRY_AFTER_SECONDS))
    if kind.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer" + (' error="invalid_token"' if isinstance(error, InvalidToken) else "")
    return problem(request, kind.status, kind.slug, kind.title, detail, headers=headers)


def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    if any(item["type"] == "json_invalid" for item in found):
        return problem(request, 400, *_BY_STATUS[400], "The body is not valid JSON.")
    # Of thousands only those that are shown are made.
    shown = [
        FieldError(_field(item["loc"]), Message.verbatim(item["msg"].removeprefix("Value error, ")))
        for item in found[:MAX_ERRORS]
    ]
    return _invalid(request, shown, len(found))


def _invalid(request: Request, errors: Sequence[FieldError], in_all: int | None = None) -> JSONResponse:
    detail = Message("Fix the fields named in errors and send it again.")
    return problem(request, 422, "invalid-input", "The input is not valid", detail, errors=errors, errors_in_all=in_all)


def _field(location: Sequence[int | str]) -> str:
    """`attachments.0.data` for a place in the body, the parameter's name elsewhere."""
    # Which kind of body it was taken for is part of the place, and no field.
    parts = [part for part in location[1:] if part not in {ARTICLE_TAG, PREVIEW_TAG}] or location[:1]
    return ".".join(str(part) for part in parts)


def _http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    phrase = HTTPStatus(status).phrase
    slug, title = _BY_STATUS.get(status, (phrase.lower().replace(" ", "-"), phrase))
    detail = error.detail if error.detail and error.detail != phrase else f"{title}."
    return problem(request, status, slug, title, detail, headers=error.headers)


def _defect(request: Request, _error: Exception) -> JSONResponse:
    # The server logs the error with its traceback; the caller learns nothing about our inside.
    return problem(
        request,
        500,
        "internal-error",
        "Something went wrong inside the hub",
        Message("Try again; if it happens again, tell an operator."),
    )
