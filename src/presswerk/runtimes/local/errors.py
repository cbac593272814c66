"""What can go wrong on this machine, said so that its reader can mend it."""

from presswerk.errors import PresswerkError


class LocalRuntimeError(PresswerkError):
    """The local runtime cannot go on."""
