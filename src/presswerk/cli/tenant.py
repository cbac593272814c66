"""presswerk tenant: add customers, change them, close them, remove them, and prove that one works."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Column, Table

from presswerk.cli.advice import as_run_here, json_as_run_here
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory, TenantArgument
from presswerk.cli.status import ask_with_progress, told_of
from presswerk.cli.tenant_members import members_app
from presswerk.cli.tenant_options import opened, with_fields, with_place
from presswerk.declaration import DeclarationError, TierName, YamlProblem, read_yaml
from presswerk.operations.checks import Outcome, ServiceLine, by_service
from presswerk.operations.checks.tenant_targets import site_service
from presswerk.operations.doctor.report import answer_as_json
from presswerk.operations.tenants.access import Place, TenantAccess
from presswerk.operations.workspace import operator_here
from presswerk.runtimes.declaration_file import read_declaration
from presswerk.tenants import DeclaredTenant, InvalidTenant, Phase, UnknownTenant

app = typer.Typer(
    no_args_is_help=True,
    help="Tenants: each has a WordPress of its own, members with roles, and a tier with its limits. Every command can "
    "be repeated; after a crash, the same command goes on where it ended.",
)

_FileOption = Annotated[
    Path | None, typer.Option("--file", "-f", help="A YAML file with the fields of one tenant.", show_default=False)
]


app.add_typer(members_app, name="members")


@app.command()
@with_place
@with_fields
def create(
    tenant_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="2-20 of a-z, 0-9 and inner hyphens.", show_default=False)
    ] = None,
    *,
    tier: Annotated[TierName | None, typer.Option(help="Its limits and database.", show_default="free")] = None,
    file: _FileOption = None,
    json_output: Json = False,
    fields: dict[str, object],
    place: Place,
) -> None:
    """Add a tenant: WordPress, database, sign-on, chat and publishing. The same command again changes nothing."""
    own = {name: value for name, value in {"id": tenant_id, "tier": tier}.items() if value is not None}
    wanted = {**_in_file(file), **own, **fields}
    _change(
        place,
        json_output,
        lambda found: found.tenants.create(operator_here(), wanted),
        following="Next: give it members with `presswerk tenant members add {id} USER --role admin ...`, "
        "and see that it works with `presswerk tenant test {id}`.",
    )


@app.command("list")
@with_place
def list_tenants(*, json_output: Json = False, place: Place) -> None:
    """Name all tenants, with their tier, how they are, and whether their sites work as a user would ask it."""
    with opened(place, json_output) as found:
        tenants = found.tenants.list()
    asked = _ask_sites(place)
    if json_output:
        rows = [{**_as_json(known), **_asked_as_json(asked.get(known.id))} for known in tenants]
        typer.echo(json_as_run_here({"tenants": rows}))
        return
    table = Table("id", "name", "tier", "phase", "works", Column("address", no_wrap=True), box=None, pad_edge=False)
    for known in tenants:
        line = asked.get(known.id)
        works = "" if line is None else _WORKS[line.outcome]
        table.add_row(known.id, known.tenant.name, known.tenant.tier, known.phase, works, known.url or "")
    console = Console()
    console.print(table if tenants else as_run_here("There is no tenant. Add one with `presswerk tenant create`."))
    for known in tenants:
        # Of a tenant here, `status` tells more than what stands in its way.
        problem = f"{known.problem}" if known.problem and known.id not in asked else None
        for told in (*told_of(asked.get(known.id)), *filter(None, (problem,))):
            console.print(f"{known.id}: {told}", markup=False, highlight=False, soft_wrap=True)


_WORKS = {Outcome.OK: "yes", Outcome.FAILED: "NO", Outcome.UNKNOWN: "?"}


def _ask_sites(place: Place) -> dict[str, ServiceLine]:
    """What `presswerk status` says of each tenant's site, by the tenant's id; nothing where nothing runs here."""
    if not place.is_here:
        return {}
    # Only an installation on this machine has these parts.
    from presswerk.operations.tenants.here import running_installation, site_targets  # noqa: PLC0415

    installation = running_installation(place.state)
    if installation is None:
        return {}
    lines = by_service(ask_with_progress(place.state, lambda: site_targets(installation)))
    return {line.service.removeprefix(site_service("")): line for line in lines}


def _asked_as_json(line: ServiceLine | None) -> dict[str, object]:
    return {
        "works": None if line is None else line.outcome is Outcome.OK,
        "checks": [] if line is None else [answer_as_json(result) for result in line.results],
    }


@app.command()
@with_place
def show(tenant_id: TenantArgument, *, json_output: Json = False, place: Place) -> None:
    """Show a tenant: what is declared, what it may use, where it is, and what is wrong with it."""
    with opened(place, json_output) as found:
        known = found.tenants.get(tenant_id)
        allotment = found.allotment(known)
    shown = {
        **_as_json(known),
        "database": allotment.database,
        "limits": allotment.limits.model_dump(),
        "features": sorted(allotment.features),
    }
    if json_output:
        typer.echo(json.dumps(shown, indent=2))
        return
    typer.echo(yaml.safe_dump(json.loads(json.dumps(shown)), sort_keys=False, allow_unicode=True).rstrip())
    typer.echo(f"# {_said(known)}")


@app.command()
@with_place
@with_fields
def update(
    tenant_id: TenantArgument,
    *,
    file: _FileOption = None,
    json_output: Json = False,
    fields: dict[str, object],
    place: Place,
) -> None:
    """Change what is declared of a tenant; what is not named stays. Its tier is changed by `scale`."""
    changes = {**_in_file(file), **fields}
    if not changes:
        raise typer.BadParameter("name at least one thing to change, such as --name; `--help` lists them")
    _change(place, json_output, lambda found: found.tenants.update(operator_here(), tenant_id, changes))


@app.command()
@with_place
def scale(
    tenant_id: TenantArgument,
    *,
    tier: Annotated[TierName, typer.Option(help="The tier it moves to.")],
    json_output: Json = False,
    place: Place,
) -> None:
    """Move a tenant to another tier; where the tier has another kind of database, its content moves along."""
    _change(place, json_output, lambda found: found.tenants.scale(operator_here(), tenant_id, tier))


@app.command()
@with_place
def suspend(tenant_id: TenantArgument, *, json_output: Json = False, place: Place) -> None:
    """Close a tenant: its site answers 503 with a page that says so, no article is taken, all data stays."""
    _change(
        place,
        json_output,
        lambda found: found.tenants.suspend(operator_here(), tenant_id),
        following="`presswerk tenant resume {id}` opens it again.",
    )


@app.command()
@with_place
def resume(tenant_id: TenantArgument, *, json_output: Json = False, place: Place) -> None:
    """Open a suspended tenant again, also one that waits for its removal."""
    _change(place, json_output, lambda found: found.tenants.resume(operator_here(), tenant_id))


@app.command()
@with_place
def delete(
    tenant_id: TenantArgument,
    *,
    in_days: Annotated[float, typer.Option(min=0, help="Days until removal; until then the tenant is suspended.")] = 7,
    now: Annotated[bool, typer.Option("--now", help="Remove it at once, instead of after --in-days.")] = False,
    final_backup: Annotated[
        Path | None, typer.Option(help="A directory for an archive of its content, written before anything is removed.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json_output: Json = False,
    place: Place,
) -> None:
    """Close a tenant, and remove it with everything it has when its waiting period is over."""
    with opened(place, json_output) as found:
        try:
            known = found.tenants.get(tenant_id)
        except UnknownTenant:
            # What a repeat of the command that removed it should say.
            _tell_gone(tenant_id, json_output)
            return
    days = 0.0 if now else in_days
    if days == 0 and final_backup is None and known.final_backup is None and not yes:
        typer.confirm(
            f"Remove {known.tenant.name} ({tenant_id}) now, with all its articles, pictures and members, and keep no "
            "backup?",
            abort=True,
            err=json_output,
        )
    directory = None if final_backup is None else str(final_backup.absolute())
    _change(
        place,
        json_output,
        lambda found: found.tenants.delete(
            operator_here(), tenant_id, after=dt.timedelta(days=days), final_backup=directory
        ),
        following="" if days == 0 else "Until then `presswerk tenant resume {id}` takes it back.",
    )


def _tell_gone(tenant_id: str, json_output: bool) -> None:
    if json_output:
        typer.echo(json.dumps({"id": tenant_id, "phase": None, "changes": []}))
    else:
        typer.echo(f"There is no tenant {tenant_id} (any more); nothing to do.")


def _change(
    place: Place, json_output: bool, request: Callable[[TenantAccess], DeclaredTenant], *, following: str = ""
) -> None:
    """Ask for what is wanted, and follow it until it is done; both can be repeated."""
    with opened(place, json_output, changing=True) as found:
        known = request(found)
        done = found.follow(known)
    if json_output:
        state = {"id": known.id, "phase": None} if done.known is None else _as_json(done.known)
        told = {**state, "changes": list(done.changes), "carried_out": done.carried_out}
        typer.echo(json.dumps(told, indent=2))
        return
    if not done.carried_out:
        typer.echo(as_run_here("Stored. Nothing runs here now; `presswerk up` carries it out."))
        return
    if done.known is None:
        typer.echo(f"{known.id} is removed.")
        return
    typer.echo(as_run_here(_said(done.known)) + (f" {done.known.url}" if done.known.url else ""))
    if following:
        typer.echo(as_run_here(following.format(id=known.id)))


def _said(known: DeclaredTenant) -> str:
    if known.problem is not None:
        return f"{known.id} is not as it should be: {known.problem}"
    if known.phase is Phase.DELETING and known.remove_at is not None:
        backup = f", after a last backup to {known.final_backup}" if known.final_backup else ""
        return f"{known.id} is closed and will be removed at {known.remove_at:%Y-%m-%d %H:%M} UTC{backup}."
    texts = {
        Phase.PENDING: "is waiting to be carried out; `presswerk up` does it.",
        Phase.READY: "is ready.",
        Phase.SUSPENDED: "is suspended.",
        Phase.DELETING: "is being removed.",
    }
    return f"{known.id} {texts[known.phase]}"


def _as_json(known: DeclaredTenant) -> dict[str, object]:
    return {
        **known.tenant.model_dump(mode="json"),
        "declared_in": known.origin,
        "declared_by": known.declared_by,
        "wanted": known.wanted,
        "phase": known.phase,
        "url": known.url,
        "generation": known.generation,
        "applied_generation": known.applied,
        "remove_at": None if known.remove_at is None else known.remove_at.isoformat(),
        "final_backup": known.final_backup,
        "problem": known.problem,
        "created_at": known.created_at.isoformat(),
        "updated_at": known.updated_at.isoformat(),
    }


def _in_file(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        fields = read_yaml(read_declaration(file))[1]
    except YamlProblem as problem:
        raise DeclarationError(problem.lines(str(file))) from None
    if not isinstance(fields, dict):
        raise InvalidTenant(f"{file}: give the fields of one tenant, such as `id: acme`")
    return {str(name): value for name, value in fields.items()}


@app.command("carry-out", hidden=True)
def carry_one_out(tenant_id: TenantArgument, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY) -> None:
    """Do what is wanted of a tenant, if anything is to be done; the hub runs it after a request to its API."""
    with opened(Place(state_dir), json_output=True, changing=True) as found:
        try:
            known = found.tenants.get(tenant_id)
        except UnknownTenant:
            return
        found.follow(known)


@app.command("test")
@with_place
def prove(tenant_id: TenantArgument, *, json_output: Json = False, place: Place) -> None:
    """Prove that a tenant works: site, REST, database, sign-on, and a draft that is delivered and removed again."""
    checks = []
    with opened(place, json_output) as found:
        for check in found.check(tenant_id):
            checks.append(check)
            if not json_output:
                mark = {True: "ok  ", False: "FAIL", None: "-   "}[check.passed]
                typer.echo(f"{mark} {check.name:<11} {check.milliseconds:>5} ms  {check.detail}")
    passed = all(check.passed for check in checks)
    if json_output:
        told = {"id": tenant_id, "passed": passed, "checks": [asdict(each) for each in checks]}
        typer.echo(json.dumps(told, indent=2))
    else:
        log = "" if not place.is_here else f"; `presswerk logs site-{tenant_id}` shows its log"
        typer.echo(f"{tenant_id} works." if passed else as_run_here(f"{tenant_id} does not work{log}."))
    if not passed:
        raise typer.Exit(1)
