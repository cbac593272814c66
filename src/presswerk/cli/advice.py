"""Commands that are printed as advice, so that they work as they are printed."""

import json
import re
import shlex
import shutil
import sys
from pathlib import Path

# A command in backticks is what a person copies.
_COMMAND = re.compile(r"`presswerk(?= |`)(?P<rest>[^`]*)`")
TOLD_AGAIN = {
    "--state-dir": frozenset(
        {
            "up",
            "status",
            "doctor",
            "repair",
            "down",
            "demo",
            "tenant",
            "databases",
            "backup",
            "logs",
            "restart",
            "logins",
        }
    ),
    "--hub": frozenset({"publish", "retry", "login", "logout", "api-key", "tenant"}),
    "--kubeconfig": frozenset({"tenant"}),
}
"""Options that name the installation or the hub that is meant, and the commands that must be told the same."""


def as_run_here(text: str) -> str:
    """A text whose commands work as printed: with the way to `presswerk` where it is not on the PATH, and with the
    installation or the hub that the present command was told.

    Args:
        text: Commands stand in it in backticks, as `presswerk up`.
    """
    return _COMMAND.sub(lambda found: f"`{_way()}{_told_again(found['rest'])}`", text)


def json_as_run_here(document: object) -> str:
    """A document for programs, with commands in its texts as `as_run_here` gives them."""
    return json.dumps(_advised(document), indent=2)


def _advised(value: object) -> object:
    if isinstance(value, str):
        return as_run_here(value)
    if isinstance(value, dict):
        return {name: _advised(each) for name, each in value.items()}
    return [_advised(each) for each in value] if isinstance(value, list | tuple) else value


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


def _told_again(rest: str) -> str:
    words = rest.split()
    for option, commands in TOLD_AGAIN.items():
        given = _given(option, sys.argv[1:])
        if words and given is not None and words[0] in commands and option not in words:
            rest = f"{rest} {option} {shlex.quote(given)}"
    return rest


def _given(option: str, arguments: list[str]) -> str | None:
    """An option's value as it was typed; one of the environment is there for the next command, too."""
    for place, argument in enumerate(arguments):
        if argument == option and place + 1 < len(arguments):
            return arguments[place + 1]
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None
