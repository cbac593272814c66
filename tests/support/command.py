"""`presswerk`, run in the test's own process: to start Python for each of hundreds of commands would take minutes."""

import contextlib
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from presswerk.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


def run(*arguments: str, environment: Mapping[str, str] | None = None, all_of_it: bool = False) -> Ended:
    """Run a command as its own process would.

    Args:
        arguments: After `presswerk`.
        environment: Variables that it has.
        all_of_it: Whether it has no others.
    """
    out, err = io.StringIO(), io.StringIO()
    before, argv, variables, hook = Path.cwd(), sys.argv, dict(os.environ), sys.excepthook
    sys.argv = ["presswerk", *arguments]
    if all_of_it:
        os.environ.clear()
    os.environ |= environment or {}
    os.environ.pop("PRESSWERK_DEBUG", None)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.argv, sys.excepthook = argv, hook
        os.environ.clear()
        os.environ |= variables
        os.chdir(before)
    return Ended(status, out.getvalue(), err.getvalue())
