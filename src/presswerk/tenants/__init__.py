"""A tenant's life: registry, sealed connections, and the Runtime protocol."""

from presswerk.tenants.registry import RegisteredTenant, TenantRegistry, TenantState, UnknownTenant
from presswerk.tenants.runtime import Runtime
from presswerk.tenants.vault import BadEncryptionKey, CannotOpen, Vault

__all__ = [
    "BadEncryptionKey",
    "CannotOpen",
    "RegisteredTenant",
    "Runtime",
    "TenantRegistry",
    "TenantState",
    "UnknownTenant",
    "Vault",
]
