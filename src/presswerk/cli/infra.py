"""presswerk infra: the infrastructure at IONOS, planned, asked about, applied and removed by Terraform."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from presswerk.cli.advice import as_run_here
from presswerk.cli.options import DEFAULT_CONFIG_FILE, REQUIRED, ConfigFile, Json, with_options
from presswerk.cli.value_files import add_values
from presswerk.declaration import Platform
from presswerk.errors import PresswerkError
from presswerk.infrastructure.prices import ASSUMED
from presswerk.infrastructure.terraform.errors import TerraformError
from presswerk.infrastructure.terraform.plan import InfrastructurePlan, ResourceChange
from presswerk.infrastructure.terraform.program import StateLocation, Terraform, opened
from presswerk.infrastructure.terraform.secret_values import MARIADB_PASSWORD, REDIS_PASSWORD, given
from presswerk.infrastructure.terraform.variables import Pools, pool_address, tfvars, with_nodes_as_they_are
from presswerk.runtimes.declaration_file import platform_in
from presswerk.runtimes.local.private_files import write_private

app = typer.Typer(
    no_args_is_help=True,
    help="The infrastructure at IONOS. Secrets are read from the environment; docs/ionos.md has every step.",
)
_OF_STATE = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_OF_IONOS = ("IONOS_TOKEN", "IONOS_S3_ACCESS_KEY", "IONOS_S3_SECRET_KEY", "TF_VAR_postgres_password")

_Allow = Annotated[
    list[str] | None,
    typer.Option("--allow-destroy", metavar="ADDRESS", help="A resource that may be lost; may be repeated."),
]
_Keep = Annotated[
    list[str] | None,
    typer.Option(metavar="ADDRESS", help="A resource whose making failed, and which is sound all the same."),
]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask. What may be lost has to be named all the same.")]
_AGAIN = "What was done is in the state; run the command again to go on from there."


@dataclass(frozen=True)
class _Where:
    """Which infrastructure is meant."""

    state_bucket: str
    name: str
    module: Path
    state_endpoint: str
    lock_timeout: str


_Bucket = Annotated[str, typer.Option(envvar="PRESSWERK_STATE_BUCKET", help="Bucket of the state; it must exist.")]
_Name = Annotated[str, typer.Option(envvar="PRESSWERK_NAME", help="What everything's name begins with.")]
_Module = Annotated[Path, typer.Option(metavar="DIR", help="The Terraform module.")]
_Endpoint = Annotated[str, typer.Option(envvar="PRESSWERK_STATE_ENDPOINT", help="S3 endpoint of that bucket.")]
_Wait = Annotated[str, typer.Option(metavar="10m", help="How long to wait for another run.")]
_with_where = with_options(
    "where",
    _Where,
    {
        "state_bucket": (_Bucket, REQUIRED),
        "name": (_Name, "presswerk"),
        "module": (_Module, Path("deploy/terraform/infrastructure")),
        "state_endpoint": (_Endpoint, "https://s3.eu-central-3.ionoscloud.com"),
        "lock_timeout": (_Wait, "0s"),
    },
)


@app.command()
@_with_where
def plan(
    *, config: ConfigFile = DEFAULT_CONFIG_FILE, allow_destroy: _Allow = None, json_output: Json = False, where: _Where
) -> None:
    """Show what apply would do, what it would cost and what would be lost; nothing is changed."""
    platform = platform_in(config)
    with _terraform(where, _needed(platform)) as terraform:
        found = _planned(terraform, where, platform, allow_destroy or [])
    _show(found, json_output)


@app.command()
@_with_where
def apply(
    *,
    config: ConfigFile = DEFAULT_CONFIG_FILE,
    allow_destroy: _Allow = None,
    keep: _Keep = None,
    yes: _Yes = False,
    json_output: Json = False,
    where: _Where,
) -> None:
    """Plan, ask, apply, and plan again to see that nothing is left; after a failure, run it again.

    A node pool of another size is made beside the old one, which stays until --allow-destroy names it: drain it first.
    """
    platform, allowed = platform_in(config), allow_destroy or []
    with _terraform(where, _needed(platform), remedy=_AGAIN) as terraform:
        for address in keep or ():
            terraform.keep(address)
        found = _planned(terraform, where, platform, allowed)
        _carry_out(terraform, found, allowed, yes=yes, json_output=json_output)
        if not found.changes:
            return
        left = _planned(terraform, where, platform, allowed)
    if left.changes:
        addresses = ", ".join(each.address for each in left.changes)
        raise PresswerkError(
            f"After applying, {len(left.changes)} changes are left: {addresses}.",
            "Run `presswerk infra plan` to see what is not as it was asked for.",
        )


@app.command()
@_with_where
def destroy(
    *,
    config: ConfigFile = DEFAULT_CONFIG_FILE,
    allow_destroy: _Allow = None,
    yes: _Yes = False,
    json_output: Json = False,
    where: _Where,
) -> None:
    """Remove everything, if every resource that would be lost is named with --allow-destroy."""
    platform = platform_in(config)
    with _terraform(where, _needed(platform), remedy=_AGAIN) as terraform:
        found = terraform.plan(_variables(where, platform), ASSUMED, destroy=True)
        _carry_out(terraform, found, allow_destroy or [], yes=yes, json_output=json_output)


@app.command()
@_with_where
def unlock(
    lock_id: Annotated[str, typer.Argument(metavar="ID", help="As the refused command told it.")],
    *,
    yes: _Yes = False,
    where: _Where,
) -> None:
    """Remove the lock that a dead run has left on the state; never that of a run which still works."""
    if not yes:
        typer.confirm("Is the run that holds it dead for certain?", abort=True, err=True)
    with _terraform(where) as terraform:
        terraform.unlock(lock_id)
    typer.echo(as_run_here("The lock is gone. Next: `presswerk infra plan` shows what the dead run left undone."))


@app.command()
@_with_where
def kubeconfig(
    *,
    to: Annotated[Path, typer.Option(metavar="FILE", help="Written readable by you alone.")] = Path("kubeconfig"),
    where: _Where,
) -> None:
    """Write the cluster's kubeconfig to a file."""
    told = _outputs(where)
    if "kubeconfig" not in told:
        raise PresswerkError("There is no cluster yet.", "Run `presswerk infra apply` first.")
    write_private(to, told["kubeconfig"])
    typer.echo(f"Written to {to}.")


@app.command()
@_with_where
def values(
    *,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Made readable by you alone.")] = Path("values"),
    config: ConfigFile = DEFAULT_CONFIG_FILE,
    json_output: Json = False,
    where: _Where,
) -> None:
    """Write what the infrastructure gives to the cluster's Secrets, for `presswerk secrets --from`.

    Each value is in a file named after its key; one that is there already stays. None is shown.
    """
    platform = platform_in(config)
    with _terraform(where, _administrators(platform)) as terraform:
        found = given(platform, terraform.outputs(), os.environ)
    written = add_values(to, found)
    kept = [key for key in found if key not in written]
    if json_output:
        typer.echo(json.dumps({"directory": str(to), "written": written, "kept": kept}, indent=2))
        return
    for key in found:
        typer.echo(f"{'written' if key in written else 'kept':8} {to / key}")
    typer.echo(as_run_here(f"Next: `presswerk secrets --from {to}` asks for the rest. Then remove {to}."))


@app.command()
@_with_where
def output(
    output_name: Annotated[str, typer.Argument(metavar="NAME", help="Such as pools, nameservers or storage_keys.")],
    *,
    where: _Where,
) -> None:
    """Print one output as JSON; some are secret."""
    told = _outputs(where)
    if output_name not in told:
        raise PresswerkError(f"There is no output {output_name}.", f"There are: {', '.join(sorted(told)) or 'none'}.")
    typer.echo(json.dumps(told[output_name], indent=2))


def _needed(platform: Platform) -> tuple[str, ...]:
    return (*_OF_IONOS, *_administrators(platform))


def _administrators(platform: Platform) -> tuple[str, ...]:
    """The passwords of the administrators of MariaDB and Redis, as far as those are declared."""
    return (MARIADB_PASSWORD,) if platform.databases.redis is None else (MARIADB_PASSWORD, REDIS_PASSWORD)


@contextmanager
def _terraform(where: _Where, needed: Iterable[str] = (), *, remedy: str = "") -> Iterator[Terraform]:
    if not where.module.is_dir():
        raise PresswerkError(
            f"There is no module at {where.module}.", "Run this in a checkout, or name it with --module."
        )
    missing = [variable for variable in (*_OF_STATE, *needed) if not os.environ.get(variable)]
    if missing:
        raise PresswerkError(
            f"These environment variables are not set: {', '.join(missing)}.", "docs/ionos.md says where each is from."
        )
    place = StateLocation(where.state_bucket, f"{where.name}/infrastructure.tfstate", where.state_endpoint)
    try:
        with opened(where.module, place, lock_timeout=where.lock_timeout) as terraform:
            yield terraform
    except TerraformError as problem:
        raise PresswerkError(problem.problem, problem.remedy or remedy) from None


def _variables(where: _Where, platform: Platform, standing: Pools | None = None) -> dict[str, Any]:
    return {**tfvars(platform, name=where.name, standing=standing), "state_bucket": where.state_bucket}


def _planned(terraform: Terraform, where: _Where, platform: Platform, allowed: list[str]) -> InfrastructurePlan:
    standing = {
        pool: size for pool, size in terraform.outputs().get("pools", {}).items() if pool_address(pool) not in allowed
    }
    variables = _variables(where, platform, standing)
    found = terraform.plan(variables, ASSUMED)
    settled = with_nodes_as_they_are(variables, found.changes)
    return found if settled == variables else terraform.plan(settled, ASSUMED)


def _carry_out(
    terraform: Terraform, found: InfrastructurePlan, allowed: list[str], *, yes: bool, json_output: bool
) -> None:
    _show(found, json_output)
    refused = found.not_allowed(allowed)
    if refused:
        raise PresswerkError("Nothing was changed: this would lose what was not named.", _how_to_allow(refused))
    if not found.changes:
        return
    if not yes:
        typer.confirm("Apply this?", abort=True, err=True)
    terraform.apply(lambda line: typer.echo(line, err=True))
    typer.echo("Applied.", err=True)


def _how_to_allow(refused: Iterable[ResourceChange]) -> str:
    lost = [each.address for each in refused if not each.half_made]
    half_made = [each.address for each in refused if each.half_made]
    told = []
    if lost:
        told.append("If it may go: " + " ".join(f"'--allow-destroy={address}'" for address in lost))
    for address in half_made:
        told.append(
            f"The run that made {address} failed before it was ready. If the console shows it sound:"
            f" '--keep={address}'. If not, have it made anew: '--allow-destroy={address}'"
        )
    return "\n".join(told)


def _show(found: InfrastructurePlan, json_output: bool) -> None:
    if json_output:
        typer.echo(json.dumps(found.as_json(), indent=2))
        return
    for change in found.changes:
        fields = f"  ({', '.join(change.fields)})" if change.fields else ""
        typer.echo(f"{change.action:8} {change.address}{fields}{'  (its data is lost)' if change.loses else ''}")
    typer.echo(f"{len(found.changes)} changes.")
    typer.echo(f"Cost for 30 days ({found.cost.note}):")
    for line in found.cost.lines:
        typer.echo(f"{line.month:10.2f} {line.address}  {line.what}")
    typer.echo(f"{found.cost.month:10.2f} in all, and by use:")
    for each in found.cost.by_use:
        typer.echo(f"           {each}")


def _outputs(where: _Where) -> dict[str, Any]:
    with _terraform(where) as terraform:
        return terraform.outputs()
