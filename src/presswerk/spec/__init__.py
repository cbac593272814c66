"""What is declared: Platform, Tenant, Tier; loading and validation. Pure."""

from presswerk.spec.load import DeclarationError, load_platform
from presswerk.spec.platform import Platform, demo_platform
from presswerk.spec.roles import OPERATOR_GROUP, Role, group_name, parse_groups
from presswerk.spec.tenant import Person, Tenant, TenantId, TierName

__all__ = [
    "OPERATOR_GROUP",
    "DeclarationError",
    "Person",
    "Platform",
    "Role",
    "Tenant",
    "TenantId",
    "TierName",
    "demo_platform",
    "group_name",
    "load_platform",
    "parse_groups",
]
