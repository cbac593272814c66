"""All tests in one run, as `make test` and `make drill` start it; nothing that a test started outlives the run."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

# A run that loses a process ends; with another in its place it would wait for what the lost one was to do.
# Some of them wait at any time, so that there is one more than cores.
_PROCESSES = min((os.cpu_count() or 2) + 1, 6)
OPTIONS = (
    "--numprocesses",
    str(_PROCESSES),
    "--dist",
    "loadfile",
    "--no-loadscope-reorder",
    "--max-worker-restart",
    "0",
)

_PR_SET_CHILD_SUBREAPER = 36
_ENDING_SECONDS = 10.0
_MOST_LINES = 8


def main(arguments: Sequence[str]) -> int:
    """Run pytest to its end, then end and name what is left of it; the status is pytest's."""
    # Whatever loses its parent below this process becomes its child, also a daemon and what a killed test had started.
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "what tests leave running could not be followed")
    run = subprocess.Popen([sys.executable, "-m", "pytest", *OPTIONS, *arguments])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # pytest gets it too, and tells what it knows so far
    signal.signal(signal.SIGTERM, lambda *_: os.kill(run.pid, signal.SIGTERM))
    while True:
        pid, status = os.wait()
        if pid == run.pid:
            break
    if left := _end_what_is_left():
        lines = [f"  {line}" for line in left[:_MOST_LINES]]
        print(f"Left running by tests, and ended now ({len(left)}):", *lines, sep="\n", file=sys.stderr)
    return os.waitstatus_to_exitcode(status)


def _end_what_is_left() -> list[str]:
    told: dict[int, str] = {}
    deadline = time.monotonic() + _ENDING_SECONDS
    while found := _children():
        patient = time.monotonic() < deadline
        for pid in found:
            if pid not in told or not patient:
                told.setdefault(pid, _command(pid))
                os.kill(pid, signal.SIGTERM if patient else signal.SIGKILL)
        time.sleep(0.1)
    return [command for command in told.values() if command]


def _children() -> list[int]:
    """Those that still run; who has ended is taken note of."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return []
        if pid == 0:
            break
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and _is_ours(entry)]


def _is_ours(process: Path) -> bool:
    try:
        parent = (process / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[1]
    except OSError:  # it has just ended
        return False
    return int(parent) == os.getpid()


def _command(pid: int) -> str:
    """Its command line; empty when it has ended already."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:150]
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
