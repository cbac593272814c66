"""Signing in at the identity provider the way a browser does, without one."""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from html.parser import HTMLParser

import httpx

from presswerk.certificates import authorities
from presswerk.identity.clients import Client, platform_clients
from presswerk.identity.errors import IdentityProviderUnavailable, InvalidToken
from presswerk.identity.provider import ClientCredentials
from presswerk.identity.relying_party import RelyingParty, TokenSet
from presswerk.openwebui.session import ProviderLogin
from presswerk.runtimes.local.errors import LocalRuntimeError

_MAX_PAGES = 15
_TOKEN_TRIES = 4
_SAME_SECOND_SECONDS = 1.1
_TIMEOUT_SECONDS = 30.0
_COMMAND_LINE = platform_clients("", "")[-1]


class SignInRefused(LocalRuntimeError):
    """The identity provider did not let a person in, or did not give a token."""


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
    return lambda browser, authorization_url: sign_in(browser, authorization_url, user_name, password)


def access_token(
    issuer: str, user_name: str, password: str, client: Client = _COMMAND_LINE, *, browser: httpx.Client | None = None
) -> TokenSet:
    """Do the authorization code flow with PKCE for a client.

    Args:
        issuer: The identity provider, found by discovery.
        user_name: Who signs in.
        password: That person's.
        client: Whose tokens they will be; the address it is sent back to is not fetched.
        browser: Cookies to go on with; a new browser when None.

    Raises:
        SignInRefused: The provider let nobody in or gave no token.
    """
    new = httpx.Client(timeout=_TIMEOUT_SECONDS, verify=authorities(), trust_env=False)
    with new if browser is None else nullcontext(browser) as http:
        credentials = ClientCredentials(client.client_id, client.secret or "")
        party = RelyingParty(issuer, credentials, client.redirect_uris[0], client=http)
        for tries_left in reversed(range(_TOKEN_TRIES)):
            begun = party.begin()
            back = httpx.URL(sign_in(http, begun.url, user_name, password)).params
            if back.get("state") != begun.state or "code" not in back:
                raise SignInRefused(f"the identity provider gave no code: {back.get('error', 'the state is not ours')}")
            try:
                return party.complete(back["code"], begun.nonce, begun.verifier).tokens
            except (IdentityProviderUnavailable, InvalidToken) as refusal:
                # Canaille's access tokens have no `jti`: two for one person and client in one second are equal, and
                # the second of them a failure.
                if tries_left == 0 or "500" not in str(refusal):
                    raise SignInRefused(f"the identity provider gave no token: {refusal}") from None
                time.sleep(_SAME_SECOND_SECONDS)
        raise AssertionError("the last try ends with tokens or an error")


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
