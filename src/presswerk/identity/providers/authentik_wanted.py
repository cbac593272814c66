"""What a tenant has at Authentik: names, addresses and settings, computed from its declaration."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from presswerk.declaration import OPERATOR_GROUP, Role, Tenant, group_name
from presswerk.identity.clients import Client, site_client

APPLICATION_GROUP = "Presswerk"
"""Under which heading Authentik lists the applications."""

AUTHORIZATION_FLOW = "default-provider-authorization-implicit-consent"
"""All clients are ours: nobody is asked whether they may know the person's name."""
INVALIDATION_FLOW = "default-invalidation-flow"
"""Signing out of one ends the session at Authentik too, else the next click would sign the same person in again."""
SIGNING_KEY = "authentik Self-signed Certificate"

MANAGED_SCOPES = MappingProxyType(
    {
        "openid": "goauthentik.io/providers/oauth2/scope-openid",
        "email": "goauthentik.io/providers/oauth2/scope-email",
        "offline_access": "goauthentik.io/providers/oauth2/scope-offline_access",
    }
)
"""Authentik's own scope mappings, by their `managed` key."""
OWN_SCOPES = MappingProxyType({"profile": "Presswerk profile", "groups": "Presswerk groups"})
"""Ours, by name; the platform's blueprint makes them, since whoever may write a mapping may run code in Authentik."""
SITE_SCOPES = ("openid", "profile", "email", "groups")

ACCESS_CODE_VALIDITY = "minutes=1"
ACCESS_TOKEN_VALIDITY = "hours=1"  # noqa: S105 - a duration; Open WebUI renews tokens with less than five minutes left
REFRESH_TOKEN_VALIDITY = "days=30"  # noqa: S105 - a duration

ISSUER_MODE = "global"
"""All clients' tokens name Authentik's own address: people, keyed by (issuer, subject), are the same at each."""


@dataclass(frozen=True)
class Foundation:
    """What must be at Authentik before any tenant: keys of objects, as it gives them.

    Attributes:
        authorization_flow: UUID of the flow that lets a person through.
        invalidation_flow: UUID of the flow that ends a session.
        signing_key: UUID of the key pair that signs tokens.
        scopes: Scope name to UUID of its mapping.
        operators: UUID of the operators' group.
    """

    authorization_flow: str
    invalidation_flow: str
    signing_key: str
    scopes: Mapping[str, str]
    operators: str


@dataclass(frozen=True)
class DesiredSignOn:
    """A tenant's objects as they shall be.

    Attributes:
        client_id: Of the site; also slug of the application and name of the provider.
        groups: Names of the tenant's own groups.
        bound: Names of all groups whose people may sign in, in the order of their bindings.
        application: Attributes of the application, without its provider.
        provider: Attributes of the OAuth2 provider, without its secret.
    """

    client_id: str
    groups: tuple[str, ...]
    bound: tuple[str, ...]
    application: Mapping[str, Any]
    provider: Mapping[str, Any]


def tenant_groups(tenant_id: str) -> tuple[str, ...]:
    """A tenant's groups, the highest role first."""
    return tuple(group_name(tenant_id, role) for role in (Role.ADMIN, Role.EDITOR, Role.AUTHOR))


def issuer(public_url: str) -> str:
    """What every client's tokens name as their issuer: Authentik's address as a browser sees it, with a final slash."""
    return f"{public_url.rstrip('/')}/"


def discovery_url(public_url: str, client_id: str) -> str:
    """Where a client's own discovery document is, whoever issues: the place to sign out is the client's own."""
    return f"{issuer(public_url)}application/o/{client_id}/.well-known/openid-configuration"


def redirect_uris(client: Client) -> list[dict[str, str]]:
    """Where Authentik may send a person back to after signing in and after signing out; both to the letter."""
    return [
        {"matching_mode": "strict", "redirect_uri_type": kind, "url": url}
        for kind, urls in (("authorization", client.redirect_uris), ("logout", client.post_logout_redirect_uris))
        for url in urls
    ]


def _refuse_no_address(site_url: str) -> None:
    parts = urlsplit(site_url)
    beside = parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in {"http", "https"} or not parts.netloc or beside:
        raise ValueError(f"{site_url!r} is no site's address; give one such as https://acme.example.com")


def wanted(tenant: Tenant, site_url: str, foundation: Foundation) -> DesiredSignOn:
    """Compute what a tenant shall have.

    Args:
        tenant: The declaration.
        site_url: The site as browsers see it.
        foundation: What to refer to.

    Raises:
        ValueError: The site's address is none.
    """
    _refuse_no_address(site_url)
    client = site_client(tenant.id, tenant.name, site_url)
    client_id = client.client_id
    groups = tenant_groups(tenant.id)
    return DesiredSignOn(
        client_id=client_id,
        groups=groups,
        bound=(*groups, OPERATOR_GROUP),
        application=MappingProxyType(
            {
                "name": tenant.name,
                "slug": client_id,
                "group": APPLICATION_GROUP,
                "meta_launch_url": f"{client.uri}/wp-login.php?action=presswerk",
                "policy_engine_mode": "any",
            }
        ),
        provider=MappingProxyType(
            {
                "name": client_id,
                "client_id": client_id,
                # The secret is the site's; the connector adds PKCE, which Authentik checks whenever a client uses it.
                "client_type": "confidential",
                "grant_types": ["authorization_code"],
                "authorization_flow": foundation.authorization_flow,
                "invalidation_flow": foundation.invalidation_flow,
                "property_mappings": sorted(foundation.scopes[scope] for scope in SITE_SCOPES),
                # Without a key Authentik signs with the client's secret (HS256), which the connector refuses.
                "signing_key": foundation.signing_key,
                "encryption_key": None,
                "redirect_uris": redirect_uris(client),
                "access_code_validity": ACCESS_CODE_VALIDITY,
                "access_token_validity": ACCESS_TOKEN_VALIDITY,
                "refresh_token_validity": REFRESH_TOKEN_VALIDITY,
                "include_claims_in_id_token": True,
                # The same person has the same subject at every client.
                "sub_mode": "hashed_user_id",
                "issuer_mode": ISSUER_MODE,
                # Nobody else's tokens are exchanged for ours.
                "jwt_federation_sources": [],
                "jwt_federation_providers": [],
            }
        ),
    )
