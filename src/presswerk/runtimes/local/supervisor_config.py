"""What the supervisor reads: one configuration without secrets, and one launch file (mode 0600) for each service."""

import datetime as dt
import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import DamagedFile, read_object
from presswerk.runtimes.local.service import Service
from presswerk.sites.fpm import ProcessOwner

# A start counts once the process has lived this long. One that dies earlier is tried again with growing pauses (1 s,
# 2 s, ...) for half an hour, so that it comes back by itself when the disk or the database does.
_START_SECONDS = 2
_START_RETRIES = 60
_LOG_BYTES = 5_000_000
_LOG_BACKUPS = 3


def launch_file(layout: Layout, name: str) -> Path:
    """The file that says how a service is started."""
    return layout.environment_files / f"{name}.json"


def starts_file(layout: Layout, name: str) -> Path:
    """One line for each start since the service was last started on purpose."""
    return layout.run / "starts" / name


def log_file(layout: Layout, name: str) -> Path:
    """All that a service writes to its output and error streams."""
    return layout.logs / f"{name}.log"


def launch_text(layout: Layout, service: Service) -> str:
    """The launch file's content; the same service gives the same text."""
    described = {
        "name": service.name,
        "command": list(service.command),
        "directory": str(service.directory),
        "environment": dict(service.environment),
        "health_url": service.health_url,
        "health_host": service.health_host,
        "health_socket": None if service.health_socket is None else str(service.health_socket),
        "ready_timeout_seconds": service.ready_timeout_seconds,
        "priority": service.priority,
        "stop_timeout_seconds": service.stop_timeout_seconds,
        "keeps_rights": service.keeps_rights,
        "owner": None if service.owner is None else [service.owner.user, service.owner.group],
        "state": state_mark(layout),
        "starts": str(starts_file(layout, service.name)),
    }
    return json.dumps(described, indent=2, sort_keys=True) + "\n"


def state_mark(layout: Layout) -> str:
    """What the processes of an installation are known by, however its directory is spelled."""
    return str(layout.state.resolve())


def starts_of(layout: Layout, name: str) -> tuple[dt.datetime, ...]:
    """When a service was started since it was last started on purpose, that start included."""
    try:
        lines = starts_file(layout, name).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ()
    # A line may have been cut short by a full disk; that it was started is what counts.
    return tuple(dt.datetime.fromtimestamp(_moment(line), dt.UTC) for line in lines)


def _moment(line: str) -> float:
    try:
        return float(line.partition(" ")[0])
    except ValueError:
        return 0.0


def declared_services(layout: Layout) -> tuple[Service, ...]:
    """The services that have a launch file, in start order."""
    found = (_read_service(path) for path in layout.environment_files.glob("*.json"))
    services = (service for service in found if service is not None)
    return tuple(sorted(services, key=lambda service: (service.priority, service.name)))


def _read_service(path: Path) -> Service | None:
    remedy = "Remove that file and run `presswerk up`, which writes it anew."
    try:
        described = read_object(path, remedy)
    except FileNotFoundError:  # retired just now
        return None
    try:
        # Files of versions before these settings have none.
        health_socket, owner = described.get("health_socket"), described.get("owner")
        return Service(
            name=described["name"],
            command=tuple(described["command"]),
            directory=Path(described["directory"]),
            environment=MappingProxyType(described["environment"]),
            health_url=described["health_url"],
            health_host=described["health_host"],
            health_socket=None if health_socket is None else Path(health_socket),
            ready_timeout_seconds=described["ready_timeout_seconds"],
            priority=described["priority"],
            stop_timeout_seconds=described.get("stop_timeout_seconds", Service.stop_timeout_seconds),
            keeps_rights=described.get("keeps_rights", Service.keeps_rights),
            owner=None if owner is None else ProcessOwner(*owner),
        )
    except (ValueError, KeyError, TypeError):
        raise DamagedFile(f"{path} is damaged.", remedy) from None


def configuration(layout: Layout, services: Iterable[Service], socket: Path) -> str:
    """The supervisor's configuration; it has no secret, so that showing it is harmless.

    Paths are relative to the state directory, where the supervisor runs: it would expand percent signs in them, some
    options once and some twice.
    """
    head = f"""\
[unix_http_server]
file={_text(socket)}
chmod=0700

[supervisord]
logfile=run/supervisord.log
logfile_maxbytes={_LOG_BYTES}
logfile_backups={_LOG_BACKUPS}
loglevel=info
pidfile=run/supervisord.pid
childlogdir=logs
umask=077
nocleanup=true

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    return head + "".join(_program(layout, service) for service in services)


def _program(layout: Layout, service: Service) -> str:
    # Whatever changes in the launch file changes this line, and so the supervisor sees that a service is another.
    digest = hashlib.sha256(launch_text(layout, service).encode()).hexdigest()[:16]
    command = (sys.executable, "-m", "presswerk.runtimes.local.launch", f"env/{service.name}.json")
    return f"""
[program:{service.name}]
command={" ".join(_quoted(argument) for argument in command)}
environment=PRESSWERK_LAUNCH="{digest}"
priority={service.priority}
autostart=true
autorestart=true
startsecs={_START_SECONDS}
startretries={_START_RETRIES}
stopwaitsecs={service.stop_timeout_seconds}
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile=logs/{service.name}.log
stdout_logfile_maxbytes={_LOG_BYTES}
stdout_logfile_backups={_LOG_BACKUPS}
"""


def _text(value: object) -> str:
    """A value for the supervisor's configuration, where a percent sign would start an expansion."""
    return str(value).replace("%", "%%")


def _quoted(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_text(escaped)}"'
