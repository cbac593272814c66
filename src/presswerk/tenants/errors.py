"""What can be wrong with a request about a tenant; each message says what to do."""

from typing import Self

from pydantic import ValidationError

from presswerk.declaration import Tenant
from presswerk.declaration.wording import sentence
from presswerk.errors import INVALID_INPUT, NOT_FOUND, NOT_POSSIBLE_NOW, PresswerkError, ProblemType
from presswerk.messages import Message


class TenantProblem(PresswerkError):
    """A request about a tenant cannot be carried out.

    Args:
        problem: For whom pages tell it; what only programs and operators come across is English.
        fields: (field, what is wrong with it) where fields of the request are to blame.
    """

    http = NOT_POSSIBLE_NOW

    def __init__(self, problem: Message | str, fields: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(problem)
        self.fields = fields


class UnknownTenant(TenantProblem, LookupError):
    """No tenant has this id."""

    http = NOT_FOUND


class TenantExists(TenantProblem):
    """Another tenant has this id already, or the same one declared otherwise."""

    http = ProblemType(409, "tenant-exists", "There is a tenant of this id already")


class InvalidTenant(TenantProblem):
    """Fields of the declaration, or of a request about a tenant's people, are wrong."""

    http = INVALID_INPUT

    @classmethod
    def of(cls, error: ValidationError, message: str) -> Self:
        """What pydantic found, in our words; no value is shown."""
        known = tuple(Tenant.model_fields) if error.title == Tenant.__name__ else ()
        found = error.errors(include_url=False)
        fields = ((".".join(map(str, item["loc"])), sentence(item, lambda: known)) for item in found)
        return cls(message, tuple(fields))


class DeclaredElsewhere(TenantProblem):
    """A file or a repository declares the tenant, and what a command changed would be undone from there."""

    http = ProblemType(409, "declared-elsewhere", "The tenant is declared elsewhere")


class TenantsUnavailable(TenantProblem):
    """What is wanted of tenants can be neither read nor stored at the moment; the request can be repeated."""

    retryable = True
    http = ProblemType(503, "tenants-unavailable", "Tenants cannot be read or changed now")


class KeptAtProvider(TenantProblem):
    """Who belongs to a tenant is decided at the identity provider, and nothing carries a change there."""

    http = ProblemType(409, "kept-at-provider", "The identity provider decides who belongs to a tenant")


class TenantLeaving(TenantProblem):
    """The tenant is to be removed; it can be resumed first."""


class ChangedMeanwhile(TenantProblem):
    """Somebody else changed the tenant at the same time; the request can be repeated."""

    http = ProblemType(409, "changed-meanwhile", "Somebody else changed it")


class UnknownInvitation(TenantProblem, LookupError):
    """There is no such invitation."""

    http = NOT_FOUND


class InvitationOver(TenantProblem):
    """An invitation was accepted by somebody else, was revoked, or its time has passed."""

    http = ProblemType(409, "invitation-over", "The invitation is over")


class TooManyInvitations(TenantProblem):
    """A tenant has as many open invitations as it may have."""

    http = ProblemType(409, "too-many-invitations", "Too many open invitations")
