"""Own Python environments for foreign services, installed from pinned and hashed locks."""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from presswerk.certificates import REMEDY, is_refused, with_authorities
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.ownership import closed_to_others
from presswerk.runtimes.local.private_files import only_one
from presswerk.runtimes.local.progress import Progress

COMPLETE_MARKER = ".presswerk-complete"
_HASH_LENGTH = 12
_NEEDED_MIB = {"canaille": 250, "open-webui": 1500}
"""Room for the packages as downloaded and as installed, in MiB."""
_NEWEST_PYTHON = {"canaille": (3, 13), "open-webui": (3, 12)}
"""The last version of Python each service declares to run on."""
_OLDEST_PYTHON = 11
_LAST_LINES = 15
# Settings of the caller's own Python or uv project must not reach into another environment.
_FOREIGN_VARIABLES = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")
# uv names neither "offline" nor "disk full" by an exit status, only in its text.
_OFFLINE_SIGNS = (
    "dns error",
    "failed to lookup address",
    "error sending request",
    "client error (connect)",
    "timed out",
)
_DISK_SIGNS = ("no space left on device", "disk quota exceeded")


class CannotInstall(LocalRuntimeError):
    """An environment could not be made."""


def lock_text(name: str) -> str:
    """The pinned, hashed requirements of a foreign service.

    Args:
        name: `canaille` or `open-webui`.
    """
    return resources.files("presswerk.runtimes.local").joinpath(f"locks/{name}.txt").read_text(encoding="utf-8")


def environment_directory(name: str, layout: Layout, *, for_others: bool = False) -> Path:
    """Where a service's environment is; another lock or another Python gives another directory.

    Args:
        name: `canaille` or `open-webui`.
        layout: Its cache, or its state where other users are to come there.
        for_others: Whether the service runs as another user than ours.
    """
    python = _interpreter(name, for_others=for_others)
    digest = hashlib.sha256(f"{python}\n{lock_text(name)}".encode()).hexdigest()[:_HASH_LENGTH]
    return (layout.state if for_others else layout.cache) / "environments" / f"{name}-{digest}"


def others_can_run(name: str) -> bool:
    """Whether this machine has a Python for a service that another user than ours can run."""
    return next(_open_interpreters(name), None) is not None


def needed_mib(name: str, layout: Layout, *, for_others: bool = False) -> int:
    """The room that is still needed on the cache's disk; none when the environment is complete."""
    directory = environment_directory(name, layout, for_others=for_others)
    return 0 if _complete(directory, directory / "bin" / "python") else _NEEDED_MIB[name]


def ensure_environment(name: str, layout: Layout, progress: Progress, *, for_others: bool = False) -> Path:
    """Install a foreign service's environment unless it is complete already.

    Two processes may ask at once: one installs, the other waits for it. An interrupted installation is thrown away and
    made again.

    Args:
        name: `canaille` or `open-webui`.
        layout: Where the cache is.
        progress: Told when an installation begins.
        for_others: As for `environment_directory`.

    Returns:
        The path of the environment's Python.

    Raises:
        CannotInstall: No network, no room, or a package that does not fit its hash.
    """
    directory = environment_directory(name, layout, for_others=for_others)
    python = directory / "bin" / "python"
    if _complete(directory, python):
        return python
    directory.parent.mkdir(parents=True, exist_ok=True)
    if for_others:
        directory.parent.chmod(0o755)
    lock = directory.with_name(f".{directory.name}.lock")
    with only_one(lock, waiting=lambda: progress(f"waiting for another process that is installing {name}")):
        if not _complete(directory, python):
            _need_room(name, directory.parent)
            progress(f"installing {name} (once, into {directory})")
            _install(name, directory, _interpreter(name, for_others=for_others))
            if for_others:
                _open_to_others(directory)
            (directory / COMPLETE_MARKER).touch()
    return python


def _complete(directory: Path, python: Path) -> bool:
    # The interpreter it links to may have been removed or upgraded away since.
    return (directory / COMPLETE_MARKER).exists() and python.exists()


def _need_room(name: str, directory: Path) -> None:
    free_mib = shutil.disk_usage(directory).free // 2**20
    if free_mib < _NEEDED_MIB[name]:
        raise CannotInstall(
            f"{name} needs about {_NEEDED_MIB[name]} MiB, but {directory} has {free_mib} MiB free",
            "make room and try again",
        )


def _install(name: str, directory: Path, interpreter: str) -> None:
    if directory.exists():
        shutil.rmtree(directory)
    python = directory / "bin" / "python"
    _uv(name, "venv", "--quiet", "--no-python-downloads", "--python", interpreter, str(directory))
    lock = directory / "requirements.txt"
    lock.write_text(lock_text(name), encoding="utf-8")
    _uv(
        name,
        "pip",
        "install",
        "--quiet",
        "--python",
        str(python),
        "--no-deps",
        "--require-hashes",
        "--requirements",
        str(lock),
    )


def _open_to_others(directory: Path) -> None:
    """Let others read all of it."""
    for path in (directory, *directory.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if path.is_dir() or mode & stat.S_IXUSR else 0o044))


def _open_interpreters(name: str) -> Iterator[Path]:
    """Those that other users can run: our own, and those of the system."""
    newest = _NEWEST_PYTHON[name][1]
    ours = sys.version_info.minor
    own = (Path(sys.base_prefix) / "bin" / f"python3.{ours}",) if ours <= newest else ()
    systems = (Path(f"/usr/bin/python3.{minor}") for minor in range(_OLDEST_PYTHON, newest + 1))
    return (path for path in (*own, *systems) if path.exists() and closed_to_others(path) is None)


def _interpreter(name: str, *, for_others: bool = False) -> str:
    """Our own interpreter where the service runs on it, else a request for any of this machine that fits."""
    if for_others:
        return str(next(_open_interpreters(name)))
    ours, (major, newest) = sys.version_info[:2], _NEWEST_PYTHON[name]
    if ours <= (major, newest):
        return str(Path(sys.base_prefix) / "bin" / f"python{ours[0]}.{ours[1]}")
    return f">=3.11,<{major}.{newest + 1}"


def _uv(name: str, *arguments: str) -> None:
    import uv  # noqa: PLC0415  only installations on one machine bring it

    environment = with_authorities({key: value for key, value in os.environ.items() if key not in _FOREIGN_VARIABLES})
    done = subprocess.run(
        [uv.find_uv_bin(), *arguments],
        env=environment,
        # Settings of whatever project the caller stands in are not ours; the person's own (a mirror) are welcome.
        cwd=Path.home(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise _explained(name, arguments[0], done.stdout)


def _explained(name: str, step: str, output: str) -> CannotInstall:
    lowered = output.lower()
    tail = "\n".join(output.strip().splitlines()[-_LAST_LINES:])
    what = f"{name} could not be installed"
    if any(sign in lowered for sign in _DISK_SIGNS):
        return CannotInstall(f"{what}: the disk is full\n{tail}", "make room and try again")
    if step == "venv":
        return CannotInstall(f"{what}: no fitting Python\n{tail}", "install Python 3.11 or 3.12, and try again")
    if is_refused(output):
        return CannotInstall(f"{what}: the certificate of the package index is not trusted here\n{tail}", REMEDY)
    if any(sign in lowered for sign in _OFFLINE_SIGNS):
        return CannotInstall(
            f"{what}: the package index does not answer\n{tail}",
            "connect to the network, or set UV_INDEX_URL to an index you can reach, and try again",
        )
    if "hash mismatch" in lowered:
        return CannotInstall(
            f"{what}: a package is not the one that is pinned\n{tail}", "check the package index you use"
        )
    return CannotInstall(f"{what}:\n{tail}")
