"""What WordPress is told of one site: constants in its `config.php`, and what its installation brings about.

A field of a tenant that WordPress gets is described here, for every runtime.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from presswerk.declaration import GroupsFrom, Tenant

SERVICE_USER = "presswerk"
"""The site's user whose application password the managed connection has."""
SALTS = tuple(f"{name}_{kind}" for kind in ("KEY", "SALT") for name in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"))
"""WordPress's secrets of its own: changing one signs everybody out."""

Constant = str | int | bool

HARDENING: Mapping[str, Constant] = {
    # What a site runs is the platform's to change.
    "AUTOMATIC_UPDATER_DISABLED": True,
    "DISALLOW_FILE_MODS": True,
    # A site's own administrator writes no scripts either: they would run in the browsers of the others.
    "DISALLOW_UNFILTERED_HTML": True,
}
"""What every site is told, whoever runs it."""


@dataclass(frozen=True)
class SignOn:
    """The site's client at the identity provider; its document may be at another address than the issuer's own."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    discovery_url: str | None = None
    groups_from: GroupsFrom = GroupsFrom.USERINFO


@dataclass(frozen=True)
class SiteConfiguration:
    """All that a site's `config.php` says.

    Attributes:
        tenant: Whose site it is.
        url: Its public address.
        content: Directory of its content (WP_CONTENT_DIR).
        chat_url: The chat's public address.
        hub_url: The hub's.
        image_pixels: How many an image may have for the site's memory.
        of_runtime: What is so because of where it runs.
        database: Where its posts are.
        salts: By the names in `SALTS`.
        sign_on: None for a site without single sign-on.
    """

    tenant: Tenant
    url: str
    content: str
    chat_url: str
    hub_url: str
    image_pixels: int
    of_runtime: Mapping[str, Constant]
    database: Mapping[str, Constant] = field(repr=False)
    salts: Mapping[str, str] = field(repr=False)
    sign_on: SignOn | None = None

    def constants(self) -> Mapping[str, Constant]:
        """By name, in the order they are written."""
        return {
            "WP_HOME": self.url,
            "WP_SITEURL": self.url,
            "WP_CONTENT_DIR": self.content,
            "WP_CONTENT_URL": f"{self.url}/wp-content",
            "WP_DEBUG": False,
            **self.of_runtime,
            **HARDENING,
            # Its clock is the runtime's: WordPress would call itself over an address that it may not reach.
            "DISABLE_WP_CRON": True,
            **self.database,
            "PRESSWERK_TENANT": self.tenant.id,
            "PRESSWERK_CHAT_URL": self.chat_url,
            "PRESSWERK_HUB_URL": self.hub_url,
            "PRESSWERK_MAX_IMAGE_PIXELS": self.image_pixels,
            **self._sign_on_constants(),
            **dict(sorted(self.salts.items())),
        }

    def _sign_on_constants(self) -> Mapping[str, Constant]:
        known = self.sign_on
        if known is None:
            return {}
        return {
            "PRESSWERK_OIDC_ISSUER": known.issuer,
            "PRESSWERK_OIDC_CLIENT_ID": known.client_id,
            "PRESSWERK_OIDC_CLIENT_SECRET": known.client_secret,
            "PRESSWERK_OIDC_GROUPS_FROM": str(known.groups_from),
            **({} if known.discovery_url is None else {"PRESSWERK_OIDC_DISCOVERY_URL": known.discovery_url}),
        }


def installation(tenant: Tenant) -> dict[str, object]:
    """What `php/install.php` is told that is no secret; when it changes, the installation runs again."""
    options = {
        "blogname": tenant.name,
        "timezone_string": tenant.time_zone,
    }
    return {
        "language": tenant.language.replace("-", "_"),
        "theme": tenant.theme,
        "service_user": SERVICE_USER,
        # What is not declared is not told, so that a new field changes nothing for whoever has not set it.
        "options": {name: value for name, value in options.items() if value is not None},
    }


def sqlite_constants(directory: str) -> Mapping[str, Constant]:
    """What a site that keeps its content in a file is told.

    Args:
        directory: Where the file is; no web server may serve it.
    """
    return {
        "DB_ENGINE": "sqlite",
        "DB_DIR": directory,
        "DB_FILE": "site.sqlite",
        # Asked for by the SQLite integration although a file has none.
        "DB_NAME": "wordpress",
        "DB_USER": "",
        "DB_PASSWORD": "",
        "DB_HOST": "",
        "DB_CHARSET": "utf8mb4",
        "DB_COLLATE": "",
    }


def configuration_text(constants: Mapping[str, Constant], *, made_by: str) -> str:
    """The file that defines constants.

    Args:
        constants: By name, in the order they are written.
        made_by: What whoever opens the file is told, such as `presswerk up`.
    """
    lines = [f"define( '{name}', {_literal(value)} );" for name, value in constants.items()]
    return f"<?php\n// Written by {made_by}; holds secrets.\n" + "\n".join(lines) + "\n"


def _literal(value: Constant) -> str:
    """A PHP literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
