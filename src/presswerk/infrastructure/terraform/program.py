"""Terraform for one installation: where it keeps its things, and what it is asked to do."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from presswerk.infrastructure.prices import PriceTable
from presswerk.infrastructure.terraform.errors import TerraformError, explained
from presswerk.infrastructure.terraform.plan import InfrastructurePlan, read_plan
from presswerk.infrastructure.terraform.running import run

PROGRAM_VARIABLE = "PRESSWERK_TERRAFORM"
_SECRET = re.compile(r"^TF_VAR_\w*password$|TOKEN$|PASSWORD$|SECRET|ACCESS_KEY")
_LEAST_SECRET = 6
_UNSAVED = "errored.tfstate"
"""What Terraform calls the state that it could not put into its place."""
_STEP = re.compile(r"^\S+: (Creat|Modif|Destr|Still|Read)")


def find_terraform(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The command that runs Terraform: PRESSWERK_TERRAFORM, or else `terraform` on PATH.

    Raises:
        TerraformError: It is not installed.
    """
    named = environment.get(PROGRAM_VARIABLE)
    found = shutil.which(named or "terraform", path=environment.get("PATH"))
    if found is None:
        missing = f"{named}, which {PROGRAM_VARIABLE} names, is no program" if named else "terraform is not on PATH"
        raise TerraformError(
            f"Terraform is needed, and {missing}.",
            f"Install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install), or name it with"
            f" {PROGRAM_VARIABLE}.",
        )
    return (found,)


@dataclass(frozen=True)
class StateLocation:
    """Where an installation's state is kept.

    Attributes:
        bucket: Of an S3-compatible storage.
        key: The state's name in it.
        endpoint: Of the storage.
    """

    bucket: str
    key: str
    endpoint: str

    @property
    def settings(self) -> tuple[str, ...]:
        """For `terraform init`; none of them a secret."""
        return (f"bucket={self.bucket}", f"key={self.key}", f'endpoints={{s3="{self.endpoint}"}}')

    def data_directory(self, module: Path) -> Path:
        """Where Terraform keeps providers and the note of this state: a place for each state, as two of them in one
        directory would have a run apply to the other's state."""
        told = "\n".join((str(module.resolve()), *self.settings))
        named = hashlib.sha256(told.encode()).hexdigest()[:16]
        return platformdirs.user_cache_path("presswerk") / "terraform" / named


@dataclass(frozen=True)
class Terraform:
    """An installation's Terraform, opened by `opened`; every call raises `TerraformError` where Terraform refuses.

    Attributes:
        module: The infrastructure's module.
        command: What runs Terraform.
        scratch: For plan and variables; readable by this user alone, and gone when the command ends.
        environment: It carries the secrets, which no argument ever does.
        lock_timeout: How long to wait for another run, such as `10m`.
    """

    module: Path
    command: Sequence[str]
    scratch: Path
    environment: Mapping[str, str] = field(repr=False)
    lock_timeout: str = "0s"

    def plan(self, variables: Mapping[str, Any], prices: PriceTable, *, destroy: bool = False) -> InfrastructurePlan:
        """Compute a plan and keep it for `apply`.

        Args:
            variables: For the module.
            prices: For its cost.
            destroy: Whether everything is to go.
        """
        told = self.scratch / "variables.tfvars.json"
        told.write_text(json.dumps(variables), encoding="utf-8")
        words = (f"-out={self._plan}", f"-var-file={told}", f"-lock-timeout={self.lock_timeout}")
        self._ask("plan", "-input=false", "-no-color", *words, *(("-destroy",) if destroy else ()))
        return read_plan(json.loads(self._ask("show", "-json", str(self._plan))), prices)

    def apply(self, heard: Callable[[str], None] | None = None) -> None:
        """Carry out the plan kept; what was done before an error is in the state, so a repeat goes on from there.

        Args:
            heard: Gets a line for each step.
        """

        def step(line: str) -> None:
            if heard is not None and _STEP.match(line):
                heard(line)

        words = ("-input=false", "-no-color", f"-lock-timeout={self.lock_timeout}", str(self._plan))
        try:
            self._ask("apply", *words, heard=step)
        finally:
            self._put_aside()

    def keep(self, address: str) -> None:
        """Take what a failed run left half made as made."""
        self._ask("untaint", "-no-color", f"-lock-timeout={self.lock_timeout}", address)

    def unlock(self, lock_id: str) -> None:
        """Remove the lock a dead run has left."""
        self._ask("force-unlock", "-force", lock_id)

    def outputs(self) -> dict[str, Any]:
        """The outputs' values, secrets among them."""
        return {name: told["value"] for name, told in json.loads(self._ask("output", "-json")).items()}

    def save_unsaved(self) -> None:
        """Put into its place what an earlier run could not save, so that nothing it made is made again."""
        unsaved = self._data / _UNSAVED
        if unsaved.exists():
            self._ask("state", "push", "-no-color", f"-lock-timeout={self.lock_timeout}", str(unsaved))
            unsaved.unlink()

    def _put_aside(self) -> None:
        left = self.module / _UNSAVED
        if left.exists():
            # It holds secrets, and belongs to this state alone.
            shutil.move(left, self._data / _UNSAVED)

    @property
    def _data(self) -> Path:
        return Path(self.environment["TF_DATA_DIR"])

    @property
    def _plan(self) -> Path:
        return self.scratch / "plan"

    def _secrets(self) -> list[str]:
        return [told for name, told in self.environment.items() if _SECRET.search(name) and len(told) >= _LEAST_SECRET]

    def _ask(self, verb: str, *words: str, heard: Callable[[str], None] | None = None) -> str:
        ended = run([*self.command, verb, *words], cwd=self.module, environment=self.environment, heard=heard)
        if ended.code != 0:
            told = ended.err.strip() or ended.out
            raise explained(verb, told, self._secrets(), interrupted=ended.interrupted)
        return ended.out


@contextmanager
def opened(
    module: Path, place: StateLocation, *, command: Sequence[str] | None = None, lock_timeout: str = "0s"
) -> Iterator[Terraform]:
    """Terraform with providers fetched and the state open; plan and variables are gone afterwards.

    Args:
        module: The infrastructure's module.
        place: Of the state.
        command: What runs Terraform; None looks for it.
        lock_timeout: How long to wait for another run.

    Raises:
        TerraformError: There is no Terraform, or provider or state cannot be had.
    """
    data = place.data_directory(module)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = {**os.environ, "TF_DATA_DIR": str(data), "TF_IN_AUTOMATION": "1"}
    with tempfile.TemporaryDirectory(prefix="presswerk-infra-") as scratch:
        found = Terraform(module, command or find_terraform(), Path(scratch), environment, lock_timeout)
        found._ask("init", "-input=false", "-no-color", *(f"-backend-config={each}" for each in place.settings))
        found.save_unsaved()
        yield found
