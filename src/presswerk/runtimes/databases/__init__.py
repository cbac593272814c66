"""Databases for sites outside SQLite: on a server that tenants share, or on a cluster of the tenant's own."""

from presswerk.runtimes.databases.errors import (
    DatabaseBusy,
    DatabaseProblem,
    DatabaseRefused,
    DatabaseUnreachable,
)
from presswerk.runtimes.databases.model import (
    DatabaseAccess,
    DatabaseServer,
    Encryption,
    TcpServer,
    UnixSocketServer,
    UserActivity,
    UserLimits,
    database_name,
    limits_for,
    user_names,
)
from presswerk.runtimes.databases.rotation import rotate
from presswerk.runtimes.databases.shared import MariaDbAdmin

__all__ = [
    "DatabaseAccess",
    "DatabaseBusy",
    "DatabaseProblem",
    "DatabaseRefused",
    "DatabaseServer",
    "DatabaseUnreachable",
    "Encryption",
    "MariaDbAdmin",
    "TcpServer",
    "UnixSocketServer",
    "UserActivity",
    "UserLimits",
    "database_name",
    "limits_for",
    "rotate",
    "user_names",
]
