"""Options that several commands have in common, one by one or as a value made of several."""

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

StateDirectory = Annotated[
    Path, typer.Option("--state-dir", envvar="PRESSWERK_STATE_DIR", help="Where all state is.", show_default=True)
]
DEFAULT_STATE_DIRECTORY = Path(".presswerk")

TenantArgument = Annotated[str, typer.Argument(metavar="ID", help="The tenant's id, such as acme.", show_default=False)]

HubUrl = Annotated[str, typer.Option("--hub", envvar="PRESSWERK_HUB_URL", help="Where the hub is.", show_default=True)]
DEFAULT_HUB_URL = "http://localhost:8000"

Json = Annotated[bool, typer.Option("--json", help="Answer programs: one JSON object on standard output.")]

ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="A platform.yaml.")]
DEFAULT_CONFIG_FILE = Path("platform.yaml")

REQUIRED = inspect.Parameter.empty
"""The default of an option that must be given."""

Command = Callable[..., None]


def with_options(
    parameter: str, make: Callable[..., Any], options: Mapping[str, tuple[Any, Any]]
) -> Callable[[Command], Command]:
    """Give a command options in the place of one of its parameters, which gets what `make` makes of them.

    Args:
        parameter: The command's.
        make: Gets the options by name.
        options: Each option's type, as Typer reads it, and its default.
    """

    def decorate(command: Command) -> Command:
        def run(**given: Any) -> None:
            made = make(**{name: given.pop(name) for name in options})
            command(**{parameter: made}, **given)

        hints = get_type_hints(command, include_extras=True)
        kept = [each for each in inspect.signature(command).parameters.values() if each.name != parameter]
        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [
            *(each.replace(kind=keyword, annotation=hints[each.name]) for each in kept),
            *(
                inspect.Parameter(name, keyword, annotation=kind, default=value)
                for name, (kind, value) in options.items()
            ),
        ]
        functools.update_wrapper(run, command)
        del run.__wrapped__  # type: ignore[attr-defined]  # its own signature counts, not the command's
        run.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": None}
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what `inspect` looks for
        return run

    return decorate
