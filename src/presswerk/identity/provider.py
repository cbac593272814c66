"""One identity provider over HTTP: discovery, signing keys, userinfo, introspection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from presswerk.certificates import is_refused, not_trusted
from presswerk.identity.errors import IdentityProviderUnavailable, InvalidToken
from presswerk.identity.renewed import Renewed
from presswerk.identity.signing_keys import MAX_TOKEN_LENGTH, SignedToken, SigningKeys, UnknownSigningKey

_DISCOVERY_SECONDS = 3600.0
_KEYS_SECONDS = 600.0
_KEPT_SECONDS = 24 * 3600.0
# A token names any key it likes, so an unknown one may not cost the provider a request each time.
_REFETCH_SECONDS = 10.0
_OPTIONAL_ENDPOINTS = ("userinfo", "introspection", "authorization", "token", "end_session", "revocation")
_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True)
class ClientCredentials:
    """With which an application proves to a provider that it is a client of its; a public one has no secret."""

    client_id: str
    client_secret: str = field(default="", repr=False)

    def basic(self) -> httpx.Auth:
        """Both parts are form-encoded first (RFC 6749, section 2.3.1); a public client proves nothing here."""
        if not self.client_secret:
            return httpx.Auth()
        return httpx.BasicAuth(quote(self.client_id, safe=""), quote(self.client_secret, safe=""))


@dataclass(frozen=True)
class Endpoints:
    """What the discovery document says."""

    jwks: str
    userinfo: str | None
    introspection: str | None = None
    authorization: str | None = None
    token: str | None = None
    end_session: str | None = None
    revocation: str | None = None


def discovery_url(issuer: str) -> str:
    """Where an issuer publishes itself; a path stays in front, a final slash is not doubled.

    Source: OpenID Connect Discovery 1.0, section 4.1.
    """
    return f"{issuer.removesuffix('/')}/.well-known/openid-configuration"


class Provider:
    """One issuer; its keys are cached, and go on being used for a day when it cannot be reached.

    Args:
        issuer: Exactly as its discovery document and its tokens say it.
        client: Does the requests; shared by threads.
        clock: Seconds since the epoch.
    """

    def __init__(self, issuer: str, client: httpx.Client, clock: Callable[[], float]) -> None:
        self._issuer = issuer
        self._client = client
        self._endpoints = Renewed(f"discovery of {issuer}", self._discover, clock, kept_seconds=_KEPT_SECONDS)
        self._keys = Renewed(f"signing keys of {issuer}", self._fetch_keys, clock, kept_seconds=_KEPT_SECONDS)

    def check_signature(self, token: SignedToken) -> None:
        """Check a token's signature; a key not seen yet makes the keys be fetched again, at most every ten seconds.

        Raises:
            InvalidToken: No published key signed it.
            IdentityProviderUnavailable: The key is not known, and the newest ones cannot be fetched.
        """
        try:
            self._keys.get(_KEYS_SECONDS).verify(token)
        except UnknownSigningKey:
            try:
                self._keys.get(_REFETCH_SECONDS).verify(token)
            except UnknownSigningKey:
                # The key may well be published where we cannot look now.
                if self._keys.failure is not None:
                    raise IdentityProviderUnavailable(self._keys.failure) from None
                raise InvalidToken("it is signed with a key its issuer does not publish") from None

    def userinfo(self, token: str) -> Mapping[str, Any] | None:
        """What the provider says about the owner of an access token; None when it has no such endpoint.

        Raises:
            InvalidToken: The provider does not take it as an access token, or no longer.
            IdentityProviderUnavailable: The provider does not answer.
        """
        address = self._endpoints.get(_DISCOVERY_SECONDS).userinfo
        if address is None:
            return None
        return self._ask("GET", address, "userinfo", token=token)

    def introspect(self, token: str, client: ClientCredentials) -> Mapping[str, Any] | None:
        """What the provider says about an opaque token (RFC 7662); None when it knows none such, or cannot be asked.

        Raises:
            IdentityProviderUnavailable: The provider does not answer, or does not know the client.
        """
        address = self._endpoints.get(_DISCOVERY_SECONDS).introspection
        if address is None or len(token) > MAX_TOKEN_LENGTH:
            return None
        form = {"token": token, "token_type_hint": "access_token"}
        told = self._ask("POST", address, "introspection", form=form, client=client)
        return told if told.get("active") is True else None

    def endpoints(self) -> Endpoints:
        """Where the provider does what.

        Raises:
            IdentityProviderUnavailable: It does not say.
        """
        return self._endpoints.get(_DISCOVERY_SECONDS)

    def _discover(self) -> Endpoints:
        document = self._get(discovery_url(self._issuer), "discovery")
        if document.get("issuer") != self._issuer:
            raise self._unavailable("its discovery document names another issuer; configure the one it names")
        jwks = document.get("jwks_uri")
        if not isinstance(jwks, str):
            raise self._unavailable("its discovery document has no jwks_uri")
        said = {name: document.get(f"{name}_endpoint") for name in _OPTIONAL_ENDPOINTS}
        optional = {name: address for name, address in said.items() if isinstance(address, str)}
        for address in (jwks, *optional.values()):
            if self._issuer.startswith("https:") and not address.startswith("https:"):
                raise self._unavailable("its discovery document leads away from https")
        return Endpoints(jwks=jwks, userinfo=optional.pop("userinfo", None), **optional)

    def _fetch_keys(self) -> SigningKeys:
        keys = SigningKeys.from_jwks(self._get(self._endpoints.get(_DISCOVERY_SECONDS).jwks, "signing keys"))
        if not keys:
            raise self._unavailable("it publishes no key that could sign a token")
        return keys

    def _get(self, address: str, what: str) -> dict[str, Any]:
        return self._ask("GET", address, what)

    def _ask(
        self,
        method: str,
        address: str,
        what: str,
        *,
        token: str | None = None,
        form: Mapping[str, str] | None = None,
        client: ClientCredentials | None = None,
    ) -> dict[str, Any]:
        headers = {"Accept": "application/json"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
        auth = None if client is None else client.basic()
        try:
            response = self._client.request(method, address, headers=headers, data=form, auth=auth)
        except httpx.TimeoutException:
            raise self._unavailable(f"its {what} took too long") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = not_trusted(address) if is_refused(error) else "no connection"
            raise self._unavailable(f"its {what} could not be reached: {reason}") from None
        if token is not None and response.status_code in _REFUSALS:
            raise InvalidToken("its issuer does not take it as an access token, or no longer does")
        if response.status_code != HTTPStatus.OK:
            raise self._unavailable(f"its {what} answered {response.status_code}")
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise self._unavailable(f"its {what} is not a JSON object")
        return document

    def _unavailable(self, clause: str) -> IdentityProviderUnavailable:
        return IdentityProviderUnavailable(f"identity provider {self._issuer}: {clause}")
