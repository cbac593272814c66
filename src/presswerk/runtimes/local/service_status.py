"""How a supervised service is, as a value."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.supervisor_config import log_file, starts_of


@dataclass(frozen=True)
class ServiceStatus:
    """How one service is.

    Attributes:
        name: The service.
        state: The supervisor's word in lower case: running, starting, backoff, stopping, stopped, exited or fatal; or
            unwatched when it outlived its supervisor, so that nobody would restart it.
        pid: Of its first process, while there is one.
        uptime_seconds: Since the last start.
        starts: When it was started, from the last time on purpose on; what follows the first was after it had died.
        last_exit: How it ended the last time by itself, such as "terminated by SIGKILL"; None when it never did.
        log: Its log file.
    """

    name: str
    state: str
    pid: int | None
    uptime_seconds: int | None
    starts: tuple[dt.datetime, ...]
    last_exit: str | None
    log: Path

    @property
    def restarts(self) -> int:
        """How often it died and was started again since it was started on purpose."""
        return max(0, len(self.starts) - 1)


def read_status(layout: Layout, service: Service, info: Mapping[str, object] | None, left: int | None) -> ServiceStatus:
    """Put together what the supervisor and the launcher know.

    Args:
        layout: Whose service it is.
        service: As declared.
        info: The supervisor's entry for it; None when no supervisor runs or it does not know the service.
        left: Its process that a killed supervisor has left, if any.
    """
    pid: int | None
    if info is None:
        state, pid, uptime = "stopped" if left is None else "unwatched", left, None
    else:
        state, pid = str(info["statename"]).lower(), int(str(info["pid"])) or None
        uptime = None if pid is None else int(str(info["now"])) - int(str(info["start"]))
    return ServiceStatus(
        name=service.name,
        state=state,
        pid=pid,
        uptime_seconds=uptime,
        starts=starts_of(layout, service.name),
        last_exit=_last_exit(layout, service.name),
        log=log_file(layout, service.name),
    )


def _last_exit(layout: Layout, name: str) -> str | None:
    """The supervisor keeps it only until the next start, but writes it to its log."""
    try:
        text = (layout.run / "supervisord.log").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    ends = re.findall(rf"exited: {re.escape(name)} \((.+?)(?:; (?:not )?expected)?\)$", text, flags=re.MULTILINE)
    return str(ends[-1]) if ends else None
