"""Which Secrets must be there before anything starts, which secrets.yaml lists, and how their values are made."""

import enum
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml
from cryptography.fernet import Fernet

from presswerk.declaration import DatabaseKind, Platform
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE

HUB, OPERATOR, CHAT, IDENTITY = "presswerk-hub", "presswerk-operator", "open-webui", "authentik"
REGISTRY = "presswerk-registry"
CHAT_REDIS = "REDIS_URL"
PULL_CREDENTIALS = ".dockerconfigjson"
DOCKER_CONFIG = "kubernetes.io/dockerconfigjson"

_FORMS = {
    "postgres": r"postgresql://[^\s:@/]+:[^\s:@/]+@[^\s:@/]+(:\d+)?/[^\s?]+(\?\S+)?",
    "mysql": r"mysql://[^\s:@/]+:[^\s:@/]+@[^\s:@/]+(:\d+)?/?",
    "redis": r"rediss?://[^\s@/]+@[^\s:@/]+(:\d+)?(/\d+)?",
    "http": r"https?://[^\s@/]+/?",
    "address": r"[^\s@]+@[^\s@]+",
}
_TOLD: list[dict[str, Any]] = yaml.safe_load(resources.files(__package__).joinpath("secrets.yaml").read_text("utf-8"))
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
    used = {platform.allotment(tenant).database for tenant in platform.tenants}
    holds = {
        "managed-redis": platform.databases.redis is not None,
        "shared-databases": DatabaseKind.SHARED in {tier.database for tier in platform.tiers.values()},
        "own-databases": DatabaseKind.OWN in used,
    }
    places = {told["name"]: told.get("namespace", PLATFORM_NAMESPACE) for told in _TOLD}
    found: tuple[RequiredSecret, ...] = () if registry is None else (_registry(registry),)
    for told in _TOLD:
        keys = (_key(places, *each) for each in told["keys"].items() if holds.get(each[1].get("where"), True))
        found += (RequiredSecret(places[told["name"]], told["name"], told["purpose"], tuple(keys)),)
    return found


def _key(places: Mapping[str, str], name: str, told: Mapping[str, Any]) -> Key:
    fresh = Fresh[told["fresh"]] if "fresh" in told else None
    secret, key = [*told.get("same_as", [None]), name][:2]
    same_as = None if secret is None else SecretPlace(places[secret], secret, key)
    return Key(name, told["what"], fresh, same_as, _FORMS[told["form"]] if "form" in told else None)


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
