"""One identity provider over HTTP: discovery, signing keys, userinfo."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
import structlog

from presswerk.identity.errors import IdentityProviderUnavailable, InvalidToken
from presswerk.identity.signing_keys import SignedToken, SigningKeys, UnknownSigningKey
from presswerk.identity.single_flight import SingleFlight

_DISCOVERY_SECONDS = 3600.0
_KEYS_SECONDS = 600.0
# A token names any key it likes, so an unknown one may not cost the provider a request each time.
_REFETCH_SECONDS = 10.0
_FAILURE_SECONDS = 1.0
_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Endpoints:
    """What the discovery document says."""

    jwks: str
    userinfo: str | None


@dataclass(frozen=True)
class _Fetched:
    """The keys and when they came; `failed_at` is the last try to renew them that failed."""

    endpoints: Endpoints
    keys: SigningKeys
    discovered_at: float
    fetched_at: float
    failed_at: float | None = None


def discovery_url(issuer: str) -> str:
    """Where an issuer publishes itself; a path stays in front, a final slash is not doubled.

    Source: OpenID Connect Discovery 1.0, section 4.1.
    """
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


class Provider:
    """One issuer; keys are cached, and go on being used when it cannot be reached.

    Args:
        issuer: Exactly as its discovery document and its tokens say it.
        client: Does the requests; shared by threads.
        clock: Seconds since the epoch.
    """

    def __init__(self, issuer: str, client: httpx.Client, clock: Callable[[], float]) -> None:
        self._issuer = issuer
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._fetched: _Fetched | None = None
        self._failure: tuple[float, str] | None = None
        self._fetches: SingleFlight[_Fetched] = SingleFlight()

    def check_signature(self, token: SignedToken) -> None:
        """Check a token's signature against the published keys; an unknown key makes them be fetched again.

        Raises:
            InvalidToken: No published key signed it.
            IdentityProviderUnavailable: The keys were never fetched and cannot be now.
        """
        try:
            self._current(_KEYS_SECONDS).keys.verify(token)
        except UnknownSigningKey:
            try:
                self._current(_REFETCH_SECONDS).keys.verify(token)
            except UnknownSigningKey:
                raise InvalidToken("it is signed with a key its issuer does not publish") from None

    def userinfo(self, token: str) -> Mapping[str, Any] | None:
        """What the provider says about the owner of an access token; None when it has no such endpoint.

        Raises:
            InvalidToken: The provider does not take it as an access token, or no longer.
            IdentityProviderUnavailable: The provider does not answer.
        """
        address = self._current(_DISCOVERY_SECONDS).endpoints.userinfo
        if address is None:
            return None
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        response = self._get(address, "userinfo", headers)
        if response.status_code in _REFUSALS:
            raise InvalidToken("its issuer does not take it as an access token, or no longer does")
        return self._document(response, "userinfo")

    def _current(self, max_age_seconds: float) -> _Fetched:
        fetched = self._fetched
        if fetched is not None and self._clock() - self._last_try(fetched) < max_age_seconds:
            return fetched
        return self._fetches.do("keys", lambda: self._renew(fetched))

    @staticmethod
    def _last_try(fetched: _Fetched) -> float:
        return fetched.fetched_at

    def _renew(self, known: _Fetched | None) -> _Fetched:
        raise NotImplementedError
