"""Why something could not be done at the identity provider."""

from presswerk.errors import PresswerkError


class IdentityAdministrationError(PresswerkError):
    """The identity provider's administration failed; the message says what, and what to do."""


class AuthentikUnavailable(IdentityAdministrationError):
    """Authentik does not answer, or cannot now; asking again later may help.

    Attributes:
        uncertain: Whether the request may have been carried out all the same.
    """

    def __init__(self, told: str, *, uncertain: bool = False, retry_after_seconds: float | None = None) -> None:
        super().__init__(told)
        self.uncertain = uncertain
        self.retry_after_seconds = retry_after_seconds


class NotSignedIn(IdentityAdministrationError):
    """Authentik does not take the token: it is wrong, expired or revoked."""


class NotAllowed(IdentityAdministrationError):
    """The token's owner lacks a permission.

    Attributes:
        permission: Which, as Authentik names it, such as `authentik_core.add_group`.
    """

    def __init__(self, told: str, permission: str) -> None:
        super().__init__(told)
        self.permission = permission


class AuthentikRefused(IdentityAdministrationError):
    """Authentik refuses a request.

    Attributes:
        status: The HTTP status.
        fields: What it says of each field; never a value that was sent.
    """

    def __init__(self, told: str, status: int, fields: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(told)
        self.status = status
        self.fields = fields


class AuthentikNotFound(AuthentikRefused):
    """The object is not there, or hidden from the token."""


class UnexpectedAnswer(IdentityAdministrationError):
    """Something answered that is no Authentik of a version this was made for."""


class MissingPrerequisite(IdentityAdministrationError):
    """Something the platform's blueprint or Authentik itself provides is not there."""


class DidNotConverge(IdentityAdministrationError):
    """What was written does not stay, or somebody else keeps changing it.

    Attributes:
        remaining: What still differs.
    """

    def __init__(self, told: str, remaining: tuple[str, ...]) -> None:
        super().__init__(told)
        self.remaining = remaining


class TenantNotPrepared(IdentityAdministrationError):
    """The tenant's groups are not there; `ensure` makes them."""
