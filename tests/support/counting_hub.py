"""The hub, in a process that notes each statement and commit of its databases in a file.

Run as `python -m tests.support.counting_hub`; PRESSWERK_TEST_STATEMENTS names the file. Each line is the thread's name,
a tab, and the statement, or COMMIT where a transaction wrote something. What comes by the clock, and not by an article,
does not come: looking for what others stored, noting once more who was seen, reading again what is remembered.
"""

import datetime as dt
import os
import sys
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from presswerk.cli.hub import app
from presswerk.identity import people
from presswerk.publishing import dispatcher
from presswerk.tenants import registry

# The engine begins some of its writes to PostgreSQL with WITH.
_WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
_WROTE = "presswerk_test_wrote"
_EVER_SECONDS = 36_000.0


def _note(what: str) -> None:
    line = f"{threading.current_thread().name}\t{' '.join(what.split())}\n"
    with Path(os.environ["PRESSWERK_TEST_STATEMENTS"]).open("a", encoding="utf-8") as file:
        file.write(line)


def _executing(connection: Connection, _cursor: object, statement: str, *_more: Any) -> None:
    writes = statement.lstrip().startswith(_WRITES)
    _note(statement)
    if writes and connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        _note("COMMIT")
    elif writes:
        connection.info[_WROTE] = True


def _committing(connection: Connection) -> None:
    if connection.info.pop(_WROTE, False):
        _note("COMMIT")


def _stop_the_clock() -> None:
    dispatcher._LOOKS_EVERY_SECONDS = _EVER_SECONDS
    people._WRITTEN_EVERY = dt.timedelta(seconds=_EVER_SECONDS)
    registry._REMEMBERED_SECONDS = _EVER_SECONDS


if __name__ == "__main__":
    _stop_the_clock()
    event.listen(Engine, "before_cursor_execute", _executing)
    event.listen(Engine, "commit", _committing)
    sys.exit(app(["serve"]))
