"""presswerk status: what runs, since when, how often restarted, where its log is."""

import datetime as dt
import json
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.table import Column, Table

from presswerk.cli.options import DEFAULT_STATE_DIRECTORY, Json, StateDirectory
from presswerk.runtimes.local.installation import remembered
from presswerk.runtimes.local.service_status import ServiceStatus
from presswerk.runtimes.local.supervision import Supervision


def status(*, state_dir: StateDirectory = DEFAULT_STATE_DIRECTORY, json_output: Json = False) -> None:
    """Tell how each service is; ends with status 1 if one is not healthy, or nothing runs."""
    services = Supervision(remembered(state_dir).layout).status()
    healthy = bool(services) and all(service.healthy for service in services)
    if json_output:
        typer.echo(json.dumps({"healthy": healthy, "services": [_as_json(service) for service in services]}, indent=2))
    else:
        _show(services, healthy)
    if not healthy:
        raise typer.Exit(1)


def _as_json(service: ServiceStatus) -> dict[str, object]:
    return {
        "name": service.name,
        "state": service.state,
        "healthy": service.healthy,
        "pid": service.pid,
        "uptime_seconds": service.uptime_seconds,
        "restarts": service.restarts,
        "last_exit": service.last_exit,
        "log": str(service.log),
    }


def _show(services: Sequence[ServiceStatus], healthy: bool) -> None:
    console = Console()
    table = Table("service", "state", "healthy", "since", "restarts", Column("log", overflow="fold"))
    for service in services:
        table.add_row(
            service.name,
            service.state,
            "yes" if service.healthy else "NO",
            "" if service.uptime_seconds is None else str(dt.timedelta(seconds=service.uptime_seconds)),
            f"{service.restarts} (last: {service.last_exit})" if service.restarts else "0",
            str(service.log),
        )
    if services:
        console.print(table)
    if not any(service.pid for service in services):
        console.print("Nothing runs. Start it with `presswerk up`.")
    elif not healthy:
        console.print(
            "Not everything is healthy: read the log named beside it, mend the cause, and run `presswerk up`."
        )
