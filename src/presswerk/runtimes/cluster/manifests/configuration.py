"""The Secret of a site: the only one of its objects that holds a secret value."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests.network import SITE_PORT
from presswerk.runtimes.cluster.manifests.shape import Body, Wanted, named
from presswerk.runtimes.databases import DatabaseAccess, TcpServer
from presswerk.runtimes.site_configuration import HARDENING, Constant, configuration_text, sqlite_constants
from presswerk.sites.container import container_fpm, container_web_server
from presswerk.sites.memory import most_pixels

SERVICE_USER = "presswerk"
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
WEB_SERVER_FILE = "caddy.json"
AUTHORITIES_FILE = "authorities.pem"
INSTALLATION_FILE = "installation.json"


def configuration_secret(wanted: Wanted, secrets: SiteSecrets) -> Body:
    """The site's configuration, and what its installation reads; a pod mounts of it only what it needs."""
    reads = {**installation_input(wanted), "application_password": secrets.application_password}
    texts = {
        CONFIGURATION_FILE: configuration_text(_constants(wanted, secrets), made_by="the operator"),
        FPM_FILE: container_fpm(wanted.allotment.limits, site_environment(wanted)),
        WEB_SERVER_FILE: container_web_server(SITE_PORT, f"{FILES}/content", wanted.url),
        INSTALLATION_FILE: json.dumps(reads, sort_keys=True),
    }
    return _secret(wanted, names.CONFIGURATION, texts)


def site_environment(wanted: Wanted) -> dict[str, str]:
    """Where PHP and the image's scripts find what they work on."""
    trusted = {"SSL_CERT_FILE": f"{CONFIGURATION_DIRECTORY}/{AUTHORITIES_FILE}"}
    return {
        **({} if wanted.cluster.authorities is None else trusted),
        "PRESSWERK_SITE_CONFIG": f"{CONFIGURATION_DIRECTORY}/{CONFIGURATION_FILE}",
        "PRESSWERK_SITE_CONTENT": f"{FILES}/content",
        "PRESSWERK_SITE_HOST": wanted.hosts[0],
        "PRESSWERK_WORDPRESS": f"{WORDPRESS}/core",
    }


def arriving_secret(wanted: Wanted, secrets: SiteSecrets) -> Body:
    """The configuration with which content is put into the database it moves to, a file beside the site's own."""
    text = configuration_text(_constants(wanted, secrets, sqlite=f"{MOVING}/database"), made_by="the operator")
    return _secret(wanted, names.ARRIVING, {CONFIGURATION_FILE: text})


def _secret(wanted: Wanted, name: str, texts: Mapping[str, str]) -> Body:
    if wanted.cluster.authorities is not None:
        texts = {**texts, AUTHORITIES_FILE: wanted.cluster.authorities}
    data = {file: base64.b64encode(text.encode()).decode() for file, text in texts.items()}
    return named(wanted, "v1", "Secret", name, type="Opaque", data=data)


def command_files(wanted: Wanted) -> tuple[str, ...]:
    """What whoever runs WordPress mounts of the Secret."""
    return (CONFIGURATION_FILE, *(() if wanted.cluster.authorities is None else (AUTHORITIES_FILE,)))


def serving_files(wanted: Wanted) -> tuple[str, ...]:
    """What the pods of the site mount, and are replaced for when it changes."""
    return (*command_files(wanted), FPM_FILE, WEB_SERVER_FILE)


def installation_input(wanted: Wanted) -> dict[str, str | None]:
    """What the installation is told that is no secret; when it changes, the installation runs again."""
    tenant = wanted.tenant
    return {
        "title": tenant.name,
        "language": tenant.language.replace("-", "_"),
        "time_zone": tenant.time_zone,
        "theme": tenant.theme,
        "service_user": SERVICE_USER,
    }


def _constants(wanted: Wanted, secrets: SiteSecrets, *, sqlite: str = SQLITE) -> dict[str, Constant]:
    return {
        "WP_HOME": wanted.url,
        "WP_SITEURL": wanted.url,
        "WP_CONTENT_DIR": f"{FILES}/content",
        "WP_CONTENT_URL": f"{wanted.url}/wp-content",
        "WP_ENVIRONMENT_TYPE": "production",
        "WP_DEBUG": False,
        "FORCE_SSL_ADMIN": True,
        **HARDENING,
        "DISABLE_WP_CRON": True,
        **_database(secrets.database, sqlite),
        "PRESSWERK_TENANT": wanted.tenant.id,
        "PRESSWERK_CHAT_URL": wanted.cluster.chat_url,
        "PRESSWERK_HUB_URL": wanted.cluster.hub_url,
        "PRESSWERK_MAX_IMAGE_PIXELS": most_pixels(wanted.allotment.limits),
        "PRESSWERK_OIDC_ISSUER": secrets.issuer,
        "PRESSWERK_OIDC_CLIENT_ID": secrets.client_id,
        "PRESSWERK_OIDC_CLIENT_SECRET": secrets.client_secret,
        "PRESSWERK_OIDC_GROUPS_FROM": str(wanted.cluster.groups_from),
        **({} if secrets.discovery_url is None else {"PRESSWERK_OIDC_DISCOVERY_URL": secrets.discovery_url}),
        **dict(sorted(secrets.salts.items())),
    }


def _database(access: DatabaseAccess | None, sqlite: str) -> Mapping[str, Constant]:
    return sqlite_constants(sqlite) if access is None else access.wordpress_constants
