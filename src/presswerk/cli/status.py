"""presswerk status: what works as a user would ask it, and what to do about what does not."""

import dataclasses
import datetime as dt
import re
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence

import typer
from rich.console import Console
from rich.text import Text

from presswerk.cli.advice import as_run_here, json_as_run_here
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory
from presswerk.operations.checks import CHECKS, Memory, Outcome, Result, ServiceLine, Target, ask, by_service
from presswerk.operations.checks.targets import ProcessTarget
from presswerk.operations.local_targets import targets_of
from presswerk.runtimes.local.installation import Installation, remembered
from presswerk.runtimes.local.service_status import ServiceStatus
from presswerk.runtimes.local.supervision import Supervision

_MARKS = {Outcome.OK: ("ok", "green"), Outcome.FAILED: ("FAIL", "bold red"), Outcome.UNKNOWN: ("?", "yellow")}
_INDENT = 5
_NARROWEST = 20
_MOST_TOLD = 2
_COMMAND = re.compile(r"`[^`]*`")
_NO_BREAK = "\x00"
_OLD_SECONDS = 5
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def status(*, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False) -> None:
    """Ask every service what a user would ask; ends with status 1 if something does not work, or nothing runs."""
    installation = remembered(state_dir)
    began = time.monotonic()
    lines = by_service(ask_with_progress(installation, _what_runs))
    processes = {found.name: found for found in Supervision(installation.layout).status()}
    runs = any(process.state != "stopped" for process in processes.values())
    healthy = runs and all(line.outcome is Outcome.OK for line in lines)
    if json_output:
        rows = [_as_json(line, processes.get(line.service)) for line in lines]
        typer.echo(json_as_run_here({"healthy": healthy, "services": rows}))
    elif runs:
        show(Console(), lines, processes, time.monotonic() - began)
    else:
        typer.echo(as_run_here("Nothing runs. Start it with `presswerk up`."))
    if not healthy:
        raise typer.Exit(1)


def ask_with_progress(
    installation: Installation, targets: Callable[[Installation], Sequence[Target]]
) -> tuple[Result, ...]:
    """Ask every target, and tell a person who waits."""
    memory = Memory(installation.layout.run / "checks.json")
    console = Console(stderr=True)
    with console.status("Asking every service ..."):  # only on a terminal
        results = ask(CHECKS, targets(installation), memory=memory)
        if any(result.outcome is Outcome.FAILED for result in results) and installation.is_changing():
            # A command may have begun while we asked: what it is at is known now.
            results = ask(CHECKS, targets(installation), memory=memory)
        return results


def _what_runs(installation: Installation) -> Sequence[Target]:
    targets = targets_of(installation)
    # Where nothing runs, whoever answers at our addresses is somebody else.
    runs = any(isinstance(target, ProcessTarget) and target.state != "stopped" for target in targets)
    return targets if runs else [target for target in targets if isinstance(target, ProcessTarget)]


def _as_json(line: ServiceLine, process: ServiceStatus | None) -> dict[str, object]:
    return {
        "name": line.service,
        "address": line.address or None,
        "healthy": line.outcome is Outcome.OK,
        "state": None if process is None else process.state,
        "pid": None if process is None else process.pid,
        "uptime_seconds": None if process is None else process.uptime_seconds,
        "restarts": 0 if process is None else process.restarts,
        "last_exit": None if process is None else process.last_exit,
        "log": None if process is None else str(process.log),
        "checks": [checked_as_json(result) for result in line.results],
    }


def checked_as_json(result: Result) -> dict[str, object]:
    """An answer for programs."""
    described = dataclasses.asdict(result)
    return {
        **{name: described[name] for name in ("check", "outcome", "seen", "remedy", "seconds")},
        "asked_at": result.asked_at.isoformat(),
    }


def show(
    console: Console, lines: Sequence[ServiceLine], processes: Mapping[str, ServiceStatus], seconds: float
) -> None:
    """Print one line a service, what does not work first with its cause and its remedy."""
    widths = (max(len(line.service) for line in lines), max(len(line.address) for line in lines))
    for line in lines:
        # What was asked just now is no older than the asking took.
        _show_line(console, line, _notes(line, processes.get(line.service), seconds + _OLD_SECONDS), widths)
    red = sum(line.outcome is Outcome.FAILED for line in lines)
    if red:
        verb = "does" if red == 1 else "do"
        summary = f"{red} of {len(lines)} services {verb} not work."
    elif any(line.outcome is Outcome.UNKNOWN for line in lines):
        summary = "Not everything could be asked; ask again in a moment."
    else:
        summary = f"All {len(lines)} services work."
    console.print(f"{summary} Asked in {seconds:.1f} s.", highlight=False)


def _show_line(console: Console, line: ServiceLine, notes: str, widths: tuple[int, int]) -> None:
    mark, style = _MARKS[line.outcome]
    head = Text(f"{mark:<{_INDENT}}", style=style)
    name_width, address_width = widths
    what = f"{line.service:<{name_width}}"
    if _INDENT + name_width + address_width + len(notes) + 4 <= console.width:
        after = [f"{line.address:<{address_width}}", notes]
    else:
        # What there is no room for is what can be asked for with --json, never the address.
        after = [line.address or notes]
    head.append("  ".join((what, *after)).rstrip(), style="default")
    console.print(head, soft_wrap=True)
    wrap = textwrap.TextWrapper(
        width=max(console.width, _NARROWEST),
        initial_indent=" " * _INDENT,
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for told in told_of(line):
        # A command stays on one line, to be copied whole; a terminal may break it.
        kept = _COMMAND.sub(lambda found: found.group().replace(" ", _NO_BREAK), told)
        console.print(wrap.fill(kept).replace(_NO_BREAK, " "), soft_wrap=True, markup=False, highlight=False)


def told_of(line: ServiceLine | None) -> tuple[str, ...]:
    """What is wrong with a service, each once, and what to do about the first of it; nothing where it works.

    What comes after the first mostly comes of it: two are told, programs get all.
    """
    bad = [] if line is None else [result for result in line.results if result.outcome is not Outcome.OK]
    seen = dict.fromkeys(result.seen for result in bad if not result.seen.startswith("Not asked"))
    told = [*list(seen)[:_MOST_TOLD], *(result.remedy for result in bad[:1])]
    return tuple(as_run_here(each) for each in told if each)


def _notes(line: ServiceLine, process: ServiceStatus | None, fresh_seconds: float) -> str:
    if line.outcome is not Outcome.OK:
        return ""
    notes = []
    if process is not None and process.uptime_seconds is not None:
        notes.append(f"up {_age(process.uptime_seconds)}")
        if process.restarts:
            notes.append(f"restarted {process.restarts} times" if process.restarts > 1 else "restarted once")
    runs, _, holds = line.results[0].seen.partition(": ")
    if process is not None and runs == "It runs" and holds:
        notes.append(holds.partition(" (")[0])
    if not line.address and process is None:
        notes.append(line.results[0].seen.rstrip("."))
    ages = [(dt.datetime.now(dt.UTC) - result.asked_at).total_seconds() for result in line.results]
    if max(ages) > fresh_seconds:
        notes.append(f"asked {_age(round(max(ages)))} ago")
    return ", ".join(notes)


def _age(seconds: int) -> str:
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
