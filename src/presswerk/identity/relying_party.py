"""How a person signs in at an application of ours: authorization code with PKCE (OpenID Connect Core 1.0, RFC 7636)."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpx

from presswerk.certificates import is_refused, not_trusted
from presswerk.identity.claims import check_claims
from presswerk.identity.clients import SCOPES
from presswerk.identity.errors import IdentityProviderUnavailable, InvalidToken
from presswerk.identity.provider import ClientCredentials, Provider
from presswerk.identity.signing_keys import parse

_LEEWAY_SECONDS = 30
_DEFAULT_LIFE_SECONDS = 300.0
_SECRET_BYTES = 32
_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True)
class SignInRequest:
    """A sign-in that has begun; all but the address stays with the browser that began it."""

    url: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class TokenSet:
    """What the provider gave; all of it is secret. `expires_at` is the access token's, in seconds since the epoch."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: float


@dataclass(frozen=True)
class SignIn:
    """A sign-in that has come to its end: the tokens, and what the verified ID token says."""

    tokens: TokenSet
    claims: Mapping[str, Any]


class RelyingParty:
    """One client of one provider.

    Args:
        issuer: Exactly as its discovery document says it.
        credentials: This application's name and secret there; without one it proves itself by PKCE alone.
        redirect_uri: Where the provider sends people back to.
        client: Does the requests; shared by threads.
        clock: Seconds since the epoch.
        provider: The issuer, where somebody else asks it too: what it publishes is then fetched once.
    """

    def __init__(
        self,
        issuer: str,
        credentials: ClientCredentials,
        redirect_uri: str,
        *,
        client: httpx.Client,
        clock: Callable[[], float] = time.time,
        provider: Provider | None = None,
    ) -> None:
        self._issuer = issuer
        self._credentials = credentials
        self._client_id = credentials.client_id
        self._redirect_uri = redirect_uri
        self._client = client
        self._clock = clock
        self._provider = provider or Provider(issuer, client, clock)

    def begin(self, locales: str = "") -> SignInRequest:
        """Make an authorization request with a state, a nonce and a PKCE verifier of its own.

        Args:
            locales: The person's languages, for the provider's pages, such as `de en`.

        Raises:
            IdentityProviderUnavailable: The provider does not say where people sign in.
        """
        state, nonce, verifier = (secrets.token_urlsafe(_SECRET_BYTES) for _ in range(3))
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": " ".join(SCOPES),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            **({"ui_locales": locales} if locales else {}),
        }
        address = self._needed(self._provider.endpoints().authorization, "authorization")
        return SignInRequest(_with_query(address, query), state, nonce, verifier)

    def complete(self, code: str, nonce: str, verifier: str) -> SignIn:
        """Exchange a code, and verify the ID token that comes with it.

        Raises:
            InvalidToken: The provider does not take the code, or its ID token proves nothing.
            IdentityProviderUnavailable: It does not answer.
        """
        tokens = self._exchange(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect_uri,
                "code_verifier": verifier,
            }
        )
        return SignIn(tokens, self._verify_id_token(tokens.id_token, nonce))

    def refresh(self, tokens: TokenSet) -> TokenSet:
        """Exchange the refresh token for new tokens; what the provider does not send again stays.

        Raises:
            InvalidToken: There is none, or the provider does not take it any more.
            IdentityProviderUnavailable: It does not answer.
        """
        if tokens.refresh_token is None:
            raise InvalidToken("it has expired")
        new = self._exchange({"grant_type": "refresh_token", "refresh_token": tokens.refresh_token})
        return TokenSet(
            new.access_token, new.id_token or tokens.id_token, new.refresh_token or tokens.refresh_token, new.expires_at
        )

    def revoke(self, tokens: TokenSet) -> None:
        """Tell the provider that a sign-in is over, as far as it listens (RFC 7009).

        Raises:
            IdentityProviderUnavailable: It does not answer.
        """
        address = self._provider.endpoints().revocation
        if address is not None:
            self._post(address, "revocation", {"token": tokens.refresh_token or tokens.access_token})

    def end_session_url(self, id_token: str, return_to: str) -> str | None:
        """Where a person signs out of the provider too (OpenID Connect RP-Initiated Logout 1.0).

        Returns:
            None where the provider has no such place, or cannot say now.
        """
        try:
            address = self._provider.endpoints().end_session
        except IdentityProviderUnavailable:
            return None
        query = {"id_token_hint": id_token, "client_id": self._client_id, "post_logout_redirect_uri": return_to}
        return None if address is None else _with_query(address, query)

    def _verify_id_token(self, id_token: str, nonce: str) -> Mapping[str, Any]:
        """Check an ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""
        signed = parse(id_token)
        claims = signed.claims
        if claims.get("iss") != self._issuer:
            raise InvalidToken("it is from an issuer that is not trusted here")
        self._provider.check_signature(signed)
        check_claims(claims, (self._client_id,), now=self._clock(), leeway_seconds=_LEEWAY_SECONDS)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self._client_id) != self._client_id:
            raise InvalidToken("it was given to another client")
        if not isinstance(claims.get("nonce"), str) or not hmac.compare_digest(
            claims["nonce"].encode("utf-8", "surrogatepass"), nonce.encode()
        ):
            raise InvalidToken("it belongs to another sign-in")
        return claims

    def _exchange(self, form: Mapping[str, str]) -> TokenSet:
        address = self._needed(self._provider.endpoints().token, "token")
        answer = self._post(address, "token", form)
        document = _document(answer)
        if answer.status_code == HTTPStatus.UNAUTHORIZED or document.get("error") == "invalid_client":
            raise self._unavailable("it does not take this application's secret; the two sides differ")
        if answer.status_code in _REFUSALS:
            raise InvalidToken("its issuer does not take it, or no longer does")
        access, id_token, refresh = (
            value if isinstance(value := document.get(name), str) and value else None
            for name in ("access_token", "id_token", "refresh_token")
        )
        if answer.status_code != HTTPStatus.OK or access is None:
            raise self._unavailable(f"its token endpoint answered {answer.status_code} without a token")
        life = document.get("expires_in")
        seconds = float(life) if isinstance(life, int | float) and not isinstance(life, bool) else _DEFAULT_LIFE_SECONDS
        return TokenSet(access, id_token or "", refresh, self._clock() + seconds)

    def _post(self, address: str, what: str, form: Mapping[str, str]) -> httpx.Response:
        named = {**form, **({} if self._credentials.client_secret else {"client_id": self._client_id})}
        proof = self._credentials.basic()
        try:
            return self._client.post(address, data=named, auth=proof, headers={"Accept": "application/json"})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = not_trusted(address) if is_refused(error) else "no connection"
            raise self._unavailable(f"its {what} endpoint could not be reached: {reason}") from None

    def _needed(self, address: str | None, what: str) -> str:
        if address is None:
            raise self._unavailable(f"its discovery document has no {what}_endpoint")
        return address

    def _unavailable(self, clause: str) -> IdentityProviderUnavailable:
        return IdentityProviderUnavailable(f"identity provider {self._issuer}: {clause}")


def challenge(verifier: str) -> str:
    """The S256 code challenge of a PKCE verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _document(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
