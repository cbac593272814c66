"""From an OIDC access token to a principal."""

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx
import structlog

from presswerk.certificates import authorities
from presswerk.declaration import GroupsFrom
from presswerk.identity.claims import check_claims, principal_of
from presswerk.identity.errors import IdentityProviderUnavailable, InvalidToken
from presswerk.identity.principal import Principal
from presswerk.identity.provider import ClientCredentials, Provider
from presswerk.identity.signing_keys import SignedToken, is_opaque, parse
from presswerk.identity.single_flight import SingleFlight

REMEMBERED_SECONDS = 30.0
"""How long what a provider said of a token counts without asking again."""

OUTAGE_SECONDS = 60.0
"""How long after its provider's last yes a token counts while the provider is down."""

LONGEST_TOKEN_SECONDS = 300
"""How long a token may live whose own groups count."""

_TIMEOUT_SECONDS = 5.0
_REMEMBERED_TOKENS = 10_000
_OUTAGE_RETRY_SECONDS = 5.0
_ACCESS_TOKEN_TYPES = frozenset({"at+jwt", "application/at+jwt"})
_ID_TOKEN_CLAIMS = ("at_hash", "c_hash")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TrustedIssuer:
    """An issuer whose tokens count.

    Attributes:
        issuer: Exactly as in its discovery document, with or without a final slash.
        audiences: A token must be for one of these.
        groups_from: Where its people's groups are read.
        client: With which opaque tokens are asked about (RFC 7662); None refuses them.
    """

    issuer: str
    audiences: Collection[str]
    groups_from: GroupsFrom = GroupsFrom.USERINFO
    client: ClientCredentials | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.audiences, str) or not self.audiences:
            raise ValueError(f"issuer {self.issuer}: name at least one audience, as a list")

    @property
    def removal_noticed_seconds(self) -> float:
        """How long at most a removal at this provider goes unnoticed by whoever has a token, the provider answering."""
        return REMEMBERED_SECONDS + (LONGEST_TOKEN_SECONDS if self.groups_from is GroupsFrom.TOKEN else 0)


@dataclass(frozen=True)
class _Seen:
    """What became of a token: a principal, or the reason why not; times are seconds since the epoch."""

    person: tuple[str, str] | None
    outcome: Principal | str
    fresh_until: float
    usable_until: float

    def answer(self) -> Principal:
        if isinstance(self.outcome, str):
            raise InvalidToken(self.outcome)
        return self.outcome


class TokenVerifier:
    """Verifies access tokens of trusted issuers; may be called from many threads.

    Signature, issuer, audience and times are checked here; of an opaque token they are what the provider says
    (RFC 7662). Whether it is an access token at all, whether it was revoked or its owner locked, and the newest groups
    are the provider's to say: its userinfo endpoint is asked for every token, again after `cache_seconds`. An ID token
    is refused there (a `nonce` proves nothing: some providers put it into both).

    Args:
        trusted: One or more issuers. Some providers have an issuer for each client.
        client: Does the requests; one with a 5 s timeout and no redirects if not given.
        leeway_seconds: By how much clocks may differ.
        cache_seconds: How long an answer is remembered: a revoked token works this long at most.
        outage_seconds: How long after the last yes a token counts while its provider is down.
        clock: Seconds since the epoch.
        verified: Told each principal a provider has just vouched for, and when it was asked.
    """

    def __init__(
        self,
        trusted: Iterable[TrustedIssuer],
        *,
        client: httpx.Client | None = None,
        leeway_seconds: int = 30,
        cache_seconds: float = REMEMBERED_SECONDS,
        outage_seconds: float = OUTAGE_SECONDS,
        clock: Callable[[], float] = time.time,
        verified: Callable[[Principal, float], None] = lambda _principal, _asked_at: None,
    ) -> None:
        self._issuers = {each.issuer: each for each in trusted}
        if not self._issuers:
            raise ValueError("a token verifier needs at least one trusted issuer")
        http = client or httpx.Client(timeout=_TIMEOUT_SECONDS, verify=authorities())
        self._own_client = None if client else http
        self._leeway_seconds = leeway_seconds
        self._cache_seconds = cache_seconds
        self._outage_seconds = outage_seconds
        self._clock = clock
        self._verified = verified
        self._providers = {issuer: Provider(issuer, http, clock) for issuer in self._issuers}
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()
        self._flights: SingleFlight[Principal] = SingleFlight()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def provider(self, issuer: str) -> Provider:
        """A trusted issuer, for whoever asks it other things."""
        return self._providers[issuer]

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

    def forget(self, issuer: str, subject: str) -> None:
        """Let the provider be asked anew about every token of a person."""
        with self._lock:
            for key in [key for key, seen in self._seen.items() if seen.person == (issuer, subject)]:
                del self._seen[key]

    def _check(self, token: str, key: bytes, seen: _Seen | None) -> Principal:
        asked_at = self._clock()
        if is_opaque(token) and not any(trusted.client for trusted in self._issuers.values()):
            raise InvalidToken("it is not a signed JWT")
        signed, signed_until = (None, 0.0) if is_opaque(token) else self._signed(token)
        try:
            claims, ends_at = self._introspected(token) if signed is None else (signed.claims, signed_until)
            trusted = self._issuers[claims["iss"]]
            told = self._vouched(token, claims, signed)
            principal = principal_of(claims, told, trusted.groups_from)
        except InvalidToken as refusal:
            self._remember(key, None, refusal.reason, asked_at, math.inf)
            raise
        except IdentityProviderUnavailable as outage:
            return self._meanwhile(key, seen, outage)
        self._remember(key, (principal.issuer, principal.subject), principal, asked_at, ends_at)
        self._verified(principal, asked_at)
        return principal

    def _signed(self, token: str) -> tuple[SignedToken, float]:
        """A JWT whose signature and claims are right, and when it ends."""
        signed = parse(token)
        issuer = signed.claims.get("iss")
        if not isinstance(issuer, str) or issuer not in self._issuers:
            raise InvalidToken("it is from an issuer that is not trusted here")
        self._providers[issuer].check_signature(signed)
        return signed, self._check_claims(signed.claims, self._issuers[issuer])

    def _introspected(self, token: str) -> tuple[Mapping[str, Any], float]:
        """The claims of an opaque token, as the issuer that knows it says them, and when it ends."""
        for trusted in self._issuers.values():
            if trusted.client is None:
                continue
            told = self._providers[trusted.issuer].introspect(token, trusted.client)
            if told is None:
                continue
            # Without `aud` it is for the client that got it (RFC 7662 leaves all but `active` out at will).
            claims = {"exp": self._clock() + self._cache_seconds, "aud": told.get("client_id"), **told}
            if claims.setdefault("iss", trusted.issuer) != trusted.issuer:
                raise InvalidToken("its issuer says it is another issuer's")
            return claims, self._check_claims(claims, trusted)
        raise InvalidToken("it is not a signed JWT, and its issuer knows no access token like it")

    def _check_claims(self, claims: Mapping[str, Any], trusted: TrustedIssuer) -> float:
        """Check audience, subject and times; the result is when the token ends."""
        ends_at = check_claims(claims, trusted.audiences, now=self._clock(), leeway_seconds=self._leeway_seconds)
        for claim in _ID_TOKEN_CLAIMS:
            if claim in claims:
                raise InvalidToken("it is an ID token; send the access token")
        if trusted.groups_from is GroupsFrom.TOKEN:
            issued_at = claims.get("iat")
            if issued_at is None:
                raise InvalidToken("it lacks the claim iat")
            if claims["exp"] - issued_at > LONGEST_TOKEN_SECONDS:
                raise InvalidToken(
                    f"it carries the groups and lives longer than {LONGEST_TOKEN_SECONDS} seconds; let the identity "
                    "provider issue shorter ones, or read groups from userinfo"
                )
        return ends_at

    def _vouched(self, token: str, claims: Mapping[str, Any], signed: SignedToken | None) -> Mapping[str, Any]:
        """What the provider says about the token's owner."""
        trusted = self._issuers[claims["iss"]]
        if trusted.groups_from is GroupsFrom.TOKEN and signed is not None and _says_everything(signed):
            # Some providers' userinfo takes no token that is for somebody else, as such a one is (RFC 8707).
            return {}
        told = self._providers[trusted.issuer].userinfo(token)
        if told is not None:
            if told.get("sub") != claims["sub"]:
                raise InvalidToken("its issuer says it belongs to somebody else")
            return told
        if trusted.groups_from is GroupsFrom.USERINFO:
            raise InvalidToken("its issuer has no userinfo endpoint to read groups from; declare groups_from: token")
        raise InvalidToken("nothing tells it from an ID token, and its issuer has no userinfo endpoint to ask")

    def _meanwhile(self, key: bytes, seen: _Seen | None, outage: IdentityProviderUnavailable) -> Principal:
        """The provider is down: trust what it said lately."""
        now = self._clock()
        if seen is not None and now < seen.usable_until:
            log.warning("identity_provider_unavailable", failure=str(outage), using="what it said before")
            again_at = min(now + _OUTAGE_RETRY_SECONDS, seen.usable_until)
            self._store(key, _Seen(seen.person, seen.outcome, again_at, seen.usable_until))
            return seen.answer()
        raise outage

    def _remember(
        self, key: bytes, person: tuple[str, str] | None, outcome: Principal | str, asked_at: float, expires_at: float
    ) -> None:
        seen = _Seen(
            person,
            outcome,
            fresh_until=min(asked_at + self._cache_seconds, expires_at),
            usable_until=min(asked_at + self._outage_seconds, expires_at),
        )
        self._store(key, seen)

    def _store(self, key: bytes, seen: _Seen) -> None:
        with self._lock:
            self._seen[key] = seen
            self._seen.move_to_end(key)
            while len(self._seen) > _REMEMBERED_TOKENS:
                self._seen.popitem(last=False)


def _says_everything(token: SignedToken) -> bool:
    """Whether a token says itself that it is an access token (RFC 9068, section 2.1), and so all that is to be said."""
    return str(token.header.get("typ", "")).lower() in _ACCESS_TOKEN_TYPES
