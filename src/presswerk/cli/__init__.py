"""The presswerk command: one module a noun."""

import importlib
import importlib.util
import os
import sys
from types import MappingProxyType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from presswerk import __version__

# Where each command is: a function, or a Typer with commands of its own. They are imported when they are asked for,
# because the hub's parts take two seconds to import and `presswerk status` needs none of them.
_COMMANDS = MappingProxyType(
    {
        "up": "up:up",
        "status": "status:status",
        "down": "down:down",
        "demo": "demo:demo",
        "tenant": "tenant:app",
        "databases": "databases:app",
        "publish": "publish:publish",
        "login": "publish:login",
        "logout": "publish:logout",
        "api-key": "api_key:app",
        "config": "config:app",
        "capacity": "capacity:capacity",
        "render": "render:render",
        "infra": "infra:app",
        "deploy": "deploy:deploy",
        "rollback": "rollback:rollback",
        "ai": "ai:app",
        "hub": "hub:app",
        "operator": "operator:app",
    }
)


class _Commands(TyperGroup):
    """Finds a command when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the commands, in the order a newcomer needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command; None for an unknown name."""
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        found = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            group.name = cmd_name
            return group
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(found)
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
    from presswerk.cli.problems import Explained, explain  # noqa: PLC0415 - `--version` needs none of it
    from presswerk.runtimes.local.loopback import exempt_from_proxies  # noqa: PLC0415

    exempt_from_proxies(os.environ)
    try:
        app(prog_name="presswerk")
    except Explained as problem:
        typer.echo(explain(problem), err=True)
        sys.exit(1)
