"""presswerk infra: the infrastructure at IONOS, planned, asked about, applied and removed by Terraform."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from presswerk.cli.options import Json
from presswerk.infrastructure.prices import ASSUMED
from presswerk.infrastructure.terraform.plan import Plan
from presswerk.infrastructure.terraform.program import Terraform, TerraformError, find_terraform
from presswerk.infrastructure.terraform.variables import tfvars
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.spec import Platform, load_platform

app = typer.Typer(
    no_args_is_help=True,
    help="The infrastructure at IONOS. The token is read from IONOS_TOKEN; docs/ionos.md has every step.",
)
_ENDPOINT = "https://s3.eu-central-3.ionoscloud.com"

_Config = Annotated[Path, typer.Option("--config", metavar="FILE", help="A platform.yaml.")]
_Name = Annotated[str, typer.Option(help="What everything's name begins with.")]
_Module = Annotated[Path, typer.Option(metavar="DIR", help="The Terraform module.")]
_Bucket = Annotated[str, typer.Option(envvar="PRESSWERK_STATE_BUCKET", help="Bucket of the state; it must exist.")]
_Endpoint = Annotated[str, typer.Option(envvar="PRESSWERK_STATE_ENDPOINT", help="S3 endpoint of that bucket.")]
_Allow = Annotated[
    list[str] | None,
    typer.Option("--allow-destroy", metavar="ADDRESS", help="A resource that may be lost; may be repeated."),
]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask. What may be lost has to be named all the same.")]
_DEFAULT_CONFIG, _DEFAULT_MODULE = Path("platform.yaml"), Path("deploy/terraform/infrastructure")


@app.command()
def plan(
    *,
    state_bucket: _Bucket,
    config: _Config = _DEFAULT_CONFIG,
    name: _Name = "presswerk",
    module: _Module = _DEFAULT_MODULE,
    state_endpoint: _Endpoint = _ENDPOINT,
    allow_destroy: _Allow = None,
    json_output: Json = False,
) -> None:
    """Show what apply would do and what would be lost; nothing is changed."""
    try:
        terraform = _opened(module, state_bucket, name, state_endpoint)
        found = _planned(terraform, config, name, state_bucket, allow_destroy or [])
    except TerraformError as problem:
        raise LocalRuntimeError(str(problem)) from None
    _show(found, json_output)


@app.command()
def apply(
    *,
    state_bucket: _Bucket,
    config: _Config = _DEFAULT_CONFIG,
    name: _Name = "presswerk",
    module: _Module = _DEFAULT_MODULE,
    state_endpoint: _Endpoint = _ENDPOINT,
    allow_destroy: _Allow = None,
    yes: _Yes = False,
    json_output: Json = False,
) -> None:
    """Plan, ask, apply, and plan again to see that nothing is left; after a failure, run it again.

    A node pool of another size is made beside the old one, which stays until --allow-destroy names it: drain it first.
    """
    allowed = allow_destroy or []
    try:
        terraform = _opened(module, state_bucket, name, state_endpoint)
        found = _planned(terraform, config, name, state_bucket, allowed)
        _carry_out(terraform, found, allowed, yes=yes, json_output=json_output)
        left = _planned(terraform, config, name, state_bucket, allowed)
    except TerraformError as problem:
        raise LocalRuntimeError(str(problem), "What was done is in the state; run the command again.") from None
    if left.changes:
        raise LocalRuntimeError(f"{len(left.changes)} changes are left after applying.", "Run the command again.")


@app.command()
def destroy(
    *,
    state_bucket: _Bucket,
    config: _Config = _DEFAULT_CONFIG,
    name: _Name = "presswerk",
    module: _Module = _DEFAULT_MODULE,
    state_endpoint: _Endpoint = _ENDPOINT,
    allow_destroy: _Allow = None,
    yes: _Yes = False,
    json_output: Json = False,
) -> None:
    """Remove everything, if every resource that would be lost is named with --allow-destroy."""
    try:
        terraform = _opened(module, state_bucket, name, state_endpoint)
        variables = {**tfvars(_platform(config), name=name), "state_bucket": state_bucket}
        found = terraform.plan(variables, ASSUMED, destroy=True)
        _carry_out(terraform, found, allow_destroy or [], yes=yes, json_output=json_output)
    except TerraformError as problem:
        raise LocalRuntimeError(str(problem), "What was done is in the state; run the command again.") from None


@app.command()
def kubeconfig(
    *,
    state_bucket: _Bucket,
    to: Annotated[Path, typer.Option(metavar="FILE", help="Written readable by you alone.")] = Path("kubeconfig"),
    name: _Name = "presswerk",
    module: _Module = _DEFAULT_MODULE,
    state_endpoint: _Endpoint = _ENDPOINT,
) -> None:
    """Write the cluster's kubeconfig to a file."""
    told = _outputs(module, state_bucket, name, state_endpoint)
    if "kubeconfig" not in told:
        raise LocalRuntimeError("There is no cluster yet.", "Run `presswerk infra apply` first.")
    to.unlink(missing_ok=True)
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(told["kubeconfig"])
    typer.echo(f"Written to {to}.")


@app.command()
def output(
    output_name: Annotated[str, typer.Argument(metavar="NAME", help="Such as pools, nameservers or storage_keys.")],
    *,
    state_bucket: _Bucket,
    name: _Name = "presswerk",
    module: _Module = _DEFAULT_MODULE,
    state_endpoint: _Endpoint = _ENDPOINT,
) -> None:
    """Print one output as JSON; some are secret."""
    told = _outputs(module, state_bucket, name, state_endpoint)
    if output_name not in told:
        raise LocalRuntimeError(
            f"There is no output {output_name}.", f"There are: {', '.join(sorted(told)) or 'none'}."
        )
    typer.echo(json.dumps(told[output_name], indent=2))


def _opened(module: Path, bucket: str, name: str, endpoint: str) -> Terraform:
    if not module.is_dir():
        raise LocalRuntimeError(f"There is no module at {module}.", "Run this in a checkout, or name it with --module.")
    terraform = Terraform(module, find_terraform())
    terraform.prepare({"bucket": bucket, "key": f"{name}/infrastructure.tfstate", "endpoints": f'{{s3="{endpoint}"}}'})
    return terraform


def _planned(terraform: Terraform, config: Path, name: str, bucket: str, allowed: list[str]) -> Plan:
    standing = {
        pool: size
        for pool, size in terraform.outputs().get("pools", {}).items()
        if f'ionoscloud_k8s_node_pool.pool["{pool}"]' not in allowed
    }
    variables = {**tfvars(_platform(config), name=name, standing=standing), "state_bucket": bucket}
    return terraform.plan(variables, ASSUMED)


def _carry_out(terraform: Terraform, found: Plan, allowed: list[str], *, yes: bool, json_output: bool) -> None:
    _show(found, json_output)
    refused = found.not_allowed(allowed)
    if refused:
        raise LocalRuntimeError(
            "Nothing was changed: this would lose what was not named.",
            "If it may go: " + " ".join(f"'--allow-destroy={address}'" for address in refused),
        )
    if found.changes and (yes or typer.confirm("Apply this?", abort=True, err=True)):
        terraform.apply()
        typer.echo("Applied.", err=True)


def _show(found: Plan, json_output: bool) -> None:
    if json_output:
        typer.echo(json.dumps(found.as_json(), indent=2))
        return
    for change in found.changes:
        typer.echo(f"{change.action:8} {change.address}{'  (its data is lost)' if change.loses else ''}")
    typer.echo(f"{len(found.changes)} changes. Node pools: {found.pools_month:.2f} for 30 days ({found.prices_note}).")
    typer.echo("Databases, storage, registry and traffic are not in that sum.")


def _outputs(module: Path, bucket: str, name: str, endpoint: str) -> dict[str, Any]:
    try:
        return _opened(module, bucket, name, endpoint).outputs()
    except TerraformError as problem:
        raise LocalRuntimeError(str(problem)) from None


def _platform(config: Path) -> Platform:
    try:
        return load_platform(config.read_text(encoding="utf-8"), source=str(config))
    except OSError as error:
        raise LocalRuntimeError(f"{config} cannot be read: {error.strerror}.", "Name it with --config.") from None
