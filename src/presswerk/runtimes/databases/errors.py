"""What can go wrong with a tenant's database; no message ever holds a password or a token."""


class DatabaseProblem(Exception):
    """A database server did not do what was asked.

    Attributes:
        retryable: Whether the same request may succeed later without anybody's doing.
    """

    retryable = False


class DatabaseUnreachable(DatabaseProblem):
    """The server does not answer, or is starting, stopping or full."""

    retryable = True


class DatabaseBusy(DatabaseProblem):
    """Somebody holds what has to be changed, such as a long transaction."""

    retryable = True


class DatabaseRefused(DatabaseProblem):
    """The server does not let us: wrong credentials, or an account without the rights it needs."""
