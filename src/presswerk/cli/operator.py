"""presswerk operator: carry the tenants of a cluster to what is declared."""

import ipaddress
import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, Self

import structlog
import typer
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from presswerk.certificates import VARIABLE
from presswerk.declaration import DatabaseKind, Platform, load_platform
from presswerk.errors import PresswerkError
from presswerk.identity.providers.authentik import AuthentikTenants
from presswerk.kubernetes.connection import KubeContext, open_connection
from presswerk.operations.external_services import AuthentikSignOn, DatabasesByTier, OpenWebUIChat, RegistryConnections
from presswerk.runtimes.cluster.cluster import Cluster, Storage
from presswerk.runtimes.cluster.operator.process import HealthAddress, Operator
from presswerk.runtimes.cluster.operator.services import ExternalServices
from presswerk.runtimes.databases import MariaDbAdmin, TcpServer
from presswerk.runtimes.databases.ionos import ClusterPlace, IonosDatabases
from presswerk.tenants import TenantRegistry, Vault
from presswerk.web.hub import open_database
from presswerk.web.logs import configure_logs
from presswerk.web.settings import PREFIX, Settings, SettingsError, load_settings, read_settings

app = typer.Typer(no_args_is_help=True, help="Carry the tenants of a cluster to what is declared.")

_REQUEST_SECONDS = 30.0
# A line for every request, each renewal of the Lease included.
_TALKATIVE = ("httpx", "httpx2")
_REMEDIES = {
    "PLATFORM_FILE": "name the platform.yaml that declares tiers and domain",
    "AUTHENTIK_TOKEN": "give the token that Authentik's blueprint gave out to the operator",
    "CHAT_URL": "give Open WebUI's address, such as https://chat.press.example",
    "CHAT_ADMIN_EMAIL": "give the name of Open WebUI's provisioning account",
    "CHAT_ADMIN_PASSWORD": "give that account's password",
    "MARIADB_URL": "give mysql://administrator:password@host:3306 of the server that tenants share",
    "OPERATOR_PORT": "give a free TCP port between 1 and 65535",
}


_PLACE_REMEDY = "give its datacenter, LAN and first address, which `presswerk infra output` tells"

_log = structlog.get_logger(__name__)


class OperatorSettings(BaseSettings):
    """What the operator is told besides the hub's own settings; each field is the variable `PRESSWERK_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    platform_file: Path
    authentik_token: SecretStr
    chat_url: str
    chat_admin_email: str
    chat_admin_password: SecretStr
    operator_host: str = "127.0.0.1"
    operator_port: Annotated[int, Field(ge=0, le=65535)] = 8081
    operator_workers: Annotated[int, Field(ge=1, le=32)] = 4
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    wordpress_image: str | None = None
    registry_credentials: SecretStr | None = None
    block_storage_class: str | None = None
    shared_storage_class: str | None = None

    mariadb_url: SecretStr | None = None
    mariadb_ca_file: Path | None = None
    ionos_datacenter_id: str | None = None
    ionos_lan_id: str | None = None
    ionos_first_address: ipaddress.IPv4Interface | None = None

    @field_validator("mariadb_url")
    @classmethod
    def _is_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        try:
            url = make_url(value.get_secret_value())
        except ArgumentError:
            raise ValueError("is no URL") from None
        if url.get_backend_name() != "mysql" or not url.host or not url.username or not url.password:
            raise ValueError("is no mysql://user:password@host:port")
        return value

    @model_validator(mode="after")
    def _place(self) -> Self:
        told = (self.ionos_datacenter_id, self.ionos_lan_id, self.ionos_first_address)
        if any(told) and not all(told):
            raise ValueError("IONOS_DATACENTER_ID, IONOS_LAN_ID, IONOS_FIRST_ADDRESS go together; give all of them")
        return self


@app.command()
def run() -> None:
    """Watch the Tenants of the cluster that the environment names, and bring each to what it declares, until stopped.

    The cluster is the one it runs in, else that of KUBECONFIG. It is configured by environment variables alone, which
    docs/gitops.md lists; the chart sets them. Health and metrics are at http://127.0.0.1:8081/health/ready and
    /metrics; PRESSWERK_OPERATOR_HOST and PRESSWERK_OPERATOR_PORT say otherwise.
    """
    hub, told = _settings()
    configure_logs(told.log_level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    platform = load_platform(_text(told.platform_file), source=str(told.platform_file))
    declared = Cluster.of(platform)
    cluster = replace(
        declared,
        wordpress_image=told.wordpress_image or declared.wordpress_image,
        registry_credentials=_credentials(told, platform),
        storage=Storage(told.block_storage_class, told.shared_storage_class),
        authorities=_authorities(),
    )
    client = open_connection(KubeContext(), timeout_seconds=_REQUEST_SECONDS)
    operator = Operator(
        client,
        cluster,
        platform,
        _outside(hub, told, platform),
        HealthAddress(told.operator_host, told.operator_port),
        workers=told.operator_workers,
    )
    operator.run()


def _authorities() -> str | None:
    """Whom the sites trust: whom the operator itself does, where it is told."""
    file = os.environ.get(VARIABLE)
    return None if not file else _text(Path(file))


def _settings() -> tuple[Settings, OperatorSettings]:
    """What the environment says; everything that is wrong with it is told at once."""
    problems: list[str] = []
    try:
        told = read_settings(OperatorSettings, _REMEDIES)
    except SettingsError as error:
        problems += error.problems
    try:
        hub = load_settings()
    except SettingsError as error:
        problems += (problem for problem in error.problems if problem not in problems)
    if problems:
        raise SettingsError(tuple(problems))
    return hub, told


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise PresswerkError(f"{file} cannot be read: {error.strerror}", _REMEDIES["PLATFORM_FILE"]) from None


def _credentials(told: OperatorSettings, platform: Platform) -> str | None:
    """What the sites' pods show to the registry.

    Raises:
        PresswerkError: It asks for something, and nothing was told.
    """
    if not platform.images.private:
        return None
    if told.registry_credentials is None:
        raise PresswerkError(
            f"{platform.images.registry} asks for credentials, and {PREFIX}REGISTRY_CREDENTIALS is not set.",
            "Fill the Secret presswerk-registry, which the chart takes it from, or set images.private to false.",
        )
    return told.registry_credentials.get_secret_value()


def _outside(hub: Settings, told: OperatorSettings, platform: Platform) -> ExternalServices:
    engine = open_database(hub)
    registry = TenantRegistry(engine, Vault.from_setting(hub.encryption_keys.get_secret_value()))
    return ExternalServices(
        _databases(told, platform),
        AuthentikSignOn(AuthentikTenants(hub.oidc_issuer.rstrip("/"), told.authentik_token.get_secret_value())),
        OpenWebUIChat(
            told.chat_url, told.chat_admin_email, told.chat_admin_password.get_secret_value(), platform.ai.model
        ),
        RegistryConnections(registry, engine),
    )


def _databases(told: OperatorSettings, platform: Platform) -> DatabasesByTier:
    """Administrators of those servers that a tier needs.

    What is missing is told now, and by the status of those tenants that need it; the others are served all the same.
    """
    kinds = {tier.database for tier in platform.tiers.values()}
    shared = own = None
    if told.mariadb_url is not None:
        shared = _shared(make_url(told.mariadb_url.get_secret_value()), told.mariadb_ca_file)
    elif DatabaseKind.SHARED in kinds:
        _log.warning("no_shared_database_server", told=f"{PREFIX}MARIADB_URL is not set; {_REMEDIES['MARIADB_URL']}")
    if told.ionos_datacenter_id and told.ionos_lan_id and told.ionos_first_address:
        place = ClusterPlace(
            platform.node_pool.location, told.ionos_datacenter_id, told.ionos_lan_id, told.ionos_first_address
        )
        own = IonosDatabases.from_environment(platform.domain or "", place, os.environ)
    elif DatabaseKind.OWN in kinds:
        _log.warning("no_place_for_database_clusters", told=f"{PREFIX}IONOS_... is not set; {_PLACE_REMEDY}")
    return DatabasesByTier(shared, own)


def _shared(url: URL, ca_file: Path | None) -> MariaDbAdmin:
    server = TcpServer(url.host or "", url.port or TcpServer.port, ca_file)
    return MariaDbAdmin(server, url.username or "", str(url.password))
