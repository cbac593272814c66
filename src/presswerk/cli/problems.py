"""Problems that a command explains instead of showing a traceback."""

import sys

_AND_THEN = "Mend that and try again."
# A problem's module and class, and what is said after it. They are named rather than imported: each brings its whole
# room along, and what was raised has been imported by whoever raised it.
_PROBLEMS = {
    ("presswerk.runtimes.local.errors", "LocalRuntimeError"): "",
    ("presswerk.tenants.errors", "TenantProblem"): "",
    ("presswerk.spec.load", "DeclarationError"): _AND_THEN,
    ("presswerk.openwebui.errors", "OpenWebUIError"): _AND_THEN,
}


def explained() -> tuple[type[BaseException], ...]:
    """Every kind of problem to explain that can have been raised so far."""
    return tuple(getattr(sys.modules[module], name) for module, name in _PROBLEMS if module in sys.modules)


def explain(problem: BaseException) -> str:
    """What is wrong, field by field where it says so, and what to do about it."""
    fields: tuple[tuple[str, str], ...] = getattr(problem, "fields", ())
    then = [said for kind in type(problem).__mro__ if (said := _PROBLEMS.get((kind.__module__, kind.__name__)))]
    return "\n".join(("", str(problem), *(f"  {field}: {told}" for field, told in fields), *then))
