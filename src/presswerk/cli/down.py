"""presswerk down: stop everything, and with --purge remove the data too."""

import json
import shutil
import sys
from typing import Annotated

import typer

from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory
from presswerk.runtimes.local.installation import Installation, is_installation, remembered
from presswerk.runtimes.local.mariadb import LocalMariaDb
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.supervision import Supervision


def down(
    *,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    purge: Annotated[
        bool, typer.Option("--purge", help="Remove all data of it too: articles, people, secrets.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before removing.")] = False,
    json_output: Json = False,
) -> None:
    """Stop every process of an installation; its data stays unless --purge is given."""
    if not is_installation(state_dir):
        _tell(json_output, 0, purged=False, sentence=f"There is no installation in {state_dir.absolute()}.")
        return
    installation = remembered(state_dir)
    if purge and not yes:
        _confirm(installation)
    with installation.changing():
        typer.echo("  stopping every process", err=True)
        stopped = Supervision(installation.layout).shutdown()
        if purge:
            # The database server may be reached by a way that lies outside.
            LocalMariaDb(installation.layout, Secrets.open(installation.layout)).remove()
            shutil.rmtree(installation.layout.state)
    what = f"Stopped {stopped} processes." if stopped else "Nothing was running."
    after = f"Removed {installation.layout.state}." if purge else f"The data stays in {installation.layout.state}."
    _tell(json_output, stopped, purged=purge, sentence=f"{what} {after}")


def _confirm(installation: Installation) -> None:
    state = installation.layout.state
    if not sys.stdin.isatty():
        typer.echo(f"--purge removes {state} with all articles, people and secrets; say --yes to do that.", err=True)
        raise typer.Exit(2)
    typer.confirm(f"Remove {state} with all articles, people and secrets?", abort=True, err=True)


def _tell(json_output: bool, stopped: int, *, purged: bool, sentence: str) -> None:
    typer.echo(json.dumps({"stopped_processes": stopped, "purged": purged}) if json_output else sentence)
