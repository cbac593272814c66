"""An identity provider that signs a person on to a site or the hub, over real HTTP, and can misbehave.

A double: a real provider sends no ID token that is forged, expired, unsigned or for somebody else, and those are what
must be refused. The way through the real one is in `tests/integration/test_connector_sign_on_canaille.py`.
"""

import base64
import contextlib
import hashlib
import html
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
from joserfc.jwk import RSAKey

from presswerk.runtimes.local.loopback import browser as loopback_browser
from presswerk.sites.configuration import SignOn
from tests.support.issuer import Issuer, rsa_key
from tests.support.serving import serving
from tests.support.sites import RunningSite

Claims = Mapping[str, Any]
_REFUSED: tuple[int, Claims] = (400, {"error": "invalid_grant"})


@dataclass(frozen=True)
class _Grant:
    """What a code stands for."""

    redirect_uri: str
    challenge: str
    nonce: str


def _honest(provider: "SignOnProvider", claims: Claims) -> str:
    return provider.sign(claims)


@dataclass
class SignOnProvider:
    """A provider at which one person is signed in already.

    Attributes:
        issuer: Signs, and answers for discovery, keys and userinfo.
        client: The one client it knows.
        person: Who is signed in: `sub`, `name`, `email`, `groups`.
        make_id_token: Makes the ID token of honest claims.
        groups_from: Where the groups are told.
        userinfo: What userinfo says; None for the person.
        keeps_codes: Whether a code is good more than once.
        denies: Whether the person presses "Deny".
        published: What its discovery document says otherwise.
        authorizations: The authorization requests, in order.
        exchanges: How many times a code was to be exchanged.
        logouts: The parameters of the logout requests, in order.
        issued: The ID tokens, in order.
        access_tokens: The access tokens, in order.
        expires_in: How many seconds an access token lives.
        refreshes: How many times a refresh token was to be exchanged.
        refresh_tokens: Those that are good, each for once.
    """

    issuer: Issuer
    client: SignOn
    person: Claims = field(default_factory=dict)
    make_id_token: Callable[["SignOnProvider", Claims], str | None] = _honest
    groups_from: str = "token"
    userinfo: Claims | None = None
    keeps_codes: bool = False
    denies: bool = False
    published: Claims = field(default_factory=dict)
    authorizations: list[Mapping[str, str]] = field(default_factory=list)
    exchanges: int = 0
    logouts: list[Mapping[str, str]] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    access_tokens: list[str] = field(default_factory=list)
    expires_in: int = 600
    refreshes: int = 0
    refresh_tokens: set[str] = field(default_factory=set)
    _grants: dict[str, _Grant] = field(default_factory=dict)

    def reset(self, person: Claims) -> None:
        """Tell the truth about a person again, and forget what was asked."""
        self.person, self.userinfo, self.groups_from = person, None, "token"
        self.make_id_token, self.keeps_codes, self.denies, self.published = _honest, False, False, {}
        self.issuer.down, self.issuer.named, self.exchanges = False, None, 0
        self.expires_in, self.refreshes = 600, 0
        for noted in (self.authorizations, self.logouts, self.issued, self.access_tokens):
            noted.clear()

    def sign(self, claims: Claims, **how: Any) -> str:
        """Sign claims with the published key, unless told otherwise."""
        return self.issuer.sign(claims, **how)

    def get(self, path: str, query: Mapping[str, str], authorization: str) -> tuple[int, Claims | str]:
        """Answer a GET: a document, or for 302 the address to go to."""
        if path == "/authorize":
            return 302, self._authorize(query)
        if path == "/end-session":
            self.logouts.append(query)
            return 302, query["post_logout_redirect_uri"]
        status, document = self.issuer.answer(path, authorization)
        if path == "/.well-known/openid-configuration" and status == 200:
            return status, {**document, "end_session_endpoint": f"{self.issuer.url}/end-session", **self.published}
        return status, document

    def token(self, form: Mapping[str, str], authorization: str) -> tuple[int, Claims]:
        """Exchange a code or a refresh token for tokens."""
        if form.get("grant_type") == "refresh_token":
            return self._refreshed(form, authorization)
        self.exchanges += 1
        credentials = _basic(self.client.client_id, self.client.client_secret)
        code = form.get("code", "")
        grant = self._grants.get(code) if self.keeps_codes else self._grants.pop(code, None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode()
        if (
            authorization != credentials
            or form.get("grant_type") != "authorization_code"
            or grant is None
            or form.get("redirect_uri") != grant.redirect_uri
            or proof.rstrip("=") != grant.challenge
        ):
            return _REFUSED
        return 200, self._tokens(grant)

    def _authorize(self, query: Mapping[str, str]) -> str:
        self.authorizations.append(query)
        assert query["client_id"] == self.client.client_id
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        if self.denies:
            return _with(query["redirect_uri"], error="access_denied", state=query["state"])
        code = secrets.token_urlsafe(16)
        self._grants[code] = _Grant(query["redirect_uri"], query["code_challenge"], query["nonce"])
        return _with(query["redirect_uri"], code=code, state=query["state"])

    def _refreshed(self, form: Mapping[str, str], authorization: str) -> tuple[int, Claims]:
        self.refreshes += 1
        credentials = _basic(self.client.client_id, self.client.client_secret)
        if authorization != credentials or form.get("refresh_token") not in self.refresh_tokens:
            return _REFUSED
        self.refresh_tokens.discard(form["refresh_token"])
        return 200, self._access()

    def _access(self) -> dict[str, Any]:
        access_token = self.issuer.sign(self.issuer.claims(self.person["sub"], self.client.client_id, self.expires_in))
        self.issuer.tell(access_token, self.person if self.userinfo is None else self.userinfo)
        self.access_tokens.append(access_token)
        refresh_token = secrets.token_urlsafe(16)
        self.refresh_tokens.add(refresh_token)
        return {
            "access_token": access_token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
        }

    def _tokens(self, grant: _Grant) -> Claims:
        in_token = {name: value for name, value in self.person.items() if name != "groups"}
        if self.groups_from == "token":
            in_token["groups"] = self.person["groups"]
        honest = self.issuer.claims(self.person["sub"], self.client.client_id) | in_token | {"nonce": grant.nonce}
        id_token = self.make_id_token(self, honest)
        tokens = self._access()
        if id_token is None:
            return tokens
        self.issued.append(id_token)
        return {**tokens, "id_token": id_token}


def _with(address: str, **query: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def _basic(client_id: str, client_secret: str) -> str:
    """Credentials as RFC 6749, section 2.3.1, has them: form-encoded before they are joined."""
    joined = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
    return f"Basic {base64.b64encode(joined.encode()).decode()}"


@contextlib.contextmanager
def running_sign_on_provider(client_id: str = "site-acme", *, key: RSAKey | None = None) -> Iterator[SignOnProvider]:
    """Serve a provider on a free loopback port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(asked.query, keep_blank_values=True).items()}
            self._answer(*provider.get(asked.path, query, self.headers.get("Authorization", "")))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.token(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, answer: Claims | str) -> None:
            body = b"" if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            if isinstance(answer, str):
                self.send_header("Location", answer)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    secret = "between/the+site:and the provider"  # with characters that must be encoded in HTTP Basic
    provider = SignOnProvider(Issuer(url, [key or rsa_key()]), SignOn(url, client_id, secret))
    with serving(server):
        yield provider


@dataclass(frozen=True)
class SignOnSite:
    """A site, the provider it trusts, and browsers."""

    site: RunningSite
    provider: SignOnProvider

    @property
    def url(self) -> str:
        """The site's public address."""
        return self.site.site.public_url

    def sign_in(self, path: str = "/wp-admin/profile.php", browser: httpx.Client | None = None) -> httpx.Response:
        """Open a page of the site in a browser and go wherever that leads."""
        return (browser or new_browser()).get(f"{self.url}{path}")

    def callback(self, browser: httpx.Client, redirect_to: str = "") -> str:
        """Begin a sign-on, and return the address the provider would send the browser back to."""
        started = browser.get(
            f"{self.url}/wp-login.php",
            params={"action": "presswerk", "redirect_to": redirect_to},
            follow_redirects=False,
        )
        return browser.get(started.headers["Location"], follow_redirects=False).headers["Location"]

    def users(self) -> list[dict[str, Any]]:
        """Everybody the site knows but its own service user: `login`, `name`, `email`, `roles`."""
        found: list[dict[str, Any]] = self.site.php(
            "return array_map( static fn ( $user ) => array( 'id' => $user->ID, 'login' => $user->user_login,"
            " 'name' => $user->display_name, 'email' => $user->user_email, 'roles' => array_values( $user->roles ) ),"
            " get_users( array( 'login__not_in' => array( 'presswerk' ), 'orderby' => 'ID' ) ) );"
        )
        return found

    def forget(self) -> None:
        """Take away all people, and what the site remembers of the provider."""
        self.site.php(
            "require_once ABSPATH . 'wp-admin/includes/user.php'; global $wpdb;"
            "$people = get_users( array( 'login__not_in' => array( 'presswerk' ) ) );"
            "foreach ( $people as $user ) wp_delete_user( $user->ID );"
            "$wpdb->query( \"DELETE FROM $wpdb->options WHERE option_name LIKE '%transient%presswerk%'\" ); return 1;"
        )


def let_newcomers_age(site: RunningSite, seconds: int) -> None:
    """Let whoever has just been given a role have signed on that much earlier."""
    site.php(
        "$name = 'presswerk_newcomer'; $sealed = 'Presswerk\\Connector\\Sealed';"
        "foreach ( get_users( array( 'meta_key' => $name ) ) as $user ) {"
        " $noted = $sealed::open( $name, get_user_meta( $user->ID, $name, true ) );"
        " $noted['since'] -= $input['seconds'];"
        " update_user_meta( $user->ID, $name, $sealed::seal( $name, $noted, 600 ) );"
        "} return 1;",
        seconds=seconds,
    )


def new_browser() -> httpx.Client:
    """A browser nobody has used, which follows redirects."""
    client = loopback_browser()
    client.follow_redirects = True
    return client


def signed_in_as(answer: httpx.Response) -> str | None:
    """The name in the admin bar of a page; None when nobody is signed in there."""
    found = re.search(r'<span class="display-name">([^<]*)</span>', answer.text)
    return None if found is None else html.unescape(found[1])


def link_with(part: str, page: httpx.Response) -> str:
    """The first address on a page that a part occurs in."""
    addresses = (html.unescape(found[1]) for found in re.finditer(r"""href=["']([^"']+)["']""", page.text))
    return next(address for address in addresses if part in address)
