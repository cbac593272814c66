"""presswerk databases: look after the databases of tenants."""

import json
import os

import typer

from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory, TenantArgument
from presswerk.operations.reconcile import prepare_databases
from presswerk.operations.workspace import exclusive_workspace, operator_here
from presswerk.runtimes.local.supervision import Supervision

app = typer.Typer(no_args_is_help=True, help="Look after the databases of tenants.")


@app.callback()
def databases() -> None:
    """Keep `rotate` a command of its own, beside those to come."""


@app.command()
def rotate(
    tenant_id: TenantArgument, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False
) -> None:
    """Give a tenant's database a new password while its site answers; the old one ends when nobody uses it."""

    def progress(line: str) -> None:
        typer.echo(f"  {line}", err=json_output)

    with exclusive_workspace(state_dir) as found:
        tenant = found.tenants.get(tenant_id).tenant
        stack = found.stack(os.environ)
        prepare_databases(stack, Supervision(found.installation.layout, found.secrets.all_values()), progress)
        progress("a second password, until nobody uses the first")
        stack.rotate_database_password(tenant)
        found.audit.record(operator_here(), "database.rotate", tenant_id, tenant=tenant_id)
    typer.echo(json.dumps({"id": tenant_id, "rotated": True}) if json_output else f"{tenant_id} has a new password.")
