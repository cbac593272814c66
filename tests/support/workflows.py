"""GitHub workflows for tests: read, and made so that `act` runs their commands without fetching any action."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
_BIN = Path(sys.executable).parent
_NEEDED = ("scripts", "examples", "deploy/images", "deploy/charts/presswerk")


def workflow_files() -> list[Path]:
    """All workflows, by name."""
    return sorted(WORKFLOWS.glob("*.yml"))


def jobs_of(workflow: Path) -> Mapping[str, Any]:
    """The jobs of a workflow, as written."""
    jobs: Mapping[str, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    return jobs


def steps_of(workflow: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each step with the id of its job."""
    for job_id, job in jobs_of(workflow).items():
        for step in job.get("steps", ()):
            yield job_id, step


def tool(name: str) -> str:
    """A linter of the development environment; not one that this machine happens to have."""
    found = _BIN / name
    assert found.is_file(), f"{name} is not in {_BIN}: run `make setup-test`"
    return str(found)


@dataclass(frozen=True)
class Ran:
    """What `act` did.

    Attributes:
        status: Its exit status.
        output: What it and the steps wrote, to explain a failure with: act may lose a failing step's last words.
        called: The doubles that were called, one line each.
    """

    status: int
    output: str
    called: Sequence[str]


@dataclass(frozen=True)
class Runner:
    """A directory that looks like a checkout, with doubles of what cannot run here first on PATH.

    A double writes its name and arguments to a file and succeeds. Shell, scripts, expressions, outputs and environment
    of the steps are the real ones.
    """

    directory: Path

    @classmethod
    def prepare(cls, directory: Path) -> "Runner":
        """Copy what the steps need into an empty directory."""
        runner = cls(directory)
        runner.checkout.mkdir(parents=True)
        for name in _NEEDED:
            shutil.copytree(ROOT / name, runner.checkout / name)
        shutil.copyfile(ROOT / "examples" / "platform.yaml", runner.checkout / "platform.yaml")
        version = runner.checkout / "src" / "presswerk" / "__init__.py"
        version.parent.mkdir(parents=True)
        shutil.copyfile(ROOT / "src" / "presswerk" / "__init__.py", version)
        runner.doubles.mkdir()
        _git(runner.checkout, "init", "--quiet", "--initial-branch=main")
        _git(runner.checkout, "remote", "add", "origin", "https://github.com/example/presswerk.git")
        _git(runner.checkout, "add", "--all")
        _git(runner.checkout, "commit", "--quiet", "--message=checkout")
        for name in ("make", "docker", "kind", "kubectl", "helm", "gh", "uv", "sudo", "aws"):
            runner.double(name)
        real = _BIN / "presswerk"
        runner.double("git", f'case "$*" in *" push "*) exit 0 ;; esac; exec {shutil.which("git")} "$@"')
        runner.double("python", f'exec {sys.executable} "$@"')
        runner.double("presswerk", f'case "$1" in config|capacity|render|--version) exec {real} "$@" ;; esac')
        return runner

    @property
    def checkout(self) -> Path:
        """Where the steps run."""
        return self.directory / "checkout"

    @property
    def doubles(self) -> Path:
        """First on PATH."""
        return self.directory / "doubles"

    def double(self, name: str, behaviour: str = "") -> None:
        """Put a program on PATH.

        Args:
            name: Of the program.
            behaviour: What it does in sh, after it has noted the call.
        """
        path = self.doubles / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.directory}/called"\n{behaviour}\n', encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def called(self) -> list[str]:
        """What the doubles were called with, one line each."""
        file = self.directory / "called"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def run(
        self,
        workflow: Path,
        job: str,
        *,
        event: str = "workflow_dispatch",
        inputs: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run the commands of one job, without its actions and without waiting for other jobs."""
        described = yaml.safe_load(workflow.read_text(encoding="utf-8"))
        wanted = described["jobs"][job]
        # act puts the directory in the place of a checkout and fetches nothing; what a job downloads lies there too.
        checkout = {"uses": "actions/checkout@v6"}
        wanted["steps"] = [checkout, *(step for step in wanted["steps"] if "run" in step)]
        wanted.pop("needs", None)
        wanted.pop("if", None)
        wanted.pop("environment", None)
        described["jobs"] = {job: wanted}
        # YAML 1.1 reads the key `on` as true.
        described["on"] = described.pop(True)
        file = self.directory / "workflow.yml"
        file.write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")
        (self.directory / "called").unlink(missing_ok=True)
        options = [
            *(part for name, value in (inputs or {}).items() for part in ("--input", f"{name}={value}")),
            *(
                part
                for name, value in {"GITHUB_TOKEN": "token", **(secrets or {})}.items()
                for part in ("--secret", f"{name}={value}")
            ),
            *(part for name, value in (variables or {}).items() for part in ("--var", f"{name}={value}")),
        ]
        environment = {
            "PATH": f"{self.doubles}:{os.environ['PATH']}",
            "HOME": str(self.directory),
            "XDG_CACHE_HOME": str(self.directory / "cache"),
        }
        done = subprocess.run(
            [
                *(tool("act"), event, "--workflows", str(file), "--job", job, "--no-cache-server"),
                *("--platform", "ubuntu-24.04=-self-hosted", "--pull=false", "--action-offline-mode"),
                *options,
            ],
            cwd=self.checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout, self.called())


def _git(directory: Path, *arguments: str) -> None:
    identity = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org"}
    identity |= {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org", "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run(["git", *arguments], cwd=directory, env={**os.environ, **identity}, check=True)
