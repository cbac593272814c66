"""presswerk logs, presswerk restart: what a service wrote, and starting one anew."""

import difflib
import json
from collections.abc import Sequence
from typing import Annotated

import typer

from presswerk.cli.advice import as_run_here
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory
from presswerk.errors import PresswerkError
from presswerk.operations.restart import restart as restarted
from presswerk.runtimes.local.installation import Installation, remembered
from presswerk.runtimes.local.logs import following, last_lines
from presswerk.runtimes.local.processes import pool_prefix
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.site_servers import PHP, WEB
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import log_file

_LINES = 50
_SUPERVISOR = "supervisor"
_SITE = "site-"


def _service_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """What a shell offers while a service's name is typed."""
    try:
        installation = remembered(ctx.params.get("state_dir") or DEFAULT_STATE_DIRECTORY)
        return [name for name in _known(installation) if name.startswith(incomplete)]
    except PresswerkError:
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
    installation = remembered(state_dir)
    layout = installation.layout
    if service is None:
        for name in _known(installation):
            typer.echo(name)
        typer.echo(as_run_here("\nNext: `presswerk logs SERVICE`, with --follow to see what comes."), err=True)
        return
    name = _named(installation, service)
    path = layout.run / "supervisord.log" if name == _SUPERVISOR else log_file(layout, name)
    of_site = ""
    if name.startswith(_SITE):
        # The PHP of all sites writes one log, and says in each line whose it is.
        path, of_site = log_file(layout, PHP), f"[pool {pool_prefix(name.removeprefix(_SITE))}"
    hidden = Supervision(layout, Secrets.open(layout).all_values()).hidden()
    if not follow and not path.exists():
        typer.echo(f"{name} has written nothing yet.", err=True)
    shown = (following if follow else last_lines)(path, lines, hidden, containing=of_site)
    for line in shown:
        typer.echo(line)


def restart(
    service: Annotated[str, _Service], *, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False
) -> None:
    """Start one service anew and wait until it answers; nothing of it is lost."""
    installation = remembered(state_dir)
    name = _named(installation, service)
    if name.startswith(_SITE):
        raise PresswerkError(
            f"{name} has no process of its own: all sites share one PHP and one web server.",
            f"Use `presswerk restart {PHP}` or `presswerk restart {WEB}`.",
        )
    restarted(installation, name, lambda line: typer.echo(f"  {line}", err=True))
    typer.echo(json.dumps({"name": name, "restarted": True}) if json_output else f"{name} was restarted and answers.")


def _known(installation: Installation) -> Sequence[str]:
    services = (service.name for service in Supervision(installation.layout).declared())
    return (*services, *(f"{_SITE}{tenant}" for tenant in sorted(installation.places)), _SUPERVISOR)


def _named(installation: Installation, asked: str) -> str:
    """The service that is meant.

    Raises:
        PresswerkError: There is none of this name.
    """
    known = _known(installation)
    if asked in known:
        return asked
    if f"{_SITE}{asked}" in known:
        return f"{_SITE}{asked}"
    near = difflib.get_close_matches(asked, [*known, *(name.removeprefix(_SITE) for name in known)], 1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise PresswerkError(f"There is no service {asked!r}.", f"{hint}There are: {', '.join(known)}.")
