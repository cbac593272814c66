"""From an OIDC access token to a principal."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Any, Self

import httpx
import structlog

from presswerk.identity.claims import check_claims
from presswerk.identity.errors import IdentityProviderUnavailable, InvalidToken
from presswerk.identity.principal import Principal
from presswerk.identity.provider import Provider
from presswerk.identity.signing_keys import SignedToken, parse
from presswerk.identity.single_flight import SingleFlight
from presswerk.spec import OPERATOR_GROUP, parse_groups

_TIMEOUT_SECONDS = 5.0
_REMEMBERED_TOKENS = 10_000
# While a provider is down, a token it vouched for lately goes on working, and it is asked again every few seconds.
_OUTAGE_GRACE_SECONDS = 600.0
_OUTAGE_RETRY_SECONDS = 5.0
_ACCESS_TOKEN_TYPES = frozenset({"at+jwt", "application/at+jwt"})
_ID_TOKEN_CLAIMS = ("at_hash", "c_hash")
_MAX_NAME_LENGTH = 200

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TrustedIssuer:
    """An issuer whose tokens count.

    Attributes:
        issuer: Exactly as in its discovery document, with or without a final slash.
        audiences: A token must be for one of these.
    """

    issuer: str
    audiences: Collection[str]

    def __post_init__(self) -> None:
        if isinstance(self.audiences, str) or not self.audiences:
            raise ValueError(f"issuer {self.issuer}: name at least one audience, as a list")


@dataclass(frozen=True)
class _Seen:
    """What became of a token: a principal, or the reason why not; times are seconds since the epoch."""

    outcome: Principal | str
    fresh_until: float
    usable_until: float

    def answer(self) -> Principal:
        if isinstance(self.outcome, str):
            raise InvalidToken(self.outcome)
        return self.outcome


class TokenVerifier:
    """Verifies access tokens of trusted issuers; may be called from many threads.

    Signature, issuer, audience and times are checked here. Whether it is an access token at all, whether it was
    revoked, and the newest groups are the provider's to say: its userinfo endpoint is asked once for every token and
    `cache_seconds`. An ID token is refused there (a `nonce` proves nothing: some providers put it into both).

    Args:
        trusted: One or more issuers. Some providers have an issuer for each client.
        client: Does the requests; one with a 5 s timeout and no redirects if not given.
        leeway_seconds: By how much clocks may differ.
        cache_seconds: How long an answer is remembered: a revoked token works this long at most.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        trusted: Iterable[TrustedIssuer],
        *,
        client: httpx.Client | None = None,
        leeway_seconds: int = 30,
        cache_seconds: float = 60,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuers = {each.issuer: each for each in trusted}
        if not self._issuers:
            raise ValueError("a token verifier needs at least one trusted issuer")
        http = client or httpx.Client(timeout=_TIMEOUT_SECONDS)
        self._own_client = None if client else http
        self._leeway_seconds = leeway_seconds
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._providers = {issuer: Provider(issuer, http, clock) for issuer in self._issuers}
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()
        self._flights: SingleFlight[Principal] = SingleFlight()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close connections; a client that was given is its giver's to close."""
        if self._own_client is not None:
            self._own_client.close()

    def verify(self, token: str) -> Principal:
        """Say whose access token this is.

        Raises:
            InvalidToken: It proves nothing; the reason may be shown.
            IdentityProviderUnavailable: Its issuer cannot be asked just now.
        """
        key = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            seen = self._seen.get(key)
        if seen is not None and self._clock() < seen.fresh_until:
            return seen.answer()
        return self._flights.do(key, lambda: self._check(token, key, seen))

    def _check(self, token: str, key: bytes, seen: _Seen | None) -> Principal:
        signed = parse(token)
        issuer = signed.claims.get("iss")
        if not isinstance(issuer, str) or issuer not in self._issuers:
            raise InvalidToken("it is from an issuer that is not trusted here")
        provider = self._providers[issuer]
        provider.check_signature(signed)
        audiences = self._issuers[issuer].audiences
        expires_at = check_claims(signed.claims, audiences, now=self._clock(), leeway_seconds=self._leeway_seconds)
        for claim in _ID_TOKEN_CLAIMS:
            if claim in signed.claims:
                raise InvalidToken("it is an ID token; send the access token")
        try:
            principal = _principal(signed, _vouched(provider, token, signed))
        except InvalidToken as refusal:
            self._remember(key, refusal.reason, expires_at)
            raise
        except IdentityProviderUnavailable as outage:
            return self._meanwhile(key, seen, signed, outage)
        self._remember(key, principal, expires_at)
        return principal

    def _meanwhile(
        self, key: bytes, seen: _Seen | None, signed: SignedToken, outage: IdentityProviderUnavailable
    ) -> Principal:
        """The provider is down: trust what it said lately, or a token that says everything itself."""
        now = self._clock()
        if seen is not None and now < seen.usable_until:
            log.warning("identity_provider_unavailable", failure=str(outage), using="what it said before")
            self._store(
                key, _Seen(seen.outcome, min(now + _OUTAGE_RETRY_SECONDS, seen.usable_until), seen.usable_until)
            )
            return seen.answer()
        if _is_typed_access_token(signed) and "groups" in signed.claims:
            log.warning("identity_provider_unavailable", failure=str(outage), using="the token alone")
            return _principal(signed, {})
        raise outage

    def _remember(self, key: bytes, outcome: Principal | str, expires_at: float) -> None:
        now = self._clock()
        self._store(
            key,
            _Seen(
                outcome,
                fresh_until=min(now + self._cache_seconds, expires_at),
                usable_until=min(now + max(self._cache_seconds, _OUTAGE_GRACE_SECONDS), expires_at),
            ),
        )

    def _store(self, key: bytes, seen: _Seen) -> None:
        with self._lock:
            self._seen[key] = seen
            self._seen.move_to_end(key)
            while len(self._seen) > _REMEMBERED_TOKENS:
                self._seen.popitem(last=False)


def _is_typed_access_token(token: SignedToken) -> bool:
    """Whether the header says so (RFC 9068, section 2.1)."""
    return str(token.header.get("typ", "")).lower() in _ACCESS_TOKEN_TYPES


def _vouched(provider: Provider, token: str, signed: SignedToken) -> Mapping[str, Any]:
    """What the provider says about the token's owner."""
    told = provider.userinfo(token)
    if told is None:
        if not _is_typed_access_token(signed):
            raise InvalidToken("nothing tells it from an ID token, and its issuer has no userinfo endpoint to ask")
        return {}
    if told.get("sub") != signed.claims["sub"]:
        raise InvalidToken("its issuer says it belongs to somebody else")
    return told


def _principal(signed: SignedToken, told: Mapping[str, Any]) -> Principal:
    # What userinfo says is newer than what the token carries.
    claims = {**signed.claims, **{name: value for name, value in told.items() if value not in (None, "")}}
    groups = _groups(claims.get("groups"))
    subject = signed.claims["sub"]
    email = claims.get("email")
    return Principal(
        issuer=signed.claims["iss"],
        subject=subject,
        name=_text(claims.get("name")) or _text(claims.get("preferred_username")) or subject,
        email=email if isinstance(email, str) and email and email.isprintable() else None,
        roles=MappingProxyType(parse_groups(groups)),
        operator=OPERATOR_GROUP in groups,
    )


def _groups(claim: object) -> tuple[str, ...]:
    if isinstance(claim, str):
        return (claim,)
    return tuple(group for group in claim if isinstance(group, str)) if isinstance(claim, list) else ()


def _text(claim: object) -> str:
    if not isinstance(claim, str):
        return ""
    # Databases and headers take no control characters.
    return " ".join("".join(each if each.isprintable() else " " for each in claim).split())[:_MAX_NAME_LENGTH]
