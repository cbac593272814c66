"""Whether the hub lives, whether it can work, and its metrics."""

import datetime as dt
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import httpx
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from presswerk import __version__
from presswerk.identity.departures import SETTLING
from presswerk.web.api.dependencies import CurrentHub
from presswerk.web.hub import Hub

router = APIRouter(tags=["Operations"])

_PROVIDER_CHECK_EVERY_SECONDS = 15.0
_PROVIDER_TIMEOUT_SECONDS = 2.0


@dataclass
class ProviderCheck:
    """Asks the identity provider for its discovery document, not more often than every few seconds."""

    client: httpx.Client
    issuer: str
    _lock: Lock = field(default_factory=Lock)
    _checked_at: float = float("-inf")
    _answer: str = "unknown"

    def state(self) -> str:
        """`ok`, or `unreachable`."""
        with self._lock:
            if time.monotonic() - self._checked_at > _PROVIDER_CHECK_EVERY_SECONDS:
                self._answer = self._ask()
                self._checked_at = time.monotonic()
            return self._answer

    def _ask(self) -> str:
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            answer = self.client.get(address, timeout=_PROVIDER_TIMEOUT_SECONDS)
        except httpx.HTTPError:
            return "unreachable"
        return "ok" if answer.is_success else "unreachable"


def checks(hub: Hub, provider: ProviderCheck, *, launched: bool) -> dict[str, str]:
    """The state of what the hub needs."""
    return {
        "database": _database(hub),
        "workflows": "ok" if launched else "not launched",
        "identity_provider": provider.state(),
    }


def _removals(hub: Hub) -> dict[str, Any]:
    """How late the hub notices that somebody was removed: no names, only times.

    Returns:
        `tokens_seconds`: after how long a token has lost what its owner has. `directory`: `ok`, `silent` or `none`; it
        tells for keys, schedules and sites after `directory_seconds`. `departures`: how many some place has not
        confirmed, the oldest since `departures_since`. `paused`: without a directory, how many people's keys and
        schedules pause, because nobody vouches for them.
    """
    watch, now = hub.directory_watch, dt.datetime.now(dt.UTC)
    waiting, since = hub.departures.waiting()
    told: dict[str, Any] = {
        "tokens_seconds": hub.trusted.removal_noticed_seconds,
        "departures": waiting,
        "departures_since": None if since is None else since.isoformat(),
    }
    if watch is None:
        return {**told, "directory": "none", "paused": hub.people.paused(now)}
    answered_at = watch.answered_at
    is_silent = answered_at is None or now - answered_at > 2 * watch.every
    return {
        **told,
        "directory": "silent" if is_silent else "ok",
        "directory_seconds": (watch.every + SETTLING).total_seconds(),
        "directory_answered_at": None if answered_at is None else answered_at.isoformat(),
    }


def _database(hub: Hub) -> str:
    try:
        with hub.engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM publications LIMIT 1"))
    except SQLAlchemyError:
        return "unavailable"
    return "ok"


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live", "version": __version__}


@router.get("/health/ready")
def ready(request: Request, hub: CurrentHub) -> Response:
    """The hub can take publications: its database answers and its workers run.

    The identity provider is told, too, but does not count: what is under way goes on without it.
    """
    found = checks(hub, request.app.state.provider_check, launched=request.app.state.launched)
    able = found["database"] == "ok" and found["workflows"] == "ok"
    told: dict[str, object] = {"status": "ready" if able else "not ready", "checks": found}
    if found["database"] == "ok":
        told["removals"] = _removals(hub)
    return JSONResponse(told, 200 if able else 503)


@router.get("/.well-known/oauth-protected-resource")
def protected_resource(hub: CurrentHub) -> dict[str, object]:
    """Where tokens for this API come from (RFC 9728)."""
    return {
        "resource": hub.settings.public_url,
        "authorization_servers": [hub.settings.oidc_issuer],
        "bearer_methods_supported": ["header"],
        "resource_documentation": f"{hub.settings.public_url}/docs",
    }


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(hub: CurrentHub) -> Response:
    """Metrics for Prometheus."""
    return Response(generate_latest(hub.registry), media_type=CONTENT_TYPE_LATEST)
