"""How a look at a tenant ends: settled, waiting, or stopped by a problem, each with when to look again."""

from dataclasses import dataclass

from presswerk.errors import PresswerkError
from presswerk.kubernetes.errors import ClusterError


class OperatorError(PresswerkError):
    """Something stands in the way of a tenant; it is tried again."""


class ServiceError(OperatorError):
    """A database server, identity provider, chat or hub did not do its part.

    Attributes:
        reason: One CamelCase word for the condition, such as `NotConfigured` or `Unavailable`.
        again_in_seconds: When it makes sense to ask again; None for the usual backoff.
    """

    def __init__(self, reason: str, message: str, *, again_in_seconds: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.again_in_seconds = again_in_seconds


class NotYet(ServiceError):
    """It is being made and takes its time; nothing is wrong."""


class NotConfigured(ServiceError):
    """The operator was not told how to reach it."""

    def __init__(self, message: str) -> None:
        super().__init__("NotConfigured", message)


Problem = OperatorError | ClusterError
"""Whatever stands in the way of a tenant."""
PROBLEMS = (OperatorError, ClusterError)


@dataclass(frozen=True)
class ReconcileOutcome:
    """How a look at a tenant ended.

    Attributes:
        again_in_seconds: When to come back by itself; at the earliest, where something is awaited; None when the
            tenant is gone.
        problem: What stood in the way.
        settled: Whether nothing is awaited: it is as wanted, or stays as it is until somebody changes something.
    """

    again_in_seconds: float | None
    problem: Problem | None = None
    settled: bool = False

    @property
    def failed(self) -> bool:
        """Whether something went wrong, which is not so when something takes its time."""
        return self.problem is not None and not isinstance(self.problem, NotYet)

    @classmethod
    def stopped_by(cls, problem: Problem) -> "ReconcileOutcome":
        """It goes on when the problem says so, else after the usual pause."""
        if isinstance(problem, ServiceError) and problem.again_in_seconds is not None:
            return cls(problem.again_in_seconds, problem)
        if isinstance(problem, ClusterError) and problem.retry_after_seconds is not None:
            return cls(problem.retry_after_seconds, problem)
        return cls(0.0, problem)
