"""The MariaDB server of one local installation: its data directory, its administrator, its service.

It listens on a Unix socket only. Started by root, it serves as an unprivileged user inside its own directory as its
root (chroot(2)), so that it needs no access to the directories above, which are root's alone.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from presswerk.runtimes.databases import MariaDbAdmin, UnixSocketServer
from presswerk.runtimes.databases.shared import password_hash
from presswerk.runtimes.local.accounts import passable_mode
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import only_one, write_private
from presswerk.runtimes.local.progress import Progress
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.site_sockets import make_own, sockets_base

SERVICE_NAME = "mariadb"
ADMIN_PASSWORD = "mariadb-admin-password"  # noqa: S105 - a secret's name, not a secret
MARIADB_PACKAGES = ("mariadb-server-core", "mariadb-client-core")
"""Debian's packages with the programs alone: they bring no service of the system's."""

_SERVER = "mariadbd"
_INSTALLER = "mariadb-install-db"
_ADMIN = "root"
_SERVER_USERS = ("mysql", "nobody")
_SOCKET = "mariadb.sock"
_INSTALL = "sudo apt-get install -y --no-install-recommends " + " ".join(MARIADB_PACKAGES)
# Debian keeps servers in a directory that only root's PATH has.
_PROGRAM_DIRECTORIES = ("/usr/sbin", "/usr/bin")
# A unix socket's address has 108 bytes with its end (unix(7)).
_LONGEST_SOCKET_PATH = 100
_SETTINGS = (
    "--skip-networking",
    "--skip-name-resolve",
    "--skip-symbolic-links",
    "--local-infile=0",
    "--unix-socket=OFF",
    "--performance-schema=OFF",
    # Counts sign-ins by user, which tells when a password is no longer in use.
    "--userstat=ON",
    "--character-set-server=utf8mb4",
    "--log-warnings=1",
    "--max-connections=200",
    "--max-allowed-packet=64M",
    "--table-open-cache=400",
    "--table-definition-cache=400",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
    "--innodb-flush-log-at-trx-commit=1",
    "--aria-pagecache-buffer-size=8M",
    "--key-buffer-size=4M",
)
_FORMER_ROOTS = "DELETE FROM mysql.global_priv WHERE user = 'root' AND host <> 'localhost'"


@dataclass(frozen=True)
class LocalMariaDb:
    """The server that the tenants of one installation share.

    Attributes:
        layout: Where its state goes.
        secrets: Has the administrator's password.
    """

    layout: Layout
    secrets: Secrets = field(repr=False)

    @property
    def directory(self) -> Path:
        """All of the server's own state."""
        return self.layout.state / "mariadb"

    @property
    def socket(self) -> Path:
        """Where it is reached; by a short way round if its directory lies too deep for a socket's address.

        Raises:
            LocalRuntimeError: The short way round cannot be made.
        """
        direct = self._sockets.absolute() / _SOCKET
        return direct if len(os.fsencode(direct)) <= _LONGEST_SOCKET_PATH else self._way_round() / _SOCKET

    @property
    def admin(self) -> MariaDbAdmin:
        """What makes tenants' databases there.

        Raises:
            LocalRuntimeError: The secrets cannot be read, or the socket's short way round cannot be made.
        """
        return MariaDbAdmin(UnixSocketServer(self.socket), _ADMIN, self.secrets.get(ADMIN_PASSWORD))

    def ensure(self, progress: Progress) -> None:
        """Make the data directory unless it is there; a second time, and after any crash, it ends the same.

        The server itself gives its administrator the password at each start, before it serves anybody.

        Raises:
            LocalRuntimeError: MariaDB is not installed, or its data directory cannot be made.
        """
        ensure_programs()
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with only_one(self.layout.state / "mariadb.lock"):
            (self.directory / "tmp").mkdir(mode=0o700, exist_ok=True)
            self._sockets.mkdir(mode=0o700, exist_ok=True)
            if not self._data.exists():
                progress("Making the database server's data directory")
                self._install()
            write_private(self.directory / "init.sql", self._at_start())
            self._hand_over()

    def service(self) -> Service:
        """The process that serves; `ensure` comes first.

        Raises:
            LocalRuntimeError: MariaDB is not installed, or the socket's short way round cannot be made.
        """
        server = _server_user()
        home = Path("/") if server is not None else self.directory.absolute()
        jail = () if server is None else (f"--chroot={self.directory.absolute()}", f"--user={server.pw_name}")
        command = (
            str(_find(_SERVER)),
            "--no-defaults",
            *jail,
            f"--datadir={home / 'data'}",
            f"--tmpdir={home / 'tmp'}",
            f"--init-file={home / 'init.sql'}",
            f"--pid-file={home / 'data' / 'mariadbd.pid'}",
            # Seen from the data directory, where the server goes first: that address is never too long.
            f"--socket=../{self._sockets.name}/{_SOCKET}",
            *_SETTINGS,
        )
        return Service(
            name=SERVICE_NAME,
            command=command,
            directory=self.directory,
            health_socket=self.socket,
            ready_timeout_seconds=120,
            priority=10,
            stop_timeout_seconds=60,
        )

    def remove(self) -> None:
        """Remove the server with everything in it, once it has been stopped; what is gone already is passed over."""
        shutil.rmtree(self.directory, ignore_errors=not self.directory.exists())
        (self.layout.state / "mariadb.lock").unlink(missing_ok=True)
        self._link().unlink(missing_ok=True)
        self.secrets.forget((ADMIN_PASSWORD,))

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _sockets(self) -> Path:
        """What sites pass through to the socket, and nothing else of the server's is in."""
        return self.directory / "socket"

    def _way_round(self) -> Path:
        """A link to the socket's directory from a short place, made anew when it is missing, as after a restart."""
        link = self._link()
        make_own(link.parent, passable_mode(self.layout))
        with contextlib.suppress(FileExistsError):
            link.symlink_to(self._sockets.absolute())
        return link

    def _link(self) -> Path:
        return sockets_base(self.layout) / "mariadb"

    def _install(self) -> None:
        """Make the system tables aside and move them into place whole."""
        scratch = self.directory / "data.new"
        shutil.rmtree(scratch, ignore_errors=not scratch.exists())
        command = (
            str(_find(_INSTALLER)),
            "--no-defaults",
            f"--datadir={scratch.absolute()}",
            # In a directory of its own: a server that starts elsewhere removes what it finds of others' in /tmp.
            f"--tmpdir={(self.directory / 'tmp').absolute()}",
            # Nobody can use the empty password: no server runs here before its administrator has another.
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--innodb-log-file-size=32M",
            *(("--user=root",) if os.geteuid() == 0 else ()),
        )
        ended = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            told = (ended.stderr.strip() or ended.stdout.strip())[-800:]
            raise LocalRuntimeError(
                f"The database server's data directory could not be made: {told}",
                f"Mend that and run it again; {self.directory} needs some 150 MB.",
            )
        scratch.rename(self._data)

    def _at_start(self) -> str:
        """SQL for each start, one statement a line, without the password itself."""
        hashed = password_hash(self.secrets.get(ADMIN_PASSWORD))
        statements = (
            _FORMER_ROOTS,
            "DELETE FROM mysql.proxies_priv",
            "FLUSH PRIVILEGES",
            f"ALTER USER {_ADMIN}@localhost IDENTIFIED VIA mysql_native_password USING '{hashed}'",
        )
        return "".join(f"{statement};\n" for statement in statements)

    def _hand_over(self) -> None:
        """Let the server's user own its directory, and know its name where no other file is to be seen."""
        server = _server_user()
        if server is None:
            return
        etc = self.directory / "etc"
        write_private(etc / "passwd", f"{server.pw_name}:x:{server.pw_uid}:{server.pw_gid}::/:/bin/false\n")
        # The directory itself stays root's, so that the server can put nothing else in the place of what is in it.
        for path, mode in ((self.directory, 0o711), (etc, 0o711), (etc / "passwd", 0o644)):
            path.chmod(mode)
        if self._data.stat().st_uid != server.pw_uid:
            for path in self._data.rglob("*"):
                os.chown(path, server.pw_uid, server.pw_gid, follow_symlinks=False)
        # The data directory last: it tells that all that is in it has been handed over.
        self._sockets.chmod(0o711)
        for name in ("tmp", "socket", "init.sql", "data"):
            os.chown(self.directory / name, server.pw_uid, server.pw_gid, follow_symlinks=False)


def ensure_programs() -> None:
    """See that MariaDB's programs are there.

    Raises:
        LocalRuntimeError: One is not installed; the remedy says what to install.
    """
    for program in (_SERVER, _INSTALLER, "mariadb"):
        _find(program)


def _find(program: str) -> Path:
    found = shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), *_PROGRAM_DIRECTORIES)))
    if found is None:
        raise LocalRuntimeError(
            f"MariaDB's {program} is not installed; the tiers with a database server need it.",
            f"Install it, which starts no service: {_INSTALL}",
        )
    return Path(found)


def _server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as when root starts it; None when it runs as the caller."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in _SERVER_USERS if name in known)
