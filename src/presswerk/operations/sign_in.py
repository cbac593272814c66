"""A person's sign-in for the command line: code flow with PKCE, kept in a file only that person can read."""

import base64
import contextlib
import hashlib
import html
import json
import secrets
import socket
import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import platformdirs

from presswerk.certificates import REMEDY, authorities, is_refused
from presswerk.errors import PresswerkError
from presswerk.runtimes.local.private_files import write_private

CLIENT_ID = "presswerk-cli"
REDIRECT_URI = "http://localhost:8400/callback"
SCOPES = "openid email profile groups offline_access"

_PORT = 8400
_WAIT_SECONDS = 300.0
_REFRESH_BEFORE_SECONDS = 60.0
_TIMEOUT_SECONDS = 15.0


class LoginFailed(PresswerkError):
    """Nobody is signed in; the message says why and what to do."""


@dataclass(frozen=True)
class Login:
    """A sign-in at one hub's identity provider; times are Unix seconds."""

    hub: str
    issuer: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: float


class LoginFile:
    """Where sign-ins are kept, one for each hub, mode 0600."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or platformdirs.user_state_path("presswerk") / "logins.json"

    def get(self, hub: str) -> Login | None:
        """The sign-in at a hub."""
        stored = self._read().get(hub)
        try:
            return None if stored is None else Login(**stored)
        except TypeError:
            raise self._damaged() from None

    def put(self, login: Login) -> None:
        """Keep a sign-in, in place of an older one."""
        self._write({**self._read(), login.hub: asdict(login)})

    def remove(self, hub: str) -> None:
        """Forget a sign-in."""
        self._write({name: login for name, login in self._read().items() if name != hub})

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError):
            raise self._damaged() from None
        if not isinstance(found, dict):
            raise self._damaged()
        return found

    def _damaged(self) -> LoginFailed:
        return LoginFailed(f"{self._path} is damaged. Remove it, and sign in again with `presswerk login`.")

    def _write(self, logins: Mapping[str, Any]) -> None:
        write_private(self._path, json.dumps(logins))


def sign_in(hub: str, issuer: str, show: Callable[[str], None]) -> Login:
    """Let a person sign in with a browser.

    Args:
        hub: The hub's address, under which the sign-in is kept.
        issuer: The identity provider.
        show: Is given the address to open.

    Raises:
        LoginFailed: The provider is away, refused, or nobody came.
    """
    provider = _discover(issuer)
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPES,
        "state": state,
        # Some providers ask for it, though we take no ID token.
        "nonce": secrets.token_urlsafe(16),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    with _listening() as server:
        show(f"{provider['authorization_endpoint']}?{urllib.parse.urlencode(query)}")
        code = _await_code(server, state)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": verifier,
        "client_id": CLIENT_ID,
    }
    return _exchange(hub, issuer, provider, form)


def current(login: Login, keep: Callable[[Login], None]) -> Login:
    """A sign-in that is valid for a while, refreshed if need be.

    Raises:
        LoginFailed: It has ended; the person must sign in again.
    """
    if login.expires_at - time.time() > _REFRESH_BEFORE_SECONDS:
        return login
    if login.refresh_token is None:
        raise LoginFailed("Your sign-in has ended. Sign in again with `presswerk login`.")
    form = {"grant_type": "refresh_token", "refresh_token": login.refresh_token, "client_id": CLIENT_ID}
    fresh = _exchange(login.hub, login.issuer, _discover(login.issuer), form)
    kept = fresh if fresh.refresh_token else Login(**{**asdict(fresh), "refresh_token": login.refresh_token})
    keep(kept)
    return kept


def revoke(login: Login) -> None:
    """Tell the provider that a sign-in is over, as far as it listens (RFC 7009)."""
    with contextlib.suppress(LoginFailed, httpx.HTTPError):
        endpoint = _discover(login.issuer).get("revocation_endpoint")
        if endpoint:
            token = login.refresh_token or login.access_token
            httpx.post(
                str(endpoint),
                data={"token": token, "client_id": CLIENT_ID},
                timeout=_TIMEOUT_SECONDS,
                verify=authorities(),
            )


def _discover(issuer: str) -> Mapping[str, Any]:
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        found: Mapping[str, Any] = (
            httpx.get(address, timeout=_TIMEOUT_SECONDS, verify=authorities()).raise_for_status().json()
        )
    except (httpx.HTTPError, ValueError) as error:
        raise _silent(issuer, error) from None
    if found.get("issuer") != issuer:
        raise LoginFailed(f"The identity provider calls itself {found.get('issuer')}, not {issuer}.")
    return found


def _silent(issuer: str, error: Exception) -> LoginFailed:
    if is_refused(error):
        return LoginFailed(f"The certificate of the identity provider {issuer} is not trusted here. {REMEDY}")
    return LoginFailed(f"The identity provider {issuer} does not answer. Try again later.")


def _exchange(hub: str, issuer: str, provider: Mapping[str, Any], form: Mapping[str, str]) -> Login:
    try:
        answer = httpx.post(
            str(provider["token_endpoint"]), data=dict(form), timeout=_TIMEOUT_SECONDS, verify=authorities()
        )
        body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _silent(issuer, error) from None
    if not answer.is_success or "access_token" not in body:
        reason = body.get("error_description") or body.get("error") or answer.status_code
        raise LoginFailed(f"The identity provider gave no token: {reason}. Sign in again with `presswerk login`.")
    lifetime_seconds = float(body.get("expires_in") or 300)
    return Login(hub, issuer, body["access_token"], body.get("refresh_token"), time.time() + lifetime_seconds)


class _CallbackServer(HTTPServer):
    """Takes the browser's return on loopback."""

    allow_reuse_address = True
    answer: Mapping[str, str] | None = None


class _Callback(BaseHTTPRequestHandler):
    server: _CallbackServer

    def do_GET(self) -> None:
        """Take the code, or the error."""
        address = urllib.parse.urlsplit(self.path)
        if address.path != urllib.parse.urlsplit(REDIRECT_URI).path:
            self.send_error(404)
            return
        self.server.answer = dict(urllib.parse.parse_qsl(address.query))
        text = "You can close this window and go back to the command line."
        body = f"<!doctype html><title>Presswerk</title><p>{html.escape(text)}</p>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the address holds the code."""


def _listening() -> _CallbackServer:
    try:
        return _CallbackServer(("127.0.0.1", _PORT), _Callback)
    except OSError:
        raise LoginFailed(
            f"Port {_PORT} is in use, and the sign-in returns there. End what listens on it and try again."
        ) from None


def _await_code(server: _CallbackServer, state: str) -> str:
    deadline = time.monotonic() + _WAIT_SECONDS
    while server.answer is None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise LoginFailed("Nobody signed in within five minutes. Try again.")
        server.timeout = left
        with contextlib.suppress(socket.timeout):
            server.handle_request()
    if not secrets.compare_digest(server.answer.get("state", ""), state):
        raise LoginFailed("The browser came back from another sign-in. Try again.")
    if "code" not in server.answer:
        raise LoginFailed(f"The identity provider refused: {server.answer.get('error', 'no reason given')}.")
    return server.answer["code"]
