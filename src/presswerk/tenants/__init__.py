"""A tenant's life: what is wanted of it, what there is of it, sealed connections, and the requests that change it."""

from presswerk.tenants.declarations import Declarations, DeclaredTenant, Origin, Phase, Wanted
from presswerk.tenants.errors import (
    ChangedMeanwhile,
    DeclaredElsewhere,
    InvalidTenant,
    TenantExists,
    TenantLeaving,
    TenantProblem,
    UnknownTenant,
)
from presswerk.tenants.members import Member, Members
from presswerk.tenants.registry import RegisteredTenant, TenantRegistry, TenantState
from presswerk.tenants.service import WAITING_PERIOD, DeclaredPlatform, TenantService, effective_people
from presswerk.tenants.vault import BadEncryptionKey, CannotOpen, Vault

__all__ = [
    "WAITING_PERIOD",
    "BadEncryptionKey",
    "CannotOpen",
    "ChangedMeanwhile",
    "Declarations",
    "DeclaredElsewhere",
    "DeclaredPlatform",
    "DeclaredTenant",
    "InvalidTenant",
    "Member",
    "Members",
    "Origin",
    "Phase",
    "RegisteredTenant",
    "TenantExists",
    "TenantLeaving",
    "TenantProblem",
    "TenantRegistry",
    "TenantService",
    "TenantState",
    "UnknownTenant",
    "Vault",
    "Wanted",
    "effective_people",
]
