"""A tenant's life: what is wanted of it, what there is of it, who belongs to it, and the requests that change it."""

from presswerk.tenants.accounts import Account, Accounts, effective_people
from presswerk.tenants.errors import (
    ChangedMeanwhile,
    DeclaredElsewhere,
    InvalidTenant,
    InvitationOver,
    KeptAtProvider,
    TenantExists,
    TenantLeaving,
    TenantProblem,
    TenantsUnavailable,
    TooManyInvitations,
    UnknownInvitation,
    UnknownTenant,
)
from presswerk.tenants.invitations import INVITATION_LIFE, Invitation, Invitations, InvitationState
from presswerk.tenants.members import Member, Members
from presswerk.tenants.membership import MembershipService
from presswerk.tenants.registry import RegisteredTenant, TenantRegistry, TenantState
from presswerk.tenants.runtime import (
    DeclaredPlatform,
    DeclaredTenant,
    DesiredState,
    MemberRuntime,
    Origin,
    Phase,
    TenantRuntime,
)
from presswerk.tenants.service import WAITING_PERIOD, TenantService
from presswerk.tenants.vault import BadEncryptionKey, CannotOpen, Vault

__all__ = [
    "INVITATION_LIFE",
    "WAITING_PERIOD",
    "Account",
    "Accounts",
    "BadEncryptionKey",
    "CannotOpen",
    "ChangedMeanwhile",
    "DeclaredElsewhere",
    "DeclaredPlatform",
    "DeclaredTenant",
    "DesiredState",
    "InvalidTenant",
    "Invitation",
    "InvitationOver",
    "InvitationState",
    "Invitations",
    "KeptAtProvider",
    "Member",
    "MemberRuntime",
    "Members",
    "MembershipService",
    "Origin",
    "Phase",
    "RegisteredTenant",
    "TenantExists",
    "TenantLeaving",
    "TenantProblem",
    "TenantRegistry",
    "TenantRuntime",
    "TenantService",
    "TenantState",
    "TenantsUnavailable",
    "TooManyInvitations",
    "UnknownInvitation",
    "UnknownTenant",
    "Vault",
    "effective_people",
]
