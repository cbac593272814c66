"""WordPress's `config.php` of a site, as text; the same for every runtime."""

from collections.abc import Mapping

Constant = str | int | bool


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
