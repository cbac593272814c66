"""What can go wrong with a backup's repository, told apart by what there is to do about it."""

from presswerk.errors import NOT_FOUND, NOT_POSSIBLE_NOW, PresswerkError


class BackupProblem(PresswerkError):
    """A backup could not be made, read or brought back."""

    http = NOT_POSSIBLE_NOW


class NoSuchBackup(BackupProblem):
    """There is none like this."""

    http = NOT_FOUND


class WrongKey(BackupProblem):
    """The repository was made with another key."""


class FullTarget(BackupProblem):
    """There is no room where the backups are."""


class Unreachable(BackupProblem):
    """The place of the backups does not answer."""

    retryable = True


class InUse(BackupProblem):
    """Somebody else works on the repository."""

    retryable = True


class DamagedRepository(BackupProblem):
    """Something in the repository is missing, or not what was written there."""
