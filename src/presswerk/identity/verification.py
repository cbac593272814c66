"""Verify OIDC access tokens: signature, issuer, audience, times, and that it is no ID token."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError

from presswerk.identity.errors import InvalidToken
from presswerk.identity.principal import Principal
from presswerk.identity.provider import Provider
from presswerk.spec import OPERATOR_GROUP, parse_groups

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Asymmetric only: with HS256 a public key could pass for the secret; `none` is no signature."""

ACCESS_TOKEN_TYPES = frozenset({"at+jwt", "application/at+jwt"})
"""RFC 9068: the header's `typ` of an access token, where a provider says it."""

ID_TOKEN_CLAIMS = frozenset({"nonce", "at_hash", "c_hash"})
"""Claims that only ID tokens carry (OpenID Connect Core 1.0)."""

MAX_TOKEN_BYTES = 16 * 1024
CACHED_TOKENS = 4096
_STRIPES = 32


@dataclass(frozen=True)
class TrustedIssuer:
    """An issuer whose access tokens are accepted when their audience names one of `audiences`."""

    issuer: str
    audiences: frozenset[str]


@dataclass(frozen=True)
class _Verified:
    principal: Principal
    until: float


class TokenVerifier:
    """Turns access tokens into principals; safe to share between threads.

    Args:
        issuers: Who may issue tokens, and for which audiences.
        client: For requests to the providers; one with a 10 s timeout when None.
        leeway_seconds: How far clocks may differ.
        cache_seconds: How long a verified token is believed unasked; a revoked one lives on this long at most.
        clock: The time as Unix seconds.
    """

    def __init__(
        self,
        issuers: Iterable[TrustedIssuer],
        *,
        client: httpx.Client | None = None,
        leeway_seconds: float = 30.0,
        cache_seconds: float = 60.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        http = client or httpx.Client(timeout=10.0)
        self._trusted = {trusted.issuer: trusted for trusted in issuers}
        self._providers = {issuer: Provider(issuer, http) for issuer in self._trusted}
        self._leeway = leeway_seconds
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._verified: dict[bytes, _Verified] = {}
        self._cache_lock = threading.Lock()
        # One verification in flight for the same token; striped, so that tokens seldom wait for each other.
        self._stripes = tuple(threading.Lock() for _ in range(_STRIPES))

    def verify(self, token: str) -> Principal:
        """Verify an access token.

        Args:
            token: The compact JWT.

        Returns:
            The person, with roles from the groups in the token or else at the provider's userinfo endpoint.

        Raises:
            InvalidToken: It is not an access token of a trusted issuer for us, or no longer.
            IdentityProviderUnavailable: The provider is needed to decide and does not answer.
        """
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        with self._stripes[digest[0] % _STRIPES]:
            known = self._verified.get(digest)
            if known is not None and self._clock() < known.until:
                return known.principal
            verified = self._verify(token)
            self._remember(digest, verified)
            return verified.principal

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        with self._cache_lock:
            if len(self._verified) >= CACHED_TOKENS:
                now = self._clock()
                self._verified = {key: value for key, value in self._verified.items() if now < value.until}
            if len(self._verified) >= CACHED_TOKENS:
                self._verified.clear()
            self._verified[digest] = verified

    def _verify(self, token: str) -> _Verified:
        header, unverified = _peek(token)
        issuer = unverified.get("iss")
        if not isinstance(issuer, str) or issuer not in self._trusted:
            raise InvalidToken("it was issued by somebody this hub does not trust")
        if header.get("alg") not in ALGORITHMS:
            raise InvalidToken("its signature algorithm is not accepted")
        provider = self._providers[issuer]
        claims = _signed_claims(token, header, provider)
        expires = self._check_times(claims)
        _check_audience(claims, self._trusted[issuer].audiences)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise InvalidToken("it names no subject")
        if ID_TOKEN_CLAIMS & claims.keys():
            raise InvalidToken("it is an ID token; send the access token")
        details = self._details(token, header, claims, provider)
        now = self._clock()
        return _Verified(_principal(issuer, subject, details), min(now + self._cache_seconds, expires + self._leeway))

    def _check_times(self, claims: Mapping[str, Any]) -> float:
        now = self._clock()
        expires = _instant(claims, "exp")
        if expires is None:
            raise InvalidToken("it has no expiry")
        if now >= expires + self._leeway:
            raise InvalidToken("it has expired")
        for name in ("nbf", "iat"):
            instant = _instant(claims, name)
            if instant is not None and now < instant - self._leeway:
                raise InvalidToken("it is not valid yet")
        return expires

    def _details(
        self, token: str, header: Mapping[str, Any], claims: Mapping[str, Any], provider: Provider
    ) -> Mapping[str, Any]:
        """Claims completed from userinfo, which also tells an ID token from an access token where nothing else does."""
        typed = str(header.get("typ", "")).lower() in ACCESS_TOKEN_TYPES
        if typed and "groups" in claims and "name" in claims:
            return claims
        told = provider.userinfo(token)
        if told.get("sub") != claims["sub"]:
            raise InvalidToken("the identity provider says it belongs to somebody else")
        return {**told, **{name: value for name, value in claims.items() if value is not None}}


def _peek(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims of a JWT, unverified: only to choose whose keys to ask for."""
    parts = token.split(".")
    if len(token) > MAX_TOKEN_BYTES or len(parts) != 3:  # noqa: PLR2004 - a signed compact JWT has three parts
        raise InvalidToken("it is not a signed JWT")
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, RecursionError):
        raise InvalidToken("it is not a signed JWT") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InvalidToken("it is not a signed JWT")
    return header, claims


def _signed_claims(token: str, header: Mapping[str, Any], provider: Provider) -> Mapping[str, Any]:
    key_id = header.get("kid")
    for key in provider.keys_for(key_id if isinstance(key_id, str) else None):
        try:
            claims: Mapping[str, Any] = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError):
            continue
        return claims
    raise InvalidToken("its signature is not by a key of its issuer")


def _instant(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken(f"its claim {name} is no time")
    return float(value)


def _check_audience(claims: Mapping[str, Any], allowed: frozenset[str]) -> None:
    audience = claims.get("aud")
    named = {audience} if isinstance(audience, str) else set(_texts(audience))
    if not named & allowed:
        raise InvalidToken("it was issued for another service")


def _principal(issuer: str, subject: str, details: Mapping[str, Any]) -> Principal:
    groups = _texts(details.get("groups"))
    name = details.get("name") or details.get("preferred_username") or subject
    email = details.get("email")
    return Principal(
        issuer=issuer,
        subject=subject,
        name=str(name),
        email=email if isinstance(email, str) and email else None,
        roles=MappingProxyType(parse_groups(groups)),
        operator=OPERATOR_GROUP in groups,
    )


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
