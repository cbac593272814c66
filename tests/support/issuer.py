"""An OpenID issuer for tests, over real HTTP, that can sign anything.

A double: a real provider will not sign an expired, foreign or malformed token, and those are what tests of verification
need. Tests of a real login use `tests.support.identity`.
"""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

HUB_AUDIENCE = "presswerk-hub"


@dataclass
class Issuer:
    """Mints tokens; `requests` counts what was asked of it, by path."""

    url: str
    keys: list[RSAKey | ECKey] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)
    down: bool = False
    _people: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
        token = self.sign({**self._claims(sub, audience, expires_in), **own, **claims}, header=header)
        with self._lock:
            self._people[sub] = person
            self._tokens[token] = sub
        return token

    def id_token(self, sub: str, *, audience: str = HUB_AUDIENCE, nonce: str | None = "n-0", **claims: Any) -> str:
        """An ID token: signed alike, unknown to userinfo."""
        return self.sign({**self._claims(sub, audience, 3600), "nonce": nonce, "groups": [], **claims})

    def revoke(self, token: str) -> None:
        """Userinfo refuses the token from now on."""
        with self._lock:
            self._tokens.pop(token, None)

    def rotate(self) -> None:
        """Sign with a new key; the old one is no longer published."""
        self.keys = [_rsa_key()]

    def sign(
        self,
        claims: Mapping[str, Any],
        *,
        key: RSAKey | ECKey | OctKey | None = None,
        algorithm: str | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> str:
        """Sign any claims; one given as None is left out."""
        signing = key or self.keys[0]
        chosen = algorithm or ("ES256" if isinstance(signing, ECKey) else "RS256")
        merged: dict[str, Any] = {"alg": chosen, "typ": "JWT", "kid": signing.kid, **(header or {})}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(
            {name: value for name, value in merged.items() if value is not None}, kept, signing, algorithms=[chosen]
        )

    def _claims(self, sub: str, audience: str | Sequence[str], expires_in: float) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.url,
            "sub": sub,
            "aud": audience if isinstance(audience, str) else list(audience),
            "iat": now,
            "exp": now + int(expires_in),
            "jti": uuid.uuid4().hex,
        }

    def answer(self, path: str, authorization: str) -> tuple[int, Mapping[str, Any]]:
        """What the HTTP server says to a GET."""
        with self._lock:
            self.requests[path] = self.requests.get(path, 0) + 1
            if self.down:
                return 503, {}
            if path == "/.well-known/openid-configuration":
                return 200, {
                    "issuer": self.url,
                    "jwks_uri": f"{self.url}/jwks",
                    "userinfo_endpoint": f"{self.url}/userinfo",
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                }
            if path == "/jwks":
                return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}
            if path == "/userinfo":
                sub = self._tokens.get(authorization.removeprefix("Bearer "))
                return (401, {"error": "invalid_token"}) if sub is None else (200, self._people[sub])
            return 404, {}


def _rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": uuid.uuid4().hex, "use": "sig"})


@contextlib.contextmanager
def running_issuer(path: str = "") -> Iterator[Issuer]:
    """Serve an issuer on a free loopback port; `path` puts it below one, as Authentik does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, document = issuer.answer(self.path.removeprefix(path), self.headers.get("Authorization", ""))
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_address[1]}{path}", [_rsa_key()])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
