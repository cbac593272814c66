"""One run of the terraform program: its words are passed on as they come, and it is never killed half way."""

import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType


@dataclass(frozen=True)
class ProgramResult:
    """How a run ended.

    Attributes:
        code: Its exit code.
        out: Standard output.
        err: Standard error.
        interrupted: Whether it was asked to stop before its time.
    """

    code: int
    out: str
    err: str
    interrupted: bool


def run(
    words: Sequence[str], *, cwd: Path, environment: Mapping[str, str], heard: Callable[[str], None] | None = None
) -> ProgramResult:
    """Run a program to its end.

    An interrupt (Ctrl-C, or a job that is cancelled) asks it to stop and waits for it: a Terraform that is killed loses
    what it has just made. A second interrupt asks it again, which Terraform takes as an order to give up.

    Args:
        words: The program and its arguments.
        cwd: Where it runs.
        environment: All of it.
        heard: Called with every line of its standard output as it comes.

    Raises:
        OSError: It cannot be started.
    """
    with _passed_on() as interrupts, tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        child = subprocess.Popen(  # noqa: S603 - no shell, and no argument is from outside
            [*words],
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            errors="replace",
            # A terminal's Ctrl-C is for us alone, who pass it on once.
            start_new_session=True,
        )
        interrupts.are_for(child)
        assert child.stdout is not None  # noqa: S101 - it is a pipe, as asked above
        lines = []
        with child.stdout:
            for line in child.stdout:
                lines.append(line)
                if heard is not None:
                    heard(line.rstrip("\n"))
        code = child.wait()
        errors.seek(0)
        said = errors.read()
    return ProgramResult(code, "".join(lines), said, interrupted=interrupts.came and code != 0)


class _Interrupts:
    """What came of them, also before there is a child to pass them on to."""

    def __init__(self) -> None:
        self.came = False
        self._child: subprocess.Popen[str] | None = None

    def pass_on(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True
        if self._child is not None:
            self._child.send_signal(signal.SIGINT)

    def are_for(self, child: subprocess.Popen[str]) -> None:
        self._child = child
        if self.came:
            child.send_signal(signal.SIGINT)


@contextmanager
def _passed_on() -> Iterator[_Interrupts]:
    """Interrupts and terminations of this process go to the child, also to one that is only about to begin."""
    interrupts = _Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts  # only the main thread gets signals
        return
    before = {each: signal.signal(each, interrupts.pass_on) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupts
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
