"""What backs a finding: the lines of logs that say why, and what takes the room of a full disk."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from presswerk.messages import Message
from presswerk.operations.checks import Result
from presswerk.operations.checks.tenant_targets import site_service
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.logs import last_lines
from presswerk.runtimes.local.private_files import DamagedFile
from presswerk.runtimes.local.processes import pool_prefix
from presswerk.runtimes.local.secrets import Secrets, UnreadableSecrets
from presswerk.runtimes.local.site_servers import PHP
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import log_file

_READ_LINES = 200
_SHOWN_LINES = 4
_LAST_WORDS = 2
_LONGEST = 300
_OF_A_PROCESS = ("process", "supervisor", "modules")
_TELLS = re.compile(
    r"error|fatal|exception|traceback|critical|refused|denied|no space|read-?only|too many|cannot|failed|killed",
    re.IGNORECASE,
)
_OF_A_DISK = frozenset({"disk", "disk-files", "disk-forecast"})
_NO_PROCESS = frozenset({"disk", "memory", "clock", "ai", "installation"})
_MIB = 2**20


def evidence(installation: Installation, finding: Result) -> tuple[str, ...]:
    """The lines that say why, without secrets; none where nothing does."""
    if finding.check in _OF_A_DISK:
        return tuple(str(told) for told in _largest(installation.layout.state))
    return tuple(_lines(installation, finding))


def _lines(installation: Installation, finding: Result) -> Iterator[str]:
    service = finding.service
    if service in _NO_PROCESS:
        return
    layout, of_site = installation.layout, ""
    path = layout.run / "supervisord.log" if service == "supervisor" else log_file(layout, service)
    if service.startswith(site_service("")):
        path, of_site = log_file(layout, PHP), f"[pool {pool_prefix(service.removeprefix(site_service('')))}"
    try:
        hidden = Supervision(layout, Secrets.open(layout).all_values()).hidden()
        lines = last_lines(path, _READ_LINES, hidden, containing=of_site)
    except (OSError, DamagedFile, UnreadableSecrets):
        # Whoever may not read the log is told so by the command that reads it.
        return
    telling = [line for line in lines if _tells(line)]
    if not telling and finding.check.startswith(_OF_A_PROCESS):
        telling = list(lines)[-_LAST_WORDS:]
    # The same again and again says no more than once.
    for line in list(dict.fromkeys(telling))[-_SHOWN_LINES:]:
        yield f"{path.name}: {line.strip()[:_LONGEST]}"


def _tells(line: str) -> bool:
    """Whether a line tells of something wrong: by its level where it has one, by its words else."""
    try:
        level = json.loads(line).get("level")
    except (ValueError, AttributeError):
        level = None
    return _TELLS.search(line) is not None if level is None else level not in {"debug", "info"}


def _largest(state: Path) -> Iterator[Message]:
    """What takes most of the room."""
    sizes = {path.name: _size(path) for path in state.iterdir()}
    for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:_SHOWN_LINES]:
        yield Message("%(name)s has %(size)s MiB", name=name, size=size // _MIB)


def _size(path: Path) -> int:
    total = 0
    with suppress(OSError):
        found = path.lstat()
        total = found.st_blocks * 512
        if path.is_dir() and not path.is_symlink():
            total += sum(_size(inner) for inner in path.iterdir())
    return total
