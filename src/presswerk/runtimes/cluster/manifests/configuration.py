"""The Secret of a site: the only one of its objects that holds a secret value."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests.network import SITE_PORT
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant, named
from presswerk.runtimes.databases import DatabaseAccess, TcpServer
from presswerk.sites.configuration import (
    Constant,
    SignOn,
    SiteConfiguration,
    configuration_text,
    installation,
    sqlite_constants,
)
from presswerk.sites.container import container_fpm, container_web_server
from presswerk.sites.memory import most_pixels

WORDPRESS = "/srv/wordpress"
"""Where the image has WordPress (`core`) and the scripts that work on a site from outside."""
FILES = "/var/lib/presswerk"
"""Where the site's volume is: `content` (WP_CONTENT_DIR) and, on SQLite, `database`."""
SQLITE = f"{FILES}/database"
MOVING = f"{FILES}/moving"
"""Where content is for as long as it moves from one database to another."""
CONFIGURATION_DIRECTORY = "/etc/presswerk/site"
INSTALLATION_DIRECTORY = "/etc/presswerk/installation"


@dataclass(frozen=True)
class SiteSecrets:
    """What only the site and the operator know; made once, and kept.

    Attributes:
        salts: WordPress's eight, by the names of their constants.
        application_password: Of the managed connection; 24 letters and digits.
        issuer: The identity provider's issuer for the site's client.
        client_id: The site's client there.
        client_secret: Its secret.
        database: None for SQLite.
        discovery_url: Of the client's own OpenID document, where it is not the issuer's.
    """

    salts: Mapping[str, str] = field(repr=False)
    application_password: str = field(repr=False)
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    database: DatabaseAccess | None = None
    discovery_url: str | None = None

    @property
    def database_server(self) -> TcpServer | None:
        """The server the content is on; None for a file."""
        server = None if self.database is None else self.database.server
        return server if isinstance(server, TcpServer) else None


CONFIGURATION_FILE = "config.php"
FPM_FILE = "php-fpm.conf"
WEB_SERVER_FILE = "nginx.conf"
AUTHORITIES_FILE = "authorities.pem"
INSTALLATION_FILE = "installation.json"


def configuration_secret(wanted: DesiredTenant, secrets: SiteSecrets) -> Body:
    """The site's configuration, and what its installation reads; a pod mounts of it only what it needs."""
    reads = {**installation_input(wanted), "application_password": secrets.application_password}
    texts = {
        CONFIGURATION_FILE: configuration_text(_constants(wanted, secrets), made_by="the operator"),
        FPM_FILE: container_fpm(wanted.allotment.limits, site_environment(wanted)),
        WEB_SERVER_FILE: container_web_server(SITE_PORT, f"{FILES}/content", wanted.url),
        INSTALLATION_FILE: json.dumps(reads, sort_keys=True),
    }
    return _secret(wanted, names.CONFIGURATION, texts)


def site_environment(wanted: DesiredTenant) -> dict[str, str]:
    """Where PHP and the image's scripts find what they work on."""
    trusted = {"SSL_CERT_FILE": f"{CONFIGURATION_DIRECTORY}/{AUTHORITIES_FILE}"}
    return {
        **({} if wanted.cluster.authorities is None else trusted),
        "PRESSWERK_SITE_CONFIG": f"{CONFIGURATION_DIRECTORY}/{CONFIGURATION_FILE}",
        "PRESSWERK_SITE_CONTENT": f"{FILES}/content",
        "PRESSWERK_SITE_HOST": wanted.hosts[0],
        "PRESSWERK_WORDPRESS": f"{WORDPRESS}/core",
    }


def arriving_secret(wanted: DesiredTenant, secrets: SiteSecrets) -> Body:
    """The configuration with which content is put into the database it moves to, a file beside the site's own."""
    text = configuration_text(_constants(wanted, secrets, sqlite=f"{MOVING}/database"), made_by="the operator")
    return _secret(wanted, names.ARRIVING, {CONFIGURATION_FILE: text})


def _secret(wanted: DesiredTenant, name: str, texts: Mapping[str, str]) -> Body:
    if wanted.cluster.authorities is not None:
        texts = {**texts, AUTHORITIES_FILE: wanted.cluster.authorities}
    data = {file: base64.b64encode(text.encode()).decode() for file, text in texts.items()}
    return named(wanted, "v1", "Secret", name, type="Opaque", data=data)


def command_files(wanted: DesiredTenant) -> tuple[str, ...]:
    """What whoever runs WordPress mounts of the Secret."""
    return (CONFIGURATION_FILE, *(() if wanted.cluster.authorities is None else (AUTHORITIES_FILE,)))


def serving_files(wanted: DesiredTenant) -> tuple[str, ...]:
    """What the pods of the site mount, and are replaced for when it changes."""
    return (*command_files(wanted), FPM_FILE, WEB_SERVER_FILE)


def installation_input(wanted: DesiredTenant) -> dict[str, object]:
    """What the installation is told that is no secret; when it changes, the installation runs again."""
    return installation(wanted.tenant)


def _constants(wanted: DesiredTenant, secrets: SiteSecrets, *, sqlite: str = SQLITE) -> Mapping[str, Constant]:
    told = SiteConfiguration(
        tenant=wanted.tenant,
        url=wanted.url,
        content=f"{FILES}/content",
        chat_url=wanted.cluster.chat_url,
        hub_url=wanted.cluster.hub_url,
        image_pixels=most_pixels(wanted.allotment.limits),
        of_runtime={"WP_ENVIRONMENT_TYPE": "production", "FORCE_SSL_ADMIN": True},
        database=sqlite_constants(sqlite) if secrets.database is None else secrets.database.wordpress_constants,
        salts=secrets.salts,
        sign_on=SignOn(
            secrets.issuer,
            secrets.client_id,
            secrets.client_secret,
            secrets.discovery_url,
            wanted.cluster.groups_from,
        ),
    )
    return told.constants()
