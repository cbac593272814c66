"""Import every module of Presswerk: `python -m presswerk.cli.imports` fails where an installation lacks one."""

import importlib
import json
import pkgutil

import presswerk

ELSEWHERE = frozenset({"presswerk.runtimes.local.seed_canaille", "presswerk.database.migrations.env"})
"""Run in the identity provider's own environment, and inside a database migration."""


def import_all() -> list[str]:
    """Import all modules but those that run elsewhere, and those that are run by being imported.

    Returns:
        Their names.

    Raises:
        ImportError: One is missing, or something that one needs.
    """
    found = (module.name for module in pkgutil.walk_packages(presswerk.__path__, "presswerk."))
    names = [name for name in found if not name.endswith("__main__") and name not in ELSEWHERE]
    for name in names:
        importlib.import_module(name)
    return names


if __name__ == "__main__":
    print(json.dumps([presswerk.__file__, import_all()]))
