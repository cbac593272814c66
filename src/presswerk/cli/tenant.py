"""presswerk tenant: add customers, change them, close them, remove them, and prove that one works."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Column, Table

from presswerk.cli.advice import as_run_here, json_as_run_here
from presswerk.cli.changing import carry_out
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory, TenantArgument
from presswerk.cli.status import ask_with_progress, checked_as_json, told_of
from presswerk.cli.tenant_members import members_app
from presswerk.declaration import DeclarationError, TierName, YamlProblem, read_yaml
from presswerk.operations.checks import Outcome, ServiceLine, Target, by_service
from presswerk.operations.checks.platform import site_service
from presswerk.operations.local_targets import targets_of
from presswerk.operations.workspace import Workspace, exclusive_workspace, open_workspace, operator_here
from presswerk.runtimes.declaration_file import read_declaration
from presswerk.runtimes.local.installation import Installation, remembered
from presswerk.runtimes.local.supervision import Supervision
from presswerk.tenants import DeclaredTenant, InvalidTenant, Phase, UnknownTenant
from presswerk.tenants.checking import check_tenant

app = typer.Typer(
    no_args_is_help=True,
    help="Tenants: each has a WordPress of its own, members with roles, and a tier with its limits. Every command can "
    "be repeated; after a crash, the same command goes on where it ended.",
)

_NameOption = Annotated[str | None, typer.Option("--name", help="As people read it.", show_default=False)]
_AdminOption = Annotated[
    str | None, typer.Option("--admin", help="E-mail address of who answers for it.", show_default=False)
]
_LanguageOption = Annotated[
    str | None, typer.Option("--language", help="Of the site, such as de or en-GB.", show_default=False)
]
_ZoneOption = Annotated[str | None, typer.Option("--time-zone", help="Such as Europe/Berlin.", show_default=False)]
_ThemeOption = Annotated[str | None, typer.Option("--theme", help="The theme's slug.", show_default=False)]
_CategoryOption = Annotated[
    str | None, typer.Option("--category", help="Of articles that name none.", show_default=False)
]
_DomainOption = Annotated[
    list[str] | None,
    typer.Option("--domain", help="A domain of its own; repeat it for more. All former ones are replaced."),
]
_FileOption = Annotated[
    Path | None,
    typer.Option("--file", "-f", help="A YAML file with the fields of one tenant.", show_default=False),
]


app.add_typer(members_app, name="members")


@app.command()
def create(
    tenant_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="2-20 of a-z, 0-9 and inner hyphens.", show_default=False)
    ] = None,
    *,
    name: _NameOption = None,
    tier: Annotated[TierName | None, typer.Option(help="Its limits and database.", show_default="free")] = None,
    admin: _AdminOption = None,
    language: _LanguageOption = None,
    time_zone: _ZoneOption = None,
    theme: _ThemeOption = None,
    category: _CategoryOption = None,
    domain: _DomainOption = None,
    file: _FileOption = None,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Add a tenant: WordPress, database, sign-on, chat and publishing. The same command again changes nothing."""
    given = _given(
        id=tenant_id,
        name=name,
        tier=tier,
        admin=admin,
        language=language,
        time_zone=time_zone,
        theme=theme,
        category=category,
        domains=domain,
    )
    fields = {**_fields(file), **given}
    _change(
        state_dir,
        json_output,
        lambda found: found.tenants.create(operator_here(), fields),
        following="Next: give it members with `presswerk tenant members add {id} USER --role admin ...`, "
        "and see that it works with `presswerk tenant test {id}`.",
    )


@app.command("list")
def list_tenants(state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False) -> None:
    """Name all tenants, with their tier, how they are, and whether their sites work as a user would ask it."""
    installation = remembered(state_dir)
    with open_workspace(installation) as found:
        tenants = found.tenants.list()
        addresses = _addresses(found)
    asked = _ask_sites(installation)
    if json_output:
        rows = [
            {**_as_json(known, addresses.get(known.id)), **_asked_as_json(asked.get(known.id))} for known in tenants
        ]
        typer.echo(json_as_run_here({"tenants": rows}))
        return
    table = Table("id", "name", "tier", "phase", "works", Column("address", no_wrap=True), box=None, pad_edge=False)
    for known in tenants:
        line, address = asked.get(known.id), addresses.get(known.id, "")
        works = "" if line is None else _WORKS[line.outcome]
        table.add_row(known.id, known.tenant.name, known.tenant.tier, known.phase, works, address)
    console = Console()
    console.print(table if tenants else as_run_here("There is no tenant. Add one with `presswerk tenant create`."))
    for known in tenants:
        for told in told_of(asked.get(known.id)):
            console.print(f"{known.id}: {told}", markup=False, highlight=False, soft_wrap=True)


_WORKS = {Outcome.OK: "yes", Outcome.FAILED: "NO", Outcome.UNKNOWN: "?"}


def _ask_sites(installation: Installation) -> dict[str, ServiceLine]:
    """What `presswerk status` says of each tenant's site, by the tenant's id; nothing where nothing runs."""
    if not Supervision(installation.layout).is_running():
        return {}
    prefix = site_service("")

    def sites(installation: Installation) -> Sequence[Target]:
        return [target for target in targets_of(installation) if target.service.startswith(prefix)]

    return {line.service.removeprefix(prefix): line for line in by_service(ask_with_progress(installation, sites))}


def _asked_as_json(line: ServiceLine | None) -> dict[str, object]:
    return {
        "works": None if line is None else line.outcome is Outcome.OK,
        "checks": [] if line is None else [checked_as_json(result) for result in line.results],
    }


@app.command()
def show(
    tenant_id: TenantArgument, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False
) -> None:
    """Show a tenant: what is declared, what it may use, where it is, and what is wrong with it."""
    with open_workspace(remembered(state_dir)) as found:
        known = found.tenants.get(tenant_id)
        allotment = found.declared.allotment(known.tenant)
        address = _addresses(found).get(tenant_id)
    shown = {
        **_as_json(known, address),
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
def update(
    tenant_id: TenantArgument,
    *,
    name: _NameOption = None,
    admin: _AdminOption = None,
    language: _LanguageOption = None,
    time_zone: _ZoneOption = None,
    theme: _ThemeOption = None,
    category: _CategoryOption = None,
    domain: _DomainOption = None,
    file: _FileOption = None,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Change what is declared of a tenant; what is not named stays. Its tier is changed by `scale`."""
    given = _given(
        name=name,
        admin=admin,
        language=language,
        time_zone=time_zone,
        theme=theme,
        category=category,
        domains=domain,
    )
    changes = {**_fields(file), **given}
    if not changes:
        raise typer.BadParameter("name at least one thing to change, such as --name; `--help` lists them")
    _change(state_dir, json_output, lambda found: found.tenants.update(operator_here(), tenant_id, changes))


@app.command()
def scale(
    tenant_id: TenantArgument,
    tier: Annotated[TierName, typer.Option(help="The tier it moves to.")],
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Move a tenant to another tier; where the tier has another kind of database, its content moves along."""
    _change(state_dir, json_output, lambda found: found.tenants.scale(operator_here(), tenant_id, tier))


@app.command()
def suspend(
    tenant_id: TenantArgument, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False
) -> None:
    """Close a tenant: its site answers 503 with a page that says so, no article is taken, all data stays."""
    _change(
        state_dir,
        json_output,
        lambda found: found.tenants.suspend(operator_here(), tenant_id),
        following="`presswerk tenant resume {id}` opens it again.",
    )


@app.command()
def resume(
    tenant_id: TenantArgument, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False
) -> None:
    """Open a suspended tenant again, also one that waits for its removal."""
    _change(state_dir, json_output, lambda found: found.tenants.resume(operator_here(), tenant_id))


@app.command()
def delete(
    tenant_id: TenantArgument,
    *,
    in_days: Annotated[float, typer.Option(min=0, help="So long it is only closed, and can be resumed.")] = 7,
    now: Annotated[bool, typer.Option("--now", help="Remove it at once, instead of after --in-days.")] = False,
    final_backup: Annotated[
        Path | None,
        typer.Option(help="A directory for an archive of its content, written before anything is removed."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Close a tenant, and remove it with everything it has when its waiting period is over."""
    installation = remembered(state_dir)
    with open_workspace(installation) as found:
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
        state_dir,
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
    state_dir: Path,
    json_output: bool,
    request: Callable[[Workspace], DeclaredTenant],
    *,
    following: str = "",
) -> None:
    """Store what is wanted and, where the installation runs, carry it out; both can be repeated."""
    with exclusive_workspace(state_dir) as found:
        known = request(found)
        runs = Supervision(found.installation.layout).is_running()
        changes = carry_out(found, known, json_output) if runs else ()
        later = found.runtime.find(known.id)
        # Read again: a new tenant has its place since then.
        address = _addresses(replace(found, installation=remembered(state_dir))).get(known.id)
    if json_output:
        state = {"id": known.id, "phase": None} if later is None else _as_json(later, address)
        typer.echo(json.dumps({**state, "changes": list(changes), "carried_out": runs}, indent=2))
        return
    if not runs:
        typer.echo(as_run_here("Stored. Nothing runs here now; `presswerk up` carries it out."))
        return
    typer.echo(
        f"{known.id} is removed." if later is None else as_run_here(_said(later)) + (f" {address}" if address else "")
    )
    if following and later is not None:
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


def _addresses(found: Workspace) -> dict[str, str]:
    installation = found.installation
    return {
        known.id: installation.layout.site_address(known.tenant, installation.places[known.id])
        for known in found.runtime.list()
        if known.id in installation.places
    }


def _as_json(known: DeclaredTenant, address: str | None) -> dict[str, object]:
    return {
        **known.tenant.model_dump(mode="json"),
        "declared_in": known.origin,
        "wanted": known.wanted,
        "phase": known.phase,
        "url": address,
        "generation": known.generation,
        "applied_generation": known.applied,
        "remove_at": None if known.remove_at is None else known.remove_at.isoformat(),
        "final_backup": known.final_backup,
        "problem": known.problem,
        "created_at": known.created_at.isoformat(),
        "updated_at": known.updated_at.isoformat(),
    }


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _fields(file: Path | None) -> dict[str, object]:
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
    with exclusive_workspace(state_dir) as found:
        known = found.runtime.find(tenant_id)
        if known is not None:
            carry_out(found, known, json_output=True)


@app.command("test")
def prove(
    tenant_id: TenantArgument, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False
) -> None:
    """Prove that a tenant works: site, REST, database, sign-on, and a draft that is delivered and removed again."""
    installation = remembered(state_dir)
    with open_workspace(installation) as found:
        found.tenants.get(tenant_id)
        try:
            connection = found.registry.connection(tenant_id)
        except UnknownTenant:
            raise UnknownTenant(f"{tenant_id} has no site yet; `presswerk up` makes it.") from None
    checks = []
    for check in check_tenant(connection, issuer=installation.layout.identity_url):
        checks.append(check)
        if not json_output:
            mark = {True: "ok  ", False: "FAIL", None: "-   "}[check.passed]
            typer.echo(f"{mark} {check.name:<11} {check.milliseconds:>5} ms  {check.detail}")
    passed = all(check.passed for check in checks)
    if json_output:
        typer.echo(
            json.dumps({"id": tenant_id, "passed": passed, "checks": [asdict(each) for each in checks]}, indent=2)
        )
    else:
        works_not = as_run_here(f"{tenant_id} does not work; `presswerk logs site-{tenant_id}` shows its log.")
        typer.echo(f"{tenant_id} works." if passed else works_not)
    if not passed:
        raise typer.Exit(1)
