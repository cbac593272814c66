"""Every error the API gives, as application/problem+json (RFC 9457)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from presswerk.identity import (
    IdentityProviderUnavailable,
    InvalidApiKeyRequest,
    InvalidToken,
    KeyNotAllowed,
    MissingCredentials,
)
from presswerk.languages import SOURCE
from presswerk.messages import Message, sentences
from presswerk.publishing import (
    FieldError,
    Forbidden,
    IdempotencyKeyReused,
    InvalidManuscript,
    LimitReached,
    NotFound,
    NotPossibleNow,
    PublishingError,
    SiteSuspended,
)
from presswerk.tenants import (
    ChangedMeanwhile,
    DeclaredElsewhere,
    InvalidTenant,
    InvitationOver,
    KeptAtProvider,
    TenantExists,
    TenantLeaving,
    TenantProblem,
    TenantsUnavailable,
    TooManyInvitations,
    UnknownInvitation,
    UnknownTenant,
)
from presswerk.web.api.shapes import ARTICLE_TAG, PREVIEW_TAG
from presswerk.web.languages import language_of
from presswerk.wordpress import SiteError

BASE = "https://presswerk.dev/problems/"
"""Prefix of every problem type; the types are stable names, and need not be fetched."""

MAX_ERRORS = 100
MAX_FIELD_LENGTH = 100
MAX_MESSAGE_LENGTH = 300

log = structlog.get_logger(__name__)


class TooManyRequests(Exception):
    """Somebody asks more often, or more at once, than they may; the message is a sentence for them.

    Attributes:
        retry_after_seconds: When it may be tried again.
        headers: Say which limit it was and what is left of it.
    """

    def __init__(self, message: Message, retry_after_seconds: int, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_seconds = retry_after_seconds
        self.headers = headers


class HubBusy(Exception):
    """The hub has no room for the request just now; the message is a sentence for the caller."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


_BY_STATUS = {
    400: ("malformed-request", "The request cannot be read"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Method not allowed"),
    408: ("too-slow", "The request came too slowly"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "Unsupported media type"),
}

_REFUSALS: Mapping[type[Exception], tuple[int, str, str]] = {
    NotFound: (404, "not-found", "Not found"),
    Forbidden: (403, "forbidden", "Your role does not allow this"),
    KeyNotAllowed: (403, "forbidden", "Your role does not allow this"),
    UnknownTenant: (404, "not-found", "Not found"),
    UnknownInvitation: (404, "not-found", "Not found"),
    InvitationOver: (409, "invitation-over", "The invitation is over"),
    TooManyInvitations: (409, "too-many-invitations", "Too many open invitations"),
    TenantExists: (409, "tenant-exists", "There is a tenant of this id already"),
    DeclaredElsewhere: (409, "declared-elsewhere", "The tenant is declared elsewhere"),
    KeptAtProvider: (409, "kept-at-provider", "The identity provider decides who belongs to a tenant"),
    TenantLeaving: (409, "not-possible-now", "Not possible now"),
    ChangedMeanwhile: (409, "changed-meanwhile", "Somebody else changed it"),
    NotPossibleNow: (409, "not-possible-now", "Not possible now"),
    SiteSuspended: (409, "tenant-suspended", "The tenant is suspended"),
    # What is added later is refused in some way, too.
    PublishingError: (409, "not-possible-now", "Not possible now"),
    TenantProblem: (409, "not-possible-now", "Not possible now"),
    IdempotencyKeyReused: (422, "idempotency-key-reused", "Idempotency-Key used for another request"),
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
    for refusal in _REFUSALS:
        app.add_exception_handler(refusal, _refused)
    app.add_exception_handler(InvalidManuscript, _invalid_manuscript)
    app.add_exception_handler(InvalidTenant, _invalid_tenant)
    app.add_exception_handler(InvalidApiKeyRequest, _invalid_key)
    app.add_exception_handler(LimitReached, _limit_reached)
    app.add_exception_handler(TenantsUnavailable, _no_tenants)
    app.add_exception_handler(TooManyRequests, _too_many)
    app.add_exception_handler(HubBusy, _busy)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(MissingCredentials, _no_credentials)
    app.add_exception_handler(InvalidToken, _invalid_token)
    app.add_exception_handler(IdentityProviderUnavailable, _no_provider)
    app.add_exception_handler(SiteError, _no_site)
    app.add_exception_handler(Exception, _defect)


def _refused(request: Request, error: Exception) -> JSONResponse:
    status, slug, title = next(_REFUSALS[kind] for kind in type(error).__mro__ if kind in _REFUSALS)
    return problem(
        request,
        status,
        slug,
        title,
        error.message if isinstance(error, PublishingError | TenantProblem) else str(error),
    )


def _invalid_manuscript(request: Request, error: Exception) -> JSONResponse:
    errors = error.errors if isinstance(error, InvalidManuscript) else ()
    return _invalid(request, errors)


def _limit_reached(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, LimitReached):
        raise error
    seconds = max(1, int((error.again_at - dt.datetime.now(dt.UTC)).total_seconds()))
    headers = {"Retry-After": str(seconds)}
    return problem(request, 429, "limit-reached", "The tier's limit is reached", error.message, headers=headers)


def too_many_requests(request: Request, refusal: TooManyRequests) -> JSONResponse:
    """The answer to somebody who asks too often."""
    headers = {"Retry-After": str(refusal.retry_after_seconds), **refusal.headers}
    return problem(request, 429, "too-many-requests", "Too many requests", refusal.message, headers=headers)


def _too_many(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, TooManyRequests):
        raise error
    return too_many_requests(request, error)


def _busy(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HubBusy):
        raise error
    return problem(request, 503, "busy", "The hub is busy", error.message, headers={"Retry-After": "10"})


def _invalid_key(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, InvalidApiKeyRequest):
        raise error
    return _invalid(request, [FieldError(error.field, Message.verbatim(error.problem))])


def _invalid_tenant(request: Request, error: Exception) -> JSONResponse:
    fields = error.fields if isinstance(error, InvalidTenant) else ()
    return _invalid(request, [FieldError(field, Message.verbatim(message)) for field, message in fields])


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


def _no_credentials(request: Request, _error: Exception) -> JSONResponse:
    return problem(
        request,
        401,
        "not-signed-in",
        "Sign in first",
        "Send an access token or an API key as `Authorization: Bearer ...`.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _invalid_token(request: Request, error: Exception) -> JSONResponse:
    reason = error.reason if isinstance(error, InvalidToken) else "it is not valid"
    return problem(
        request,
        401,
        "invalid-token",
        "The token is not valid",
        f"The token was refused: {reason}.",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


def _no_provider(request: Request, _error: Exception) -> JSONResponse:
    return problem(
        request,
        503,
        "identity-provider-unavailable",
        "The identity provider does not answer",
        Message("It cannot be checked at the moment who you are; try again soon."),
        headers={"Retry-After": "5"},
    )


def _no_site(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, SiteError):
        raise error
    detail = sentences(error.reason, error.remedy)
    headers = {"Retry-After": "5"} if error.retryable else None
    return problem(request, 503, "site-unavailable", "The site cannot be asked", detail, headers=headers)


def _no_tenants(request: Request, error: Exception) -> JSONResponse:
    told = str(error) if isinstance(error, TenantsUnavailable) else ""
    return problem(
        request, 503, "tenants-unavailable", "The cluster cannot be asked", told, headers={"Retry-After": "5"}
    )


def _defect(request: Request, _error: Exception) -> JSONResponse:
    # The server logs the error with its traceback; the caller learns nothing about our inside.
    return problem(
        request,
        500,
        "internal-error",
        "Something went wrong inside the hub",
        Message("Try again; if it happens again, tell an operator."),
    )
