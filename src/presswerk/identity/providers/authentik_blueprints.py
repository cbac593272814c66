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
from presswerk.declaration.addresses import addresses_of
from presswerk.identity.clients import CHAT_CLIENT, HUB_CLIENT, SCOPES, Client, platform_clients
from presswerk.identity.providers import authentik_wanted as names
from presswerk.identity.providers.authentik_plan import PROVIDER_MODEL

BLUEPRINT_NAME = "Presswerk"
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

_GRANTS, _DEVICE_CODE = ("authorization_code", "refresh_token"), "urn:ietf:params:oauth:grant-type:device_code"
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


def platform_blueprints(platform: Platform) -> str:
    """Render the platform's blueprint; the same platform gives the same bytes.

    Raises:
        NoDomain: The platform has none.
    """
    addresses = addresses_of(platform)
    document = {
        "version": 1,
        "metadata": {
            "name": BLUEPRINT_NAME,
            "labels": {"blueprints.goauthentik.io/description": "Written by Presswerk"},
        },
        "entries": [
            *_before(),
            *_shared(),
            *(entry for each in platform_clients(addresses.hub_url, addresses.chat_url) for entry in _entries(each)),
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


def _entries(each: Client) -> list[dict[str, Any]]:
    secret = {} if each.public else {"client_secret": Env(SECRETS[each.client_id])}
    provider = {
        "client_id": each.client_id,
        "client_type": "public" if each.public else "confidential",
        **secret,
        "grant_types": [*_GRANTS, *([_DEVICE_CODE] if each.public else [])],
        "authorization_flow": Find("authentik_flows.flow", "slug", names.AUTHORIZATION_FLOW),
        "invalidation_flow": Find("authentik_flows.flow", "slug", names.INVALIDATION_FLOW),
        "property_mappings": [_mapping(scope) for scope in SCOPES],
        "signing_key": Find("authentik_crypto.certificatekeypair", "name", names.SIGNING_KEY),
        "redirect_uris": names.redirect_uris(each),
        "access_code_validity": names.ACCESS_CODE_VALIDITY,
        "access_token_validity": names.ACCESS_TOKEN_VALIDITY,
        "refresh_token_validity": names.REFRESH_TOKEN_VALIDITY,
        "include_claims_in_id_token": True,
        "sub_mode": "hashed_user_id",
        "issuer_mode": names.ISSUER_MODE,
    }
    application = {
        "name": each.name,
        "group": names.APPLICATION_GROUP,
        "provider": KeyOf(f"provider-{each.client_id}"),
        # The command line is started by hand, not from a page.
        "meta_launch_url": "" if each.public else each.uri,
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
