"""The services of one machine as a plan: names, addresses, clients, and where secrets may be."""

from pathlib import Path

import pytest

from presswerk.ai import DEFAULT_BASE_URL
from presswerk.ai.stand_in import STAND_IN_MODEL
from presswerk.declaration import demo_platform
from presswerk.runtimes.local.chat import redirect_uri
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.identity import CLI_CLIENT, CLI_REDIRECT_URI, clients_of, identity_service
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.stack import ConfiguredAi, LocalStack
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
    assert clients["presswerk-chat"].redirect_uris == (redirect_uri(layout),)
    assert clients[CLI_CLIENT].redirect_uris == (CLI_REDIRECT_URI,)
    assert clients["site-nordlicht"].redirect_uris == (
        "http://nordlicht.localhost:4011/wp-login.php?action=presswerk-callback",
    )
    assert clients["site-nordlicht"].post_logout_redirect_uris == (
        "http://nordlicht.localhost:4011/wp-login.php?loggedout=true",
    )


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
