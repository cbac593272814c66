"""An OpenID issuer for tests, over real HTTP, that can sign anything.

A double: a real provider will not sign an expired, foreign or malformed token, and those are what tests of verification
need. Tests of a real login use `tests.support.identity`.
"""

import base64
import contextlib
import functools
import hashlib
import hmac
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.support.serving import serving

HUB_AUDIENCE = "presswerk-hub"

SigningKey = RSAKey | ECKey | OKPKey


@dataclass
class Issuer:
    """Mints tokens and answers for them.

    Attributes:
        url: The issuer, exactly as in its tokens and its discovery document.
        keys: The first one signs, all are published.
        requests: What was asked of it, counted by path.
        down: Answers everything with 503.
        named: The issuer its discovery document names, if it is to lie.
        with_userinfo: Whether it has a userinfo endpoint.
        introspected: What it says of opaque tokens, by token; None when it has no such endpoint.
    """

    url: str
    keys: list[SigningKey] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)
    down: bool = False
    named: str | None = None
    with_userinfo: bool = True
    introspected: dict[str, Mapping[str, Any]] | None = None
    _people: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._open.set()

    def access_token(
        self,
        sub: str,
        *,
        groups: Sequence[str] | None = (),
        name: str | None = None,
        email: str | None = None,
        audience: str | Sequence[str] = HUB_AUDIENCE,
        expires_in: float = 3600,
        header: Mapping[str, Any] | None = None,
        groups_in_token: bool = True,
        **claims: Any,
    ) -> str:
        """An access token the userinfo endpoint knows; a claim given as None is left out."""
        person: dict[str, Any] = {"sub": sub, "name": name or sub.title(), "email": email or f"{sub}@example.org"}
        if groups is not None:
            person["groups"] = list(groups)
        own = {"groups": person["groups"]} if groups is not None and groups_in_token else {}
        token = self.sign({**self.claims(sub, audience, expires_in), **own, **claims}, header=header)
        self.tell(token, person)
        return token

    def id_token(self, sub: str, *, audience: str = HUB_AUDIENCE, nonce: str | None = "n-0", **claims: Any) -> str:
        """An ID token: signed alike, unknown to userinfo."""
        return self.sign({**self.claims(sub, audience), "nonce": nonce, "groups": [], **claims})

    def revoke(self, token: str) -> None:
        """Userinfo refuses the token from now on."""
        with self._lock:
            self._tokens.pop(token, None)

    def tell(self, token: str, person: Mapping[str, Any]) -> None:
        """What userinfo says about a token's owner from now on."""
        with self._lock:
            self._people[person["sub"]] = person
            self._tokens[token] = person["sub"]

    def rotate(self, key: SigningKey | None = None) -> None:
        """Sign with a new key; the old one is no longer published."""
        self.keys = [key or rsa_key()]

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let every request wait until the block ends."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def sign(
        self,
        claims: Mapping[str, Any],
        *,
        key: SigningKey | None = None,
        algorithm: str | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> str:
        """Sign any claims; one given as None is left out."""
        signing = key or self.keys[0]
        chosen = algorithm or _algorithm(signing)
        merged: dict[str, Any] = {"alg": chosen, "typ": "JWT", "kid": signing.kid, **(header or {})}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(
            {name: value for name, value in merged.items() if value is not None},
            kept,
            signing,
            registry=JWSRegistry(algorithms=[chosen], strict_check_header=False),
        )

    def claims(
        self, sub: str, audience: str | Sequence[str] = HUB_AUDIENCE, expires_in: float = 3600
    ) -> dict[str, Any]:
        """The claims a good token carries."""
        now = int(time.time())
        return {
            "iss": self.url,
            "sub": sub,
            "aud": audience if isinstance(audience, str) else list(audience),
            "iat": now,
            "exp": now + int(expires_in),
            "jti": uuid.uuid4().hex,
        }

    def opaque_token(self, person_sub: str, *, groups: Sequence[str] | None = (), **claims: Any) -> str:
        """An access token that only the issuer can read; userinfo knows it too."""
        token = uuid.uuid4().hex
        person: dict[str, Any] = {"sub": person_sub, **({} if groups is None else {"groups": list(groups)})}
        self.tell(token, person)
        told = {
            "active": True,
            "client_id": HUB_AUDIENCE,
            **self.claims(person_sub),
            "groups": person.get("groups"),
            **claims,
        }
        self.introspected = {
            **(self.introspected or {}),
            token: {name: value for name, value in told.items() if value is not None},
        }
        return token

    def answer(
        self, path: str, authorization: str, form: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[int, Mapping[str, Any]]:
        """What the HTTP server says."""
        with self._lock:
            self.requests[path] = self.requests.get(path, 0) + 1
        self._open.wait()
        if self.down:
            return 503, {}
        if path == "/.well-known/openid-configuration":
            return 200, self._discovery()
        if path == "/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
        if path == "/userinfo":
            with self._lock:
                sub = self._tokens.get(authorization.removeprefix("Bearer "))
            return (401, {"error": "invalid_token"}) if sub is None else (200, self._people[sub])
        if path == "/introspect" and self.introspected is not None:
            known = authorization == f"Basic {base64.b64encode(b'presswerk-hub:hub-secret').decode()}"
            told = self.introspected.get(form.get("token", ""), {"active": False})
            return (200, told) if known else (401, {"error": "invalid_client"})
        return 404, {}

    def _discovery(self) -> Mapping[str, Any]:
        base = self.url.removesuffix("/")
        document = {
            "issuer": self.named or self.url,
            "jwks_uri": f"{base}/jwks",
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
        }
        if self.with_userinfo:
            document["userinfo_endpoint"] = f"{base}/userinfo"
        if self.introspected is not None:
            document["introspection_endpoint"] = f"{base}/introspect"
        return document


def rsa_key(bits: int = 2048) -> RSAKey:
    """A new key for RS256 and PS256."""
    return RSAKey.generate_key(bits, parameters={"kid": uuid.uuid4().hex, "use": "sig"})


def ec_key() -> ECKey:
    """A new key for ES256."""
    return ECKey.generate_key("P-256", parameters={"kid": uuid.uuid4().hex, "use": "sig"})


def ed_key() -> OKPKey:
    """A new key for EdDSA."""
    return OKPKey.generate_key("Ed25519", parameters={"kid": uuid.uuid4().hex, "use": "sig"})


@functools.cache
def _strangers_key() -> ECKey:
    return ec_key()


@functools.cache
def _first_key() -> RSAKey:
    """Making one takes long, so every issuer of a run begins with this one, under a name of its own."""
    return rsa_key()


def _algorithm(key: SigningKey) -> str:
    return {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}[key.key_type]


def _part(document: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _unsigned(issuer: Issuer) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(issuer.claims('mallory'))}."


def _signed_with_public_key(issuer: Issuer) -> str:
    """HS256 with the published key as the secret, by hand: a good library refuses to make one."""
    public = issuer.keys[0].as_pem(private=False)
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': issuer.keys[0].kid})}.{_part(issuer.claims('mallory'))}"
    signature = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _signed_by_somebody_else(issuer: Issuer) -> str:
    """The right key id, another key."""
    return issuer.sign(issuer.claims("mallory"), key=_strangers_key(), header={"kid": issuer.keys[0].kid})


def _with_key_in_header(issuer: Issuer) -> str:
    key = _strangers_key()
    return issuer.sign(issuer.claims("mallory"), key=key, header={"jwk": key.as_dict(private=False)})


def _tampered(issuer: Issuer) -> str:
    header, _, signature = issuer.access_token("mallory").split(".")
    return f"{header}.{_part({**issuer.claims('mallory'), 'groups': ['presswerk-admin']})}.{signature}"


def _revoked(issuer: Issuer) -> str:
    token = issuer.access_token("mallory", groups=["presswerk-admin"])
    issuer.revoke(token)
    return token


WRONG_TOKENS: Mapping[str, Callable[[Issuer], str]] = MappingProxyType(
    {
        "expired": lambda issuer: issuer.access_token("mallory", expires_in=-3600),
        "without expiry": lambda issuer: issuer.access_token("mallory", exp=None),
        "expiry is no time": lambda issuer: issuer.access_token("mallory", exp="tomorrow"),
        "not valid yet": lambda issuer: issuer.access_token("mallory", nbf=int(time.time()) + 3600),
        "issued in the future": lambda issuer: issuer.access_token("mallory", iat=int(time.time()) + 3600),
        "wrong issuer": lambda issuer: issuer.access_token("mallory", iss="http://127.0.0.1:1"),
        "issuer with another slash": lambda issuer: issuer.access_token("mallory", iss=issuer.url + "/"),
        "without issuer": lambda issuer: issuer.access_token("mallory", iss=None),
        "issuer is a list": lambda issuer: issuer.access_token("mallory", iss=[issuer.url]),
        "wrong audience": lambda issuer: issuer.access_token("mallory", audience="site-acme"),
        "wrong audiences": lambda issuer: issuer.access_token("mallory", audience=["site-acme", "site-other"]),
        "audience contains ours": lambda issuer: issuer.access_token("mallory", audience=f"x{HUB_AUDIENCE}x"),
        "without audience": lambda issuer: issuer.access_token("mallory", aud=None),
        "without subject": lambda issuer: issuer.sign({**issuer.claims("mallory"), "sub": None}),
        "empty subject": lambda issuer: issuer.sign({**issuer.claims("mallory"), "sub": ""}),
        "subject is a number": lambda issuer: issuer.sign({**issuer.claims("mallory"), "sub": 7}),
        "ID token": lambda issuer: issuer.id_token("mallory"),
        "ID token with at_hash": lambda issuer: issuer.access_token("mallory", at_hash="x"),
        "ID token without a nonce": lambda issuer: issuer.id_token("mallory", nonce=None),
        "revoked": _revoked,
        "unsigned": _unsigned,
        "signed with the public key": _signed_with_public_key,
        "signed by somebody else": _signed_by_somebody_else,
        "unknown key": lambda issuer: issuer.sign(issuer.claims("mallory"), key=_strangers_key()),
        "its own key in the header": _with_key_in_header,
        "tampered": _tampered,
        "cut off": lambda issuer: issuer.access_token("mallory")[:-10],
        "not a JWT": lambda _issuer: "Vqk0T3nYxZ8bW1",
    }
)
"""A token for everything that can be wrong with one."""


@contextlib.contextmanager
def running_issuer(path: str = "") -> Iterator[Issuer]:
    """Serve an issuer on a free loopback port; `path` puts it below one, as Authentik does (`/application/o/x/`)."""
    prefix = path.removesuffix("/")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(dict(parse_qsl(body)))

        def _answer(self, form: Mapping[str, str]) -> None:
            below = self.path.startswith(f"{prefix}/")
            authorization = self.headers.get("Authorization", "")
            status, document = issuer.answer(self.path[len(prefix) :], authorization, form) if below else (404, {})
            body = json.dumps(document).encode()
            with contextlib.suppress(BrokenPipeError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(
        f"http://127.0.0.1:{server.server_address[1]}{path}",
        [RSAKey.import_key(_first_key().as_dict(private=True), {"kid": uuid.uuid4().hex})],
    )
    with serving(server):
        yield issuer
