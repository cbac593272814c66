"""A person's sign-in for the command line: code flow with PKCE, kept in a file only that person can read."""

import contextlib
import html
import json
import secrets
import socket
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import platformdirs

from presswerk.certificates import authorities
from presswerk.errors import PresswerkError
from presswerk.identity.clients import CLI_CLIENT, CLI_REDIRECT_URI
from presswerk.identity.errors import IdentityProviderUnavailable, InvalidToken
from presswerk.identity.provider import ClientCredentials
from presswerk.identity.relying_party import RelyingParty, TokenSet
from presswerk.runtimes.local.private_files import write_private

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
    with _at(issuer) as provider, _listening() as server:
        begun = provider.begin()
        show(begun.url)
        code = _await_code(server, begun.state)
        return _login(hub, issuer, provider.complete(code, begun.nonce, begun.verifier).tokens)


def current(login: Login, keep: Callable[[Login], None]) -> Login:
    """A sign-in that is valid for a while, refreshed if need be.

    Raises:
        LoginFailed: It has ended; the person must sign in again.
    """
    if login.expires_at - time.time() > _REFRESH_BEFORE_SECONDS:
        return login
    if login.refresh_token is None:
        raise LoginFailed("Your sign-in has ended. Sign in again with `presswerk login`.")
    with _at(login.issuer) as provider:
        fresh = _login(login.hub, login.issuer, provider.refresh(_tokens(login)))
    keep(fresh)
    return fresh


def revoke(login: Login) -> None:
    """Tell the provider that a sign-in is over, as far as it listens."""
    with contextlib.suppress(LoginFailed), _at(login.issuer) as provider:
        provider.revoke(_tokens(login))


@contextlib.contextmanager
def _at(issuer: str) -> Iterator[RelyingParty]:
    """The command line as a client of an identity provider.

    Raises:
        LoginFailed: The provider is away, or refused.
    """
    with httpx.Client(timeout=_TIMEOUT_SECONDS, verify=authorities()) as client:
        try:
            yield RelyingParty(issuer, ClientCredentials(CLI_CLIENT), CLI_REDIRECT_URI, client=client)
        except IdentityProviderUnavailable as problem:
            raise LoginFailed(f"Nobody can sign in now: {problem.cause}. Try again later.") from None
        except InvalidToken as problem:
            told = f"The identity provider gave no token: {problem.reason}."
            raise LoginFailed(f"{told} Sign in again with `presswerk login`.") from None


def _login(hub: str, issuer: str, tokens: TokenSet) -> Login:
    return Login(hub, issuer, tokens.access_token, tokens.refresh_token, tokens.expires_at)


def _tokens(login: Login) -> TokenSet:
    return TokenSet(login.access_token, "", login.refresh_token, login.expires_at)


class _CallbackServer(HTTPServer):
    """Takes the browser's return on loopback."""

    allow_reuse_address = True
    answer: Mapping[str, str] | None = None


class _Callback(BaseHTTPRequestHandler):
    server: _CallbackServer

    def do_GET(self) -> None:
        """Take the code, or the error."""
        address = urllib.parse.urlsplit(self.path)
        if address.path != urllib.parse.urlsplit(CLI_REDIRECT_URI).path:
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
