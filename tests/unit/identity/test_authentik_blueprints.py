"""The platform's blueprint: what stands in it, that Authentik's own models take it, and that no secret does."""

import functools
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from presswerk.declaration import Platform, demo_platform, parse_groups
from presswerk.declaration.addresses import NoDomain, addresses_of
from presswerk.identity.providers import authentik_wanted as wanted
from presswerk.identity.providers.authentik_blueprints import (
    DIRECTORY_PERMISSIONS,
    OPERATOR_PERMISSIONS,
    platform_blueprints,
)
from presswerk.identity.providers.authentik_plan import PROVIDER_MODEL
from presswerk.runtimes.local import identity as local
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.secrets import Secrets
from tests.support import authentik_models as models

PLATFORM = Platform.model_validate({**demo_platform().model_dump(), "domain": "press.example"})
FOUNDATION = wanted.Foundation("in", "out", "key", dict.fromkeys(wanted.SITE_SCOPES, "scope"), "operators")
SOME_KEY = "3c0e0a3e-8f0f-4a55-9d0a-0a1b2c3d4e5f"


class _Loader(yaml.SafeLoader):
    """Reads Authentik's tags as what they say."""


def _tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return (suffix, loader.construct_sequence(node, deep=True))
    assert isinstance(node, yaml.ScalarNode)
    return (suffix, loader.construct_scalar(node))


_Loader.add_multi_constructor("!", _tag)


def read(text: str) -> dict[str, Any]:
    document = yaml.load(text, Loader=_Loader)  # a SafeLoader with three tags
    assert isinstance(document, dict)
    return document


def entries(text: str, model: str) -> list[dict[str, Any]]:
    return [entry for entry in read(text)["entries"] if entry["model"] == model]


def resolved(value: Any, number: bool = False) -> Any:
    """A value as the API would take it: a key for each reference."""
    if isinstance(value, tuple):
        return "from-the-environment-of-authentik" if value[0] == "Env" else 7 if number else SOME_KEY
    if isinstance(value, list):
        return [resolved(each) for each in value]
    return value


@pytest.fixture
def text() -> str:
    return platform_blueprints(PLATFORM)


def test_the_same_platform_gives_the_same_bytes(text: str) -> None:
    assert platform_blueprints(Platform.model_validate(PLATFORM.model_dump())) == text


def test_is_a_blueprint_of_version_1(text: str) -> None:
    document = read(text)

    assert document["version"] == 1
    assert document["metadata"]["name"] == "Presswerk"


@pytest.mark.parametrize(
    ("model", "request_model", "numbers"),
    [
        ("authentik_providers_oauth2.oauth2provider", "o_auth2_provider_request", ()),
        ("authentik_core.application", "application_request", ("provider",)),
        ("authentik_core.group", "group_request", ()),
        ("authentik_policies.policybinding", "policy_binding_request", ()),
        ("authentik_providers_oauth2.scopemapping", "scope_mapping_request", ()),
        ("authentik_policies_expression.expressionpolicy", "expression_policy_request", ()),
        ("authentik_core.user", "user_request", ()),
        ("authentik_core.token", "token_request", ("user",)),
    ],
)
def test_each_entry_is_as_the_clients_model_says(
    model: str, request_model: str, numbers: tuple[str, ...], text: str
) -> None:
    found = entries(text, model)

    assert found
    for entry in found:
        body = {
            name: resolved(value, number=name in numbers)
            for name, value in {**entry["identifiers"], **entry["attrs"]}.items()
        }
        body.pop("key", None)  # of a token; blueprints may set it, the API may not
        models.check(request_model, body)


def test_every_reference_to_an_entry_has_its_entry_before_it(text: str) -> None:
    seen: set[str] = set()

    def check(value: Any) -> None:
        if isinstance(value, tuple) and value[0] == "KeyOf":
            assert value[1] in seen
        elif isinstance(value, dict):
            for each in value.values():
                check(each)
        elif isinstance(value, list):
            for each in value:
                check(each)

    for entry in read(text)["entries"]:
        check({**entry.get("identifiers", {}), **entry["attrs"]})
        seen.add(entry.get("id", ""))


def test_secrets_are_read_from_the_environment_and_stand_nowhere(text: str) -> None:
    providers = {each["attrs"]["client_id"]: each["attrs"] for each in entries(text, PROVIDER_MODEL)}
    tokens = {each["identifiers"]["identifier"]: each["attrs"] for each in entries(text, "authentik_core.token")}

    assert providers["presswerk-hub"]["client_secret"] == ("Env", "PRESSWERK_HUB_CLIENT_SECRET")
    assert providers["presswerk-chat"]["client_secret"] == ("Env", "PRESSWERK_CHAT_CLIENT_SECRET")
    assert tokens["presswerk-operator"]["key"] == ("Env", "PRESSWERK_AUTHENTIK_TOKEN")
    assert tokens["presswerk-directory"]["key"] == ("Env", "PRESSWERK_DIRECTORY_TOKEN")
    assert "client_secret" not in providers["presswerk-cli"]
    assert len(re.findall(r"client_secret|key: ", text)) == 2 + 2 + 3  # and three signing keys, found by name


def test_applications_are_those_of_the_local_provider(text: str, tmp_path: Path) -> None:
    layout = Layout(tmp_path, public=addresses_of(PLATFORM))
    clients = {
        client.client_id: client for client in local.clients_of(layout, demo_platform(), Secrets.open(layout))[:3]
    }
    providers = {each["attrs"]["client_id"]: each["attrs"] for each in entries(text, PROVIDER_MODEL)}

    assert set(providers) == set(clients)
    for client_id, client in clients.items():
        uris = providers[client_id]["redirect_uris"]
        by_kind = {
            kind: tuple(each["url"] for each in uris if each["redirect_uri_type"] == kind)
            for kind in ("authorization", "logout")
        }
        assert by_kind == {"authorization": client.redirect_uris, "logout": client.post_logout_redirect_uris}
        assert {each["matching_mode"] for each in uris} == {"strict"}
        assert providers[client_id]["client_type"] == ("public" if client.secret is None else "confidential")


def test_sites_are_those_of_the_local_provider(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    platform = demo_platform()
    *_, site = local.clients_of(layout, platform, Secrets.open(layout))
    other = wanted.wanted(
        platform.tenants[-1], layout.site_url(platform.tenants[-1].id, len(platform.tenants) - 1), FOUNDATION
    )
    uris = other.provider["redirect_uris"]

    assert site.client_id == other.client_id
    assert (uris[0]["url"],) == site.redirect_uris
    assert (uris[1]["url"],) == site.post_logout_redirect_uris


@pytest.mark.parametrize("client_id", ["presswerk-hub", "presswerk-chat", "presswerk-cli"])
def test_every_application_has_a_signing_key_scopes_and_a_policy(client_id: str, text: str) -> None:
    (provider,) = (each for each in entries(text, PROVIDER_MODEL) if each["identifiers"]["name"] == client_id)
    bound = {
        each["identifiers"]["target"]: each["attrs"]["policy"]
        for each in entries(text, "authentik_policies.policybinding")
    }

    assert provider["attrs"]["signing_key"] == (
        "Find",
        ["authentik_crypto.certificatekeypair", ["name", "authentik Self-signed Certificate"]],
    )
    assert len(provider["attrs"]["property_mappings"]) == 5
    assert "authorization_code" in provider["attrs"]["grant_types"]
    assert bound[("KeyOf", f"application-{client_id}")] == ("KeyOf", "members")


def test_all_clients_have_one_issuer(text: str) -> None:
    site = wanted.wanted(PLATFORM.tenants[0], "https://acme.press.example", FOUNDATION)

    assert {each["attrs"]["issuer_mode"] for each in entries(text, PROVIDER_MODEL)} == {"global"}
    assert site.provider["issuer_mode"] == "global"


def test_every_model_is_one_authentik_knows(text: str) -> None:
    assert {each["model"] for each in read(text)["entries"]} <= {
        *models.enumeration("model_enum"),
        "authentik_blueprints.metaapplyblueprint",  # no model, so the client knows none
    }


def test_addresses_follow_from_the_domain(text: str) -> None:
    assert "https://hub.press.example/auth/callback" in text
    assert "https://chat.press.example/oauth/oidc/callback" in text
    with pytest.raises(NoDomain):
        platform_blueprints(demo_platform())


def test_the_operators_role_has_the_permissions_that_are_documented(text: str) -> None:
    roles = {each["identifiers"]["name"]: each for each in entries(text, "authentik_rbac.role")}
    role = roles["presswerk-operator"]
    assert roles["presswerk-directory"]["attrs"]["permissions"] == list(DIRECTORY_PERMISSIONS)

    assert tuple(role["attrs"]["permissions"]) == OPERATOR_PERMISSIONS
    forbidden = r"add_scopemapping|change_scopemapping|superuser$|change_user$|flow$"
    assert [each for each in OPERATOR_PERMISSIONS if re.search(forbidden, each)] == [
        "authentik_core.disable_group_superuser",
        "authentik_flows.view_flow",
    ]


def test_the_documentation_names_each_permission_and_no_other() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "identity-authentik.md").read_text(encoding="utf-8")

    assert set(re.findall(r"`(authentik_\w+\.\w+)`", page)) == set(OPERATOR_PERMISSIONS)


def run_expression(expression: str, groups: set[str], client_id: str) -> Any:
    """Run an expression as Authentik does: as the body of a function that sees `request` and `provider`."""
    person = SimpleNamespace(
        name="Anna Albers",
        username="anna",
        all_groups=lambda: [SimpleNamespace(name=name) for name in groups],
    )
    scope: dict[str, Any] = {
        "request": SimpleNamespace(user=person),
        "provider": SimpleNamespace(client_id=client_id),
    }
    body = "\n".join(f"    {line}" for line in expression.splitlines())
    exec(f"def handler():\n{body}", scope)  # our own blueprint's text
    return scope["handler"]()


@functools.cache
def expression_of(scope: str) -> str:
    (found,) = (
        each["attrs"]["expression"]
        for each in entries(platform_blueprints(PLATFORM), "authentik_providers_oauth2.scopemapping")
        if each["attrs"]["scope_name"] == scope
    )
    assert isinstance(found, str)
    return found


tenant_ids = st.from_regex(r"\A[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])\Z")
group_names = st.one_of(
    st.just("presswerk-admin"),
    st.builds("tenant-{}-{}".format, tenant_ids, st.sampled_from(["admin", "editor", "author"])),
    st.sampled_from(["authentik Admins", "staff", "tenants", "tenant-acme-owner"]),
)


@given(groups=st.sets(group_names, max_size=8), tenant=tenant_ids)
def test_a_site_learns_of_its_own_tenant_only(groups: set[str], tenant: str) -> None:
    groups = groups | {f"tenant-{tenant}-editor", f"tenant-{tenant}x-author", f"tenant-x-{tenant}-author"}

    told = run_expression(expression_of("groups"), groups, f"site-{tenant}")["groups"]

    assert set(told) <= groups
    assert f"tenant-{tenant}-editor" in told
    assert set(parse_groups(told)) == {tenant}
    assert ("presswerk-admin" in told) == ("presswerk-admin" in groups)


@given(groups=st.sets(group_names, max_size=8))
def test_the_platform_learns_of_all_tenants(groups: set[str]) -> None:
    told = run_expression(expression_of("groups"), groups, "presswerk-chat")["groups"]

    assert parse_groups(told) == parse_groups(groups)
    assert ("presswerk-admin" in told) == ("presswerk-admin" in groups)
    assert "authentik Admins" not in told


def test_a_profile_carries_no_groups() -> None:
    claims = run_expression(expression_of("profile"), {"staff"}, "presswerk-chat")

    assert claims == {"name": "Anna Albers", "preferred_username": "anna", "nickname": "anna"}


@pytest.mark.parametrize(
    ("groups", "may"),
    [
        ({"presswerk-admin"}, True),
        ({"tenant-acme-author"}, True),
        ({"authentik Admins", "staff"}, False),
        (set(), False),
    ],
)
def test_only_people_of_a_tenant_and_operators_come_in(groups: set[str], may: bool) -> None:
    (policy,) = entries(platform_blueprints(PLATFORM), "authentik_policies_expression.expressionpolicy")

    assert run_expression(policy["attrs"]["expression"], groups, "presswerk-chat") is may
