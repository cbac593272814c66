"""presswerk backup: take backups of tenants, prove them, and bring back what was lost."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Column, Table

from presswerk.cli.advice import as_run_here
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory, TenantArgument
from presswerk.errors import PresswerkError
from presswerk.operations.backup import keeping, restoring
from presswerk.operations.backup.places import BackupPlaces
from presswerk.operations.backup.taking import TenantBackups
from presswerk.operations.workspace import Workspace, exclusive_workspace, open_workspace, operator_here
from presswerk.runtimes.local.installation import remembered
from presswerk.runtimes.local.site_database import kept_in
from presswerk.tenants.backups import Backup

app = typer.Typer(
    no_args_is_help=True,
    help="Back tenants up while they are written to, prove the backups, and bring back what was lost.\n\n"
    "Each tenant has a repository of its own, encrypted; its key is in the installation's secrets.json, of which you "
    "need a copy elsewhere.",
)

Done = TypeVar("Done")

_GIGABYTE = 1_000_000_000

_Tenants = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Tenants; all when none is named.", show_default=False)
]
_Snapshot = Annotated[
    str | None,
    typer.Option("--snapshot", metavar="ID", help="Which backup, by the beginning of its id; the last when left out."),
]
_At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="The last backup before a time, such as 2026-11-29T14:00Z.")
]


@app.command()
def create(
    tenants: _Tenants = None, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False
) -> None:
    """Take a backup now; sites serve and are written to meanwhile."""
    with _opened(state_dir) as own:
        taken, failed = _each(own, tenants, lambda tenant_id: own.take(tenant_id, "command", _progress(json_output)))
    if json_output:
        typer.echo(json.dumps({"backups": [_as_json(each) for each in taken], "failed": failed}, indent=2))
    for each in () if json_output else taken:
        typer.echo(
            f"{each.tenant}: backup {each.snapshot[:8]}, {each.rows} rows and {each.files} files, "
            f"{_size(each.added_bytes)} new."
        )
    _end(failed, json_output)


@app.command("list")
def list_backups(
    tenants: _Tenants = None, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False
) -> None:
    """List backups with when each was last proven; the oldest first."""
    with _opened(state_dir) as own:
        wanted = _wanted(own, tenants)
        found = [each for each in own.records.list() if each.tenant in wanted]
    if json_output:
        typer.echo(json.dumps({"backups": [_as_json(each) for each in found]}, indent=2))
        return
    table = Table(
        "tenant", "id", "taken (UTC)", "why", Column("size", justify="right"), "proven", box=None, pad_edge=False
    )
    for each in found:
        proven = "not yet" if each.proven_at is None else f"{each.proven_at:%Y-%m-%d}" if each.is_proven else "FAILED"
        size = _size(each.bytes)
        table.add_row(each.tenant, each.snapshot[:8], f"{each.taken_at:%Y-%m-%d %H:%M}", each.reason, size, proven)
    Console().print(table if found else as_run_here("There is no backup. Take one with `presswerk backup create`."))


@app.command()
def show(
    tenant_id: TenantArgument,
    *,
    snapshot: _Snapshot = None,
    at: _At = None,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Show a backup: what is in it, and what its last proof found."""
    with _opened(state_dir) as own:
        chosen = restoring.choose(own.records.list(tenant_id), tenant_id, snapshot, _time(at))
    if json_output:
        typer.echo(json.dumps(_as_json(chosen), indent=2))
        return
    for name, value in _as_json(chosen).items():
        typer.echo(f"{name.replace('_', ' '):<15} {'-' if value is None else value}")


@app.command()
def verify(
    tenants: _Tenants = None,
    *,
    read_data: Annotated[bool, typer.Option("--read-data", help="Read all data too, which takes longer.")] = False,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """See that every backup is still there and whole; ends with status 1 where one is not."""
    progress = _progress(json_output)
    with _opened(state_dir) as own:
        counted: list[tuple[str, int]] = []

        def one(tenant_id: str) -> None:
            counted.append((tenant_id, keeping.verify(own, tenant_id, progress, read_data=read_data)))

        _, failed = _each(own, tenants, one)
    if json_output:
        typer.echo(json.dumps({"verified": dict(counted), "failed": failed}, indent=2))
    for tenant_id, count in () if json_output else counted:
        typer.echo(f"{tenant_id}: {count} backups are there and whole." if count else f"{tenant_id}: no backup yet.")
    _end(failed, json_output)


@app.command()
def prove(
    tenants: _Tenants = None,
    *,
    snapshot: _Snapshot = None,
    at: _At = None,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Restore the last backup into a scratch site and compare everything; the site itself is not touched."""
    progress = _progress(json_output)

    def one(tenant_id: str) -> restoring.Proof:
        chosen = restoring.choose(own.records.list(tenant_id), tenant_id, snapshot, _time(at))
        return restoring.prove(own, chosen, progress)

    with _opened(state_dir) as own:
        proofs, failed = _each(own, tenants, one)
    for each in proofs:
        if each.problem is not None:
            failed[each.backup.tenant] = each.problem
    if json_output:
        told = [
            {
                "tenant": each.backup.tenant,
                "snapshot": each.backup.snapshot,
                "seconds": round(each.seconds, 1),
                "found": each.found,
                "problem": each.problem,
            }
            for each in proofs
        ]
        typer.echo(json.dumps({"proofs": told, "failed": failed}, indent=2))
    for each in () if json_output else proofs:
        if each.problem is None:
            found = each.found
            typer.echo(
                f"{each.backup.tenant}: {each.backup.snapshot[:8]} is proven in {each.seconds:.0f} s: "
                f"{found['posts']} posts, {found['users']} people, {found['terms']} terms, {each.backup.files} files."
            )
            if missing := found.get("missing"):
                typer.echo(f"  {len(missing)} pictures of the site had no file before, such as {missing[0]}.")
    _end(failed, json_output)


@app.command()
def restore(
    tenant_id: TenantArgument,
    *,
    snapshot: _Snapshot = None,
    at: _At = None,
    file: Annotated[
        str | None,
        typer.Option("--file", metavar="PATH", help="Only this of wp-content, such as uploads/2026/11/bread.jpg."),
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Say what it would do, and do nothing.")] = False,
    keep_present: Annotated[
        bool, typer.Option(help="Make a backup of the present state first.", show_default=True)
    ] = True,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Bring a tenant's site back to a backup. The site is closed meanwhile; no other tenant is touched."""
    progress = _progress(json_output)
    with exclusive_workspace(state_dir) as found:
        own = TenantBackups(found, _places(found))
        known = found.tenants.get(tenant_id)
        chosen = restoring.choose(own.records.list(tenant_id), tenant_id, snapshot, _time(at))
        what = f"{chosen.snapshot[:8]} of {chosen.taken_at:%Y-%m-%d %H:%M} UTC"
        if file is not None:
            written = restoring.bring_back_files(own, chosen, file, progress)
            found.audit.record(operator_here(), "backup.restore", chosen.snapshot, {"file": file}, tenant=tenant_id)
            told = {"tenant": tenant_id, "snapshot": chosen.snapshot, "files": written}
            typer.echo(json.dumps(told) if json_output else f"{tenant_id}: {written} files are back, from {what}.")
            return
        planned = restoring.plan(own, chosen, keep_present=keep_present)
        if plan or not yes:
            _tell_plan(planned, known.tenant.name, what, json_output=json_output and plan)
        if plan:
            return
        if not yes:
            typer.confirm(f"Replace all of {known.tenant.name} ({tenant_id}) by {what}?", abort=True, err=True)
        before = restoring.restore(own, chosen, progress, keep_present=keep_present)
        detail = {"before": None if before is None else before.snapshot}
        found.audit.record(operator_here(), "backup.restore", chosen.snapshot, detail, tenant=tenant_id)
    if json_output:
        typer.echo(json.dumps({"tenant": tenant_id, "snapshot": chosen.snapshot, **detail}))
        return
    typer.echo(f"{tenant_id} is back as of {what}.")
    if before is not None:
        back = f"`presswerk backup restore {tenant_id} --snapshot {before.snapshot[:8]}`"
        typer.echo(as_run_here(f"What it was just before is kept: {back} takes you there."))


@app.command()
def forget(
    tenant_id: TenantArgument,
    snapshots: Annotated[list[str], typer.Argument(metavar="SNAPSHOT...", help="Beginnings of ids.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Remove backups for good; what a tier keeps no longer goes by itself."""
    with _opened(state_dir) as own:
        chosen = [restoring.choose(own.records.list(tenant_id), tenant_id, each, None) for each in snapshots]
        if not yes:
            typer.confirm(f"Remove {len(chosen)} backups of {tenant_id} for good?", abort=True, err=True)
        keeping.forget(own, chosen)
        for each in chosen:
            own.found.audit.record(operator_here(), "backup.forget", each.snapshot, tenant=tenant_id)
    told = {"tenant": tenant_id, "forgotten": [each.snapshot for each in chosen]}
    typer.echo(json.dumps(told) if json_output else f"{tenant_id}: {len(chosen)} backups are gone.")


@app.command()
def schedule(
    *,
    run: Annotated[bool, typer.Option("--run", help="Do now what is due, as the hub does every few minutes.")] = False,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Say when each tenant is backed up and proven next, by its tier's interval."""
    now = dt.datetime.now(dt.UTC)
    with _opened(state_dir) as own:
        if run:
            done, failed = _each(
                own, None, lambda tenant_id: keeping.look_after(own, tenant_id, now, _progress(json_output))
            )
            lines = [line for each in done for line in each]
            if json_output:
                typer.echo(json.dumps({"done": lines, "failed": failed}, indent=2))
            for line in () if json_output else lines or ["Nothing is due."]:
                typer.echo(line)
            _end(failed, json_output)
            return
        rows = [_scheduled(own, tenant_id) for tenant_id in _wanted(own, None)]
    if json_output:
        typer.echo(json.dumps({"tenants": rows}, indent=2))
        return
    table = Table("tenant", "every", "last backup (UTC)", "last proof (UTC)", "kept", box=None, pad_edge=False)
    for row in rows:
        taken, proven = (str(row[name] or "never")[:16].replace("T", " ") for name in ("last_backup", "last_proof"))
        table.add_row(str(row["tenant"]), f"{row['every_hours']} h", taken, proven, str(row["kept"]))
    Console().print(table)


def _scheduled(own: TenantBackups, tenant_id: str) -> dict[str, object]:
    policy = own.found.declared.tiers[own.found.tenants.get(tenant_id).tenant.tier].backup
    backups = own.records.list(tenant_id)
    proven = max((each.proven_at for each in backups if each.is_proven and each.proven_at), default=None)
    return {
        "tenant": tenant_id,
        **policy.model_dump(),
        "last_backup": backups[-1].taken_at.isoformat() if backups else None,
        "last_proof": None if proven is None else proven.isoformat(),
        "kept": len(backups),
    }


@contextmanager
def _opened(state_dir: Path) -> Iterator[TenantBackups]:
    with open_workspace(remembered(state_dir)) as found:
        yield TenantBackups(found, _places(found))


def _places(found: Workspace) -> BackupPlaces:
    return BackupPlaces(found.installation.layout, found.secrets, found.declared.backups.location)


def _wanted(own: TenantBackups, tenants: list[str] | None) -> tuple[str, ...]:
    if tenants:
        return tuple(own.found.tenants.get(each).id for each in tenants)
    layout = own.found.installation.layout
    return tuple(each.id for each in own.found.tenants.list() if kept_in(layout, each.id) is not None)


def _each(
    own: TenantBackups, tenants: list[str] | None, do: Callable[[str], Done]
) -> tuple[list[Done], dict[str, str]]:
    """Do it for each tenant; what fails of one keeps nothing from the others."""
    done: list[Done] = []
    failed: dict[str, str] = {}
    for tenant_id in _wanted(own, tenants):
        try:
            done.append(do(tenant_id))
        except PresswerkError as error:
            failed[tenant_id] = str(error)
    return done, failed


def _end(failed: dict[str, str], json_output: bool) -> None:
    if not failed:
        return
    for tenant_id, problem in () if json_output else failed.items():
        typer.echo(as_run_here(f"{tenant_id}: {problem}"), err=True)
    raise typer.Exit(1)


def _progress(json_output: bool) -> Callable[[str], None]:
    def tell(line: str) -> None:
        typer.echo(f"  {line}", err=json_output)

    return tell


def _tell_plan(plan: restoring.RestorePlan, name: str, what: str, *, json_output: bool) -> None:
    if json_output:
        told = {
            "backup": _as_json(plan.backup),
            "delivered_after": list(plan.delivered_after),
            "keeps_present": plan.keeps_present,
        }
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(f"{name} goes back to {what}: {plan.backup.rows} rows, {plan.backup.files} files.")
    typer.echo("  The site is closed meanwhile and says so; no other tenant is touched.")
    if plan.keeps_present:
        typer.echo("  What it is now becomes a backup of its own first.")
    else:
        typer.echo("  What it is now is LOST: no backup of it is made.")
    if plan.delivered_after:
        typer.echo(f"  {len(plan.delivered_after)} articles were delivered later and will not be on the site:")
        for title in plan.delivered_after[:5]:
            typer.echo(f"    {title}")


def _as_json(backup: Backup) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in asdict(backup).items()
    }


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= _GIGABYTE else f"{count / 1e6:.1f} MB"


def _time(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"--at {text}: write a time such as 2026-11-29T14:00Z") from None
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
