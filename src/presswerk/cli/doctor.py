"""presswerk doctor: the root cause of what does not work, with its evidence, and what mends it."""

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from presswerk.cli.advice import as_run_here, json_as_run_here
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory
from presswerk.cli.status import ask_with_progress, print_wrapped
from presswerk.errors import MISUSED, PresswerkError
from presswerk.languages import language_of
from presswerk.messages import Message
from presswerk.operations.checks import CHECKS, Result, Severity
from presswerk.operations.doctor import Diagnosis, Silence, Silences, diagnose, report, verdict
from presswerk.operations.doctor.evidence import evidence
from presswerk.operations.doctor.remedies import carry_out
from presswerk.runtimes.local.installation import remembered

_INDENT = 2
_PAGES = {check.id: check.page for check in CHECKS}
_MOST_ACTS = 10

_Fix = Annotated[
    bool, typer.Option("--fix", help="Run the commands that mend the root causes, one after the other, and ask again.")
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="With --fix: show what would be run, and run nothing.")]
_Silence = Annotated[
    str | None, typer.Option(metavar="ID", help="Do not tell a finding for a while; needs --reason and --until.")
]
_Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Why nobody mends it now.")]
_Until = Annotated[
    dt.datetime | None, typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="Until which day, as 2027-01-31.")
]
_Unsilence = Annotated[str | None, typer.Option(metavar="ID", help="Tell a finding again.")]


class _Misused(PresswerkError):
    """Options do not go together."""

    exit_status = MISUSED


def doctor(
    *,
    fix: _Fix = False,
    dry_run: _DryRun = False,
    silence: _Silence = None,
    reason: _Reason = None,
    until: _Until = None,
    unsilence: _Unsilence = None,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Name the root cause of what does not work, with its evidence, what comes of it, and what mends it.

    Ends as `presswerk status` does: with 0 when everything works, 1 when something does not, 3 when a warning stands or
    something could not be asked. It needs neither the hub nor any database.
    """
    if dry_run and not fix:
        raise _Misused("--dry-run shows what --fix would do.", "Give both.")
    silences = Silences(state_dir)
    if silence is not None or unsilence is not None:
        _change(silences, silence, reason, until, unsilence)
        return
    results = ask_with_progress(state_dir)
    if fix:
        results = _fixed(state_dir, results, silences, dry_run=dry_run)
        if dry_run:
            return
    if json_output:
        told = report(results, silences.of)
        backed = {found.cause.id: _evidence(state_dir, found.cause) for found in diagnose(results)}
        told["findings"] = [{**found, "evidence": backed[found["id"]]} for found in told["findings"]]
        typer.echo(json_as_run_here(told))
    else:
        _show(Console(), state_dir, diagnose(results), silences)
    raise typer.Exit(verdict(results, silences.of))


def _change(
    silences: Silences, silence: str | None, reason: str | None, until: dt.datetime | None, unsilence: str | None
) -> None:
    if unsilence is not None:
        found = silences.remove(unsilence)
        typer.echo(f"{unsilence} is told again." if found else f"{unsilence} was not silenced.")
    if silence is None:
        return
    if not reason or until is None:
        raise _Misused("A finding is silenced with a reason and a day.", "Give --reason and --until.")
    # To the end of that day, by this machine's clock.
    end = (until + dt.timedelta(days=1)).astimezone(dt.UTC)
    if end < dt.datetime.now(dt.UTC):
        raise _Misused("--until names a day that is over.", "Name one to come.")
    silences.put(silence, Silence(reason, end))
    typer.echo(as_run_here(f"{silence} is not told until {until:%Y-%m-%d}; `presswerk doctor --unsilence {silence}`."))


def _fixed(state: Path, results: tuple[Result, ...], silences: Silences, *, dry_run: bool) -> tuple[Result, ...]:
    """Mend one root cause after the other, and ask again after each; none is tried twice."""
    language = language_of(os.environ)
    tried: set[str] = set()
    for _ in range(_MOST_ACTS):
        findings = [found.cause for found in diagnose(results) if silences.of(found.cause) is None]
        possible = [finding for finding in findings if finding.command and finding.id not in tried]
        if dry_run:
            # What one command mends is run for once.
            for command in dict.fromkeys(finding.command for finding in possible):
                typer.echo(as_run_here(Message("Would run `%(command)s`.", command=command).worded(language)))
            for finding in findings:
                if not finding.command:
                    typer.echo(f"{finding.id}: {as_run_here(finding.advice.worded(language))}")
            break
        if not possible:
            break
        finding = possible[0]
        tried.add(finding.id)
        running = Message("%(id)s: running `%(command)s`", id=finding.id, command=finding.command)
        typer.echo(as_run_here(running.worded(language)), err=True)
        try:
            carry_out(remembered(state), finding, os.environ, lambda line: typer.echo(f"  {line}", err=True))
        except PresswerkError as problem:
            # What it does not mend is told with the rest, and the next is tried.
            typer.echo(as_run_here(f"  {problem}"), err=True)
        results = ask_with_progress(state)
    return results


def _show(console: Console, state: Path, found: Sequence[Diagnosis], silences: Silences) -> None:
    language = language_of(os.environ)

    def say(message: Message, indent: int = 0) -> None:
        print_wrapped(console, as_run_here(message.worded(language)), indent)

    told = [each for each in found if silences.of(each.cause) is None]
    if not told:
        say(Message("Nothing is wrong."))
    for place, each in enumerate(told):
        if place:
            console.print()
        warns = each.cause.severity is Severity.WARNING
        name = (
            Message("Warning: %(id)s", id=each.cause.id) if warns else Message("Root cause: %(id)s", id=each.cause.id)
        )
        console.print(name.worded(language), style="yellow" if warns else "bold red", highlight=False)
        say(each.cause.said, _INDENT)
        for line in _evidence(state, each.cause):
            console.print(f"{' ' * _INDENT}| {line}", markup=False, highlight=False, soft_wrap=True)
        say(each.cause.advice, _INDENT)
        say(Message("More: %(page)s", page=_PAGES[each.cause.check]), _INDENT)
        if each.consequences:
            ids = ", ".join(result.id for result in each.consequences)
            say(Message("What comes of it: %(ids)s", ids=ids), _INDENT)
    if any(each.cause.command for each in told):
        console.print()
        say(Message("`presswerk doctor --fix` runs what is named and asks again; with --dry-run it only shows it."))
    for each in found:
        silence = silences.of(each.cause)
        if silence is not None:
            known = Message(
                "Silenced until %(day)s: %(id)s (%(reason)s)",
                day=f"{silence.until.astimezone():%Y-%m-%d}",
                id=each.cause.id,
                reason=silence.reason,
            )
            say(known)


def _evidence(state: Path, finding: Result) -> Sequence[str]:
    try:
        return evidence(remembered(state), finding)
    except PresswerkError:
        return ()
