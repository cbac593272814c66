"""Who is calling: token verification, principals, API keys, audit trail."""

from presswerk.identity.api_keys import ApiKey, ApiKeys
from presswerk.identity.api_usage import ApiUsage
from presswerk.identity.audit import AuditRecord, AuditTrail
from presswerk.identity.authenticator import Authenticator
from presswerk.identity.errors import (
    IdentityProviderUnavailable,
    InvalidApiKeyRequest,
    InvalidToken,
    KeyNotAllowed,
    MissingCredentials,
)
from presswerk.identity.principal import Principal
from presswerk.identity.provider import ClientCredentials
from presswerk.identity.verification import TokenVerifier, TrustedIssuer

__all__ = [
    "ApiKey",
    "ApiKeys",
    "ApiUsage",
    "AuditRecord",
    "AuditTrail",
    "Authenticator",
    "ClientCredentials",
    "IdentityProviderUnavailable",
    "InvalidApiKeyRequest",
    "InvalidToken",
    "KeyNotAllowed",
    "MissingCredentials",
    "Principal",
    "TokenVerifier",
    "TrustedIssuer",
]
