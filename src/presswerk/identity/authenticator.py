"""From an Authorization header to a principal."""

from presswerk.identity.api_keys import API_KEY_PREFIX, ApiKeys
from presswerk.identity.errors import InvalidToken, MissingCredentials
from presswerk.identity.people import KnownPeople
from presswerk.identity.principal import Principal
from presswerk.identity.verification import TokenVerifier


def bearer_token(authorization_header: str | None) -> str:
    """Read a bearer token (RFC 6750, section 2.1); the scheme's case does not matter.

    Raises:
        MissingCredentials: There is no header, or one of another scheme.
        InvalidToken: The scheme is right and what follows is not one token.
    """
    scheme, _, rest = (authorization_header or "").strip(" \t").partition(" ")
    if scheme.lower() != "bearer":
        raise MissingCredentials("send `Authorization: Bearer <access token or API key>`")
    token = rest.strip(" \t")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidToken("after Bearer comes exactly one access token or API key")
    return token


class Authenticator:
    """Tells people by their access tokens and programs by their API keys.

    Whoever was removed through Presswerk has no more than that leaves, also while the provider still says otherwise.
    """

    def __init__(self, verifier: TokenVerifier, api_keys: ApiKeys, people: KnownPeople) -> None:
        self._people = people
        self._verifier = verifier
        self._api_keys = api_keys

    def authenticate(self, authorization_header: str | None) -> Principal:
        """Say who sends a request.

        Raises:
            MissingCredentials: The header says nothing (401 without an error code).
            InvalidToken: What it says proves nothing (401 `invalid_token`).
            IdentityProviderUnavailable: It cannot be checked just now (503).
        """
        token = bearer_token(authorization_header)
        if token.startswith(API_KEY_PREFIX):
            return self._api_keys.authenticate(token)
        return self.person(token)

    def person(self, access_token: str) -> Principal:
        """Say whose access token this is, and what they may do now.

        Raises:
            InvalidToken: It proves nothing.
            IdentityProviderUnavailable: It cannot be checked just now.
        """
        principal = self._verifier.verify(access_token)
        if self._people.is_locked(principal.issuer, principal.subject):
            raise InvalidToken("its owner's account is locked")
        return principal.limited(self._people.caps(principal.issuer, principal.subject))
