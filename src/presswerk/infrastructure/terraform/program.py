"""Running the terraform program in one working directory."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from presswerk.infrastructure.prices import PriceTable
from presswerk.infrastructure.terraform.plan import Plan, read_plan

_PLAN = "presswerk.tfplan"


class TerraformError(Exception):
    """Terraform ended with an error, or there is none; the message is for the person who ran the command."""


def find_terraform() -> tuple[str, ...]:
    """The command that runs Terraform.

    Raises:
        TerraformError: It is not installed.
    """
    found = shutil.which("terraform")
    if found is None:
        raise TerraformError("There is no terraform program on PATH; install Terraform 1.11 or newer.")
    return (found,)


@dataclass(frozen=True)
class Terraform:
    """One working directory's Terraform.

    Attributes:
        directory: A copy of, or the, infrastructure module.
        command: What runs Terraform.
        environment: Instead of this process's; it carries the secrets, which no argument ever does.
    """

    directory: Path
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    def prepare(self, backend: Mapping[str, str]) -> None:
        """Fetch providers and open the state.

        Args:
            backend: Settings of the state's place; none of them a secret.

        Raises:
            TerraformError: The provider or the state cannot be had.
        """
        self._run("init", "-input=false", *(f"-backend-config={key}={value}" for key, value in backend.items()))

    def plan(self, variables: Mapping[str, Any], prices: PriceTable, *, destroy: bool = False) -> Plan:
        """Compute a plan and keep it for `apply`.

        Args:
            variables: For the module.
            prices: For its cost.
            destroy: Whether everything is to go.

        Raises:
            TerraformError: Terraform refused.
        """
        file = self.directory / "presswerk.auto.tfvars.json"
        file.write_text(json.dumps(variables, indent=2), encoding="utf-8")
        kept = self.directory / _PLAN
        # It holds the passwords that are no write-only arguments; Terraform writes into the file that is there.
        kept.unlink(missing_ok=True)
        kept.touch(mode=0o600)
        self._run("plan", "-input=false", f"-out={_PLAN}", *(("-destroy",) if destroy else ()))
        return read_plan(json.loads(self._run("show", "-json", _PLAN)), prices)

    def apply(self) -> None:
        """Carry out the plan kept; what was done before an error is in the state, so a repeat goes on from there.

        Raises:
            TerraformError: A step failed, or the state has changed since.
        """
        try:
            self._run("apply", "-input=false", _PLAN)
        finally:
            (self.directory / _PLAN).unlink(missing_ok=True)

    def outputs(self) -> dict[str, Any]:
        """The outputs' values, secrets among them.

        Raises:
            TerraformError: The state cannot be read.
        """
        return {name: told["value"] for name, told in json.loads(self._run("output", "-json")).items()}

    def _run(self, verb: str, *words: str) -> str:
        colour = () if verb in {"show", "output"} else ("-no-color",)
        ended = subprocess.run(  # noqa: S603 - no shell, and no argument is from outside
            [*self.command, verb, *colour, *words],
            cwd=self.directory,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            raise TerraformError(f"terraform {verb} failed:\n{(ended.stderr or ended.stdout).strip()}")
        return ended.stdout
