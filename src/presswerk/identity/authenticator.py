"""From an Authorization header to a principal (RFC 6750)."""

from presswerk.identity.api_keys import PREFIX, ApiKeys
from presswerk.identity.errors import InvalidToken, MissingCredentials
from presswerk.identity.principal import Principal
from presswerk.identity.verification import TokenVerifier


class Authenticator:
    """Identifies callers by OIDC access token or API key; both come as a bearer token."""

    def __init__(self, verifier: TokenVerifier, api_keys: ApiKeys) -> None:
        self._verifier = verifier
        self._api_keys = api_keys

    def authenticate(self, authorization: str | None) -> Principal:
        """Identify a caller.

        Args:
            authorization: The Authorization header's value, or None when the request has none.

        Raises:
            MissingCredentials: There is no header.
            InvalidToken: It is of another scheme, or the token or key is not valid.
            IdentityProviderUnavailable: The identity provider is needed to decide and does not answer.
        """
        if authorization is None or not authorization.strip():
            raise MissingCredentials("sign in and send an access token, or send an API key")
        scheme, _, credentials = authorization.strip().partition(" ")
        token = credentials.strip()
        if scheme.lower() != "bearer" or not token:
            raise InvalidToken("send it as `Authorization: Bearer <token>`")
        if token.startswith(PREFIX):
            return self._api_keys.authenticate(token)
        return self._verifier.verify(token)
