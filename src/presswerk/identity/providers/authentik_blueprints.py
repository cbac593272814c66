"""What the platform itself has at Authentik, as a blueprint: scopes, operators, applications, the operator's token.

Authentik applies it again every hour and after each change, so drift heals itself there; docs/identity-authentik.md
says how it gets there. No secret stands in it: `!Env` reads them from the environment of Authentik's own pods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import yaml

from presswerk.declaration import OPERATOR_GROUP, Platform
from presswerk.identity.providers import authentik_wanted as names
from presswerk.identity.providers.authentik_observed import DEFAULT_NAMES, Names
from presswerk.identity.providers.authentik_plan import PROVIDER_MODEL
from presswerk.identity.providers.authentik_wanted import Issuers

BLUEPRINT_NAME = "Presswerk"
HUB_CLIENT = "presswerk-hub"
CHAT_CLIENT = "presswerk-chat"
CLI_CLIENT = "presswerk-cli"
CLI_REDIRECT_URI = "http://localhost:8400/callback"
OPERATOR_ACCOUNT = "presswerk-operator"
DIRECTORY_ACCOUNT = "presswerk-directory"

SECRETS = MappingProxyType(
    {
        HUB_CLIENT: "PRESSWERK_HUB_CLIENT_SECRET",
        CHAT_CLIENT: "PRESSWERK_CHAT_CLIENT_SECRET",
        OPERATOR_ACCOUNT: "PRESSWERK_AUTHENTIK_TOKEN",
        DIRECTORY_ACCOUNT: "PRESSWERK_DIRECTORY_TOKEN",
    }
)
"""Whose secret stands in which environment variable of Authentik's server and worker."""

OPERATOR_PERMISSIONS = (
    "authentik_core.add_application",
    "authentik_core.add_group",
    "authentik_core.add_user_to_group",
    "authentik_core.change_application",
    "authentik_core.change_group",
    "authentik_core.delete_application",
    "authentik_core.delete_group",
    "authentik_core.disable_group_superuser",
    "authentik_core.remove_user_from_group",
    "authentik_core.view_application",
    "authentik_core.view_group",
    "authentik_core.view_user",
    "authentik_crypto.view_certificatekeypair",
    "authentik_flows.view_flow",
    "authentik_policies.add_policybinding",
    "authentik_policies.change_policybinding",
    "authentik_policies.delete_policybinding",
    "authentik_policies.view_policybinding",
    "authentik_providers_oauth2.add_oauth2provider",
    "authentik_providers_oauth2.change_oauth2provider",
    "authentik_providers_oauth2.delete_oauth2provider",
    "authentik_providers_oauth2.view_oauth2provider",
    "authentik_providers_oauth2.view_scopemapping",
)
"""All that `AuthentikTenants` needs, and nothing that writes a mapping, a flow, a key or a user."""

DIRECTORY_PERMISSIONS = ("authentik_core.view_group", "authentik_core.view_user")
"""All that `AuthentikDirectory` needs."""

_SCOPES = ("openid", "profile", "email", "groups", "offline_access")
_MEMBERS_POLICY = "presswerk-members"

_PROFILE = """\
# Authentik's own mapping adds the names of all groups a person is in; which of them concern whom, "groups" says.
return {
    "name": request.user.name,
    "preferred_username": request.user.username,
    "nickname": request.user.username,
}
"""
_GROUPS = f"""\
# A site learns of its own tenant only; the platform's applications learn of all tenants. Inherited groups count.
names = {{group.name for group in request.user.all_groups()}}
client = provider.client_id
if client.startswith("site-"):
    roles = ("admin", "editor", "author")
    ours = {{f"tenant-{{client[len('site-'):]}}-{{role}}" for role in roles}} | {{"{OPERATOR_GROUP}"}}
else:
    ours = {{name for name in names if name == "{OPERATOR_GROUP}" or name.startswith("tenant-")}}
return {{"groups": sorted(names & ours)}}
"""
_MEMBERS = f"""\
names = {{group.name for group in request.user.all_groups()}}
return any(name == "{OPERATOR_GROUP}" or name.startswith("tenant-") for name in names)
"""


@dataclass(frozen=True)
class Find:
    """`!Find`: the key of an object that is there already."""

    model: str
    key: str
    value: str


@dataclass(frozen=True)
class KeyOf:
    """`!KeyOf`: the key of another entry's object."""

    entry: str


@dataclass(frozen=True)
class Env:
    """`!Env`: a variable of Authentik's environment."""

    variable: str


@dataclass(frozen=True)
class _Application:
    client_id: str
    name: str
    url: str
    redirect_uris: tuple[str, ...]
    logout_uris: tuple[str, ...]
    grants: tuple[str, ...] = ("authorization_code", "refresh_token")
    public: bool = False


def platform_blueprints(
    platform: Platform,
    *,
    hub_url: str | None = None,
    chat_url: str | None = None,
    issuers: Issuers = Issuers.ONE,
    called: Names = DEFAULT_NAMES,
) -> str:
    """Render the platform's blueprint; the same platform gives the same bytes.

    Args:
        platform: The declaration.
        hub_url: The hub as browsers see it; `https://hub.<domain>` when None.
        chat_url: Open WebUI as browsers see it; `https://chat.<domain>` when None.
        issuers: One for all clients, or one for each; as for the tenants.
        called: What this Authentik calls its flows and its signing key.

    Raises:
        ValueError: An address is neither given nor follows from the platform's domain.
    """
    applications = _applications(_address("hub", platform, hub_url), _address("chat", platform, chat_url))
    document = {
        "version": 1,
        "metadata": {
            "name": BLUEPRINT_NAME,
            "labels": {"blueprints.goauthentik.io/description": "Written by Presswerk"},
        },
        "entries": [
            *_before(),
            *_shared(),
            *(entry for each in applications for entry in _entries(each, called, issuers)),
            *_service_account(
                OPERATOR_ACCOUNT,
                "Presswerk operator",
                OPERATOR_PERMISSIONS,
                "Presswerk makes and removes tenants with it",
            ),
            *_service_account(
                DIRECTORY_ACCOUNT,
                "Presswerk hub",
                DIRECTORY_PERMISSIONS,
                "Presswerk reads with it who is in its groups",
            ),
        ],
    }
    return "# Written by Presswerk; changes here are lost.\n" + yaml.dump(
        document, Dumper=_BlueprintDumper, sort_keys=False, allow_unicode=True, width=110
    )


def _address(what: str, platform: Platform, given: str | None) -> str:
    if given is None and platform.domain is None:
        raise ValueError(f"domain: the platform has none, so give the address of the {what}")
    return (given or f"https://{what}.{platform.domain}").rstrip("/")


def _applications(hub: str, chat: str) -> tuple[_Application, ...]:
    return (
        _Application(HUB_CLIENT, "Presswerk", hub, (f"{hub}/auth/callback",), (hub, f"{hub}/")),
        _Application(CHAT_CLIENT, "Open WebUI", chat, (f"{chat}/oauth/oidc/callback",), (chat, f"{chat}/")),
        _Application(
            CLI_CLIENT,
            "Presswerk command line",
            "",
            (CLI_REDIRECT_URI,),
            (),
            ("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"),
            public=True,
        ),
    )


def _before() -> list[dict[str, Any]]:
    """Authentik's own blueprints that ours refers to, so that the order on a first start does not matter."""
    return [
        {
            "model": "authentik_blueprints.metaapplyblueprint",
            "attrs": {"identifiers": {"name": name}, "required": False},
        }
        for name in (
            "System - OAuth2 Provider - Scopes",
            "Default - Provider authorization flow (implicit consent)",
            "Default - Invalidation flow",
        )
    ]


def _shared() -> list[dict[str, Any]]:
    return [
        _scope("profile", "Name and user name", _PROFILE),
        _scope("groups", "What you may do in Presswerk", _GROUPS),
        _entry("authentik_core.group", {"name": OPERATOR_GROUP}, {"is_superuser": False}, "operators"),
        _entry(
            "authentik_policies_expression.expressionpolicy",
            {"name": _MEMBERS_POLICY},
            {"expression": _MEMBERS},
            "members",
        ),
    ]


def _scope(scope: str, description: str, expression: str) -> dict[str, Any]:
    attributes = {"scope_name": scope, "description": description, "expression": expression}
    return _entry(
        "authentik_providers_oauth2.scopemapping", {"name": names.OWN_SCOPES[scope]}, attributes, f"scope-{scope}"
    )


def _entries(each: _Application, called: Names, issuers: Issuers) -> list[dict[str, Any]]:
    secret = {} if each.public else {"client_secret": Env(SECRETS[each.client_id])}
    provider = {
        "client_id": each.client_id,
        "client_type": "public" if each.public else "confidential",
        **secret,
        "grant_types": list(each.grants),
        "authorization_flow": Find("authentik_flows.flow", "slug", called.authorization_flow),
        "invalidation_flow": Find("authentik_flows.flow", "slug", called.invalidation_flow),
        "property_mappings": [_mapping(scope) for scope in _SCOPES],
        "signing_key": Find("authentik_crypto.certificatekeypair", "name", called.signing_key),
        "redirect_uris": [
            *(names.redirect_uri("authorization", url) for url in each.redirect_uris),
            *(names.redirect_uri("logout", url) for url in each.logout_uris),
        ],
        "access_code_validity": names.ACCESS_CODE_VALIDITY,
        "access_token_validity": names.ACCESS_TOKEN_VALIDITY,
        "refresh_token_validity": names.REFRESH_TOKEN_VALIDITY,
        "include_claims_in_id_token": True,
        "sub_mode": "hashed_user_id",
        "issuer_mode": str(issuers),
    }
    application = {
        "name": each.name,
        "group": names.APPLICATION_GROUP,
        "provider": KeyOf(f"provider-{each.client_id}"),
        "meta_launch_url": each.url,
        # The command line is started by hand, not from a page.
        "meta_hide": each.public,
        "policy_engine_mode": "any",
    }
    target = {"target": KeyOf(f"application-{each.client_id}"), "order": 0}
    binding = {"policy": KeyOf("members"), "enabled": True, "negate": False, "timeout": 30, "failure_result": False}
    return [
        _entry(PROVIDER_MODEL, {"name": each.client_id}, provider, f"provider-{each.client_id}"),
        _entry("authentik_core.application", {"slug": each.client_id}, application, f"application-{each.client_id}"),
        _entry("authentik_policies.policybinding", target, binding),
    ]


def _mapping(scope: str) -> Find | KeyOf:
    managed = names.MANAGED_SCOPES.get(scope)
    if managed is None:
        return KeyOf(f"scope-{scope}")
    return Find("authentik_providers_oauth2.scopemapping", "managed", managed)


def _service_account(account: str, name: str, permissions: Sequence[str], purpose: str) -> list[dict[str, Any]]:
    role, owner = f"{account}-role", f"{account}-account"
    return [
        _entry("authentik_rbac.role", {"name": account}, {"permissions": list(permissions)}, role),
        _entry(
            "authentik_core.user",
            {"username": account},
            {
                "name": name,
                "type": "service_account",
                "path": "goauthentik.io/service-accounts",
                "roles": [KeyOf(role)],
            },
            owner,
        ),
        _entry(
            "authentik_core.token",
            {"identifier": account},
            {
                "key": Env(SECRETS[account]),
                "user": KeyOf(owner),
                "intent": "api",
                "expiring": False,
                "description": purpose,
            },
        ),
    ]


def _entry(
    model: str, identifiers: Mapping[str, Any], attributes: Mapping[str, Any], name: str | None = None
) -> dict[str, Any]:
    named = {} if name is None else {"id": name}
    return {"model": model, **named, "state": "present", "identifiers": dict(identifiers), "attrs": dict(attributes)}


class _BlueprintDumper(yaml.SafeDumper):
    """Writes Authentik's tags, and texts of several lines as such."""

    def ignore_aliases(self, data: object) -> bool:
        """An anchor would be read, but not understood, by whoever reviews it."""
        return True


def _find(dumper: yaml.SafeDumper, find: Find) -> yaml.Node:
    return dumper.represent_sequence("!Find", [find.model, [find.key, find.value]], flow_style=True)


def _key_of(dumper: yaml.SafeDumper, key: KeyOf) -> yaml.Node:
    return dumper.represent_scalar("!KeyOf", key.entry)


def _env(dumper: yaml.SafeDumper, env: Env) -> yaml.Node:
    return dumper.represent_scalar("!Env", env.variable)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_BlueprintDumper.add_representer(Find, _find)
_BlueprintDumper.add_representer(KeyOf, _key_of)
_BlueprintDumper.add_representer(Env, _env)
_BlueprintDumper.add_representer(str, _text)
