"""What keeps the operator from going on, each with what a person would want to know and when to try again."""

from presswerk.kubernetes.errors import ClusterError


class OperatorError(Exception):
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
