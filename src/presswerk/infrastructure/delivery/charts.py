"""Where the charts come from: a directory of ones fetched before, their registries, or a checkout."""

import hashlib
import json
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from presswerk.errors import PresswerkError
from presswerk.infrastructure.delivery.helm import Helm, HelmFailed
from presswerk.runtimes.cluster.rendering.releases import PRESSWERK, Release

_DIGITS = 40


@dataclass(frozen=True)
class Chart:
    """A chart on this machine.

    Attributes:
        path: A directory or an archive.
        version: Its own.
        digest: Of its bytes.
        oldest_cluster: The (major, minor) version of a cluster it needs.
        defines: Whether it brings definitions of kinds, in `crds/`.
    """

    path: Path
    version: str
    digest: str
    oldest_cluster: tuple[int, int] = (0, 0)
    defines: bool = True

    def content(self, values: Mapping[str, Any]) -> str:
        """What tells one revision from another: the chart and its values."""
        told = json.dumps({"chart": self.digest, "values": values}, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]


@dataclass(frozen=True)
class Charts:
    """Finds charts.

    Attributes:
        helm: Fetches them.
        scratch: Where to; the caller removes it.
        directory: Charts fetched before, as `helm pull` writes them; nothing is fetched then.
        ours: Our own chart's directory, for when it is not in `directory`.
    """

    helm: Helm
    scratch: Path
    directory: Path | None
    ours: Path

    def find(self, release: Release) -> Chart:
        """A release's chart, exactly at its version.

        Raises:
            PresswerkError: It cannot be had.
        """
        name = release.chart.rpartition("/")[2]
        if self.directory is not None:
            found = _within(self.directory, name, release.version)
            if found is not None:
                return found
        if release.name == PRESSWERK.name:
            return self._ours(release)
        if self.directory is not None:
            raise PresswerkError(
                f"{self.directory} has no chart {name} of version {release.version}.",
                f"Fetch it there: helm pull {release.chart}{_repository(release)} --version {release.version}.",
            )
        return self._fetched(release, name)

    def _ours(self, release: Release) -> Chart:
        here = _read(self.ours) if (self.ours / "Chart.yaml").is_file() else None
        if here is not None and here.version == release.version:
            return here
        there = f"is of version {here.version}" if here else "is not there"
        raise PresswerkError(
            f"The chart of Presswerk {release.version} cannot be found: {self.ours} {there}.",
            f"Run this in a checkout of that version, name its chart with --chart, or put "
            f"{PRESSWERK.name}-{release.version}.tgz into the directory of --charts.",
        )

    def _fetched(self, release: Release, name: str) -> Chart:
        try:
            self.helm.pull(release, self.scratch)
        except HelmFailed as failed:
            raise PresswerkError(
                f"The chart {name} {release.version} cannot be fetched. {failed.problem}",
                "Check the network; or fetch the charts elsewhere with `helm pull` and name them with --charts.",
            ) from None
        found = _within(self.scratch, name, release.version)
        if found is None:
            raise PresswerkError(f"The registry gave another chart than {name} {release.version}.")
        return found


def _repository(release: Release) -> str:
    return f" --repo {release.repository}" if release.repository else ""


def _within(directory: Path, name: str, version: str) -> Chart | None:
    for path in (directory / f"{name}-{version}.tgz", directory / name):
        if path.is_file() or (path / "Chart.yaml").is_file():
            found = _read(path)
            if found.version.removeprefix("v") == version.removeprefix("v"):
                return found
    return None


def _read(path: Path) -> Chart:
    try:
        told = yaml.safe_load(_metadata(path))
        version = str(told["version"])
        needs = str(told.get("kubeVersion") or "")
    except (OSError, tarfile.TarError, yaml.YAMLError, KeyError, TypeError) as error:
        raise PresswerkError(f"{path} is no chart: {error}.") from None
    least = re.search(r">=\s*v?(\d+)\.(\d+)", needs)
    oldest = (int(least[1]), int(least[2])) if least else (0, 0)
    return Chart(path, version, _digest(path), oldest, _defines(path))


def _defines(path: Path) -> bool:
    """Whether it, or a chart within it, has `crds/`; one packed within it again is taken to."""
    names = [str(each) for each in path.rglob("*")] if path.is_dir() else _members(path)
    return any("/crds/" in name or name.endswith(".tgz") for name in names)


def _members(path: Path) -> list[str]:
    with tarfile.open(path) as archive:
        return archive.getnames()


def _metadata(path: Path) -> str:
    if path.is_dir():
        return (path / "Chart.yaml").read_text(encoding="utf-8")
    with tarfile.open(path) as archive:
        own = [name for name in archive.getnames() if name.count("/") == 1 and name.endswith("/Chart.yaml")]
        member = archive.extractfile(own[0]) if own else None
        if member is None:
            raise KeyError("Chart.yaml")
        with member:
            return member.read().decode()


def _digest(path: Path) -> str:
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    total = hashlib.sha256()
    for file in sorted(each for each in path.rglob("*") if each.is_file()):
        total.update(f"{file.relative_to(path)}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
