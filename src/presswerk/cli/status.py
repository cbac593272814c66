"""presswerk status: what works as a user would ask it, and what to do about what does not."""

import datetime as dt
import os
import re
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from presswerk.cli.advice import as_run_here, json_as_run_here
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory
from presswerk.errors import PresswerkError
from presswerk.languages import SOURCE, language_of
from presswerk.messages import Message
from presswerk.operations.checks import Outcome, Result, ServiceLine, Severity, Target, by_service
from presswerk.operations.checks.tenant_targets import site_service
from presswerk.operations.doctor import Silences, report, verdict
from presswerk.operations.doctor.look import look
from presswerk.runtimes.local.installation import remembered
from presswerk.runtimes.local.service_status import ServiceStatus
from presswerk.runtimes.local.supervision import Supervision

_MARKS = {Outcome.OK: ("ok", "green"), Outcome.FAILED: ("FAIL", "bold red"), Outcome.UNKNOWN: ("?", "yellow")}
_WARNED = ("WARN", "yellow")
_INDENT = 5
_NARROWEST = 20
_MOST_TOLD = 2
_MOST_SITES = 8
_COMMAND = re.compile(r"`[^`]*`")
_NO_BREAK = "\x00"
_EVERY_SECONDS = 10.0
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))

_Watch = Annotated[bool, typer.Option("--watch", help="Ask again every ten seconds, until Ctrl-C.")]


def status(
    *, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, watch: _Watch = False, json_output: Json = False
) -> None:
    """Ask every service what a user would ask.

    Ends with 0 when everything works, 1 when something does not or nothing runs, 3 when everything that was asked works
    but a warning stands or something could not be asked. A finding that is silenced counts for nothing.
    """
    console, language = Console(), language_of(os.environ)
    while True:
        began = time.monotonic()
        results = ask_with_progress(state_dir)
        seconds = time.monotonic() - began
        processes = processes_of(state_dir)
        if json_output:
            typer.echo(json_as_run_here(_as_json(results, processes, Silences(state_dir))))
        elif processes and all(process.state == "stopped" for process in processes.values()):
            typer.echo(as_run_here(Message("Nothing runs. Start it with `presswerk up`.").worded(language)))
        else:
            if watch:
                console.clear()
            show(console, by_service(results), processes, seconds, language)
        if not watch:
            raise typer.Exit(verdict(results, Silences(state_dir).of))
        time.sleep(_EVERY_SECONDS)


def ask_with_progress(state: Path, targets: Callable[[], Sequence[Target]] | None = None) -> tuple[Result, ...]:
    """Ask every target, and tell a person who waits."""
    waiting = Message("Asking every service ...").worded(language_of(os.environ))
    with Console(stderr=True).status(waiting):  # only on a terminal
        return look(state, targets)


def processes_of(state: Path) -> Mapping[str, ServiceStatus]:
    """Each service's process; none where what describes them cannot be read, which a check tells."""
    try:
        return {found.name: found for found in Supervision(remembered(state).layout).status()}
    except PresswerkError:
        return {}


def _as_json(
    results: Sequence[Result], processes: Mapping[str, ServiceStatus], silences: Silences
) -> Mapping[str, object]:
    def of_process(name: str) -> dict[str, object]:
        process = processes.get(name)
        return {
            "state": None if process is None else process.state,
            "pid": None if process is None else process.pid,
            "uptime_seconds": None if process is None else process.uptime_seconds,
            "restarts": 0 if process is None else process.restarts,
            "last_exit": None if process is None else process.last_exit,
            "log": None if process is None else str(process.log),
        }

    told = report(results, silences.of)
    return {**told, "services": [{**service, **of_process(service["name"])} for service in told["services"]]}


def show(
    console: Console,
    lines: Sequence[ServiceLine],
    processes: Mapping[str, ServiceStatus],
    seconds: float,
    language: str = SOURCE,
) -> None:
    """Print one line a service, what does not work first with its cause and its remedy."""
    shown, more = _fitting(lines)
    widths = (max(len(line.service) for line in shown), max(len(line.address) for line in shown))
    for line in shown:
        _show_line(console, line, _notes(line, processes.get(line.service), language), widths, language)
    if more:
        slowest = max(sum(result.seconds for result in line.results) for line in more)
        oldest = max(_ages(more))
        summary = Message(
            "%(number)s more sites work; the slowest takes %(seconds)s s; asked %(age)s ago",
            number=len(more),
            seconds=f"{slowest:.1f}",
            age=_age(oldest),
        )
        console.print(f"{'ok':<{_INDENT}}{summary.worded(language)}", style="green", highlight=False)
    print_wrapped(console, as_run_here(_summary(lines, seconds).worded(language)), 0)


def _fitting(lines: Sequence[ServiceLine]) -> tuple[Sequence[ServiceLine], Sequence[ServiceLine]]:
    """What has a line of its own, and the sites that work and have none, where there are many."""
    good = [line for line in lines if line.service.startswith(site_service("")) and line.outcome is Outcome.OK]
    more = good[_MOST_SITES:]
    return [line for line in lines if line not in more], more


def _summary(lines: Sequence[ServiceLine], seconds: float) -> Message:
    red = sum(line.outcome is Outcome.FAILED and not is_warning(line) for line in lines)
    took = f"{seconds:.1f}"
    if red:
        return Message.counted(
            "%(num)s of %(number)s services does not work. Asked in %(seconds)s s. `presswerk doctor` names the cause.",
            "%(num)s of %(number)s services do not work. Asked in %(seconds)s s. `presswerk doctor` names the cause.",
            num=red,
            number=len(lines),
            seconds=took,
        )
    if any(line.outcome is Outcome.FAILED for line in lines):
        return Message("All services work; something needs care. Asked in %(seconds)s s.", seconds=took)
    if any(line.outcome is Outcome.UNKNOWN for line in lines):
        return Message("Not everything could be asked; ask again in a moment. Asked in %(seconds)s s.", seconds=took)
    return Message("All %(number)s services work. Asked in %(seconds)s s.", number=len(lines), seconds=took)


def is_warning(line: ServiceLine) -> bool:
    """Whether whatever is red of a service harms nobody yet."""
    red = [result for result in line.results if result.outcome is Outcome.FAILED]
    return bool(red) and all(result.severity is Severity.WARNING for result in red)


def _show_line(console: Console, line: ServiceLine, notes: str, widths: tuple[int, int], language: str) -> None:
    mark, style = _WARNED if is_warning(line) else _MARKS[line.outcome]
    head = Text(f"{mark:<{_INDENT}}", style=style)
    name_width, address_width = widths
    what = f"{line.service:<{name_width}}"
    if _INDENT + name_width + address_width + len(notes) + 4 <= console.width:
        after = [f"{line.address:<{address_width}}", notes]
    else:
        # What there is no room for is what can be asked for with --json, never the address.
        after = [line.address or notes]
        room = console.width - _INDENT - name_width - len(line.address) - 4
        kept = notes.rpartition(", ")[2]
        after += [kept] if line.address and len(kept) <= room else []
    head.append("  ".join((what, *after)).rstrip(), style="default")
    console.print(head, soft_wrap=True)
    for told in told_of(line, language):
        print_wrapped(console, told)


def print_wrapped(console: Console, told: str, indent: int = _INDENT) -> None:
    """Print a text below a line. A command stays on one line, to be copied whole; a terminal may break it."""
    wrap = textwrap.TextWrapper(
        width=max(console.width, _NARROWEST),
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    kept = _COMMAND.sub(lambda found: found.group().replace(" ", _NO_BREAK), told)
    console.print(wrap.fill(kept).replace(_NO_BREAK, " "), soft_wrap=True, markup=False, highlight=False)


def told_of(line: ServiceLine | None, language: str = SOURCE) -> tuple[str, ...]:
    """What is wrong with a service, each once, and what to do about the first of it; nothing where it works.

    What comes after the first mostly comes of it: two are told, programs get all.
    """
    bad = [] if line is None else [result for result in line.results if result.outcome is not Outcome.OK]
    seen = dict.fromkeys(result.said.worded(language) for result in bad if not result.skipped)
    told = [*list(seen)[:_MOST_TOLD], *(result.advice.worded(language) for result in bad[:1])]
    return tuple(as_run_here(each) for each in told if each)


def _notes(line: ServiceLine, process: ServiceStatus | None, language: str) -> str:
    """What is to be known of a service that works; the age of its answers comes last, and is told of every one."""
    return ", ".join((*_facts(line, process, language), _told_age(line, language)))


def _facts(line: ServiceLine, process: ServiceStatus | None, language: str) -> Iterator[str]:
    if line.outcome is not Outcome.OK:
        return
    answered = [result for result in line.results if result.code is not None]
    if answered:
        slowest = max(answered, key=lambda result: result.seconds)
        yield f"{slowest.code} in {slowest.seconds * 1000:.0f} ms"
    if process is not None:
        if process.restarts:
            yield Message.counted("restarted %(num)s time", "restarted %(num)s times", num=process.restarts).worded(
                language
            )
        if process.uptime_seconds is not None and not answered:
            yield Message("up %(time)s", time=_age(process.uptime_seconds)).worded(language)
        holds = line.results[0].said.values.get("how")
        if isinstance(holds, str):
            yield holds.partition(" (")[0]
    elif not answered:
        yield line.results[0].said.worded(language).rstrip(".")


def _told_age(line: ServiceLine, language: str) -> str:
    return Message("%(age)s ago", age=_age(round(max(_ages((line,)))))).worded(language)


def _ages(lines: Sequence[ServiceLine]) -> Iterator[float]:
    now = dt.datetime.now(dt.UTC)
    return ((now - result.asked_at).total_seconds() for line in lines for result in line.results)


def _age(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"
