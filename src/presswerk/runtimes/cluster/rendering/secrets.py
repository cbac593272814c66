"""Which Secrets must be there before anything starts, with which keys, and how their values are made."""

import enum
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cryptography.fernet import Fernet

from presswerk.declaration import DatabaseKind, Platform
from presswerk.identity.providers.authentik_blueprints import (
    CHAT_CLIENT,
    DIRECTORY_ACCOUNT,
    HUB_CLIENT,
    OPERATOR_ACCOUNT,
    SECRETS,
)
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE
from presswerk.runtimes.cluster.rendering.releases import AUTHENTIK

HUB, OPERATOR, CHAT, IDENTITY = "presswerk-hub", "presswerk-operator", "open-webui", "authentik"
REGISTRY = "presswerk-registry"
CHAT_REDIS = "REDIS_URL"
PULL_CREDENTIALS = ".dockerconfigjson"
DOCKER_CONFIG = "kubernetes.io/dockerconfigjson"

_POSTGRES = r"postgresql://[^\s:@/]+:[^\s:@/]+@[^\s:@/]+(:\d+)?/[^\s?]+(\?\S+)?"
_MYSQL = r"mysql://[^\s:@/]+:[^\s:@/]+@[^\s:@/]+(:\d+)?/?"
_REDIS = r"rediss?://[^\s@/]+@[^\s:@/]+(:\d+)?(/\d+)?"
_HTTP = r"https?://[^\s@/]+/?"
_ADDRESS = r"[^\s@]+@[^\s@]+"
# Mail never reaches `.invalid` (RFC 2606).
_NOBODYS_ADDRESS = "presswerk@presswerk.invalid"


class Fresh(enum.Enum):
    """How a value is made that nobody gives out; its command makes the same by hand."""

    LONG = "openssl rand -hex 32"
    SHORT = "openssl rand -hex 24"
    FERNET = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
    NOBODY = f"echo {_NOBODYS_ADDRESS}"

    def made(self) -> str:
        """A new one."""
        if self is Fresh.NOBODY:
            return _NOBODYS_ADDRESS
        if self is Fresh.FERNET:
            return Fernet.generate_key().decode()
        return secrets.token_hex(32 if self is Fresh.LONG else 24)


@dataclass(frozen=True)
class SecretPlace:
    """One key of a Secret, as another names it."""

    namespace: str
    secret: str
    key: str


@dataclass(frozen=True)
class Key:
    """One key of a Secret.

    Attributes:
        name: As it stands in the Secret; also the environment variable it becomes.
        what: What its value is.
        fresh: How a value is made; None where somebody gives it out.
        same_as: Where the same value must be.
        form: What the whole value must look like, as a regular expression; None for any text without white space.
        host: Of pull credentials, the registry they are for.
    """

    name: str
    what: str
    fresh: Fresh | None = None
    same_as: SecretPlace | None = None
    form: str | None = None
    host: str = ""

    @property
    def how(self) -> str:
        """A command that prints a fresh value; empty where there is none."""
        return "" if self.fresh is None else self.fresh.value

    @property
    def same(self) -> str:
        """Where the same value must be, for a reader; empty if nowhere."""
        if self.same_as is None:
            return ""
        name = "the same key" if self.same_as.key == self.name else self.same_as.key
        return f"{self.same_as.namespace}/{self.same_as.secret}: {name}"

    def described(self) -> dict[str, str]:
        """For programs."""
        told = {"name": self.name, "what": self.what, "how": self.how, "same_as": self.same}
        return {name: value for name, value in told.items() if value}


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
        return MappingProxyType({**vars(self), "keys": [key.described() for key in self.keys]})


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
        (Key(PULL_CREDENTIALS, f"of somebody who may pull and nothing else: {form}", form=r"\{[\s\S]*\}", host=host),),
        DOCKER_CONFIG,
    )


def _identity() -> RequiredSecret:
    return RequiredSecret(
        AUTHENTIK.namespace,
        IDENTITY,
        "Authentik's server and worker, and what its blueprint gives to the platform's clients",
        (
            Key("AUTHENTIK_SECRET_KEY", "signs sessions; people's identities depend on it: keep it", Fresh.LONG),
            Key("AUTHENTIK_POSTGRESQL__HOST", "the PostgreSQL server's name"),
            Key("AUTHENTIK_POSTGRESQL__NAME", "Authentik's own database there"),
            Key("AUTHENTIK_POSTGRESQL__USER", "its user"),
            Key("AUTHENTIK_POSTGRESQL__PASSWORD", "that user's password"),
            Key(
                "AUTHENTIK_BOOTSTRAP_PASSWORD",
                "the first password of Authentik's own administrator, akadmin",
                Fresh.SHORT,
            ),
            Key("AUTHENTIK_BOOTSTRAP_EMAIL", "that administrator's address", form=_ADDRESS),
            Key(SECRETS[HUB_CLIENT], "the hub's secret as a client", Fresh.LONG),
            Key(SECRETS[CHAT_CLIENT], "the chat's secret as a client", Fresh.LONG),
            Key(SECRETS[OPERATOR_ACCOUNT], "the token by which tenants are made at Authentik", Fresh.LONG),
            Key(SECRETS[DIRECTORY_ACCOUNT], "the token by which the hub reads who is in its groups", Fresh.LONG),
        ),
    )


def _chat(platform: Platform) -> RequiredSecret:
    redis = Key(
        CHAT_REDIS,
        "redis://user:password@host:6379/0, or rediss:// where it speaks TLS, of the managed Redis",
        form=_REDIS,
    )
    return RequiredSecret(
        PLATFORM_NAMESPACE,
        CHAT,
        "Open WebUI",
        (
            Key("DATABASE_URL", "postgresql://user:password@host:5432/name of the chat's own database", form=_POSTGRES),
            Key("WEBUI_SECRET_KEY", "signs its sessions and encrypts the tokens it keeps", Fresh.LONG),
            Key(
                "WEBUI_ADMIN_EMAIL",
                "a name in the form of an address for the account that provisions it, and nobody's own",
                Fresh.NOBODY,
                form=_ADDRESS,
            ),
            Key("WEBUI_ADMIN_PASSWORD", "that account's password", Fresh.SHORT),
            Key("OAUTH_CLIENT_SECRET", "its secret as a client", same_as=_identitys(SECRETS[CHAT_CLIENT])),
            Key("OPENAI_API_KEY", "the AI endpoint's key"),
            Key("S3_ACCESS_KEY_ID", "of the bucket that keeps what people attach"),
            Key("S3_SECRET_ACCESS_KEY", "of the same"),
            Key("S3_ENDPOINT_URL", "where that bucket is, such as https://s3.eu-central-3.ionoscloud.com", form=_HTTP),
            Key("S3_REGION_NAME", "that place's name of its region"),
            Key("S3_BUCKET_NAME", "the bucket"),
            *(() if platform.databases.redis is None else (redis,)),
        ),
    )


def _hub() -> RequiredSecret:
    return RequiredSecret(
        PLATFORM_NAMESPACE,
        HUB,
        "the hub",
        (
            Key(
                "PRESSWERK_DATABASE_URL",
                "postgresql://user:password@host:5432/name of the hub's own database",
                form=_POSTGRES,
            ),
            Key(
                "PRESSWERK_ENCRYPTION_KEYS", "encrypts the sites' credentials; newest first, with commas", Fresh.FERNET
            ),
            Key("PRESSWERK_AI_API_KEY", "the AI endpoint's key", same_as=_ours(CHAT, "OPENAI_API_KEY")),
            Key("PRESSWERK_OIDC_CLIENT_SECRET", "its secret as a client", same_as=_identitys(SECRETS[HUB_CLIENT])),
            Key(
                SECRETS[DIRECTORY_ACCOUNT],
                "its token at Authentik, which reads groups and nothing else",
                same_as=_identitys(SECRETS[DIRECTORY_ACCOUNT]),
            ),
        ),
    )


def _operator(platform: Platform) -> RequiredSecret:
    databases = {tier.database for tier in platform.tiers.values()}
    database, encryption = "PRESSWERK_DATABASE_URL", "PRESSWERK_ENCRYPTION_KEYS"
    email, password = "WEBUI_ADMIN_EMAIL", "WEBUI_ADMIN_PASSWORD"
    keys = [
        Key(database, "the hub's database, where sites are registered", same_as=_ours(HUB, database)),
        Key(encryption, "encrypts the sites' credentials", same_as=_ours(HUB, encryption)),
        Key(SECRETS[OPERATOR_ACCOUNT], "its token at Authentik", same_as=_identitys(SECRETS[OPERATOR_ACCOUNT])),
        Key("PRESSWERK_CHAT_ADMIN_EMAIL", "its account at Open WebUI", same_as=_ours(CHAT, email)),
        Key("PRESSWERK_CHAT_ADMIN_PASSWORD", "that account's password", same_as=_ours(CHAT, password)),
    ]
    if DatabaseKind.SHARED in databases:
        what = "mysql://administrator:password@host:3306 of the server tenants share"
        keys.append(Key("PRESSWERK_MARIADB_URL", what, form=_MYSQL))
    if any(platform.allotment(tenant).database is DatabaseKind.OWN for tenant in platform.tenants):
        keys += [
            Key("IONOS_TOKEN", "of an account that may make MariaDB clusters, and nothing else"),
            Key("PRESSWERK_IONOS_DATACENTER_ID", "where those are made: `presswerk infra output network` prints it"),
            Key("PRESSWERK_IONOS_LAN_ID", "their network, from the same"),
            Key("PRESSWERK_IONOS_FIRST_ADDRESS", "the first address there that they may have, from the same"),
        ]
    return RequiredSecret(PLATFORM_NAMESPACE, OPERATOR, "the operator", tuple(keys))


def _identitys(key: str) -> SecretPlace:
    return SecretPlace(AUTHENTIK.namespace, IDENTITY, key)


def _ours(secret: str, key: str) -> SecretPlace:
    return SecretPlace(PLATFORM_NAMESPACE, secret, key)
