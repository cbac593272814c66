"""What the infrastructure gives to the cluster's Secrets: its outputs, key by key."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from presswerk.declaration import Platform
from presswerk.infrastructure.terraform.errors import TerraformError
from presswerk.runtimes.cluster.rendering.secrets import CHAT_REDIS, PULL_CREDENTIALS, required_secrets

MARIADB_PASSWORD, REDIS_PASSWORD = "TF_VAR_mariadb_password", "TF_VAR_redis_password"


def given(platform: Platform, outputs: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """The values of those keys that the infrastructure decides, each as `presswerk secrets --from` takes it.

    The three services' passwords at PostgreSQL are drawn anew each time: `scripts/make_databases.sh` gives them to it.

    Args:
        platform: As declared.
        outputs: The module's, by name.
        environment: It has the administrators' passwords of MariaDB and Redis, as the module was given them.

    Raises:
        TerraformError: An output is not there.
    """
    needed = {key.name for secret in required_secrets(platform) for key in secret.keys}
    try:
        return {name: value for name, value in _all(platform, outputs, environment) if name in needed}
    except KeyError as missing:
        raise TerraformError(
            f"The infrastructure has no output {missing.args[0]} yet.",
            "Run `presswerk infra apply` first, with the module of this version.",
        ) from None


def _all(platform: Platform, outputs: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    hosts, administrator, network = outputs["database_hosts"], outputs["database_administrator"], outputs["network"]
    storage, keys = outputs["storage"], outputs["storage_keys"]
    yield "AUTHENTIK_POSTGRESQL__HOST", hosts["postgres"]
    yield "AUTHENTIK_POSTGRESQL__NAME", "authentik"
    yield "AUTHENTIK_POSTGRESQL__USER", "authentik"
    yield "AUTHENTIK_POSTGRESQL__PASSWORD", _drawn()
    yield "DATABASE_URL", f"postgresql://chat:{_drawn()}@{hosts['postgres']}:5432/chat"
    yield "PRESSWERK_DATABASE_URL", f"postgresql://hub:{_drawn()}@{hosts['postgres']}:5432/hub"
    yield (
        "PRESSWERK_MARIADB_URL",
        f"mysql://{administrator}:{_encoded(environment, MARIADB_PASSWORD)}@{hosts['mariadb']}:3306",
    )
    if hosts["redis"] is not None:
        yield CHAT_REDIS, f"redis://{administrator}:{_encoded(environment, REDIS_PASSWORD)}@{hosts['redis']}:6379/0"
    yield "S3_ACCESS_KEY_ID", keys["access_key"]
    yield "S3_SECRET_ACCESS_KEY", keys["secret_key"]
    yield "S3_ENDPOINT_URL", storage["endpoint"]
    yield "S3_REGION_NAME", storage["region"]
    yield "S3_BUCKET_NAME", outputs["buckets"]["media"]
    yield "PRESSWERK_IONOS_DATACENTER_ID", network["datacenter_id"]
    yield "PRESSWERK_IONOS_LAN_ID", str(network["lan_id"])
    yield "PRESSWERK_IONOS_FIRST_ADDRESS", network["first_address"]
    host, credentials = outputs["registry_host"], outputs["registry_credentials"]
    # Images may as well be in somebody else's registry, whose credentials nobody here knows.
    if host == (platform.images.registry or "").partition("/")[0]:
        yield PULL_CREDENTIALS, f"{credentials[0]['username']}:{credentials[0]['password']}"


def _drawn() -> str:
    return secrets.token_hex(24)


def _encoded(environment: Mapping[str, str], password: str) -> str:
    """As it stands in an address."""
    return quote(environment.get(password, ""), safe="")
