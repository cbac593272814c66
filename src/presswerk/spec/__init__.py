"""What is declared: Platform, Tenant, Tier; loading and validation. Pure."""

from presswerk.spec.load import DeclarationError, load_platform
from presswerk.spec.node_pool import NodePool
from presswerk.spec.person import EmailAddress, Person, TenantId
from presswerk.spec.platform import IONOS_AI_BASE_URL, Allotment, GroupsFrom, Platform, demo_platform
from presswerk.spec.roles import OPERATOR_GROUP, Role, group_name, parse_groups
from presswerk.spec.tenant import HouseStyle, Tenant
from presswerk.spec.tier import DEFAULT_TIERS, DatabaseKind, Feature, LimitOverrides, Limits, Tier, TierName
from presswerk.spec.yaml_text import YamlProblem, read_yaml

__all__ = [
    "DEFAULT_TIERS",
    "IONOS_AI_BASE_URL",
    "OPERATOR_GROUP",
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
