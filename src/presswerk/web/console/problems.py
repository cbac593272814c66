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
from presswerk.web.console.errors import SignInNeeded
from presswerk.web.console.rendering import render, see_other
from presswerk.web.console.sign_in import login_address
from presswerk.web.problems import told

_FOR_PROGRAMS = ("/api/", "/health/", "/metrics", "/openapi.json", "/.well-known/", "/static/", "/mcp")


def add_page_handlers(app: FastAPI) -> None:
    """Let browsers see every error of the application as a page; call it when all other handlers are there."""
    app.add_exception_handler(SignInNeeded, _sign_in_needed)
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


def _sign_in_needed(request: Request, error: Exception) -> Response:
    if not _wants_page(request):
        return told(request, error)
    return see_other(login_address(request.url.path))
