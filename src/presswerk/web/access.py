"""What surrounds every request: its id, the access log, metrics, security headers, what is left of a limit."""

import re
import time
import uuid
from http import HTTPStatus

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECRET_PATHS = re.compile(r"^(/invitations/).+")
_QUIET_PATHS = frozenset({"/health/live", "/health/ready", "/metrics"})

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

log = structlog.get_logger("presswerk.access")


class HttpMetrics:
    """Counts and times requests by route, never by address: an id in a label would make a series of its own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "presswerk_http_requests_total", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "presswerk_http_request_seconds", "Time until an answer was complete.", ["route"], registry=registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method=method, route=route, status=status).inc()
        self._seconds.labels(route=route).observe(seconds)


class AccessMiddleware:
    """Gives each request an id, logs and counts it; the query and the headers are never logged."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope).get("x-request-id"))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 500
        began = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in scope.get("state", {}).get("rate_limit", {}).items():
                    headers.setdefault(name, value)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            self._tell(scope, status, time.perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        # A method that is refused is the caller's own word, and would make a series of its own.
        method = "any" if route == "unmatched" or status == HTTPStatus.METHOD_NOT_ALLOWED else scope["method"]
        self._metrics.observe(method, route, status, seconds)
        if scope["path"] not in _QUIET_PATHS:
            log.info(
                "request",
                method=scope["method"],
                path=_loggable(scope["path"], route),
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )


def _loggable(path: str, route: str) -> str:
    """The path, but of an address that is a secret itself, such as an invitation's, only what kind it is."""
    return route if "{token}" in route else _SECRET_PATHS.sub(r"\1...", path)[:200]


def _request_id(given: str | None) -> str:
    return given if given and _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
