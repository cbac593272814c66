"""presswerk hub: run the hub's server, and bring its database to the newest schema."""

import gc
import socket
import sys
from typing import Annotated

import typer
import uvicorn

from presswerk.database import migrate
from presswerk.web.app import create_app
from presswerk.web.hub import open_database
from presswerk.web.logs import configure_logs
from presswerk.web.settings import load_settings

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
    sys.setswitchinterval(_SWITCH_SECONDS)
    config = uvicorn.Config(
        create_app(settings),
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
    listening = listen(config)
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    if not server.started:
        raise typer.Exit(_NOT_STARTED)


def listen(config: uvicorn.Config) -> socket.socket:
    """Take the address; every connection to it sends at once what is written.

    asyncio turns Nagle's algorithm off only on a socket that names its protocol, which uvicorn's does not: a connection
    that is used again would wait 40 ms for the other side's acknowledgement. On Linux what is accepted has the options
    of what it was accepted on, see tcp(7).
    """
    listening = config.bind_socket()
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


@app.command("migrate")
def migrate_database() -> None:
    """Apply outstanding migrations; `serve` does it by itself."""
    engine = open_database(load_settings())
    migrate(engine)
    engine.dispose()
    typer.echo("The hub's database has the newest schema.")
