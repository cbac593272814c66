"""What can be wrong with a request about a tenant; each message says what to do."""

from typing import Self

from pydantic import ValidationError

from presswerk.declaration import Tenant
from presswerk.declaration.wording import sentence
from presswerk.messages import Message


class TenantProblem(Exception):
    """A request about a tenant cannot be carried out.

    Attributes:
        message: For whom pages tell it; what only programs and operators come across is English.
        fields: (field, what is wrong with it) where fields of the request are to blame.
    """

    def __init__(self, message: Message | str, fields: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class UnknownTenant(TenantProblem, LookupError):
    """No tenant has this id."""


class TenantExists(TenantProblem):
    """Another tenant has this id already, or the same one declared otherwise."""


class InvalidTenant(TenantProblem):
    """Fields of the declaration, or of a request about a tenant's people, are wrong."""

    @classmethod
    def of(cls, error: ValidationError, message: str) -> Self:
        """What pydantic found, in our words; no value is shown."""
        known = tuple(Tenant.model_fields) if error.title == Tenant.__name__ else ()
        found = error.errors(include_url=False)
        fields = ((".".join(map(str, item["loc"])), sentence(item, lambda: known)) for item in found)
        return cls(message, tuple(fields))


class DeclaredElsewhere(TenantProblem):
    """A file or a repository declares the tenant, and what a command changed would be undone from there."""


class TenantsUnavailable(TenantProblem):
    """What is wanted of tenants can be neither read nor stored at the moment; the request can be repeated."""


class KeptAtProvider(TenantProblem):
    """Who belongs to a tenant is decided at the identity provider, and nothing carries a change there."""


class TenantLeaving(TenantProblem):
    """The tenant is to be removed; it can be resumed first."""


class ChangedMeanwhile(TenantProblem):
    """Somebody else changed the tenant at the same time; the request can be repeated."""


class UnknownInvitation(TenantProblem, LookupError):
    """There is no such invitation."""


class InvitationOver(TenantProblem):
    """An invitation was accepted by somebody else, was revoked, or its time has passed."""


class TooManyInvitations(TenantProblem):
    """A tenant has as many open invitations as it may have."""
