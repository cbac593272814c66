"""The `presswerk` command: parses, asks and prints, one module a noun."""

import importlib
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from presswerk import __version__
from presswerk.cli.commands import COMMANDS
from presswerk.cli.problems import DEBUG, Told, explain, explained, tell, tell_defect
from presswerk.errors import FAILED, MISUSED
from presswerk.runtimes.local.proxies import exempt_from_proxies

_INTERRUPTED = 130
_PLAIN_WORDS = {
    "Value error, ": "",
    "Input should be a valid integer, unable to parse string as an integer": "give a whole number",
    "Input should be a valid number, unable to parse string as a number": "give a number",
    "Input should be ": "it should be ",
}


class _Commands(TyperGroup):
    """Imports a command when it is run: the hub's parts take two seconds, and `presswerk status` needs none of them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the commands, in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Say what a command is for, without importing it; None for an unknown name."""
        listed = COMMANDS.get(cmd_name)
        return listed and TyperCommand(cmd_name, help=listed.purpose, short_help=listed.purpose)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that is asked for."""
        if args and args[0] not in COMMANDS:
            import difflib  # noqa: PLC0415  it is slow, and few misspell

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            ctx.fail(f"There is no command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        name, command, rest = super().resolve_command(ctx, args)
        return name, imported(name) if name and command else command, rest


def imported(name: str) -> Any:
    """A command as it runs; one of `COMMANDS`."""
    plain = name.replace("-", "_")
    module = importlib.import_module(f"{__name__}.{COMMANDS[name].module or plain}")
    if hasattr(module, "app"):
        group = typer.main.get_group(module.app)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name)(getattr(module, plain))
    return typer.main.get_command(alone)


# The list of commands does without colours: to import what paints them takes three times as long as all the rest.
app = typer.Typer(cls=_Commands, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


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
    """Run the command line.

    A problem is told in a sentence, without a traceback. The command ends with 0 when it is done, 1 when it is not, 2
    when it was used wrongly, 130 when a person ended it; some commands have more to say, and their help says it.
    """
    exempt_from_proxies(os.environ)
    sys.excepthook = tell_defect
    sys.exit(_run())


def _run() -> int:
    try:
        status = typer.main.get_command(app).main(prog_name="presswerk", standalone_mode=False)
        # What is left in the buffer is written here, where a reader that has gone can still be passed over.
        sys.stdout.flush()
    except TyperException as misuse:
        return _misused(misuse)
    except typer.Abort:
        tell(Told("Nothing was changed: it was not confirmed."))
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    # Asked when something was raised, not before: what a command raises is imported by then.
    except explained() as problem:
        if os.environ.get(DEBUG):
            raise
        told = explain(problem)
        tell(told)
        return told.status
    if status == _INTERRUPTED:
        tell(Told("Stopped.", _after_interruption()))
    return status if isinstance(status, int) else 0


def _misused(misuse: TyperException) -> int:
    message = getattr(misuse, "format_message", lambda: str(misuse))()
    for technical, plain in _PLAIN_WORDS.items():
        message = message.replace(technical, plain)
    context = getattr(misuse, "ctx", None)
    if type(misuse).__name__ != "NoArgsIsHelpError":  # it has told the help already
        path = context.command_path if context is not None else "presswerk"
        tell(Told(message, f"`{path} --help` says what there is.", status=MISUSED))
    return MISUSED


def _after_interruption() -> str:
    """What still runs, and how to go on, of the command that a person ended."""
    name = next((argument for argument in sys.argv[1:] if argument in COMMANDS), None)
    return "" if name is None else COMMANDS[name].interrupted
