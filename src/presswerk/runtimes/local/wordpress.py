"""One tenant's WordPress on this machine: its files, its database, its installation, its service."""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from presswerk.certificates import VARIABLE
from presswerk.declaration import Tenant
from presswerk.runtimes.databases import DatabaseAccess
from presswerk.runtimes.local.accounts import ProcessOwners, hand_over
from presswerk.runtimes.local.artifacts import WordPressFiles, ensure_php
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import DamagedFile, read_object, replacing
from presswerk.runtimes.local.processes import delivery_pool_name, pool_name
from presswerk.runtimes.local.progress import Progress, silent
from presswerk.runtimes.local.shared_files import SharedFiles, shared_files
from presswerk.runtimes.local.site_sockets import sockets_of
from presswerk.runtimes.local.supervisor_config import state_mark
from presswerk.sites.closed_page import HEALTH_PATH, Closed
from presswerk.sites.configuration import (
    SALTS,
    SERVICE_USER,
    Constant,
    SignOn,
    SiteConfiguration,
    configuration_text,
    installation,
    sqlite_constants,
)
from presswerk.sites.fpm import Pool, ProcessOwner
from presswerk.sites.memory import PhpMemory
from presswerk.sites.web_server import ServedSite
from presswerk.wordpress import Connection

_USUAL_MEMORY = PhpMemory(processes=4, limit_mib=128, decoding_mib=136, image_pixels=9_500_000)


@dataclass(frozen=True)
class LocalSite:
    """A tenant's site.

    Attributes:
        layout: Where its state goes.
        tenant: Whose it is.
        index: Its place among the tenants, which gives its port.
        sign_on: None for a site without single sign-on.
        database: None for SQLite in the site's own directory.
        suspended: Whether it says that it is closed instead of serving.
        aside: Another directory for its configuration and database, while its content is moved.
        accounts: Whose its processes and files are; None for whoever starts them.
        memory: How its PHP is bounded.
    """

    layout: Layout
    tenant: Tenant
    index: int
    sign_on: SignOn | None = None
    database: DatabaseAccess | None = None
    suspended: bool = False
    aside: Path | None = None
    accounts: ProcessOwners | None = None
    memory: PhpMemory = _USUAL_MEMORY

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

        Where it was installed by the very same before, that is believed until the site serves and says otherwise: see
        `site_installation`.

        Args:
            progress: Told what takes long.
            known: The managed connection made before; it is kept while its password still works.

        Returns:
            The managed connection.

        Raises:
            LocalRuntimeError: PHP or WordPress is not to be had, or the installation failed.
        """
        self.write_files(self.files(progress))
        if known is not None and self._installed_by() == self.installation_digest():
            return self._connection(known.application_password)
        return self.install(known)

    def install(self, known: Connection | None = None) -> Connection:
        """Install WordPress, or mend what is not as declared; its files are written already.

        Raises:
            LocalRuntimeError: PHP or WordPress is not to be had, or the installation failed.
        """
        digest = self.installation_digest()
        # What fails half-way is neither the former installation nor this one.
        self._note.unlink(missing_ok=True)
        answer = self._run_installation(known, digest)
        _write(self._note, digest)
        password = answer["application_password"]
        if password is None and known is not None:
            password = known.application_password
        return self._connection(str(password))

    def installation_digest(self) -> str:
        """Of everything that the installation's result depends on; the site's own status tells the one it had last."""
        parts = (json.dumps(installation(self.tenant)), self.files().digest, self._configuration().read_text("utf-8"))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _connection(self, password: str) -> Connection:
        return Connection(self.public_url, self.internal_url, SERVICE_USER, password)

    @property
    def _note(self) -> Path:
        """The digest of the last installation that succeeded."""
        return self.directory / "installed.sha256"

    def _installed_by(self) -> str:
        return self._note.read_text("ascii") if self._note.exists() else ""

    @property
    def port(self) -> int:
        """Where the web server listens for it, on loopback."""
        return self.layout.ports.first_site + self.index

    @property
    def listen_address(self) -> str:
        """Where the web server listens for it."""
        return urlsplit(self.internal_url).netloc

    @property
    def health_url(self) -> str:
        """Answers with 200 once the site serves, or says as it should that it is closed."""
        # The index of the REST API needs PHP, WordPress and the database to work.
        return f"{self.internal_url}{HEALTH_PATH if self.suspended else '/?rest_route=/&_fields=name'}"

    def pools(self) -> tuple[Pool, Pool]:
        """The processes that run its PHP: for everybody, and for deliveries.

        Raises:
            LocalRuntimeError: WordPress is not to be had.
        """
        files = self.files()
        account, web = self._account, None if self.accounts is None else self.accounts.web
        reachable: tuple[Path, ...] = ()
        if account is None:
            # An administrator of the site can point WordPress's settings at any path; PHP itself must not follow.
            reachable = (self.directory, files.wordpress.root, files.connector)
            account = web = ProcessOwner(0, 0) if os.geteuid() == 0 else None
        pool = Pool(
            name=pool_name(self.tenant.id, state_mark(self.layout)),
            socket=self._socket(),
            directory=str(self.directory.absolute()),
            temporary=str(self._temporary().absolute()),
            memory=self.memory,
            environment=self.environment(files),
            account=account,
            web_account=web,
            reachable=tuple(f"{path.resolve()}/" for path in reachable),
        )
        deliveries = pool.for_deliveries(
            delivery_pool_name(self.tenant.id, state_mark(self.layout)), self._socket(".deliveries")
        )
        return pool, deliveries

    def served(self) -> ServedSite:
        """What the web server is told of it.

        Raises:
            LocalRuntimeError: WordPress is not to be had.
        """
        return ServedSite(
            core=str(self.files().wordpress.core.absolute()),
            content=str(self.content.absolute()),
            socket=self._socket(),
            deliveries=self._socket(".deliveries"),
            url=self.public_url,
            other_hosts=self._other_names(),
            closed=Closed.of(self.tenant.name, self.tenant.language) if self.suspended else None,
        )

    def files(self, progress: Progress = silent) -> SharedFiles:
        """What it shares with all other sites.

        Raises:
            LocalRuntimeError: WordPress is not to be had.
        """
        return shared_files(self.layout, progress, for_others=self.accounts is not None)

    def run_script(
        self,
        name: str,
        *,
        memory_mib: int,
        standard_input: IO[bytes] | int = subprocess.DEVNULL,
        standard_output: IO[bytes] | int = subprocess.DEVNULL,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run one of our scripts inside the site, as the site's own user where it has one.

        Raises:
            LocalRuntimeError: PHP or WordPress is not to be had.
        """
        files = self.files()
        command = [str(ensure_php()), "-d", "display_errors=stderr", "-d", f"memory_limit={memory_mib}M"]
        account = self._account
        return subprocess.run(
            [*command, str(files.scripts / name)],
            stdin=standard_input,
            stdout=standard_output,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), **self.environment(files)},
            cwd=self.directory,
            check=False,
            user=None if account is None else account.user,
            group=None if account is None else account.group,
            extra_groups=None if account is None else (),
            umask=0o022 if account is not None else -1,
        )

    @property
    def _account(self) -> ProcessOwner | None:
        return None if self.accounts is None else self.accounts.of_site(self.index)

    def _socket(self, of: str = "") -> str:
        return str(sockets_of(self.layout) / f"{self.tenant.id}{of}.sock")

    def environment(self, files: SharedFiles) -> Mapping[str, str]:
        """What tells a PHP process which site it is for."""
        return {
            "PRESSWERK_SITE_CONFIG": str(self._configuration().absolute()),
            "PRESSWERK_SITE_HOST": self.host,
            "PRESSWERK_WORDPRESS": str(files.wordpress.core.absolute()),
            **({VARIABLE: str(self._authorities().absolute())} if self._authorities().exists() else {}),
        }

    def _other_names(self) -> tuple[str, ...]:
        if self.layout.public is not None:  # the entry leads readers on
            return ()
        own = urlsplit(self.layout.site_url(self.tenant.id, self.index)).hostname or ""
        names = (own, *self.tenant.domains)
        return tuple(name for name in names if name != urlsplit(self.public_url).hostname)

    def _configuration(self) -> Path:
        return self.directory / "config.php"

    def _authorities(self) -> Path:
        """The network's own authorities, where PHP may read them; kept for commands that know of none."""
        return self.directory / "authorities.pem"

    def _temporary(self) -> Path:
        return self.directory / "temporary"

    def write_files(self, files: SharedFiles) -> None:
        """Write what the site consists of but its content; what is so already stays untouched."""
        wordpress = files.wordpress
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("plugins", "themes", "uploads", "mu-plugins"):
            (self.content / name).mkdir(parents=True, exist_ok=True)
        for private in (self.directory / "database", self._temporary()):
            private.mkdir(exist_ok=True, mode=0o700)
        # Before it was must-use, the connector was a plugin that an administrator could switch off.
        (self.content / "plugins" / "presswerk-connector").unlink(missing_ok=True)
        # PHP's own server, which served sites before, had a script that said what it serves.
        (self.directory / "router.php").unlink(missing_ok=True)
        _link(self.content / "mu-plugins" / "presswerk-connector.php", files.connector / "must-use.php")
        for theme in sorted((wordpress.core / "wp-content" / "themes").iterdir()):
            if theme.is_dir():
                _link(self.content / "themes" / theme.name, theme)
        if self.database is None:
            template = (wordpress.sqlite_integration / "db.copy").read_text(encoding="utf-8")
            drop_in = template.replace("{SQLITE_IMPLEMENTATION_FOLDER_PATH}", str(wordpress.sqlite_integration))
            _write(self.content / "db.php", drop_in.replace("{SQLITE_PLUGIN}", "sqlite-database-integration/load.php"))
        else:
            (self.content / "db.php").unlink(missing_ok=True)
        _write(self._configuration(), self._configuration_text(wordpress))
        if VARIABLE in os.environ:
            _write(self._authorities(), Path(os.environ[VARIABLE]).read_text(encoding="utf-8"))
        if self.accounts is not None:
            self._hand_over(self.accounts)

    def _hand_over(self, accounts: ProcessOwners) -> None:
        """Give the site's user what is its own to write, and let it read the rest; a second time changes nothing.

        What PHP must not change (the configuration, must-use plugins) stays ours, readable for it alone.
        """
        account = accounts.of_site(self.index)
        for path in (self.content, *(self.content / name for name in ("plugins", "themes", "mu-plugins"))):
            hand_over(path, None, 0o755)
        for file in (self.content / "db.php", *(self.content / "mu-plugins").glob("*.php")):
            if file.is_file() and not file.is_symlink():
                hand_over(file, None, 0o644)
        for file in (self._configuration(), self._authorities()):
            if file.is_file():
                hand_over(file, ProcessOwner(os.geteuid(), account.group), 0o640)
        for directory in (self.directory / "database", self._temporary(), self.content / "uploads"):
            # The directory itself last: while it is not handed over, what is in it may not be.
            if directory.stat().st_uid != account.user:
                for path in directory.rglob("*"):
                    os.chown(path, account.user, account.group, follow_symlinks=False)
                    if directory.name == "uploads" and not path.is_symlink():
                        path.chmod(0o755 if path.is_dir() else 0o644)
            hand_over(directory, account, 0o755 if directory.name == "uploads" else 0o700)
        # The web server passes through to what it serves, and nobody else does.
        hand_over(self.directory, ProcessOwner(account.user, accounts.web.group), 0o510)
        for above in (self.layout.state, self.directory.parent):
            above.chmod(0o711)

    def _configuration_text(self, files: WordPressFiles) -> str:
        told = SiteConfiguration(
            tenant=self.tenant,
            url=self.public_url,
            content=str(self.content),
            chat_url=self.layout.chat_url,
            hub_url=self.layout.hub_url,
            image_pixels=self.memory.image_pixels,
            of_runtime={
                "WP_LANG_DIR": str(files.languages),
                "WP_ENVIRONMENT_TYPE": "local" if self.layout.public is None else "production",
                # Nothing is fetched from outside; the identity provider on this machine is not outside.
                "WP_HTTP_BLOCK_EXTERNAL": True,
                "WP_ACCESSIBLE_HOSTS": ",".join(
                    ("localhost", "127.0.0.1", urlsplit(self.layout.identity_url).hostname or "")
                ),
            },
            database=self._database_constants(),
            salts=self._salts(),
            sign_on=self.sign_on,
        )
        return configuration_text(told.constants(), made_by="presswerk up")

    def _database_constants(self) -> Mapping[str, Constant]:
        if self.database is None:
            return sqlite_constants(str(self.directory / "database"))
        return self.database.wordpress_constants

    def _salts(self) -> Mapping[str, str]:
        """Salts made once: changing them would sign everybody out."""
        path = self.directory / "salts.json"
        if not path.exists():
            _write(path, json.dumps({name: secrets.token_urlsafe(48) for name in SALTS}))
        salts = read_object(path, "Remove that file and run `presswerk up`; the site's people sign in again.")
        if not all(isinstance(salts.get(name), str) for name in SALTS):
            raise DamagedFile(f"{path} is damaged.", "Remove that file and run `presswerk up`.")
        return {name: str(salts[name]) for name in SALTS}

    def _run_installation(self, known: Connection | None, digest: str) -> dict[str, str | None]:
        wanted = {
            **installation(self.tenant),
            "digest": digest,
            "known_password": None if known is None else known.application_password,
        }
        # It has no name, so that no other process finds the secret in it.
        with tempfile.TemporaryFile() as given:
            given.write(json.dumps(wanted).encode())
            given.seek(0)
            done = self.run_script("install.php", memory_mib=256, standard_input=given, standard_output=subprocess.PIPE)
        try:
            answer: dict[str, str | None] = json.loads(done.stdout)
        except ValueError:
            # Its standard output may hold the password, so only what it complained of is shown.
            complaint = done.stderr.decode(errors="replace").strip()[-800:] or f"PHP ended with {done.returncode}"
            raise LocalRuntimeError(
                f"site {self.tenant.id} could not be installed: {complaint}",
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
