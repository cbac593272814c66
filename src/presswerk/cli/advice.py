"""Commands that are printed as advice, so that they work as they are printed."""

import re
import shlex
import shutil
import sys
from pathlib import Path

# A command in backticks is what a person copies.
_COMMAND = re.compile(r"`presswerk(?= |`)(?P<rest>[^`]*)`")
WITH_STATE_DIR = frozenset({"up", "status", "down", "demo", "tenant", "databases", "logs", "restart", "logins"})
"""Commands that look after an installation on this machine, whose directory they must be told."""


def as_run_here(text: str) -> str:
    """A text whose commands work as printed: with the way to `presswerk` where it is not on the PATH, and with the
    installation that the present command was told.

    Args:
        text: Commands stand in it in backticks, as `presswerk up`.
    """
    return _COMMAND.sub(lambda found: f"`{_way()}{_told_of_installation(found['rest'])}`", text)


def _way() -> str:
    found = shutil.which("presswerk")
    ours = Path(sys.executable).with_name("presswerk")
    if found is not None and Path(found).resolve() == ours.resolve():
        return "presswerk"
    if not ours.is_file():
        return f"{shlex.quote(sys.executable)} -m presswerk.cli"
    try:
        return shlex.quote(str(ours.relative_to(Path.cwd())))
    except ValueError:
        return shlex.quote(str(ours))


def _told_of_installation(rest: str) -> str:
    words = rest.split()
    given = _given_state_dir(sys.argv[1:])
    if not words or given is None or words[0] not in WITH_STATE_DIR or "--state-dir" in words:
        return rest
    return f"{rest} --state-dir {shlex.quote(given)}"


def _given_state_dir(arguments: list[str]) -> str | None:
    """The option's value as it was typed; one of the environment is there for the next command, too."""
    for place, argument in enumerate(arguments):
        if argument == "--state-dir" and place + 1 < len(arguments):
            return arguments[place + 1]
        if argument.startswith("--state-dir="):
            return argument.partition("=")[2]
    return None
