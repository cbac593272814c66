"""Errors as pages, for people with a browser; programs get them as problems."""

import inspect
import json
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import WebSocketRequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from presswerk.languages import SOURCE
from presswerk.messages import Message
from presswerk.web.console.errors import ForgedRequest, MalformedForm, SignInFailed, SignInNeeded, SignInNotConfigured
from presswerk.web.console.rendering import render, see_other
from presswerk.web.console.sign_in import login_address
from presswerk.web.problems import problem

_FOR_PROGRAMS = ("/api/", "/health/", "/metrics", "/openapi.json", "/.well-known/", "/static/", "/mcp")


def add_page_handlers(app: FastAPI) -> None:
    """Let browsers see every error of the application as a page; call it when all other handlers are there."""
    app.add_exception_handler(SignInNeeded, _sign_in_needed)
    app.add_exception_handler(ForgedRequest, _forged)
    app.add_exception_handler(MalformedForm, _malformed)
    app.add_exception_handler(SignInFailed, _sign_in_failed)
    app.add_exception_handler(SignInNotConfigured, _not_configured)
    for kind, handler in list(app.exception_handlers.items()):
        if kind is not WebSocketRequestValidationError:
            app.exception_handlers[kind] = _for_browsers(handler)


def _for_browsers(handler: Callable[[Request, Any], Any]) -> Callable[[Request, Any], Any]:
    async def handle(request: Request, error: Exception) -> Response:
        if inspect.iscoroutinefunction(handler):
            answer: Response = await handler(request, error)
        else:
            answer = await run_in_threadpool(handler, request, error)
        if not _wants_page(request) or answer.media_type != "application/problem+json":
            return answer
        return await run_in_threadpool(_page, request, answer)

    return handle


def _wants_page(request: Request) -> bool:
    path = request.url.path
    return not path.startswith(_FOR_PROGRAMS) and "text/html" in request.headers.get("accept", "")


def _page(request: Request, answer: Response) -> Response:
    document = json.loads(bytes(answer.body))
    kept = {name: answer.headers[name] for name in ("Retry-After", "Allow") if name in answer.headers}
    context = {
        "problem": document,
        "told_in": answer.headers.get("Content-Language", SOURCE),
        "slug": str(document["type"]).rsplit("/", 1)[-1],
        # Where to go on: the same page again makes sense only for what was read.
        "again": request.url.path if request.method == "GET" else None,
    }
    return render(request, "problem.html", context, status=answer.status_code, headers=kept)


def _sign_in_needed(request: Request, _error: Exception) -> Response:
    if not _wants_page(request):
        detail = "This is a page for people; open it in a browser."
        return problem(request, 401, "not-signed-in", "Sign in first", detail)
    return see_other(login_address(request.url.path))


def _forged(request: Request, _error: Exception) -> Response:
    detail = Message("This form was not sent from our own page, or its page was opened before you signed in.")
    return problem(request, 403, "forged-request", "The form is not accepted", detail)


def _malformed(request: Request, _error: Exception) -> Response:
    detail = Message("Send the form of the page as it is.")
    return problem(request, 415, "malformed-form", "This is no form", detail)


def _sign_in_failed(request: Request, error: Exception) -> Response:
    if not isinstance(error, SignInFailed):
        raise error
    detail = Message("You are not signed in: %(reason)s.", reason=error.reason)
    return problem(request, 400, "sign-in-failed", "Signing in failed", detail)


def _not_configured(request: Request, _error: Exception) -> Response:
    detail = Message("Nobody can sign in at this hub: it was started without PRESSWERK_OIDC_CLIENT_SECRET.")
    return problem(request, 503, "sign-in-not-configured", "Signing in is not set up", detail)
