"""What the entry's log says of the certificates that it did not get."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from presswerk.runtimes.local.entry import SERVICE_NAME
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.supervisor_config import log_file

_MOST_BYTES = 512 * 1024
_LOGGERS = ("tls.obtain", "tls.renew")
_GOT = ("certificate obtained successfully", "certificate renewed successfully")
_LONGEST = 300


def complaint_about(layout: Layout, name: str) -> str | None:
    """Why the last try to get a name's certificate failed; None where it was got since, or not tried."""
    told = None
    for line in _lines(log_file(layout, SERVICE_NAME)):
        if name not in line:
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if not isinstance(entry, dict) or entry.get("logger") not in _LOGGERS or entry.get("identifier") != name:
            continue
        if entry.get("msg") in _GOT:
            told = None
        elif entry.get("level") == "error" and isinstance(entry.get("error"), str):
            told = " ".join(entry["error"].split())[:_LONGEST].rstrip(".")
    return told


def _lines(file: Path) -> Iterator[str]:
    try:
        with file.open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - _MOST_BYTES))
            yield from log.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return
