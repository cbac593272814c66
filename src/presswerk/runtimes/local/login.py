"""Signing in at the identity provider the way a browser does, without one."""

import base64
import hashlib
import secrets as randomness
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Any

import httpx

from presswerk.certificates import authorities
from presswerk.identity.clients import CLI_CLIENT, CLI_REDIRECT_URI, SCOPES
from presswerk.openwebui.session import ProviderLogin
from presswerk.runtimes.local.errors import LocalRuntimeError

_MAX_PAGES = 15
_TOKEN_TRIES = 4
_SAME_SECOND_SECONDS = 1.1
_TIMEOUT_SECONDS = 30.0


class SignInRefused(LocalRuntimeError):
    """The identity provider did not let a person in, or did not give a token."""


@dataclass(frozen=True)
class Tokens:
    """What a person's sign-in gives a client; all of it is secret."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in_seconds: int


def sign_in(browser: httpx.Client, authorization_url: str, user_name: str, password: str) -> str:
    """Follow Canaille's pages from an authorization request to the end.

    Args:
        browser: Keeps the cookies; somebody already signed in is not asked again.
        authorization_url: The authorization request, with its `redirect_uri`.
        user_name: Who signs in.
        password: That person's.

    Returns:
        The address the browser is sent back to, with `code` and `state`, or with `error`.

    Raises:
        SignInRefused: A wrong name or password, or a page that is no sign-in.
    """
    callback = _callback(authorization_url)
    answer = browser.get(authorization_url, follow_redirects=False)
    sent: set[str] = set()
    for _ in range(_MAX_PAGES):
        if answer.is_redirect:
            target = answer.url.join(answer.headers["location"])
            if target.copy_with(query=None, fragment=None) == callback:
                return str(target)
            answer = browser.get(target, follow_redirects=False)
            continue
        form = _form(answer)
        filled = {name: value for name, value in (("login", user_name), ("password", password)) if name in form}
        if not filled or sent & set(filled):
            raise SignInRefused(_refusal(answer, user_name, filled))
        sent |= set(filled)
        # As a browser does: over https the provider takes a form only from its own page.
        own = {"Referer": str(answer.url), "Origin": f"{answer.url.scheme}://{answer.url.netloc.decode()}"}
        answer = browser.post(answer.url, data={**form, **filled}, headers=own, follow_redirects=False)
    raise SignInRefused(f"the identity provider sends {user_name} around without end; last to {answer.url.path}")


def provider_login(user_name: str, password: str) -> ProviderLogin:
    """A person's sign-in, as Open WebUI's session wants it."""
    return partial(_sign_in_as, user_name, password)


def access_token(
    issuer: str,
    user_name: str,
    password: str,
    *,
    client_id: str = CLI_CLIENT,
    client_secret: str | None = None,
    redirect_uri: str = CLI_REDIRECT_URI,
    browser: httpx.Client | None = None,
) -> Tokens:
    """Do the authorization code flow with PKCE for a client.

    Args:
        issuer: The identity provider, found by discovery.
        user_name: Who signs in.
        password: That person's.
        client_id: Whose tokens they will be.
        client_secret: None for a public client.
        redirect_uri: One that is registered with the client; it is not fetched.
        browser: Cookies to go on with; a new browser when None.

    Raises:
        SignInRefused: The provider let nobody in or gave no token.
    """
    with _own_or(browser) as http:
        provider = _discover(http, issuer)

        def once() -> Tokens:
            verifier = randomness.token_urlsafe(48)
            request = _authorization_request(client_id, redirect_uri, verifier)
            address = httpx.URL(str(provider["authorization_endpoint"])).copy_merge_params(request)
            back = httpx.URL(sign_in(http, str(address), user_name, password)).params
            if back.get("state") != request["state"] or "code" not in back:
                raise SignInRefused(f"the identity provider gave no code: {back.get('error', 'the state is not ours')}")
            form = {
                "grant_type": "authorization_code",
                "code": back["code"],
                "redirect_uri": redirect_uri,
                "code_verifier": verifier,
            }
            return _exchange(http, str(provider["token_endpoint"]), form, client_id, client_secret)

        return _in_another_second(once)


def refresh(
    issuer: str, refresh_token: str, *, client_id: str = CLI_CLIENT, client_secret: str | None = None
) -> Tokens:
    """Exchange a refresh token for new tokens.

    Raises:
        SignInRefused: The token was used, revoked or is another client's.
    """
    with httpx.Client(timeout=_TIMEOUT_SECONDS, verify=authorities(), trust_env=False) as http:
        endpoint = str(_discover(http, issuer)["token_endpoint"])
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return _in_another_second(lambda: _exchange(http, endpoint, form, client_id, client_secret))


def _sign_in_as(user_name: str, password: str, browser: httpx.Client, authorization_url: str) -> str:
    return sign_in(browser, authorization_url, user_name, password)


def _own_or(browser: httpx.Client | None) -> AbstractContextManager[httpx.Client]:
    return (
        httpx.Client(timeout=_TIMEOUT_SECONDS, verify=authorities(), trust_env=False)
        if browser is None
        else nullcontext(browser)
    )


def _authorization_request(client_id: str, redirect_uri: str, verifier: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(SCOPES),
        "state": randomness.token_urlsafe(16),
        "nonce": randomness.token_urlsafe(16),
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }


class _SameSecond(SignInRefused):
    """Canaille's access tokens have no `jti`: two for one person and client in one second are equal, and refused."""


def _in_another_second(get_tokens: Callable[[], Tokens]) -> Tokens:
    for _ in range(_TOKEN_TRIES - 1):
        try:
            return get_tokens()
        except _SameSecond:
            time.sleep(_SAME_SECOND_SECONDS)
    return get_tokens()


def challenge(verifier: str) -> str:
    """The S256 code challenge of a PKCE verifier; see RFC 7636, section 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _discover(http: httpx.Client, issuer: str) -> Mapping[str, Any]:
    answer = http.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if answer.status_code != HTTPStatus.OK:
        raise SignInRefused(f"the identity provider at {issuer} answers discovery with {answer.status_code}")
    return dict(answer.json())


def _exchange(
    http: httpx.Client, endpoint: str, form: Mapping[str, str], client_id: str, client_secret: str | None
) -> Tokens:
    public = client_secret is None
    answer = http.post(
        endpoint,
        data={**form, "client_id": client_id} if public else dict(form),
        auth=httpx.USE_CLIENT_DEFAULT if client_secret is None else httpx.BasicAuth(client_id, client_secret),
    )
    if answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _SameSecond("the identity provider failed to make a token")
    if answer.status_code != HTTPStatus.OK:
        error = answer.json().get("error", "") if "json" in answer.headers.get("content-type", "") else ""
        raise SignInRefused(f"the identity provider refused a token: {answer.status_code} {error}".rstrip())
    body = answer.json()
    return Tokens(
        access_token=body["access_token"],
        id_token=body.get("id_token", ""),
        refresh_token=body.get("refresh_token"),
        expires_in_seconds=int(body["expires_in"]),
    )


def _callback(authorization_url: str) -> httpx.URL:
    redirect_uri = httpx.URL(authorization_url).params.get("redirect_uri")
    if redirect_uri is None:
        raise SignInRefused("the authorization request has no redirect_uri")
    return httpx.URL(redirect_uri).copy_with(query=None, fragment=None)


def _refusal(answer: httpx.Response, user_name: str, filled: Mapping[str, str]) -> str:
    if filled:
        return f"the identity provider did not accept the name or the password of {user_name}"
    return f"the identity provider shows a page that is no sign-in: {answer.status_code} at {answer.url.path}"


class _Form(HTMLParser):
    """Names and values of the inputs of a page's POST forms."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form's begin, or an input in it."""
        attributes = dict(attrs)
        if tag == "form":
            self._inside = (attributes.get("method") or "get").lower() == "post"
        elif tag == "input" and self._inside and attributes.get("name") and attributes.get("type") != "checkbox":
            self.fields[str(attributes["name"])] = attributes.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """Note a form's end."""
        if tag == "form":
            self._inside = False


def _form(answer: httpx.Response) -> Mapping[str, str]:
    parser = _Form()
    parser.feed(answer.text)
    return parser.fields
