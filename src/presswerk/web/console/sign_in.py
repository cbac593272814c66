"""Signing in at the hub and out again, by the platform's own provider."""

import hmac
import json
import time
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from presswerk.identity import InvalidToken
from presswerk.identity.relying_party import RelyingParty, SignInRequest
from presswerk.messages import Message
from presswerk.tenants import CannotOpen, Vault
from presswerk.web.api.dependencies import Caller, CurrentHub
from presswerk.web.console.errors import SignInFailed, SignInNotConfigured
from presswerk.web.console.rendering import see_other
from presswerk.web.console.sessions import LIFE
from presswerk.web.console.visitor import cookie_name, find_session, page_router
from presswerk.web.hub import Hub
from presswerk.web.languages import accepted_languages

router = APIRouter(include_in_schema=False)
signed_in_router = page_router()

LOGIN_PATH = "/auth/login"
CALLBACK_PATH = "/auth/callback"
HOME = "/account"
"""Where somebody arrives who asked for nothing else."""

_ASIDE_SECONDS = 600
_MAX_NEXT_LENGTH = 500
_MAX_LOCALE_LENGTH = 35

_Short = Annotated[str, Query(max_length=4096)]


@dataclass(frozen=True)
class _Aside:
    """What a browser keeps while its person is at the provider, sealed: strangers write no rows."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: float

    def sealed(self, vault: Vault) -> str:
        return vault.seal(json.dumps(vars(self)))


def own_path(text: str) -> str:
    """An address on this hub to go on to; the person's own page instead of anything else."""
    fits = (
        len(text) <= _MAX_NEXT_LENGTH
        and text.isascii()
        and text.isprintable()
        and "\\" not in text
        # Before it is split: after two slashes comes a host, and not every text is one.
        and text.startswith("/")
        and not text.startswith("//")
        and not urlsplit(text).path.startswith("/auth/")
    )
    return text if fits else HOME


def login_address(next_path: str) -> str:
    """Where somebody signs in and then goes on to a page."""
    return f"{LOGIN_PATH}?{urlencode({'next': next_path})}"


@router.get(LOGIN_PATH)
def login(request: Request, hub: CurrentHub, next: _Short = HOME) -> Response:
    """Lead to the provider."""
    party = _relying_party(hub)
    begun = party.begin(" ".join(accepted_languages(request)))
    answer = see_other(begun.url)
    _set_cookie(answer, hub, _aside_name(hub), _aside(begun, own_path(next)).sealed(hub.vault), _ASIDE_SECONDS)
    return answer


@router.get(CALLBACK_PATH)
def callback(
    *,
    request: Request,
    hub: CurrentHub,
    state: _Short = "",
    code: _Short = "",
    iss: _Short = "",
    error: _Short = "",
) -> Response:
    """Take a person who comes back from the provider, and begin a session: always a new one."""
    party = _relying_party(hub)
    aside = _kept_aside(request, hub)
    if aside is None or not hmac.compare_digest(aside.state.encode(), state.encode()):
        raise SignInFailed(Message("it was begun in another window, or too long ago"))
    if iss and iss != hub.settings.oidc_issuer:  # RFC 9207
        raise SignInFailed(Message("the answer came from another identity provider"))
    if error or not code:
        raise SignInFailed(Message("the identity provider let nobody in"))
    try:
        signed_in = party.complete(code, aside.nonce, aside.verifier)
        session_id = hub.sessions.create(signed_in.tokens, _locale(signed_in.claims.get("locale")))
    except InvalidToken as refusal:
        raise SignInFailed(
            Message("what the identity provider sent was refused: %(reason)s", reason=refusal.reason)
        ) from None
    _end_former(request, hub)
    answer = see_other(aside.next)
    _set_cookie(answer, hub, cookie_name(hub.settings.public_url), session_id, int(LIFE.total_seconds()))
    _set_cookie(answer, hub, _aside_name(hub), "", 0)
    return answer


@signed_in_router.post("/auth/logout")
def logout(request: Request, hub: CurrentHub, _visitor: Caller) -> Response:
    """End the session here, and then at the provider."""
    session, home = request.state.session, f"{hub.settings.public_url}/"
    address = _relying_party(hub).end_session_url(hub.sessions.id_token(session), home)
    hub.sessions.end(session.id)
    answer = see_other(address or home)
    _set_cookie(answer, hub, cookie_name(hub.settings.public_url), "", 0)
    return answer


def _relying_party(hub: Hub) -> RelyingParty:
    if hub.relying_party is None:
        raise SignInNotConfigured
    return hub.relying_party


def _aside(begun: SignInRequest, next_path: str) -> _Aside:
    return _Aside(begun.state, begun.nonce, begun.verifier, next_path, time.time() + _ASIDE_SECONDS)


def _kept_aside(request: Request, hub: Hub) -> _Aside | None:
    try:
        aside = _Aside(**json.loads(hub.vault.open(request.cookies.get(_aside_name(hub), ""))))
    except CannotOpen:
        return None
    return aside if time.time() < aside.until else None


def _end_former(request: Request, hub: Hub) -> None:
    former = find_session(request)
    if former is not None:
        hub.sessions.end(former.id)


def _locale(claim: object) -> str | None:
    return claim if isinstance(claim, str) and 0 < len(claim) <= _MAX_LOCALE_LENGTH and claim.isprintable() else None


def _aside_name(hub: Hub) -> str:
    return f"{cookie_name(hub.settings.public_url)}_sign_in"


def _set_cookie(answer: Response, hub: Hub, name: str, value: str, seconds: int) -> None:
    """Keep something in the browser, out of every script's reach; 0 seconds takes it away."""
    https = hub.settings.public_url.startswith("https:")
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=https, httponly=True, samesite="lax")
