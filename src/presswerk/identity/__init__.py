"""Who is calling: token verification, principals, API keys, who has left, the audit trail, identity providers."""

from presswerk.identity.api_keys import ApiKey, ApiKeys
from presswerk.identity.api_usage import ApiUsage
from presswerk.identity.audit import AuditRecord, AuditTrail
from presswerk.identity.authenticator import Authenticator
from presswerk.identity.departures import Departure, DeparturePlace, Departures, PlaceUnavailable
from presswerk.identity.directory import Directory, DirectoryEntry, DirectoryUnavailable, DirectoryWatch
from presswerk.identity.errors import (
    IdentityProviderUnavailable,
    InvalidApiKeyRequest,
    InvalidToken,
    KeyNotAllowed,
    MissingCredentials,
)
from presswerk.identity.people import KnownPeople, KnownPerson
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
    "Departure",
    "DeparturePlace",
    "Departures",
    "Directory",
    "DirectoryEntry",
    "DirectoryUnavailable",
    "DirectoryWatch",
    "IdentityProviderUnavailable",
    "InvalidApiKeyRequest",
    "InvalidToken",
    "KeyNotAllowed",
    "KnownPeople",
    "KnownPerson",
    "MissingCredentials",
    "PlaceUnavailable",
    "Principal",
    "TokenVerifier",
    "TrustedIssuer",
]
