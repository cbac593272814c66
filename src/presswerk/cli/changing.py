"""How a command carries out a change of a tenant on this machine, and tells how far it is."""

import datetime as dt
import os

import typer

from presswerk.operations.reconcile import converge
from presswerk.operations.workspace import Workspace
from presswerk.tenants import DeclaredTenant


def carry_out(found: Workspace, known: DeclaredTenant, json_output: bool) -> tuple[str, ...]:
    """Do what is wanted of a tenant, telling how far it is."""
    if not known.needs_work(dt.datetime.now(dt.UTC)) and known.problem is None:
        return ()
    return converge(found, known.id, os.environ, lambda line: typer.echo(f"  {line}", err=json_output))
