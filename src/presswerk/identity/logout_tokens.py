"""A provider's word that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0)."""

import datetime as dt
import hashlib
import time
from collections.abc import Callable

from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import IntegrityError

from presswerk.identity.claims import check_claims
from presswerk.identity.errors import InvalidToken
from presswerk.identity.provider import Provider
from presswerk.identity.signing_keys import parse
from presswerk.identity.tables import logout_tokens

EVENT = "http://schemas.openid.net/event/backchannel-logout"

_LEEWAY_SECONDS = 30
# A token that is sent late is a token that was kept.
_OLDEST_SECONDS = 300.0
# Longer than any of them counts.
_REMEMBERED = dt.timedelta(seconds=2 * _OLDEST_SECONDS)
_MAX_ID_LENGTH = 255


class LogoutTokens:
    """Verifies logout tokens for one client of one provider; each counts once, at whichever hub it arrives.

    Args:
        engine: The hubs' database.
        provider: Whose signing keys count.
        issuer: As its tokens name it.
        client_id: For whom a token must be.
        clock: Seconds since the epoch.
    """

    def __init__(
        self, engine: Engine, provider: Provider, issuer: str, client_id: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine = engine
        self._provider = provider
        self._issuer = issuer
        self._client_id = client_id
        self._clock = clock

    def verify(self, token: str) -> str:
        """Say whose sessions end (section 2.6 of the specification).

        Returns:
            The person's subject.

        Raises:
            InvalidToken: It proves nothing, or came before.
            IdentityProviderUnavailable: The provider's keys cannot be had just now.
        """
        signed = parse(token)
        claims = signed.claims
        if claims.get("iss") != self._issuer:
            raise InvalidToken("it is from an issuer that is not trusted here")
        self._provider.check_signature(signed)
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
            raise InvalidToken("it is no logout token")
        if "nonce" in claims:
            raise InvalidToken("it carries a nonce, as only an ID token does")
        # It may name a session alone; ours are a person's, so it must name the person.
        check_claims(claims, (self._client_id,), now=self._clock(), leeway_seconds=_LEEWAY_SECONDS)
        issued_at, number = claims.get("iat"), claims.get("jti")
        if not isinstance(issued_at, int | float) or self._clock() - issued_at > _OLDEST_SECONDS:
            raise InvalidToken("it is too old")
        if not isinstance(number, str) or not 0 < len(number) <= _MAX_ID_LENGTH:
            raise InvalidToken("it lacks the claim jti")
        self._use(number)
        subject: str = claims["sub"]
        return subject

    def _use(self, number: str) -> None:
        now = dt.datetime.fromtimestamp(self._clock(), dt.UTC)
        values = {"id_sha256": hashlib.sha256(number.encode()).hexdigest(), "at": now}
        try:
            with self._engine.begin() as database:
                database.execute(delete(logout_tokens).where(logout_tokens.c.at < now - _REMEMBERED))
                database.execute(insert(logout_tokens).values(values))
        except IntegrityError:
            raise InvalidToken("it came before") from None
