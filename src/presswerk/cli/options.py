"""Options that several commands have in common."""

from pathlib import Path
from typing import Annotated

import typer

StateDirectory = Annotated[
    Path,
    typer.Option("--state-dir", envvar="PRESSWERK_STATE_DIR", help="Where all state is.", show_default=True),
]
DEFAULT_STATE_DIRECTORY = Path(".presswerk")

TenantArgument = Annotated[str, typer.Argument(metavar="ID", help="The tenant's id, such as acme.", show_default=False)]

HubUrl = Annotated[str, typer.Option("--hub", envvar="PRESSWERK_HUB_URL", help="Where the hub is.", show_default=True)]
DEFAULT_HUB_URL = "http://localhost:8000"

Json = Annotated[bool, typer.Option("--json", help="Answer programs: one JSON object on standard output.")]
