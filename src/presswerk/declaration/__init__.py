"""What is declared: Platform, Tenant, Tier; loading and validation. Pure."""

from presswerk.declaration.load import DeclarationError, demo_platform, load_platform
from presswerk.declaration.node_pool import NodePool
from presswerk.declaration.person import CODED_ID, RESERVED_IDS, EmailAddress, Person, TenantId
from presswerk.declaration.platform import IONOS_AI_BASE_URL, Allotment, GroupsFrom, Platform, Retention
from presswerk.declaration.roles import OPERATOR_GROUP, Role, group_name, parse_groups
from presswerk.declaration.tenant import HouseStyle, Tenant
from presswerk.declaration.tier import DEFAULT_TIERS, DatabaseKind, Feature, LimitOverrides, Limits, Tier, TierName
from presswerk.declaration.yaml_text import YamlProblem, read_yaml

__all__ = [
    "CODED_ID",
    "DEFAULT_TIERS",
    "IONOS_AI_BASE_URL",
    "OPERATOR_GROUP",
    "RESERVED_IDS",
    "Allotment",
    "DatabaseKind",
    "DeclarationError",
    "EmailAddress",
    "Feature",
    "GroupsFrom",
    "HouseStyle",
    "LimitOverrides",
    "Limits",
    "NodePool",
    "Person",
    "Platform",
    "Retention",
    "Role",
    "Tenant",
    "TenantId",
    "Tier",
    "TierName",
    "YamlProblem",
    "demo_platform",
    "group_name",
    "load_platform",
    "parse_groups",
    "read_yaml",
]
