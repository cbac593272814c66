"""Carry out in the background what the API wants of tenants, and removals whose time has come, on this machine."""

import contextlib
import datetime as dt
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Empty, SimpleQueue

import structlog
from sqlalchemy.exc import SQLAlchemyError

from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import DeclaredTenant

_LOOK_SECONDS = 5.0
"""Without being asked: for what a command left, and for removals whose time has come."""
_NOBODY = ""
_LEFT_TO_COMMANDS_SECONDS = 60.0
"""A command carries out itself what it stored; after so long it must have been killed, and nobody has repeated it."""
_FIRST_PAUSE_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 600.0
_BACKUP_PAUSE_SECONDS = 300.0
_LONGEST_BACKUP_PAUSE_SECONDS = 3600.0

log = structlog.get_logger(__name__)


class TenantWorker:
    """Looks whether a tenant needs work, at once when asked, and lets a process of its own do it.

    A process of its own, because the hub must neither wait for it nor end with it. What fails is tried again after
    growing pauses.

    Args:
        tenants: What is wanted.
        asked: Ids of tenants that the hub itself was asked to change.
        state: The installation's state directory.
    """

    def __init__(self, tenants: LocalRuntime, asked: SimpleQueue[str], state: Path) -> None:
        self._tenants = tenants
        self._queue = asked
        self._asked: set[str] = set()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="carrying-out", daemon=True)
        self._command = _Command(state)
        self._pauses: dict[tuple[str, int], tuple[float, dt.datetime]] = {}

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; work in progress is stopped, and goes on when the hub runs again."""
        self._ending.set()
        self._queue.put(_NOBODY)
        self._command.stop()
        self._thread.join(timeout=15)

    def _run(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(Empty):
                self._asked.add(self._queue.get(timeout=_LOOK_SECONDS))
            now = dt.datetime.now(dt.UTC)
            while not self._queue.empty():
                self._asked.add(self._queue.get())
            try:
                for known in self._tenants.list():
                    if not self._ending.is_set() and self._is_time_for(known, now):
                        self._carry_out(known)
            except SQLAlchemyError as error:
                # A database is away for a moment; the next look tries again.
                log.warning("tenants_not_looked_at", error=type(error).__name__)

    def _is_time_for(self, known: DeclaredTenant, now: dt.datetime) -> bool:
        changed_at = known.updated_at
        if known.remove_at is not None and known.is_due(now):
            changed_at = max(changed_at, known.remove_at)
        left = known.id not in self._asked and (now - changed_at).total_seconds() < _LEFT_TO_COMMANDS_SECONDS
        if left or not known.needs_work(now):
            return False
        _, until = self._pauses.get((known.id, known.generation), (0.0, now))
        return until <= now

    def _carry_out(self, known: DeclaredTenant) -> None:
        problem = self._command.run("tenant", "carry-out", known.id)
        key = (known.id, known.generation)
        if problem is None:
            self._pauses.pop(key, None)
            self._asked.discard(known.id)
            log.info("tenant_carried_out", tenant=known.id, generation=known.generation)
            return
        pause = min(2 * self._pauses.get(key, (_FIRST_PAUSE_SECONDS / 2, None))[0], _LONGEST_PAUSE_SECONDS)
        self._pauses[key] = (pause, dt.datetime.now(dt.UTC) + dt.timedelta(seconds=pause))
        log.warning("tenant_not_carried_out", tenant=known.id, pause_seconds=pause, told=problem)


class BackupWorker:
    """Looks every few minutes whether a backup or a proof is due, and lets a process of its own do it.

    Args:
        state: The installation's state directory.
        is_due: Whether anything is.
        pause_seconds: Between two looks.
    """

    def __init__(self, state: Path, is_due: Callable[[], bool], pause_seconds: float = _BACKUP_PAUSE_SECONDS) -> None:
        self._is_due = is_due
        self._pause = pause_seconds
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backing-up", daemon=True)
        # Nobody waits for it, and readers do.
        self._command = _Command(state, "nice", "-n", "10")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a backup that is under way is stopped, and made anew when the hub runs again."""
        self._ending.set()
        self._command.stop()
        self._thread.join(timeout=15)

    def _run(self) -> None:
        pause = self._pause
        while not self._ending.wait(pause):
            try:
                problem = self._command.run("backup", "schedule", "--run") if self._is_due() else None
            except SQLAlchemyError as error:
                problem = type(error).__name__
            # What fails costs as much as what succeeds, and `presswerk status` tells of it.
            pause = self._pause if problem is None else min(2 * pause, _LONGEST_BACKUP_PAUSE_SECONDS)
            if problem is not None and not self._ending.is_set():
                log.warning("backup_not_made", pause_seconds=pause, told=problem)


class _Command:
    """Runs our own program in a process of its own, one at a time."""

    def __init__(self, state: Path, *before: str) -> None:
        self._state = state
        self._before = before
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str) -> str | None:
        """Wait for its end; what it said last where it failed, else None."""
        program = (*self._before, sys.executable, "-m", "presswerk.cli", *arguments)
        self._process = subprocess.Popen(  # noqa: S603  our own program
            (*program, "--state-dir", str(self._state)),
            env=_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        told = self._process.communicate()[1].decode(errors="replace").strip()
        failed, self._process = self._process.returncode != 0, None
        return told[-400:] if failed else None

    def stop(self) -> None:
        """End it, where it runs."""
        if (process := self._process) is not None:
            process.terminate()


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """Without the stand-in's address, which without a key would be taken for a mistake."""
    if own.get("PRESSWERK_AI_API_KEY"):
        return dict(own)
    return {name: value for name, value in own.items() if not name.startswith("PRESSWERK_AI_")}
