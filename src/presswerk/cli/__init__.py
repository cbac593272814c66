"""The presswerk command: one module a noun."""

import importlib
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from presswerk import __version__
from presswerk.cli.commands import COMMANDS
from presswerk.cli.problems import explain, explained
from presswerk.runtimes.local.proxies import exempt_from_proxies


class _Commands(TyperGroup):
    """Imports a command when it is run: the hub's parts take two seconds, and `presswerk status` needs none of them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the commands, in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Say what a command is for, without importing it; None for an unknown name."""
        place = COMMANDS.get(cmd_name)
        return place and TyperCommand(cmd_name, help=place.purpose)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that is asked for."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, imported(name) if name and command else command, rest


def imported(name: str) -> Any:
    """A command as it runs; one of `COMMANDS`."""
    place = COMMANDS[name]
    found = getattr(importlib.import_module(f"{__name__}.{place.module}"), place.attribute)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)


app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"presswerk {__version__}")
        raise typer.Exit


@app.callback()
def presswerk(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """AI-assisted publishing on your own terms: from a chat to a draft on your own WordPress."""


def main() -> None:
    """Run the command line; a problem we can explain is told without a traceback, and ends with status 1."""
    exempt_from_proxies(os.environ)
    try:
        app(prog_name="presswerk")
    # Asked when something was raised, not before: what a command raises is imported by then.
    except explained() as problem:
        typer.echo(explain(problem), err=True)
        sys.exit(1)
