"""The values of every chart, as they follow from a declaration."""

from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from presswerk.cli.render import resources_of
from presswerk.declaration import Platform, demo_platform, load_platform
from presswerk.declaration.addresses import NoDomain, addresses_of
from presswerk.declaration.images import ContainerImages
from presswerk.identity.providers.authentik_blueprints import SECRETS
from presswerk.infrastructure.capacity.services import PLATFORM
from presswerk.openwebui.settings import SETTINGS
from presswerk.runtimes.cluster.cluster import Cluster
from presswerk.runtimes.cluster.rendering.objects import chat_policies
from presswerk.runtimes.cluster.rendering.objects import entry as entry_objects
from presswerk.runtimes.cluster.rendering.releases import AUTHENTIK, ENTRIES, releases
from presswerk.runtimes.cluster.rendering.secrets import RequiredSecret, required_secrets
from presswerk.runtimes.cluster.rendering.values import POD_LABEL, platform_text, values_of
from tests.support.upstream_values import UPSTREAM_VALUES

EXAMPLE = Path(__file__).parents[3] / "examples" / "platform.yaml"
CHART_VALUES = Path(__file__).parents[3] / "deploy" / "charts" / "presswerk" / "values.yaml"
RESOURCES = resources_of(PLATFORM)
_REGISTRY = "registry.example:5000/our"


def example(controller: str = "envoy-gateway") -> Platform:
    text = EXAMPLE.read_text(encoding="utf-8")
    return load_platform(text.replace("controller: envoy-gateway", f"controller: {controller}"), source=str(EXAMPLE))


@pytest.mark.parametrize("controller", sorted(ENTRIES))
def test_others_charts_are_given_only_what_they_take(controller: str) -> None:
    values = values_of(example(controller), RESOURCES)

    assert set(values) == {each.name for each in releases(example(controller))}
    for name in values.keys() - {"presswerk"}:
        assert [str(error) for error in Draft202012Validator(UPSTREAM_VALUES[name]).iter_errors(values[name])] == []


def test_a_misspelt_value_would_be_noticed() -> None:
    values = values_of(example(), RESOURCES)["open-webui"]

    assert list(Draft202012Validator(UPSTREAM_VALUES["open-webui"]).iter_errors({**values, "replicacount": 2}))


def test_every_chart_has_one_exact_version() -> None:
    for controller in ENTRIES:
        for each in releases(example(controller)):
            assert each.version.removeprefix("v").count(".") == 2
            assert all(part.isdigit() for part in each.version.removeprefix("v").split("."))


@pytest.mark.parametrize("controller", sorted(ENTRIES))
def test_the_entry_is_where_tenants_policies_expect_it(controller: str) -> None:
    cluster = Cluster.of(example(controller))
    presswerk = values_of(example(controller), RESOURCES)["presswerk"]

    assert ENTRIES[controller].namespace == cluster.entry.proxy_namespace
    assert presswerk["networkPolicies"]["entryNamespace"] == cluster.entry.proxy_namespace
    assert presswerk["gateway"]["name"] == cluster.entry.gateway
    assert presswerk["issuer"]["name"] == cluster.entry.certificate_issuer
    assert AUTHENTIK.namespace == cluster.identity_namespace
    assert cluster.hub_url == addresses_of(example(controller)).hub_url
    assert cluster.chat_url == addresses_of(example(controller)).chat_url


@pytest.mark.parametrize("controller", sorted(ENTRIES))
@pytest.mark.parametrize("address", [None, "203.0.113.20"])
def test_every_node_hands_on_to_the_entrys_proxies_and_a_reserved_address_is_asked_for(
    controller: str, address: str | None
) -> None:
    declared = example(controller)
    entry = declared.entry.model_copy(update={"address": None if address is None else IPv4Address(address)})
    platform = declared.model_copy(update={"entry": entry})

    if controller == "traefik":
        service = values_of(platform, RESOURCES)["traefik"]["service"]["spec"]
    else:
        proxies = next(each for each in entry_objects(platform, RESOURCES) if each["kind"] == "EnvoyProxy")
        service = proxies["spec"]["provider"]["kubernetes"]["envoyService"]

    reserved = {} if address is None else {"loadBalancerIP": address}
    assert service == {"externalTrafficPolicy": "Cluster", **reserved}


def _environment() -> dict[str, Any]:
    variables = values_of(example(), RESOURCES)["open-webui"]["extraEnvVars"]
    names = [each["name"] for each in variables]
    assert len(names) == len(set(names)), "the API server refuses a variable that is given twice"
    return {each["name"]: each for each in variables}


def test_the_chat_is_told_what_it_is_told_on_one_machine() -> None:
    environment = _environment()

    for name, value in SETTINGS.items():
        assert environment[name]["value"] == value


def test_the_charts_own_variables_are_not_given_twice() -> None:
    # The chart writes each of these by itself from other values.
    by_chart = {"OPENAI_API_BASE_URL", "ENABLE_WEBSOCKET_SUPPORT", "WEBSOCKET_MANAGER"}

    assert not (by_chart | {"REDIS_URL", "WEBSOCKET_REDIS_URL"}) & _environment().keys()


def test_the_chat_meets_in_the_managed_redis_or_in_a_pod_of_its_own() -> None:
    managed = example()
    own = managed.model_copy(update={"databases": managed.databases.model_copy(update={"redis": None})})
    told, pod = (values_of(platform, RESOURCES)["open-webui"]["websocket"] for platform in (managed, own))
    secret, without = (
        {key.name for each in required_secrets(platform) if each.name == "open-webui" for key in each.keys}
        for platform in (managed, own)
    )
    policies, own_policies = ([each["metadata"]["name"] for each in chat_policies(p)] for p in (managed, own))

    assert (told["existingSecret"], told["existingSecretKey"], told["url"]) == ("open-webui", "REDIS_URL", "")
    assert told["redis"] == {"enabled": False}
    assert pod["url"] == "redis://open-webui-redis:6379/0"
    assert pod["redis"]["pods"]["labels"] == {POD_LABEL: "chat-redis"}
    assert "existingSecret" not in pod
    assert secret - without == {"REDIS_URL"}
    assert (policies, own_policies) == (["chat"], ["chat", "chat-redis"])
    for platform in (managed, own):
        Draft202012Validator(UPSTREAM_VALUES["open-webui"]).validate(values_of(platform, RESOURCES)["open-webui"])


def test_what_is_secret_comes_from_the_secret() -> None:
    environment = _environment()
    chat = next(each for each in required_secrets(example()) if each.name == "open-webui")

    for key in chat.keys:
        if key.name == "REDIS_URL":  # the chart takes it from there by itself
            continue
        assert environment[key.name]["valueFrom"]["secretKeyRef"] == {"name": "open-webui", "key": key.name}
    assert {"DATABASE_URL", "WEBUI_SECRET_KEY", "OAUTH_CLIENT_SECRET", "OPENAI_API_KEY"} <= {
        key.name for key in chat.keys
    }


def test_images_come_from_where_they_are_declared_and_are_signed_for_only_where_they_are_private() -> None:
    local, public, private = (
        example().model_copy(update={"images": images})
        for images in (
            ContainerImages(),
            ContainerImages(registry=_REGISTRY),
            ContainerImages(registry=_REGISTRY, private=True),
        )
    )

    assert _secret_of_registry(local) == _secret_of_registry(public) == []
    assert values_of(local, RESOURCES)["presswerk"]["image"] == {"registry": "", "pullSecret": ""}
    assert values_of(public, RESOURCES)["presswerk"]["image"] == {"registry": _REGISTRY, "pullSecret": ""}
    assert values_of(private, RESOURCES)["presswerk"]["image"] == {
        "registry": _REGISTRY,
        "pullSecret": "presswerk-registry",
    }
    (secret,) = _secret_of_registry(private)
    assert (secret.namespace, secret.type) == ("presswerk", "kubernetes.io/dockerconfigjson")
    assert '"registry.example:5000"' in secret.keys[0].what


def test_the_cloud_is_asked_for_databases_only_where_a_tenant_has_its_own() -> None:
    with_own, without = (
        example().model_copy(update={"tenants": tuple(each for each in example().tenants if each.tier in tiers)})
        for tiers in (("enterprise",), ("free", "pro"))
    )
    of_the_cloud = {
        "IONOS_TOKEN",
        *(f"PRESSWERK_IONOS_{name}" for name in ("DATACENTER_ID", "LAN_ID", "FIRST_ADDRESS")),
    }

    assert of_the_cloud & _keys_of_operator(with_own) == of_the_cloud
    assert of_the_cloud & _keys_of_operator(without) == set()


def _keys_of_operator(platform: Platform) -> set[str]:
    (secret,) = [each for each in required_secrets(platform) if each.name == "presswerk-operator"]
    return {key.name for key in secret.keys}


def test_what_authentiks_blueprint_reads_is_in_its_secret() -> None:
    (secret,) = [each for each in required_secrets(example()) if each.name == "authentik"]

    assert set(SECRETS.values()) <= {key.name for key in secret.keys}


def _secret_of_registry(platform: Platform) -> list[RequiredSecret]:
    return [each for each in required_secrets(platform) if each.name == "presswerk-registry"]


def test_addresses_follow_from_the_domain() -> None:
    environment = _environment()
    presswerk = values_of(example(), RESOURCES)["presswerk"]

    assert environment["WEBUI_URL"]["value"] == "https://chat.press.example"
    assert environment["WEBUI_SESSION_COOKIE_SECURE"]["value"] == "true"
    assert environment["OPENID_REDIRECT_URI"]["value"] == "https://chat.press.example/oauth/oidc/callback"
    assert presswerk["hosts"] == {
        "hub": "hub.press.example",
        "chat": "chat.press.example",
        "identity": "id.press.example",
    }
    assert presswerk["oidcIssuer"] == "https://id.press.example/"


def test_an_identity_provider_may_have_a_name_of_its_own() -> None:
    platform = example().model_copy(
        update={"identity": example().identity.model_copy(update={"host": "login.example"})}
    )

    assert addresses_of(platform).identity == "login.example"
    assert values_of(platform, RESOURCES)["presswerk"]["oidcIssuer"] == "https://login.example/"


def test_a_platform_without_a_domain_is_refused() -> None:
    with pytest.raises(NoDomain, match="domain: is missing"):
        values_of(demo_platform(), RESOURCES)


def test_the_chart_asks_for_what_capacity_is_computed_with() -> None:
    defaults = yaml.safe_load(CHART_VALUES.read_text(encoding="utf-8"))

    for name, part in (("hub", "hub"), ("operator", "operator"), ("closedPage", "closed-page")):
        assert defaults[name]["resources"]["requests"] == RESOURCES[f"presswerk/{part}"]["requests"]
        assert defaults[name]["resources"]["limits"] == RESOURCES[f"presswerk/{part}"]["limits"]


def test_policies_find_the_chats_pods_by_a_label_of_ours() -> None:
    values = values_of(example(), RESOURCES)["open-webui"]

    assert values["podLabels"] == {POD_LABEL: "chat"}


def test_the_declaration_in_the_cluster_is_the_one_given_but_for_its_people() -> None:
    platform = example()
    text = platform_text(platform)

    assert load_platform(text, source="rendered") == platform
    assert platform_text(load_platform(text, source="rendered")) == text
    assert "people" not in platform_text(demo_platform())
