"""Identity providers as Presswerk administers them: what a tenant needs there is made, kept right and removed."""

from presswerk.identity.providers.authentik import AuthentikTenants, SignOnClient, TenantMember
from presswerk.identity.providers.authentik_blueprints import OPERATOR_PERMISSIONS, platform_blueprints
from presswerk.identity.providers.authentik_observed import Names
from presswerk.identity.providers.authentik_wanted import Issuers
from presswerk.identity.providers.errors import (
    AuthentikNotFound,
    AuthentikRefused,
    AuthentikUnavailable,
    DidNotConverge,
    IdentityAdministrationError,
    MissingPrerequisite,
    NotAllowed,
    NotSignedIn,
    TenantNotPrepared,
    UnexpectedAnswer,
    UnknownPerson,
)

__all__ = [
    "OPERATOR_PERMISSIONS",
    "AuthentikNotFound",
    "AuthentikRefused",
    "AuthentikTenants",
    "AuthentikUnavailable",
    "DidNotConverge",
    "IdentityAdministrationError",
    "Issuers",
    "MissingPrerequisite",
    "Names",
    "NotAllowed",
    "NotSignedIn",
    "SignOnClient",
    "TenantMember",
    "TenantNotPrepared",
    "UnexpectedAnswer",
    "UnknownPerson",
    "platform_blueprints",
]
