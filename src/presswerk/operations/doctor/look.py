"""One look at an installation on this machine: everything is asked, whatever of it is broken."""

from collections.abc import Callable, Sequence
from pathlib import Path

from presswerk.errors import PresswerkError
from presswerk.operations.checks import CHECKS, Memory, Outcome, Result, Target, ask
from presswerk.operations.local_targets import targets_at, what_runs
from presswerk.runtimes.local.installation import remembered


def look(state: Path, targets: Callable[[], Sequence[Target]] | None = None) -> tuple[Result, ...]:
    """Ask.

    Args:
        state: The installation's state directory.
        targets: What; everything of an installation that runs, where left out.

    Raises:
        NoSuchInstallation: There is none.
    """
    of_all = targets or (lambda: what_runs(targets_at(state)))
    memory = Memory(state / "run" / "checks.json")
    results = ask(CHECKS, of_all(), memory=memory)
    if any(result.outcome is Outcome.FAILED for result in results) and _is_changing(state):
        # A command may have begun while we asked: what it is at is known now.
        results = ask(CHECKS, of_all(), memory=memory)
    return results


def _is_changing(state: Path) -> bool:
    try:
        return remembered(state).is_changing()
    except PresswerkError:
        return False
