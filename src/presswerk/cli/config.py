"""presswerk config: what is declared, whether it holds, and what may be declared."""

import enum
import json
import os
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from presswerk.cli.advice import as_run_here, json_as_run_here
from presswerk.cli.options import DEFAULT_CONFIG_FILE, Json
from presswerk.declaration import DeclarationError, Platform, Tenant
from presswerk.errors import PresswerkError
from presswerk.languages import language_of
from presswerk.runtimes.declaration_file import platform_in
from presswerk.runtimes.local.configured_ai import ConfiguredAi
from presswerk.runtimes.local.entry import SERVICE_NAME, hosts_of
from presswerk.runtimes.local.exposure import findings, moved
from presswerk.runtimes.local.installation import asked_for, is_installation
from presswerk.runtimes.local.supervision import Supervision

app = typer.Typer(no_args_is_help=True, help="Check and show platform.yaml, and print its JSON Schema.")

_File = Annotated[Path, typer.Argument(metavar="FILE", help="A platform.yaml.")]


class _Document(enum.StrEnum):
    """What can be declared."""

    PLATFORM = "platform"
    TENANT = "tenant"


@app.command()
def check(
    file: _File = DEFAULT_CONFIG_FILE,
    *,
    one_machine: Annotated[
        Path | None,
        typer.Option(
            metavar="STATE_DIR",
            help="Also say whether this machine can serve it to the internet from that directory; nothing is started.",
            show_default=False,
        ),
    ] = None,
    json_output: Json = False,
) -> None:
    """Say whether a declaration holds; every problem names file, line and field, and the status is 1."""
    platform = platform_in(file)
    reserved = [(tenant.id, told) for tenant in platform.tenants if (told := platform.reserved(tenant.id)) is not None]
    if reserved:
        raise DeclarationError(tuple(f"{file}: tenants.{tenant}.id: {told}" for tenant, told in reserved))
    if one_machine is not None:
        _check_one_machine(file, platform, one_machine, json_output=json_output)
        return
    tiers = [tenant.tier for tenant in platform.tenants]
    counted = {tier.value: tiers.count(tier) for tier in platform.tiers}
    if json_output:
        typer.echo(json.dumps({"file": str(file), "ok": True, "tenants": counted}))
        return
    pool = platform.node_pool
    shown = ", ".join(f"{number} {tier}" for tier, number in counted.items() if number)
    typer.echo(f"{file} is valid: {len(tiers)} tenants ({shown}), {pool.nodes} nodes of {pool.cores} cores,")
    typer.echo(f"{pool.ram_gib} GiB RAM and {pool.storage_gib} GiB disk.")
    typer.echo(as_run_here(f"`presswerk config show {shlex.quote(str(file))}` shows all of it."))


def _check_one_machine(file: Path, platform: Platform, state_dir: Path, *, json_output: bool) -> None:
    former = asked_for(state_dir, declaration=file, ports={})
    installation = former.with_addresses_of(platform).with_places_for(platform)
    layout = installation.layout
    if layout.public is None:
        raise PresswerkError(
            f"{file} declares no domain, so nobody but this machine will reach it.",
            "Declare a domain, or leave --one-machine out.",
        )
    found = (
        *(moved(former.layout, layout) if is_installation(state_dir) else ()),
        *findings(
            layout,
            platform,
            installation.places,
            ConfiguredAi.from_environment(os.environ, layout, platform.ai),
            stand_in_is_meant=installation.stand_in,
            entry_runs=Supervision(layout).answers(SERVICE_NAME),
        ),
    )
    language = language_of(os.environ)
    # The service's own user has rights and a key that whoever asks may not have.
    told = [
        {"field": each.field, "problem": each.worded(language), "refused": each.refused and not each.of_asker}
        for each in found
    ]
    ok = not any(each["refused"] for each in told)
    if json_output:
        typer.echo(json_as_run_here({"file": str(file), "ok": ok, "findings": told}))
    else:
        for each in told:
            typer.echo(as_run_here(f"{'' if each['refused'] else 'note: '}{each['field']}: {each['problem']}"))
        names = ", ".join(host.name for host in hosts_of(layout, platform, installation.places))
        typer.echo(f"{file} can go on the internet from here: {names}." if ok else "Nothing would be started.")
    if not ok:
        raise typer.Exit(1)


@app.command()
def show(
    file: _File = DEFAULT_CONFIG_FILE,
    *,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant.")] = None,
    json_output: Json = False,
) -> None:
    """Print a declaration with every default, and with what each tenant has in the end."""
    platform = platform_in(file)
    shown: Any = _platform(platform)
    if tenant is not None:
        found = platform.tenant(tenant)
        if found is None:
            known = ", ".join(each.id for each in platform.tenants)
            raise PresswerkError(f"{file} declares no tenant {tenant}.", f"It declares {known}.")
        shown = _tenant(platform, found)
    typer.echo(json.dumps(shown, indent=2) if json_output else _yaml(shown))


@app.command()
def schema(document: Annotated[_Document, typer.Argument(help="Of what.")] = _Document.PLATFORM) -> None:
    """Print the JSON Schema, by which an editor completes and checks while you type.

    Write it to a file and begin your platform.yaml with `# yaml-language-server: $schema=THAT_FILE`.
    """
    typer.echo(schema_text(Platform if document is _Document.PLATFORM else Tenant))


def schema_text(model: type[Platform] | type[Tenant]) -> str:
    """The JSON Schema of a declaration."""
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": model.__name__,
        **model.model_json_schema(),
    }
    return json.dumps(described, indent=2)


def _platform(platform: Platform) -> dict[str, Any]:
    dumped = platform.model_dump(mode="json")
    return {**dumped, "tenants": [_tenant(platform, tenant) for tenant in platform.tenants]}


def _tenant(platform: Platform, tenant: Tenant) -> dict[str, Any]:
    has = platform.allotment(tenant)
    return {
        **tenant.model_dump(mode="json", exclude={"features", "overrides"}),
        "database": has.database.value,
        "limits": has.limits.model_dump(),
        "features": sorted(feature.value for feature in has.features),
    }


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True).rstrip()
