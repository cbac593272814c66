"""Problems that a command explains instead of showing a traceback."""

from presswerk.openwebui.errors import OpenWebUIError
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.spec import DeclarationError

Explained = (LocalRuntimeError, DeclarationError, OpenWebUIError)


def explain(problem: BaseException) -> str:
    """What is wrong, and what to do about it."""
    return f"\n{problem}" if isinstance(problem, LocalRuntimeError) else f"\n{problem}\nMend that and try again."
