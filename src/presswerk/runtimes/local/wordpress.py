"""One tenant's WordPress on this machine: its files, its database, its installation, its service."""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from presswerk.declaration import GroupsFrom, Tenant
from presswerk.runtimes.databases import DatabaseAccess
from presswerk.runtimes.local.artifacts import WordPressFiles, ensure_php, ensure_wordpress
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import DamagedFile, read_object, replacing
from presswerk.runtimes.local.progress import Progress
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.site_configuration import HARDENING, Constant, configuration_text, sqlite_constants
from presswerk.wordpress import Connection, connector_path

SERVICE_USER = "presswerk"
_SALTS = (
    "AUTH_KEY",
    "SECURE_AUTH_KEY",
    "LOGGED_IN_KEY",
    "NONCE_KEY",
    "AUTH_SALT",
    "SECURE_AUTH_SALT",
    "LOGGED_IN_SALT",
    "NONCE_SALT",
)


@dataclass(frozen=True)
class SignOn:
    """The site's client at the identity provider; its document may be at another address than the issuer's own."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    discovery_url: str | None = None
    groups_from: GroupsFrom = GroupsFrom.USERINFO


@dataclass(frozen=True)
class LocalSite:
    """A tenant's site.

    Attributes:
        layout: Where its state goes.
        tenant: Whose it is.
        index: Its place among the tenants, which gives its port.
        sign_on: None for a site without single sign-on.
        database: None for SQLite in the site's own directory.
        workers: PHP processes, and so requests answered at the same time.
        suspended: Whether it says that it is closed instead of serving.
        aside: Another directory for its configuration and database, while its content is moved.
    """

    layout: Layout
    tenant: Tenant
    index: int
    sign_on: SignOn | None = None
    database: DatabaseAccess | None = None
    workers: int = 4
    suspended: bool = False
    aside: Path | None = None

    @property
    def public_url(self) -> str:
        """The site as a browser sees it."""
        return self.layout.site_address(self.tenant, self.index)

    @property
    def internal_url(self) -> str:
        """The site for server-to-server calls."""
        return self.layout.site_internal_url(self.index)

    @property
    def host(self) -> str:
        """Host and port of the public address."""
        return urlsplit(self.public_url).netloc

    @property
    def directory(self) -> Path:
        """All of the site's own state."""
        return self.aside or self.layout.site(self.tenant.id)

    @property
    def content(self) -> Path:
        """WP_CONTENT_DIR: plugins, themes, uploads."""
        return self.directory / "content"

    def ensure(self, progress: Progress, known: Connection | None = None) -> Connection:
        """Bring the site to its declared state; a second time changes nothing.

        Args:
            progress: Told what takes long.
            known: The managed connection made before; it is kept while its password still works.

        Returns:
            The managed connection.

        Raises:
            LocalRuntimeError: PHP or WordPress is not to be had, or the installation failed.
        """
        php = ensure_php()
        files = ensure_wordpress(self.layout, progress)
        self.write_files(files)
        answer = self._install(php, files, known)
        password = answer["application_password"]
        if password is None and known is not None:
            password = known.application_password
        return Connection(self.public_url, self.internal_url, SERVICE_USER, str(password))

    def service(self) -> Service:
        """The process that serves the site, or says that it is closed.

        Raises:
            LocalRuntimeError: PHP or WordPress is not to be had.
        """
        php = ensure_php()
        if self.suspended:
            return self._closed(php)
        files = ensure_wordpress(self.layout, lambda _line: None)
        address = urlsplit(self.internal_url).netloc
        settings = {
            "display_errors": "0",
            "log_errors": "1",
            "error_log": "/dev/stderr",
            "expose_php": "0",
            "opcache.enable_cli": "1",
            "memory_limit": "256M",
            "upload_max_filesize": "32M",
            "post_max_size": "40M",
            "session.use_strict_mode": "1",
            "sys_temp_dir": str(self._temporary()),
            "upload_tmp_dir": str(self._temporary()),
        }
        # An administrator of the site can point WordPress's settings at any path; PHP itself must not follow.
        reachable = (self.directory, files.root, connector_path())
        settings["open_basedir"] = os.pathsep.join(f"{path.resolve()}/" for path in reachable)
        options = [part for name, value in settings.items() for part in ("-d", f"{name}={value}")]
        return Service(
            name=f"site-{self.tenant.id}",
            # -q: its access log would hold the query of every sign-on.
            command=(str(php), "-q", *options, "-S", address, "-t", str(files.core), str(self._router())),
            directory=self.directory,
            environment={**self.environment(files), "PHP_CLI_SERVER_WORKERS": str(self.workers)},
            # The index of the REST API needs PHP, WordPress and the database to work.
            health_url=f"{self.internal_url}/?rest_route=/&_fields=name",
            health_host=self.host,
            ready_timeout_seconds=60,
            priority=30,
        )

    def _closed(self, php: Path) -> Service:
        """A process that knows nothing of the site but its name, and opens none of its files."""
        script = resources.files(f"{__package__}.wordpress_files").joinpath("closed.php")
        return Service(
            name=f"site-{self.tenant.id}",
            command=(
                str(php),
                "-q",
                "-d",
                "display_errors=0",
                "-d",
                "expose_php=0",
                "-S",
                urlsplit(self.internal_url).netloc,
                str(script),
            ),
            directory=self.directory,
            environment={"PRESSWERK_SITE_NAME": self.tenant.name, "PRESSWERK_SITE_LANGUAGE": self.tenant.language},
            health_url=f"{self.internal_url}/presswerk-closed",
            health_host=self.host,
            ready_timeout_seconds=60,
            priority=30,
        )

    def environment(self, files: WordPressFiles) -> Mapping[str, str]:
        """What tells a PHP process which site it is for."""
        return {
            "PRESSWERK_SITE_CONFIG": str(self._configuration()),
            "PRESSWERK_SITE_CONTENT": str(self.content),
            "PRESSWERK_SITE_HOST": self.host,
            "PRESSWERK_SITE_OTHER_HOSTS": ",".join(self._other_hosts()),
            "PRESSWERK_WORDPRESS": str(files.core),
        }

    def _other_hosts(self) -> tuple[str, ...]:
        if self.layout.public is not None:  # the entry leads readers on
            return ()
        own = urlsplit(self.layout.site_url(self.tenant.id, self.index))
        hosts = (own.netloc, *(f"{domain}:{own.port}" for domain in self.tenant.domains))
        return tuple(host for host in hosts if host != self.host)

    def _configuration(self) -> Path:
        return self.directory / "config.php"

    def _temporary(self) -> Path:
        return self.directory / "temporary"

    def _router(self) -> Path:
        return self.directory / "router.php"

    def write_files(self, files: WordPressFiles) -> None:
        """Write what the site consists of but its content; what is so already stays untouched."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("plugins", "themes", "uploads", "mu-plugins"):
            (self.content / name).mkdir(parents=True, exist_ok=True)
        for private in (self.directory / "database", self._temporary()):
            private.mkdir(exist_ok=True, mode=0o700)
        # Before it was must-use, the connector was a plugin that an administrator could switch off.
        (self.content / "plugins" / "presswerk-connector").unlink(missing_ok=True)
        _link(self.content / "mu-plugins" / "presswerk-connector.php", connector_path() / "must-use.php")
        for theme in sorted((files.core / "wp-content" / "themes").iterdir()):
            if theme.is_dir():
                _link(self.content / "themes" / theme.name, theme)
        if self.database is None:
            template = (files.sqlite_integration / "db.copy").read_text(encoding="utf-8")
            drop_in = template.replace("{SQLITE_IMPLEMENTATION_FOLDER_PATH}", str(files.sqlite_integration))
            _write(self.content / "db.php", drop_in.replace("{SQLITE_PLUGIN}", "sqlite-database-integration/load.php"))
        else:
            (self.content / "db.php").unlink(missing_ok=True)
        _write(self._router(), resources.files(f"{__package__}.wordpress_files").joinpath("router.php").read_text())
        _write(self._configuration(), self._configuration_text(files))

    def _configuration_text(self, files: WordPressFiles) -> str:
        constants: dict[str, Constant] = {
            "WP_HOME": self.public_url,
            "WP_SITEURL": self.public_url,
            "WP_CONTENT_DIR": str(self.content),
            "WP_CONTENT_URL": f"{self.public_url}/wp-content",
            "WP_LANG_DIR": str(files.languages),
            "WP_ENVIRONMENT_TYPE": "local" if self.layout.public is None else "production",
            "WP_DEBUG": False,
            # Nothing is fetched from outside; the identity provider on this machine is not outside.
            "WP_HTTP_BLOCK_EXTERNAL": True,
            "WP_ACCESSIBLE_HOSTS": ",".join(
                ("localhost", "127.0.0.1", urlsplit(self.layout.identity_url).hostname or "")
            ),
            **HARDENING,
            "DISABLE_WP_CRON": True,
            **self._database_constants(),
            "PRESSWERK_TENANT": self.tenant.id,
            "PRESSWERK_CHAT_URL": self.layout.chat_url,
            "PRESSWERK_HUB_URL": self.layout.hub_url,
            **self._salts(),
        }
        if self.sign_on is not None:
            constants |= {
                "PRESSWERK_OIDC_ISSUER": self.sign_on.issuer,
                "PRESSWERK_OIDC_CLIENT_ID": self.sign_on.client_id,
                "PRESSWERK_OIDC_CLIENT_SECRET": self.sign_on.client_secret,
                "PRESSWERK_OIDC_GROUPS_FROM": str(self.sign_on.groups_from),
            }
            if self.sign_on.discovery_url is not None:
                constants["PRESSWERK_OIDC_DISCOVERY_URL"] = self.sign_on.discovery_url
        return configuration_text(constants, made_by="presswerk up")

    def _database_constants(self) -> Mapping[str, Constant]:
        if self.database is None:
            return sqlite_constants(str(self.directory / "database"))
        return self.database.wordpress_constants

    def _salts(self) -> Mapping[str, str]:
        """Salts made once: changing them would sign everybody out."""
        path = self.directory / "salts.json"
        if not path.exists():
            _write(path, json.dumps({name: secrets.token_urlsafe(48) for name in _SALTS}))
        salts = read_object(path, "Remove that file and run `presswerk up`; the site's people sign in again.")
        if not all(isinstance(salts.get(name), str) for name in _SALTS):
            raise DamagedFile(f"{path} is damaged.", "Remove that file and run `presswerk up`.")
        return {name: str(salts[name]) for name in _SALTS}

    def _install(self, php: Path, files: WordPressFiles, known: Connection | None) -> dict[str, str | None]:
        script = resources.files(f"{__package__}.wordpress_files").joinpath("install.php")
        wanted = {
            "title": self.tenant.name,
            "language": _locale(self.tenant.language, files.languages),
            "time_zone": self.tenant.time_zone,
            "theme": self.tenant.theme,
            "service_user": SERVICE_USER,
            "known_password": None if known is None else known.application_password,
        }
        with resources.as_file(script) as path:
            done = subprocess.run(
                [str(php), "-d", "display_errors=stderr", "-d", "memory_limit=256M", str(path)],
                input=json.dumps(wanted),
                env={"PATH": os.environ.get("PATH", ""), **self.environment(files)},
                cwd=self.directory,
                capture_output=True,
                text=True,
                check=False,
            )
        try:
            answer: dict[str, str | None] = json.loads(done.stdout)
        except ValueError:
            # Its standard output may hold the password, so only what it complained of is shown.
            told = done.stderr.strip()[-800:] or f"PHP ended with {done.returncode}"
            raise LocalRuntimeError(
                f"site {self.tenant.id} could not be installed: {told}",
                f"mend that and run it again; to start over without its content, remove {self.directory}",
            ) from None
        return answer


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    if link.is_symlink():
        link.unlink()
    elif link.is_dir():
        shutil.rmtree(link)
    link.symlink_to(target)


def _write(path: Path, text: str) -> None:
    """Write a private file whole or not at all; leave it alone when it is so already."""
    content = text.encode()
    if path.exists() and hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(content).digest():
        return
    with replacing(path) as file:
        file.write(content)


def _locale(language: str, languages: Path) -> str:
    """WordPress's name for a language: the region that is asked for, else any, else American English."""
    wanted = language.replace("-", "_")
    # Core's own translations are the files whose name is nothing but a locale.
    known = sorted(path.name.removesuffix(".l10n.php") for path in languages.glob("*.l10n.php"))
    same_language = [name for name in known if "-" not in name and name.partition("_")[0] == wanted.partition("_")[0]]
    if wanted in same_language:
        return wanted
    return same_language[0] if same_language else "en_US"
