"""Values for Secrets, each in a file named after its key, in a directory that only its owner can read."""

from collections.abc import Mapping
from pathlib import Path

from presswerk.errors import PresswerkError
from presswerk.runtimes.local.private_files import write_private

_OTHERS = 0o077


def read_values(directory: Path, known: set[str]) -> dict[str, str]:
    """What it holds, by key.

    Args:
        directory: It must be there.
        known: The keys there are.

    Raises:
        PresswerkError: Others can read it, it holds something else, or it cannot be read.
    """
    try:
        _refuse_others(directory)
        files = [file for file in sorted(directory.iterdir()) if file.is_file()]
        unknown = [file.name for file in files if file.name not in known]
        if unknown:
            raise PresswerkError(
                f"{directory} holds {', '.join(unknown)}, which is no key of a Secret.",
                "`presswerk render --only secrets.yaml` lists all keys.",
            )
        return {file.name: file.read_text(encoding="utf-8") for file in files}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a file of it is no UTF-8 text"
        raise PresswerkError(f"{directory} cannot be read: {reason}.", "Name another with --from.") from None


def add_values(directory: Path, values: Mapping[str, str]) -> tuple[str, ...]:
    """Write those that are not there yet: one that is may be somebody's own, or drawn before and in use.

    Args:
        directory: It is made if it is missing.
        values: By key.

    Returns:
        The keys of those that are written now.

    Raises:
        PresswerkError: Others can read it, or it cannot be written.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_others(directory)
        new = tuple(name for name in values if not (directory / name).exists())
        for name in new:
            write_private(directory / name, f"{values[name]}\n")
    except OSError as error:
        raise PresswerkError(f"{directory} cannot be written: {error.strerror}.", "Name another with --to.") from None
    return new


def _refuse_others(directory: Path) -> None:
    if directory.stat().st_mode & _OTHERS:
        raise PresswerkError(f"{directory} can be read by others.", f"chmod 700 {directory}")
