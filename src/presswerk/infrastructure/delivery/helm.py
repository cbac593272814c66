"""Running the helm program against one cluster."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from presswerk.errors import PresswerkError
from presswerk.kubernetes.connection import KubeContext
from presswerk.runtimes.cluster.rendering.releases import Release

CONTENT_LABEL = "presswerk.io/content"
"""On a revision: a digest of its chart and values, by which a repeat knows that it has nothing to do."""

_OLDEST = (3, 14)
_HISTORY = 20
_LEAST_SECONDS = 60
# What only asks or fetches may take; what changes a release has patience of its own.
_ASKING_SECONDS = 120.0
# So that Helm can say itself which hook did not end, before it is ended.
_SPARE_SECONDS = 15.0
_ENDING_SECONDS = 10.0
DEPLOYED, SUPERSEDED, FAILED = "deployed", "superseded", "failed"


class HelmFailed(PresswerkError):
    """Helm ended with an error."""


@dataclass(frozen=True)
class Revision:
    """One revision of a release.

    Attributes:
        number: It counts from 1.
        status: As Helm calls it.
        chart: The chart's name and version, as Helm writes them: `authentik-2026.8.0`.
    """

    number: int
    status: str
    chart: str

    @property
    def is_pending(self) -> bool:
        """Whether Helm was interrupted while making it."""
        return self.status.startswith("pending-")


@dataclass(frozen=True)
class History:
    """A release as it is on a cluster; no revisions when it is not there."""

    revisions: tuple[Revision, ...] = ()

    @property
    def newest(self) -> Revision | None:
        """The last one, whatever became of it."""
        return self.revisions[-1] if self.revisions else None

    @property
    def deployed(self) -> Revision | None:
        """The one whose objects are meant to be on the cluster."""
        return next((each for each in reversed(self.revisions) if each.status == DEPLOYED), None)

    @property
    def good(self) -> Revision | None:
        """The newest that was ever wholly there: what to go back to from one that is stuck."""
        kept = (DEPLOYED, SUPERSEDED)
        return self.deployed or next((each for each in reversed(self.revisions) if each.status in kept), None)


def _own_environment() -> dict[str, str]:
    """This process's, without what would lead Helm to another cluster or namespace than is meant."""
    leads = ("HELM_KUBE", "HELM_NAMESPACE")
    return {name: value for name, value in os.environ.items() if not name.startswith(leads)}


def find_helm() -> tuple[str, ...]:
    """The command that runs Helm.

    Raises:
        PresswerkError: It is not installed.
    """
    found = shutil.which("helm")
    if found is None:
        raise PresswerkError(
            "There is no helm program on PATH.", "Install Helm 3.14 or newer: https://helm.sh/docs/intro/install/."
        )
    return (found,)


@dataclass(frozen=True)
class Helm:
    """The helm program; every call raises `HelmFailed` where Helm, the cluster or a hook refuses.

    Attributes:
        command: What runs it.
        target: Which cluster.
        environment: Of the program.
    """

    command: Sequence[str]
    target: KubeContext
    environment: Mapping[str, str] = field(default_factory=_own_environment, repr=False)
    _contents: dict[tuple[str, int], str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def version(self) -> str:
        """Its version.

        Raises:
            PresswerkError: It is too old.
            HelmFailed: It does not run.
        """
        told = self._run("version", "--template", "{{.Version}}").strip()
        numbers = told.removeprefix("v").split(".")[:2]
        if not all(number.isdigit() for number in numbers) or tuple(map(int, numbers)) < _OLDEST:
            raise PresswerkError(f"The helm program on PATH is {told}.", "Install Helm 3.14 or newer.")
        return told

    def history(self, release: Release) -> History:
        """The revisions of a release."""
        try:
            told = self._on_cluster("history", release, "--output", "json")
        except HelmFailed as failed:
            if failed.problem.endswith("release: not found"):
                return History()
            raise
        revisions = (Revision(int(each["revision"]), each["status"], each["chart"]) for each in json.loads(told))
        return History(tuple(sorted(revisions, key=lambda revision: revision.number)))

    def content(self, release: Release, revision: int) -> str:
        """The digest a revision was made from; empty when somebody else made it."""
        # What a revision was made from never changes, and asking takes a process.
        kept = (f"{release.namespace}/{release.name}", revision)
        if kept not in self._contents:
            told = json.loads(
                self._on_cluster("get", release, "--revision", str(revision), "--output", "json", noun="metadata")
            )
            self._contents[kept] = str((told.get("labels") or {}).get(CONTENT_LABEL, ""))
        return self._contents[kept]

    def manifest(self, release: Release) -> str:
        """What the newest revision consists of, as a YAML stream."""
        return self._on_cluster("get", release, noun="manifest")

    def upgrade(self, release: Release, chart: Path, values: Path, *, content: str, patience_seconds: float) -> None:
        """Install or upgrade, without waiting for pods; hooks are waited for.

        Definitions in a chart's `crds/` are left alone: Helm would make them, and never upgrade them.
        """
        limits, within_seconds = _limited(patience_seconds)
        self._on_cluster(
            "upgrade",
            release,
            str(chart),
            "--install",
            "--reset-values",
            "--values",
            str(values),
            "--skip-crds",
            "--labels",
            f"{CONTENT_LABEL}={content}",
            *limits,
            within_seconds=within_seconds,
        )

    def rollback(self, release: Release, revision: int, *, patience_seconds: float) -> None:
        """Bring an older revision back, as a new one."""
        limits, within_seconds = _limited(patience_seconds)
        self._on_cluster("rollback", release, str(revision), *limits, within_seconds=within_seconds)

    def uninstall(self, release: Release) -> None:
        """Take a release away."""
        self._contents.clear()  # its revisions will count from 1 again
        self._on_cluster("uninstall", release, "--ignore-not-found")

    def definitions(self, chart: Path) -> str:
        """What is in a chart's `crds/`, as a YAML stream."""
        return self._run("show", "crds", str(chart))

    def pull(self, release: Release, into: Path) -> None:
        """Fetch a release's chart."""
        where = ("--repo", release.repository) if release.repository else ()
        self._run("pull", release.chart, *where, "--version", release.version, "--destination", str(into))

    def _on_cluster(
        self, verb: str, release: Release, *words: str, noun: str = "", within_seconds: float = _ASKING_SECONDS
    ) -> str:
        named = (verb, noun, release.name) if noun else (verb, release.name)
        return self._run(*named, *words, *self._place(release.namespace), within_seconds=within_seconds)

    def _place(self, namespace: str) -> tuple[str, ...]:
        file, context = self.target.kubeconfig, self.target.context
        return (
            *("--namespace", namespace),
            *(("--kubeconfig", str(file)) if file else ()),
            *(("--kube-context", context) if context else ()),
        )

    def _run(self, *words: str, within_seconds: float = _ASKING_SECONDS) -> str:
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell, and every word is made here
                [*self.command, *words],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        except OSError as error:
            raise HelmFailed(f"helm cannot be run: {error.strerror}.") from None
        with process:
            try:
                out, said = process.communicate(timeout=within_seconds)
            except subprocess.TimeoutExpired:
                _end(process)
                raise HelmFailed(f"helm {_named(words)} did not come to an end in {within_seconds:.0f} s") from None
        if process.returncode != 0:
            raise HelmFailed(f"helm {_named(words)} failed: {_last(said or out)}")
        return out


def _end(process: subprocess.Popen[str]) -> None:
    """End it as a person does: Helm then marks the release as failed, and not as pending."""
    process.terminate()
    try:
        process.communicate(timeout=_ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _limited(patience_seconds: float) -> tuple[tuple[str, ...], float]:
    """Helm's own limit, which counts for each hook anew, and when the whole of it is ended."""
    seconds = max(_LEAST_SECONDS, patience_seconds)
    return ("--history-max", str(_HISTORY), "--timeout", f"{round(seconds)}s"), seconds + _SPARE_SECONDS


def _named(words: Sequence[str]) -> str:
    return " ".join(words[: 3 if words[0] in {"get", "show"} else 2])


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("Error:")]
    return (errors or lines or ["it said nothing"])[-1].removeprefix("Error: ")
