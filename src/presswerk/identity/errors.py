"""Why a caller is not let in."""

from presswerk.errors import FORBIDDEN, INVALID_INPUT, PresswerkError, ProblemType
from presswerk.messages import Message


class MissingCredentials(PresswerkError):
    """The request says nothing about who sends it (401 without an error code)."""

    problem = "Send an access token or an API key as `Authorization: Bearer ...`."
    http = ProblemType(401, "not-signed-in", "Sign in first")


class InvalidToken(PresswerkError):
    """The token or key proves nothing (401 `invalid_token`).

    Attributes:
        reason: One clause that may be shown to the caller; it holds nothing of the token.
    """

    http = ProblemType(401, "invalid-token", "The token is not valid")

    def __init__(self, reason: str) -> None:
        super().__init__(f"The token was refused: {reason}.")
        self.reason = reason


class IdentityProviderUnavailable(PresswerkError):
    """The identity provider cannot be asked just now (503).

    Attributes:
        cause: What it failed to answer; for logs and operators.
    """

    message = Message("It cannot be checked at the moment who you are; try again soon.")
    retryable = True
    retry_after_seconds = 5
    http = ProblemType(503, "identity-provider-unavailable", "The identity provider does not answer")

    def __init__(self, cause: str) -> None:
        super().__init__()
        self.args = (cause,)
        self.cause = cause


class KeyNotAllowed(PresswerkError):
    """Nobody hands out more than they have; the message says what is missing."""

    http = FORBIDDEN


class InvalidApiKeyRequest(PresswerkError):
    """A key cannot be made as asked for.

    Args:
        field: Which part is wrong, `label` or `expires_at`.
        told: What is wrong with it, and what to give.
    """

    http = INVALID_INPUT

    def __init__(self, field: str, told: str) -> None:
        super().__init__(f"{field}: {told}")
        self.fields = ((field, told),)
