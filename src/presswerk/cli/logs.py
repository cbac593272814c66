"""presswerk logs, presswerk restart: what a service wrote, and starting one anew."""

import difflib
import json
from collections.abc import Sequence
from typing import Annotated

import typer

from presswerk.cli.advice import as_run_here
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.installation import remembered
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.logs import following, last_lines
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import log_file

_LINES = 50
_SUPERVISOR = "supervisor"


def _service_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """What a shell offers while a service's name is typed."""
    try:
        layout = remembered(ctx.params.get("state_dir") or DEFAULT_STATE_DIRECTORY).layout
        return [name for name in _known(layout) if name.startswith(incomplete)]
    except LocalRuntimeError:
        return []


_Service = typer.Argument(
    metavar="SERVICE",
    help="As `presswerk status` names it, such as hub or site-acme; a tenant's id means its site.",
    autocompletion=_service_names,
    show_default=False,
)


def logs(
    service: Annotated[str | None, _Service] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show what is written from now on, too.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines.")] = _LINES,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
) -> None:
    """Show the end of a service's log, a site's PHP included, with secrets as ***; without a name, which there are."""
    layout = remembered(state_dir).layout
    if service is None:
        for name in _known(layout):
            typer.echo(name)
        typer.echo(as_run_here("\nNext: `presswerk logs SERVICE`, with --follow to see what comes."), err=True)
        return
    name = _named(layout, service)
    path = layout.run / "supervisord.log" if name == _SUPERVISOR else log_file(layout, name)
    hidden = Supervision(layout, Secrets.open(layout).all_values()).hidden()
    if not follow and not path.exists():
        typer.echo(f"{name} has written nothing yet.", err=True)
    for line in following(path, lines, hidden) if follow else last_lines(path, lines, hidden):
        typer.echo(line)


def restart(
    service: Annotated[str, _Service],
    *,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Start one service anew and wait until it answers; nothing of it is lost."""
    installation = remembered(state_dir)
    layout = installation.layout
    name = _named(layout, service)
    supervision = Supervision(layout, Secrets.open(layout).all_values())
    own = [declared for declared in supervision.declared() if declared.name == name]
    if not own:
        raise LocalRuntimeError(f"{name} is not restarted alone.", "Use `presswerk down` and `presswerk up`.")
    with installation.changing():
        typer.echo(f"  starting {name} anew", err=True)
        supervision.restart(name)
        supervision.wait_ready(own)
    typer.echo(json.dumps({"name": name, "restarted": True}) if json_output else f"{name} was restarted and answers.")


def _known(layout: Layout) -> Sequence[str]:
    return (*(service.name for service in Supervision(layout).declared()), _SUPERVISOR)


def _named(layout: Layout, asked: str) -> str:
    """The service that is meant.

    Raises:
        LocalRuntimeError: There is none of this name.
    """
    known = _known(layout)
    if asked in known:
        return asked
    if f"site-{asked}" in known:
        return f"site-{asked}"
    near = difflib.get_close_matches(asked, [*known, *(name.removeprefix("site-") for name in known)], 1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise LocalRuntimeError(f"There is no service {asked!r}.", f"{hint}There are: {', '.join(known)}.")
