"""Why a caller is not let in."""


class MissingCredentials(Exception):
    """The request says nothing about who sends it (401 without an error code)."""


class InvalidToken(Exception):
    """The token or key proves nothing (401 `invalid_token`).

    Attributes:
        reason: One clause that may be shown to the caller; it holds nothing of the token.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class IdentityProviderUnavailable(Exception):
    """The identity provider cannot be asked just now (503); the message says what it failed to answer."""


class KeyNotAllowed(PermissionError):
    """Nobody hands out more than they have; the message says what is missing."""


class InvalidApiKeyRequest(ValueError):
    """A key cannot be made as asked for.

    Attributes:
        field: Which part is wrong, `label` or `expires_at`.
        problem: What is wrong with it, and what to give.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
