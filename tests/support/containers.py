"""Containers without a registry: a base made of Debian's packages, images of ours built from it, pods that run them.

Podman, buildah and runc are Debian's. They keep what they made in the user's cache directory, apart from what else is
on the machine, so that a second run builds only what changed.
"""

import contextlib
import fcntl
import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import platformdirs

ROOT = Path(__file__).parents[2]
BASE = "localhost/presswerk/base:bookworm"
HUB = "localhost/presswerk/hub:test"
SITE = "localhost/presswerk/wordpress:test"
PROGRAMS = ("podman", "buildah", "runc", "mmdebstrap", "slirp4netns", "catatonit")
_CACHE = platformdirs.user_cache_path("presswerk") / "containers"
# Who is root in a container of a machine that is one itself may not raise a limit.
_LIMITS = "nofile=1024:4096"
_CONFIGURATION = """\
[containers]
default_ulimits = ["{limits}", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[engine.runtimes]
runc = ["{runtime}"]
"""
_STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{cache}/storage"
runroot = "{cache}/run"
"""
# `podman kube play` and `exec` take no notice of default_ulimits, and nobody may lower a process's oomScoreAdj here.
_RUNTIME = """\
#!{python} -IS
import json, os, sys
arguments = sys.argv[1:]
files = [f"{{value}}/config.json" for name, value in zip(arguments, arguments[1:]) if name in ("--bundle", "-b")]
files += [value for name, value in zip(arguments, arguments[1:]) if name in ("--process", "-p")]
for file in files:
    with open(file) as read:
        told = json.load(read)
    process = told.get("process", told)
    process.pop("rlimits", None)
    if process.get("oomScoreAdj", 0) < 0:
        del process["oomScoreAdj"]
    with open(file, "w") as write:
        json.dump(told, write)
os.execv("{runc}", ["runc", *arguments])
"""


def missing_programs() -> list[str]:
    """What Debian's packages have not brought; scripts/setup.sh test installs it."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


@functools.cache
def _environment() -> Mapping[str, str]:
    _CACHE.mkdir(parents=True, exist_ok=True)
    runtime = _CACHE / "runc"
    texts = {
        runtime: _RUNTIME.format(python=sys.executable, runc=shutil.which("runc")),
        _CACHE / "containers.conf": _CONFIGURATION.format(limits=_LIMITS, runtime=runtime),
        _CACHE / "storage.conf": _STORAGE.format(cache=_CACHE),
    }
    for path, text in texts.items():
        # Another run may be reading it.
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_text(text, encoding="utf-8")
        new.chmod(0o755)
        new.rename(path)
    return {
        **os.environ,
        "CONTAINERS_CONF": str(_CACHE / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(_CACHE / "storage.conf"),
        "BUILDAH_ISOLATION": "chroot",
    }


def podman(*arguments: str | Path, check: bool = True, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run podman."""
    return _run("podman", *map(str, arguments), check=check, text=text)


def _run(*command: str, check: bool = True, text: str | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, env=_environment(), cwd=ROOT, input=text, capture_output=True, text=True, check=False, timeout=1200
    )
    assert not check or done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done


def why_none_runs() -> str:
    """Why this machine runs no container at all, whatever is in it; empty where one of bare Debian runs."""
    with _alone():
        try:
            _ensure_base()
            podman("run", "--rm", "--network", "none", BASE, "true")
        except AssertionError as error:
            return str(error)
    return ""


def build(image: str, tag: str) -> None:
    """Build an image of deploy/images as scripts/build_image.sh does, from a base that was made here."""
    with _alone():
        _ensure_base()
        # What changed from one run to the next leaves an image behind each time.
        podman("image", "prune", "--force", "--filter", "until=72h", check=False)
        builder = f"buildah bud --layers --format docker --network host --ulimit {_LIMITS}"
        environment = {
            **_environment(),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "BUILDER": builder,
            "BASE_IMAGE": BASE,
            "BUILD_AUTHORITIES": os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
        }
        command = [str(ROOT / "scripts" / "build_image.sh"), image, tag]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"


def _ensure_base() -> None:
    if podman("image", "exists", BASE, check=False).returncode == 0:
        return
    archive = _CACHE / "base.tar"
    archive.unlink(missing_ok=True)
    _run("mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", "bookworm", str(archive))
    podman("import", "--quiet", archive, BASE)
    archive.unlink()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process builds at a time, whichever run it belongs to."""
    _environment()
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def size_mb(image: str) -> float:
    """Of an image with all its layers, in millions of bytes."""
    (found,) = json.loads(podman("image", "inspect", image).stdout)
    return float(found["Size"]) / 1e6
