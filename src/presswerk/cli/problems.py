"""Problems that a command explains instead of showing a traceback."""

from presswerk.openwebui.errors import OpenWebUIError
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.spec import DeclarationError
from presswerk.tenants import TenantProblem

Explained = (LocalRuntimeError, DeclarationError, OpenWebUIError, TenantProblem)


def explain(problem: BaseException) -> str:
    """What is wrong, and what to do about it."""
    if isinstance(problem, TenantProblem):
        return "\n".join(("", str(problem), *(f"  {field}: {told}" for field, told in problem.fields)))
    return f"\n{problem}" if isinstance(problem, LocalRuntimeError) else f"\n{problem}\nMend that and try again."
