"""Which Secrets must be there before anything starts, with which keys, and how their values are made (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from presswerk.identity.providers.authentik_blueprints import CHAT_CLIENT, HUB_CLIENT, OPERATOR_ACCOUNT, SECRETS
from presswerk.runtimes.kubernetes.names import PLATFORM_NAMESPACE
from presswerk.runtimes.kubernetes.rendering.releases import AUTHENTIK
from presswerk.spec import DatabaseKind, Platform

_RANDOM = "openssl rand -hex 32"
_SHORT = "openssl rand -hex 24"
_FERNET = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
HUB, OPERATOR, CHAT, IDENTITY = "presswerk-hub", "presswerk-operator", "open-webui", "authentik"
REGISTRY = "presswerk-registry"
CHAT_REDIS = "REDIS_URL"


@dataclass(frozen=True)
class Key:
    """One key of a Secret.

    Attributes:
        name: As it stands in the Secret; also the environment variable it becomes.
        what: What its value is.
        how: A command that prints a fresh value; empty where somebody else gives it out.
        same_as: Another Secret that must have the same value under the key named here.
    """

    name: str
    what: str
    how: str = ""
    same_as: str = ""


@dataclass(frozen=True)
class RequiredSecret:
    """A Secret that must exist; its type is one of Kubernetes's."""

    namespace: str
    name: str
    purpose: str
    keys: tuple[Key, ...]
    type: str = "Opaque"

    def described(self) -> Mapping[str, Any]:
        """For programs."""
        keys = [
            {name: value for name, value in vars(key).items() if value or name in {"name", "what"}} for key in self.keys
        ]
        return MappingProxyType({**vars(self), "keys": keys})


def required_secrets(platform: Platform) -> tuple[RequiredSecret, ...]:
    """All of them, in the order of what needs them."""
    registry = platform.images.registry if platform.images.private else None
    return (
        *(() if registry is None else (_registry(registry),)),
        _identity(),
        _chat(platform),
        _hub(),
        _operator(platform),
    )


def _registry(registry: str) -> RequiredSecret:
    host = registry.partition("/")[0]
    form = f'{{"auths": {{"{host}": {{"username": "...", "password": "..."}}}}}}'
    return RequiredSecret(
        PLATFORM_NAMESPACE,
        REGISTRY,
        f"what pulls Presswerk's images from {registry}; the operator gives it to the sites, too",
        (Key(".dockerconfigjson", f"of somebody who may pull and nothing else: {form}"),),
        "kubernetes.io/dockerconfigjson",
    )


def _identity() -> RequiredSecret:
    return RequiredSecret(
        AUTHENTIK.namespace,
        IDENTITY,
        "Authentik's server and worker, and what its blueprint gives to the platform's clients",
        (
            Key("AUTHENTIK_SECRET_KEY", "signs sessions; people's identities depend on it: keep it", _RANDOM),
            Key("AUTHENTIK_POSTGRESQL__HOST", "the PostgreSQL server's name"),
            Key("AUTHENTIK_POSTGRESQL__NAME", "Authentik's own database there"),
            Key("AUTHENTIK_POSTGRESQL__USER", "its user"),
            Key("AUTHENTIK_POSTGRESQL__PASSWORD", "that user's password"),
            Key("AUTHENTIK_BOOTSTRAP_PASSWORD", "the first password of Authentik's own administrator, akadmin", _SHORT),
            Key("AUTHENTIK_BOOTSTRAP_EMAIL", "that administrator's address"),
            Key(SECRETS[HUB_CLIENT], "the hub's secret as a client", _RANDOM),
            Key(SECRETS[CHAT_CLIENT], "the chat's secret as a client", _RANDOM),
            Key(SECRETS[OPERATOR_ACCOUNT], "the token by which tenants are made at Authentik", _RANDOM),
        ),
    )


def _chat(platform: Platform) -> RequiredSecret:
    redis = Key(CHAT_REDIS, "redis://user:password@host:6379/0, or rediss:// where it speaks TLS, of the managed Redis")
    return RequiredSecret(
        PLATFORM_NAMESPACE,
        CHAT,
        "Open WebUI",
        (
            Key("DATABASE_URL", "postgresql://user:password@host:5432/name of the chat's own database"),
            Key("WEBUI_SECRET_KEY", "signs its sessions and encrypts the tokens it keeps", _RANDOM),
            Key("WEBUI_ADMIN_EMAIL", "a name in the form of an address for the account that provisions it"),
            Key("WEBUI_ADMIN_PASSWORD", "that account's password", _SHORT),
            Key("OAUTH_CLIENT_SECRET", "its secret as a client", same_as=_same(SECRETS[CHAT_CLIENT])),
            Key("OPENAI_API_KEY", "the AI endpoint's key"),
            Key("S3_ACCESS_KEY_ID", "of the bucket that keeps what people attach"),
            Key("S3_SECRET_ACCESS_KEY", "of the same"),
            Key("S3_ENDPOINT_URL", "where that bucket is, such as https://s3.eu-central-3.ionoscloud.com"),
            Key("S3_REGION_NAME", "that place's name of its region"),
            Key("S3_BUCKET_NAME", "the bucket"),
            *(() if platform.databases.redis is None else (redis,)),
        ),
    )


def _hub() -> RequiredSecret:
    chat = f"{PLATFORM_NAMESPACE}/{CHAT}"
    return RequiredSecret(
        PLATFORM_NAMESPACE,
        HUB,
        "the hub",
        (
            Key("PRESSWERK_DATABASE_URL", "postgresql://user:password@host:5432/name of the hub's own database"),
            Key("PRESSWERK_ENCRYPTION_KEYS", "encrypts the sites' credentials; newest first, with commas", _FERNET),
            Key("PRESSWERK_AI_API_KEY", "the AI endpoint's key", same_as=f"{chat}: OPENAI_API_KEY"),
        ),
    )


def _operator(platform: Platform) -> RequiredSecret:
    databases = {tier.database for tier in platform.tiers.values()}
    hub, chat = f"{PLATFORM_NAMESPACE}/{HUB}", f"{PLATFORM_NAMESPACE}/{CHAT}"
    keys = [
        Key("PRESSWERK_DATABASE_URL", "the hub's database, where sites are registered", same_as=f"{hub}: the same key"),
        Key("PRESSWERK_ENCRYPTION_KEYS", "encrypts the sites' credentials", same_as=f"{hub}: the same key"),
        Key(SECRETS[OPERATOR_ACCOUNT], "its token at Authentik", same_as=_same(SECRETS[OPERATOR_ACCOUNT])),
        Key("PRESSWERK_CHAT_ADMIN_EMAIL", "its account at Open WebUI", same_as=f"{chat}: WEBUI_ADMIN_EMAIL"),
        Key("PRESSWERK_CHAT_ADMIN_PASSWORD", "that account's password", same_as=f"{chat}: WEBUI_ADMIN_PASSWORD"),
    ]
    if DatabaseKind.SHARED in databases:
        keys.append(
            Key("PRESSWERK_MARIADB_URL", "mysql://administrator:password@host:3306 of the server tenants share")
        )
    if any(platform.allotment(tenant).database is DatabaseKind.OWN for tenant in platform.tenants):
        keys += [
            Key("IONOS_TOKEN", "of an account that may make MariaDB clusters, and nothing else"),
            Key("PRESSWERK_IONOS_DATACENTER_ID", "where those are made: `presswerk infra output network` prints it"),
            Key("PRESSWERK_IONOS_LAN_ID", "their network, from the same"),
            Key("PRESSWERK_IONOS_FIRST_ADDRESS", "the first address there that they may have, from the same"),
        ]
    return RequiredSecret(PLATFORM_NAMESPACE, OPERATOR, "the operator", tuple(keys))


def _same(key: str) -> str:
    return f"{AUTHENTIK.namespace}/{IDENTITY}: {key}"
