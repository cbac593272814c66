"""Everywhere a tenant can have left something on this machine, looked up in the real stores."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from presswerk.runtimes.databases import database_name, user_names
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.mariadb import LocalMariaDb
from presswerk.runtimes.local.processes import marked_processes
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.supervisor_config import state_mark

# The audit trail keeps who did what, and can keep nothing else; logs of services that all share are rotated away.
_MEANT_TO_STAY = {("hub.db", "audit_records")}
_SHARED_LOGS = {
    "supervisord.log",
    "cron.log",
    "hub.log",
    "chat.log",
    "identity.log",
    "mariadb.log",
    "php.log",
    "web.log",
}


def traces_of(layout: Layout, words: tuple[str, ...]) -> list[str]:
    """Each place that still names a tenant, its people or what was made for it.

    Args:
        layout: Of the installation.
        words: The tenant's id first, then anything else that is its own, such as a member's user name.
    """
    return [*_files(layout, words), *_rows(layout, words), *_databases(layout, words[0]), *_processes(layout, words)]


def _files(layout: Layout, words: tuple[str, ...]) -> Iterator[str]:
    for path in layout.state.rglob("*"):
        inside = str(path.relative_to(layout.state))
        if any(word in inside for word in words):
            yield f"file {inside}"
        elif path.is_file() and not path.is_symlink() and path.name not in _SHARED_LOGS and not _is_database(path):
            content = path.read_bytes()
            yield from (f"text of {inside}: {word}" for word in words if word.encode() in content)


def _is_database(path: Path) -> bool:
    return "mariadb" in path.parts or any(mark in path.name for mark in (".db", ".sqlite"))


def _rows(layout: Layout, words: tuple[str, ...]) -> Iterator[str]:
    for file in sorted(layout.state.rglob("*")):
        if file.suffix not in {".db", ".sqlite", ".sqlite3"} or not file.is_file():
            continue
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30) as database:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                if (file.name, table) in _MEANT_TO_STAY:
                    continue
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    text = json.dumps([str(value) for value in row], ensure_ascii=False)
                    yield from (f"row in {file.name}.{table}: {word}" for word in words if word in text)


def _databases(layout: Layout, tenant_id: str) -> Iterator[str]:
    server = LocalMariaDb(layout, Secrets.open(layout))
    if not server.directory.exists():
        return
    if server.admin.exists(tenant_id):
        yield f"database {database_name(tenant_id)}"
    yield from (f"database user {user}" for user in server.admin.users(tenant_id) if user in user_names(tenant_id))


def _processes(layout: Layout, words: tuple[str, ...]) -> Iterator[str]:
    for process in marked_processes(state_mark(layout)):
        if any(word in f"{process.service} {process.command}" for word in words):
            yield f"process {process.service} {process.command}"
