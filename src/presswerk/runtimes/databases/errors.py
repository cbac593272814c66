"""What can go wrong with a tenant's database; no message ever holds a password or a token."""

from presswerk.errors import PresswerkError


class DatabaseProblem(PresswerkError):
    """A database server did not do what was asked."""


class DatabaseUnreachable(DatabaseProblem):
    """The server does not answer, or is starting, stopping or full.

    Attributes:
        retry_after_seconds: When it wants to be asked again; None when it does not say.
    """

    retryable = True

    def __init__(self, message: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class DatabaseBusy(DatabaseProblem):
    """Somebody holds what has to be changed, such as a long transaction."""

    retryable = True


class DatabaseRefused(DatabaseProblem):
    """The server does not let us: wrong credentials, or an account without the rights it needs."""


class QuotaExceeded(DatabaseProblem):
    """The cloud contract has no room for it; somebody has to raise the quota or remove something."""


class InvalidCluster(DatabaseProblem):
    """The cloud refuses what was asked for."""


class ClusterFailed(DatabaseProblem):
    """The cloud gave a cluster up; it holds no data worth keeping or somebody has to look at it."""


class ForeignCluster(DatabaseProblem):
    """A cluster has the name that ours would have, but not our mark, so it is neither used nor made twice."""
