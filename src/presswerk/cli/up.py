"""presswerk up: start what is not running, apply what changed."""

import dataclasses
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from presswerk.cli.advice import as_run_here
from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory
from presswerk.operations.bringup import LocalLogin, UpReport, bring_up, logins_of
from presswerk.operations.workspace import open_workspace
from presswerk.runtimes.local.installation import asked_for, remembered

_Port = Annotated[int | None, typer.Option(min=1, max=65535, show_default=False)]


def up(
    *,
    config: Annotated[
        Path | None,
        typer.Option(help="The platform.yaml to run; the former one when left out, at first a demonstration."),
    ] = None,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    hub_port: _Port = None,
    chat_port: _Port = None,
    identity_port: _Port = None,
    ai_port: _Port = None,
    first_site_port: _Port = None,
    http_port: _Port = None,
    https_port: _Port = None,
    stand_in: Annotated[
        bool | None,
        typer.Option(
            "--stand-in/--no-stand-in",
            help="On the internet: let the offline stand-in, which is no AI, write the articles; remembered.",
            show_default=False,
        ),
    ] = None,
    json_output: Json = False,
) -> None:
    """Start what is not running and apply what changed; a second time changes nothing. Ports are remembered."""
    started = time.monotonic()
    ports = {
        "hub": hub_port,
        "chat": chat_port,
        "identity": identity_port,
        "ai_stand_in": ai_port,
        "first_site": first_site_port,
        "http": http_port,
        "https": https_port,
    }
    installation = asked_for(state_dir, declaration=config, ports=ports)
    if stand_in is not None:
        installation = dataclasses.replace(installation, stand_in=stand_in)
    # With --json, standard output is for the program that reads it.
    report = bring_up(installation, os.environ, lambda line: typer.echo(f"  {line}", err=json_output))
    seconds = time.monotonic() - started
    if json_output:
        typer.echo(json.dumps({**report.as_json(), "seconds": round(seconds, 1)}, indent=2))
        return
    _show(report, seconds)


def _show(report: UpReport, seconds: float) -> None:
    console = Console()
    show_addresses(console, report)
    for told in report.unreached:
        console.print(as_run_here(told), soft_wrap=True, markup=False, highlight=False)
    done = "Everything runs" if report.changed else "Nothing to change, everything runs"
    console.print(f"{done} ({seconds:.0f} s).")
    console.print(f"Next: open {report.chat_url}, sign in, write, and press Publish below the answer.")
    console.print(as_run_here("`presswerk status` says how it is, `presswerk down` stops it."), soft_wrap=True)


def show_addresses(console: Console, report: UpReport) -> None:
    """Print where everything is, who can sign in, and whether an AI writes."""
    console.print(_table("Addresses", ("what", "address"), report.addresses))
    if report.people:
        show_logins(console, report.people)
    else:
        console.print(as_run_here("`presswerk logins` says who can sign in, and with which password."), soft_wrap=True)
    if report.ai_is_stand_in:
        console.print("No PRESSWERK_AI_API_KEY is set: a stand-in, which is no AI, writes the articles.")


def show_logins(console: Console, people: Sequence[LocalLogin]) -> None:
    """Print who can sign in, with the passwords they were made with."""
    rows = [(person.user_name, person.password, person.roles) for person in people]
    console.print(_table("Logins (this machine only)", ("user name", "password", "role"), rows))


def logins(*, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False) -> None:
    """Show who can sign in on this machine, with the password each was made with."""
    with open_workspace(remembered(state_dir)) as found:
        people = logins_of(found, found.platform().people)
    if json_output:
        typer.echo(json.dumps({"people": [dataclasses.asdict(person) for person in people]}, indent=2))
    else:
        show_logins(Console(), people)


def _table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table
