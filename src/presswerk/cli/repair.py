"""presswerk repair: single acts that `presswerk doctor` names."""

import json
from typing import Annotated

import typer

from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory
from presswerk.operations.plugins import take_away
from presswerk.runtimes.local.installation import remembered

app = typer.Typer(help="Mend one thing, as `presswerk doctor` names it.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Mend one thing, as `presswerk doctor` names it."""


@app.command()
def plugin(
    site: Annotated[str, typer.Argument(metavar="SITE", help="As `presswerk status` names it, such as site-acme.")],
    name: Annotated[str, typer.Argument(metavar="PLUGIN", help="Its directory or file in the site's plugins.")],
    *,
    state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY,
    json_output: Json = False,
) -> None:
    """Take a plugin that breaks a site away; its files are kept beside the site's plugins."""
    kept = take_away(remembered(state_dir), site, name)
    typer.echo(json.dumps({"kept": str(kept)}) if json_output else f"{name} is taken away; its files are in {kept}.")
