"""The hub's configuration, from environment variables."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from presswerk.ai import DEFAULT_BASE_URL
from presswerk.declaration import GroupsFrom
from presswerk.errors import MISUSED, PresswerkError
from presswerk.identity.directory import ASKED_EVERY_SECONDS
from presswerk.identity.verification import OUTAGE_SECONDS, REMEMBERED_SECONDS
from presswerk.publishing.retrying import RetryPolicy
from presswerk.tenants import BadEncryptionKey, Vault
from presswerk.web.rates import Network, RateLimits

PREFIX = "PRESSWERK_"
RECHECKED_EVERY_SECONDS = 15.0
"""How often a stream asks anew who its reader is and what they may see."""

_REMEDIES = {
    "ENCRYPTION_KEYS": (
        "give one or more keys, newest first, separated by commas; make one with "
        '`python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"`'
    ),
    "OIDC_ISSUER": "give the identity provider's issuer URL, such as http://localhost:9000",
    "OIDC_AUDIENCES": "give the client ids whose access tokens are accepted, separated by commas",
    "RUNTIME": "give local, where tenants are on this machine, or cluster, where they are Tenant resources",
    "OIDC_GROUPS_FROM": "give userinfo or token, or leave it out: platform.yaml says it",
    "DATABASE_URL": "give sqlite:///path/to/hub.db or postgresql://user:password@host/name",
    "PLATFORM_FILE": "name the platform.yaml that declares tiers and tenants",
    "TRUSTED_PROXIES": "give the networks of the proxies before the hub, such as 10.0.0.0/8, separated by commas",
    "HUB_PORT": "give a free TCP port between 1 and 65535",
    "LOG_LEVEL": "give DEBUG, INFO, WARNING or ERROR",
}


class SettingsError(PresswerkError):
    """The environment does not describe a hub.

    Attributes:
        problems: One line each, `VARIABLE: what is wrong; what to do`; values are never shown.
    """

    exit_status = MISUSED

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Everything the hub is told; each field is the environment variable `PRESSWERK_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    encryption_keys: SecretStr
    oidc_issuer: str
    oidc_audiences: Annotated[tuple[str, ...], NoDecode] = ("presswerk-chat", "presswerk-hub", "presswerk-cli")
    oidc_groups_from: GroupsFrom | None = None
    oidc_client_id: str = "presswerk-hub"
    oidc_client_secret: SecretStr | None = None
    oidc_remembered_seconds: Annotated[float, Field(gt=0, le=REMEMBERED_SECONDS)] = REMEMBERED_SECONDS
    oidc_outage_seconds: Annotated[float, Field(gt=0, le=OUTAGE_SECONDS)] = OUTAGE_SECONDS
    directory_file: Path | None = None
    directory_url: str | None = None
    directory_token: SecretStr | None = None
    runtime: Literal["local", "cluster"] = "local"
    directory_every_seconds: Annotated[float, Field(gt=0, le=ASKED_EVERY_SECONDS)] = ASKED_EVERY_SECONDS
    stream_recheck_seconds: Annotated[float, Field(gt=0, le=RECHECKED_EVERY_SECONDS)] = RECHECKED_EVERY_SECONDS
    database_url: SecretStr = SecretStr("sqlite:///.presswerk/hub/hub.db")
    executor_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,63}$")] = "hub-0"

    hub_host: str = "127.0.0.1"
    hub_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    hub_url: str | None = None
    chat_url: str | None = None
    ai_base_url: str = DEFAULT_BASE_URL
    ai_api_key: SecretStr | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    platform_file: Path | None = None
    local_state_dir: Path | None = None
    image_private_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    retry_first_delay_seconds: Annotated[float, Field(gt=0)] = 5.0
    retry_longest_delay_seconds: Annotated[float, Field(gt=0)] = 900.0
    retry_give_up_hours: Annotated[float, Field(gt=0)] = 24.0
    keep_failed_days: Annotated[int, Field(ge=1)] | None = None

    person_requests_per_minute: Annotated[int, Field(ge=1)] = 600
    tenant_requests_per_minute: Annotated[int, Field(ge=1)] = 3_000
    stranger_requests_per_minute: Annotated[int, Field(ge=1)] = 600
    failed_sign_ins_per_minute: Annotated[int, Field(ge=1)] = 60
    streams_per_person: Annotated[int, Field(ge=1)] = 10
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )

    @field_validator("oidc_audiences", "image_private_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _is_url(cls, value: str) -> str:
        if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc:
            raise ValueError("is no http(s) URL")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                ipaddress.ip_network(text)
            except ValueError:
                raise ValueError("holds something that is no network") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: SecretStr) -> SecretStr:
        try:
            backend = make_url(value.get_secret_value()).get_backend_name()
        except ArgumentError:
            raise ValueError("is no database URL") from None
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError("is neither SQLite nor PostgreSQL")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr) -> SecretStr:
        try:
            Vault.from_setting(value.get_secret_value())
        except BadEncryptionKey as error:
            # The remedy is added for the variable as a whole.
            raise ValueError(str(error).partition(": ")[2].partition(";")[0]) from None
        return value

    @model_validator(mode="after")
    def _audiences(self) -> Self:
        if not self.oidc_audiences:
            raise ValueError("OIDC_AUDIENCES is empty: nobody could sign in")
        return self

    @property
    def public_url(self) -> str:
        """The hub as a browser sees it."""
        return self.hub_url or f"http://localhost:{self.hub_port}"

    @property
    def has_directory(self) -> bool:
        """Whether the identity provider can be asked who belongs to what."""
        return self.directory_file is not None or self.directory_token is not None

    @property
    def ai_is_stand_in(self) -> bool:
        """Whether the articles come from the offline stand-in, which is no AI: so it is without a key."""
        return self.ai_api_key is None or not self.ai_api_key.get_secret_value()

    @property
    def rate_limits(self) -> RateLimits:
        """How often somebody may ask."""
        return RateLimits(
            person=self.person_requests_per_minute,
            tenant=self.tenant_requests_per_minute,
            stranger=self.stranger_requests_per_minute,
            failed_sign_in=self.failed_sign_ins_per_minute,
        )

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """Whose `X-Forwarded-For` is believed."""
        return tuple(ipaddress.ip_network(text) for text in self.trusted_proxies)

    @property
    def retry_policy(self) -> RetryPolicy:
        """How sites that do not answer are tried again."""
        return RetryPolicy(
            first_delay_seconds=self.retry_first_delay_seconds,
            longest_delay_seconds=self.retry_longest_delay_seconds,
            give_up_after_seconds=self.retry_give_up_hours * 3600,
        )


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the hub's configuration.

    Args:
        environment: Instead of the process's own, for tests and tools.

    Raises:
        SettingsError: A variable is missing or wrong.
    """
    return read_settings(Settings, _REMEDIES, environment)


_Read = TypeVar("_Read", bound=BaseSettings)


def read_settings(
    kind: type[_Read], remedies: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> _Read:
    """Read a process's configuration.

    Args:
        kind: What it is; each field is the variable `PRESSWERK_<FIELD>`.
        remedies: What to do about a field, by its name in capitals.
        environment: Instead of the process's own.

    Raises:
        SettingsError: A variable is missing or wrong.
    """
    try:
        if environment is None:
            return kind()
        known = {
            name: environment[variable]
            for name in kind.model_fields
            if (variable := f"{PREFIX}{name.upper()}") in environment
        }
        return kind(**known)  # type: ignore[arg-type]  # texts, which pydantic parses as it does the environment's
    except ValidationError as error:
        raise SettingsError(
            tuple(_problem(item["loc"], item["type"], item["msg"], remedies) for item in error.errors())
        ) from None


def _problem(location: tuple[int | str, ...], kind: str, message: str, remedies: Mapping[str, str]) -> str:
    if not location:
        return f"{PREFIX}{message.removeprefix('Value error, ')}"
    name = str(location[0]).upper()
    what = "is not set" if kind == "missing" else message.removeprefix("Value error, ")
    remedy = remedies.get(name)
    return f"{PREFIX}{name}: {what}" + (f"; {remedy}" if remedy else "")
