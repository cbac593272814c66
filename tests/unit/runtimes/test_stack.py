"""The services of one machine as a plan: names, addresses, clients, and where secrets may be."""

import dataclasses
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import presswerk
from presswerk.ai import DEFAULT_BASE_URL
from presswerk.ai.stand_in import STAND_IN_MODEL
from presswerk.declaration import Platform, Tenant, TierName, demo_platform
from presswerk.declaration.addresses import addresses_of
from presswerk.declaration.platform import ModelEndpoint
from presswerk.identity.clients import CLI_CLIENT, CLI_REDIRECT_URI
from presswerk.runtimes.local.configured_ai import ConfiguredAi
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.identity import clients_of, identity_service
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.stack import LocalStack
from presswerk.web.settings import load_settings


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path, Ports(hub=4001, chat=4002, identity=4003, ai_stand_in=4004, first_site=4010))


@pytest.fixture
def stack(layout: Layout) -> LocalStack:
    ai = ConfiguredAi.from_environment({}, layout)
    return LocalStack(layout, demo_platform(), Secrets.open(layout), ai, {"acme": 0, "nordlicht": 1})


def test_no_tenant_can_take_the_name_of_the_sites_clock(stack: LocalStack) -> None:
    """A site's service is called `site-` and the tenant's id, which may be `cron`."""
    assert [service.name for service in stack.site_cron()] == ["cron"]


def test_another_version_starts_what_is_our_own_code_again(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (*stack.site_cron(), stack._hub(), stack._stand_in())
    assert (*stack.site_cron(), stack._hub(), stack._stand_in()) == before

    monkeypatch.setattr(presswerk, "__version__", "0.3.0")
    after = (*stack.site_cron(), stack._hub(), stack._stand_in())

    assert [service.name for service in after] == [service.name for service in before]
    assert not [service.name for service in after if service in before]


def test_without_a_key_the_stand_in_writes(layout: Layout) -> None:
    ai = ConfiguredAi.from_environment({"PRESSWERK_AI_API_KEY": " "}, layout)

    assert (ai.is_stand_in, ai.base_url, ai.model) == (True, "http://localhost:4004/v1", STAND_IN_MODEL)


def test_an_endpoint_without_its_key_is_not_silently_replaced(layout: Layout) -> None:
    with pytest.raises(LocalRuntimeError, match="PRESSWERK_AI_API_KEY is not"):
        ConfiguredAi.from_environment({"PRESSWERK_AI_BASE_URL": "https://ai.example/v1"}, layout)


def test_with_a_key_it_is_ionos_unless_said_otherwise(layout: Layout) -> None:
    ionos = ConfiguredAi.from_environment({"PRESSWERK_AI_API_KEY": "secret-key"}, layout)
    other = ConfiguredAi.from_environment(
        {"PRESSWERK_AI_API_KEY": "secret-key", "PRESSWERK_AI_BASE_URL": "https://ai.example/v1"}, layout
    )

    assert (ionos.is_stand_in, ionos.base_url) == (False, DEFAULT_BASE_URL)
    assert other.base_url == "https://ai.example/v1"
    assert "secret-key" not in repr(ionos)


def test_the_hub_understands_its_settings(stack: LocalStack) -> None:
    settings = load_settings(stack.hub_environment())

    assert settings.oidc_issuer == "http://localhost:4003"
    assert set(settings.oidc_audiences) == {"presswerk-chat", "presswerk-hub", "presswerk-cli"}
    assert settings.hub_port == 4001
    assert settings.ai_is_stand_in


def test_clients_are_those_of_the_contract(stack: LocalStack, layout: Layout) -> None:
    clients = {client.client_id: client for client in clients_of(layout, stack.platform, stack.secrets)}

    assert set(clients) == {"presswerk-chat", "presswerk-hub", "presswerk-cli", "site-acme", "site-nordlicht"}
    assert clients["presswerk-chat"].redirect_uris == (f"{layout.chat_url}/oauth/oidc/callback",)
    assert clients[CLI_CLIENT].redirect_uris == (CLI_REDIRECT_URI,)
    assert clients["site-nordlicht"].redirect_uris == (
        "http://nordlicht.localhost:4011/wp-login.php?action=presswerk-callback",
    )
    assert clients["site-nordlicht"].post_logout_redirect_uris == (
        "http://nordlicht.localhost:4011/wp-login.php?loggedout=true",
    )


@pytest.fixture
def public(layout: Layout) -> LocalStack:
    tenant = Tenant(id="acme", name="Acme", tier=TierName.PRO, domains=("news.acme.test",))
    platform = Platform(
        domain="press.test", ai=ModelEndpoint(base_url="https://ai.press.test/v1", model="writer"), tenants=(tenant,)
    )
    found = dataclasses.replace(layout, public=addresses_of(platform))
    ai = ConfiguredAi.from_environment({"PRESSWERK_AI_API_KEY": "secret-key"}, found, platform.ai)
    return LocalStack(found, platform, Secrets.open(found), ai, {"acme": 0})


def test_with_a_domain_everybody_knows_everybody_by_the_internets_names(public: LocalStack) -> None:
    """One name for each part, wherever it is told: a sign-in goes through all of them."""
    hub = load_settings(public.hub_environment())
    services = {service.name: service for service in public.services()}
    chat = services["chat"].environment
    clients = {client.client_id: client for client in clients_of(public.layout, public.platform, public.secrets)}
    (site,) = public.sites()

    assert (hub.public_url, hub.chat_url, hub.oidc_issuer) == (
        "https://hub.press.test",
        "https://chat.press.test",
        "https://id.press.test",
    )
    assert chat["WEBUI_URL"] == chat["CORS_ALLOW_ORIGIN"] == "https://chat.press.test"
    assert chat["OPENID_PROVIDER_URL"] == "https://id.press.test/.well-known/openid-configuration"
    assert chat["WEBUI_SESSION_COOKIE_SECURE"] == "true"
    assert services["identity"].health_host == "id.press.test"
    assert clients["presswerk-hub"].redirect_uris == ("https://hub.press.test/auth/callback",)
    assert clients["site-acme"].redirect_uris == ("https://news.acme.test/wp-login.php?action=presswerk-callback",)
    assert (site.public_url, site.sign_on and site.sign_on.issuer) == (
        "https://news.acme.test",
        "https://id.press.test",
    )


def test_with_a_domain_nothing_else_than_the_entry_listens_to_the_internet(public: LocalStack) -> None:
    services = {service.name: service for service in public.services()}

    assert "entry" in services
    for name, service in services.items():
        if service.health_url is not None:
            assert urlsplit(service.health_url).hostname == "127.0.0.1", name
        assert not [word for word in service.command if "0.0.0.0" in word or "[::]" in word], name


def test_without_a_domain_there_is_no_entry(stack: LocalStack) -> None:
    assert stack.entry_services() == ()
    assert not stack.write_entry()
    assert "WEBUI_SESSION_COOKIE_SECURE" in stack.people_services()[-1].environment
    assert stack.people_services()[-1].environment["WEBUI_SESSION_COOKIE_SECURE"] == "false"


def test_the_endpoint_is_the_declared_one_unless_the_environment_names_another(public: LocalStack) -> None:
    key = {"PRESSWERK_AI_API_KEY": "secret-key"}
    other = ConfiguredAi.from_environment(
        {**key, "PRESSWERK_AI_BASE_URL": "https://other.test/v1", "PRESSWERK_AI_MODEL": "another"},
        public.layout,
        public.platform.ai,
    )

    assert (public.ai.base_url, public.ai.model) == ("https://ai.press.test/v1", "writer")
    assert (other.base_url, other.model) == ("https://other.test/v1", "another")


def test_only_the_command_line_is_public(stack: LocalStack, layout: Layout) -> None:
    clients = clients_of(layout, stack.platform, stack.secrets)
    secrets = [client.secret for client in clients if client.secret is not None]

    assert [client.client_id for client in clients if client.secret is None] == [CLI_CLIENT]
    assert len(set(secrets)) == len(secrets) == 4


def test_a_site_signs_on_with_the_client_that_is_seeded(stack: LocalStack, layout: Layout) -> None:
    clients = {client.client_id: client for client in clients_of(layout, stack.platform, stack.secrets)}

    for site in stack.sites():
        assert site.sign_on is not None
        assert site.sign_on.issuer == layout.identity_url
        assert site.sign_on.client_secret == clients[site.sign_on.client_id].secret


def test_the_same_installation_gives_the_same_service(stack: LocalStack, layout: Layout) -> None:
    python = layout.cache / "python"
    again = Secrets.open(layout)

    assert identity_service(layout, stack.secrets, python) == identity_service(layout, again, python)


def test_no_command_line_and_no_representation_holds_a_secret(stack: LocalStack, layout: Layout) -> None:
    service = identity_service(layout, stack.secrets, layout.cache / "python")
    shown = [
        " ".join(service.command),
        repr(service),
        repr(stack),
        repr(clients_of(layout, stack.platform, stack.secrets)),
    ]

    values = stack.secrets.all_values()

    assert values
    assert not [value for value in values if any(value in text for text in shown)]
