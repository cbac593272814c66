"""presswerk hub: run the hub's server, and bring its database to the newest schema."""

import gc
from collections.abc import Sequence
from typing import Annotated

import typer
import uvicorn

from presswerk.database import migrate
from presswerk.operations.chat_departures import ChatPlace
from presswerk.operations.checks import Target
from presswerk.operations.local_targets import targets_of
from presswerk.operations.worker import TenantWorker
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.installation import remembered
from presswerk.tenants import Declarations
from presswerk.web.app import Companion, create_app
from presswerk.web.hub import Hub, open_database
from presswerk.web.logs import configure_logs
from presswerk.web.settings import load_settings
from presswerk.web.watch import targets_of_hub

app = typer.Typer(no_args_is_help=True, help="Run the hub and look after its database.")

_GRACE_SECONDS = 10
_SWITCH_SECONDS = 0.001
"""How long a thread that computes keeps all others waiting, a few times a request: with Python's own 5 ms, requests are
answered ten times later while articles are composed."""
_NOT_STARTED = 3
_COLLECT_AFTER = (20_000, 20, 20)
"""An article is many values at once: by Python's own thresholds all are looked through again and again."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; PRESSWERK_HUB_HOST, else 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; PRESSWERK_HUB_PORT, else 8000.")] = None,
) -> None:
    """Serve the API and run its workers, in one process, until told to stop."""
    settings = load_settings()
    configure_logs(settings.log_level)
    gc.set_threshold(*_COLLECT_AFTER)
    config = uvicorn.Config(
        create_app(settings, _companions, _targets),
        host=host or settings.hub_host,
        port=port or settings.hub_port,
        # Whoever is in front tells its clients apart itself; a header anybody can send must not.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    # Before anything runs: a second hub started by mistake must not begin to work and then find its port taken.
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    if not server.started:
        raise typer.Exit(_NOT_STARTED)


def _companions(hub: Hub) -> tuple[Companion, ...]:
    """On one machine the hub carries out what its API is asked about tenants; on a cluster the operator does."""
    state = hub.settings.local_state_dir
    if state is None:
        return ()
    hub.departures.register(ChatPlace(state))
    return (TenantWorker(Declarations(hub.engine), hub.changed_tenants, state),)


def _targets(hub: Hub) -> Sequence[Target]:
    """On one machine the hub's page asks the very same as `presswerk status`."""
    state = hub.settings.local_state_dir
    try:
        return targets_of_hub(hub) if state is None else targets_of(remembered(state))
    except LocalRuntimeError:
        # A damaged file keeps nobody from asking what does not need it; `presswerk status` names the file.
        return targets_of_hub(hub)


@app.command("migrate")
def migrate_database() -> None:
    """Apply outstanding migrations; `serve` does it by itself."""
    engine = open_database(load_settings())
    migrate(engine)
    engine.dispose()
    typer.echo("The hub's database has the newest schema.")
