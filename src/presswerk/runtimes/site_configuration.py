"""WordPress's `config.php` of a site, as text; the same for every runtime."""

from collections.abc import Mapping

Constant = str | int | bool

HARDENING: Mapping[str, Constant] = {
    # What a site runs is the platform's to change.
    "AUTOMATIC_UPDATER_DISABLED": True,
    "DISALLOW_FILE_MODS": True,
    # A site's own administrator writes no scripts either: they would run in the browsers of the others.
    "DISALLOW_UNFILTERED_HTML": True,
}
"""What every site is told, whoever runs it."""


def sqlite_constants(directory: str) -> Mapping[str, Constant]:
    """What a site that keeps its content in a file is told.

    Args:
        directory: Where the file is; no web server may serve it.
    """
    return {
        "DB_ENGINE": "sqlite",
        "DB_DIR": directory,
        "DB_FILE": "site.sqlite",
        # Asked for by the SQLite integration although a file has none.
        "DB_NAME": "wordpress",
        "DB_USER": "",
        "DB_PASSWORD": "",
        "DB_HOST": "",
        "DB_CHARSET": "utf8mb4",
        "DB_COLLATE": "",
    }


def configuration_text(constants: Mapping[str, Constant], *, made_by: str) -> str:
    """The file that defines constants.

    Args:
        constants: By name, in the order they are written.
        made_by: What whoever opens the file is told, such as `presswerk up`.
    """
    lines = [f"define( '{name}', {_literal(value)} );" for name, value in constants.items()]
    return f"<?php\n// Written by {made_by}; holds secrets.\n" + "\n".join(lines) + "\n"


def _literal(value: Constant) -> str:
    """A PHP literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
