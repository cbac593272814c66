"""How a command changes a tenant of the installation on this machine: alone, and told how far it is."""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from presswerk.cli.bringing_up import private_files
from presswerk.cli.converging import converge
from presswerk.cli.opened import Opened, opened
from presswerk.runtimes.local.installation import remembered
from presswerk.tenants import DeclaredTenant

_PATIENCE_SECONDS = 60.0


@contextmanager
def changing(state_dir: Path) -> Iterator[Opened]:
    """An installation that nobody else changes now; another command is given time to end."""
    # Read again under the lock: what another command has changed until then counts.
    with remembered(state_dir).changing(_PATIENCE_SECONDS), private_files(), opened(remembered(state_dir)) as found:
        yield found


def carry_out(found: Opened, known: DeclaredTenant, json_output: bool) -> tuple[str, ...]:
    """Do what is wanted of a tenant, telling how far it is."""
    if not known.needs_work(dt.datetime.now(dt.UTC)) and known.problem is None:
        return ()
    return converge(found, known.id, os.environ, lambda line: typer.echo(f"  {line}", err=json_output))
