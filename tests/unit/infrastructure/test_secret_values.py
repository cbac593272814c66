"""What the infrastructure's outputs become: values that the Secrets take as they are, and no others."""

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from presswerk.declaration import Platform, Tenant
from presswerk.declaration.images import ContainerImages
from presswerk.infrastructure.delivery.secrets import ValueSource, planned
from presswerk.infrastructure.terraform.errors import TerraformError
from presswerk.infrastructure.terraform.secret_values import MARIADB_PASSWORD, REDIS_PASSWORD, given
from presswerk.runtimes.cluster.rendering.secrets import PULL_CREDENTIALS, required_secrets

OUTPUTS: dict[str, Any] = {
    "database_hosts": {"postgres": "pg.lan", "mariadb": "mariadb.lan", "redis": "redis.lan"},
    "database_administrator": "presswerk",
    "network": {"datacenter_id": "8a53", "lan_id": 2, "first_address": "10.7.222.128/24"},
    "storage": {"region": "eu-central-3", "endpoint": "https://s3.eu-central-3.ionoscloud.com"},
    "storage_keys": {"access_key": "ee55", "secret_key": "ff66"},
    "buckets": {"media": "press-media", "backups": "press-backups"},
    "registry_host": "press.cr.de-txl.ionos.example",
    "registry_credentials": [{"username": "pull", "password": "jj:00"}],
}
PASSWORD = "p@ss:w%rd/?#ä"
ENVIRONMENT = {MARIADB_PASSWORD: PASSWORD, REDIS_PASSWORD: PASSWORD}
TENANTS = (Tenant(id="acme", name="Acme"), Tenant(id="blog", name="Blog", tier="enterprise"))


def _platform(registry: str | None = None, **databases: Any) -> Platform:
    images = ContainerImages(registry=registry, private=registry is not None)
    return Platform(domain="press.example", tenants=TENANTS, images=images, databases=databases)


def test_every_value_is_one_that_its_secret_takes() -> None:
    platform = _platform("press.cr.de-txl.ionos.example/our")

    values = given(platform, OUTPUTS, ENVIRONMENT)

    entries = planned(required_secrets(platform), {}, values)
    used = {each.key.name for each in entries if each.origin is ValueSource.GIVEN}
    assert used == set(values)
    assert {each.key.name for each in entries if each.origin is ValueSource.MISSING} == {
        "AUTHENTIK_BOOTSTRAP_EMAIL",
        "OPENAI_API_KEY",
        "IONOS_TOKEN",
    }
    assert values[PULL_CREDENTIALS] == "pull:jj:00"


@pytest.mark.parametrize(
    ("key", "host"), [("PRESSWERK_MARIADB_URL", "mariadb.lan:3306"), ("REDIS_URL", "redis.lan:6379")]
)
def test_a_password_full_of_signs_is_still_one_in_an_address(key: str, host: str) -> None:
    address = urlsplit(given(_platform(), OUTPUTS, ENVIRONMENT)[key])

    assert (address.username, unquote(address.password or "")) == ("presswerk", PASSWORD)
    assert f"{address.hostname}:{address.port}" == host


def test_what_is_not_declared_is_not_given() -> None:
    values = given(_platform("ghcr.io/our", redis=None), OUTPUTS, ENVIRONMENT)

    assert values.keys() & {"REDIS_URL", PULL_CREDENTIALS} == set()


def test_services_share_no_password() -> None:
    values = given(_platform(), OUTPUTS, ENVIRONMENT)

    addresses = (values["DATABASE_URL"], values["PRESSWERK_DATABASE_URL"])
    drawn = {values["AUTHENTIK_POSTGRESQL__PASSWORD"], *(urlsplit(each).password for each in addresses)}
    assert len(drawn) == 3


@pytest.mark.parametrize("missing", list(OUTPUTS))
def test_an_output_that_is_not_there_yet_is_named(missing: str) -> None:
    outputs = {name: value for name, value in OUTPUTS.items() if name != missing}

    with pytest.raises(TerraformError, match=f"no output {missing} yet") as problem:
        given(_platform(), outputs, ENVIRONMENT)
    assert "presswerk infra apply" in problem.value.remedy
