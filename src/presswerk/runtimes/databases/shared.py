"""Databases and users of tenants on a MariaDB server that they share.

Every statement can be the last before a crash: each call looks at what is there and does only what is missing, so
repeating it ends where an uninterrupted one would have. No password is ever part of a statement, only its hash, since
statements are seen in process lists and logs.
"""

import hashlib
import re
from dataclasses import dataclass, field

import pymysql

from presswerk.runtimes.databases.errors import DatabaseProblem
from presswerk.runtimes.databases.model import (
    DatabaseAccess,
    DatabaseServer,
    TcpServer,
    UserActivity,
    UserLimits,
    database_name,
    must_encrypt,
    user_names,
)
from presswerk.runtimes.databases.sessions import Session, session, takes_password

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "INDEX", "DROP")
"""What WordPress needs on its own database, its upgrades and plugins with tables included; and nothing elsewhere."""

_PASSWORD = re.compile(r"[\x21-\x7e]{16,128}")
_UNKNOWN_THREAD = 1094
_NOT_YOUR_THREAD = 1095


@dataclass(frozen=True)
class MariaDbAdmin:
    """An account that may make databases and users on a server.

    Every method raises `ValueError` for what is no tenant id, none of the tenant's two users, or no password of 16 to
    128 visible ASCII characters, and `DatabaseProblem` where the server is not there or does not do it; its kind says
    whether to try again.

    Attributes:
        server: Where the server is.
        user: The account: it needs CREATE USER, the tenants' privileges with GRANT OPTION, SELECT on `mysql.*`, and
            PROCESS and CONNECTION ADMIN to end the sessions of a tenant that is dropped.
        password: The account's password.
    """

    server: DatabaseServer
    user: str
    password: str = field(repr=False)

    def ensure(self, tenant_id: str, password: str, limits: UserLimits) -> DatabaseAccess:
        """Bring a tenant's database and its user to what they shall be; a second time writes nothing.

        The user is the one of the two that takes the password. If none does, the name that is free gets it, so that a
        site which still uses the other goes on working until `retire`.
        """
        name, hashed = database_name(tenant_id), password_hash(password)
        with session(self.server, self.user, self.password) as admin:
            if not _has_database(admin, name):
                # As WordPress would choose for its tables by itself.
                _run(admin, f"CREATE DATABASE IF NOT EXISTS `{name}` COLLATE utf8mb4_unicode_520_ci")
            user = self._user_for(admin, tenant_id, password)
            self._ensure_user(admin, name, user, hashed, limits)
        return DatabaseAccess(self.server, name, user, password)

    def state(self) -> tuple[bool, int, int]:
        """Whether the server takes no changes, how many connections it has, and how many it may have."""
        with session(self.server, self.user, self.password) as admin:
            ((read_only, most),) = _read(admin, "SELECT @@global.read_only, @@global.max_connections")
            ((connections,),) = _read(admin, "SELECT count(*) FROM information_schema.processlist")
        # This one is ours, and is over.
        return bool(read_only), int(str(connections)) - 1, int(str(most))

    def exists(self, tenant_id: str) -> bool:
        """Whether a tenant has a database, whatever users it has."""
        with session(self.server, self.user, self.password) as admin:
            return _has_database(admin, database_name(tenant_id))

    def users(self, tenant_id: str) -> tuple[str, ...]:
        """The users that a tenant has now: none, one, or two while its password changes."""
        with session(self.server, self.user, self.password) as admin:
            return tuple(name for name in user_names(tenant_id) if self._account(admin, name) is not None)

    def rotate(self, tenant_id: str, new_password: str, limits: UserLimits, *, in_use: str) -> DatabaseAccess:
        """Give the tenant a second user with a new password; the one in use stays as it is.

        The caller then brings the site to the new one and calls `retire`.

        Args:
            tenant_id: Whose password changes.
            new_password: Repeating an interrupted rotation with the same one, or with another, both ends well.
            limits: What the new user may take.
            in_use: The user that the site signs in as now; it is never touched.
        """
        other = _other(tenant_id, in_use)
        name, hashed = database_name(tenant_id), password_hash(new_password)
        with session(self.server, self.user, self.password) as admin:
            if not _has_database(admin, name):
                raise DatabaseProblem(f"tenant {tenant_id} has no database at {self.server.wordpress_host}")
            if self._account(admin, other) is not None and not takes_password(self.server, other, new_password):
                _run(admin, f"ALTER USER {self._at(other)} {_identified(hashed)}")
            self._ensure_user(admin, name, other, hashed, limits)
        return DatabaseAccess(self.server, name, other, new_password)

    def activity(self, tenant_id: str, user: str) -> UserActivity:
        """What one of a tenant's users does at this moment, and how often it has signed in."""
        _other(tenant_id, user)
        with session(self.server, self.user, self.password) as admin:
            query = "SELECT total_connections FROM information_schema.user_statistics WHERE user = %s"
            counted = _read(admin, query, user)
            return UserActivity(len(_threads(admin, (user,))), int(str(counted[0][0])) if counted else 0)

    def retire(self, tenant_id: str, *, keep: str) -> None:
        """Remove the tenant's other user, whose password thereby ends.

        Raises:
            DatabaseProblem: The server is not there or does not do it, or there is no such user to be kept.
        """
        other = _other(tenant_id, keep)
        with session(self.server, self.user, self.password) as admin:
            if self._account(admin, keep) is None:
                raise DatabaseProblem(f"{keep} does not exist, so removing {other} would lock the tenant out")
            _run(admin, f"DROP USER IF EXISTS {self._at(other)}")

    def drop(self, tenant_id: str) -> None:
        """Remove a tenant's database, both its users, and every right anybody had on the database.

        Raises:
            DatabaseBusy: A session that could not be ended still holds the database; try again.
        """
        name, names = database_name(tenant_id), user_names(tenant_id)
        with session(self.server, self.user, self.password) as admin:
            # Users first: nobody can come back to a database that is just going.
            for user in names:
                _run(admin, f"DROP USER IF EXISTS {self._at(user)}")
            for thread in _threads(admin, names):
                _kill(admin, thread)
            # A right outlives the database it is for, and would be one on the next that is called so.
            for grantee, schema in _grants_on(admin, name):
                for right in ("GRANT OPTION", "ALL PRIVILEGES"):
                    _run(admin, f"REVOKE {right} ON `{schema}`.* FROM {grantee}")
            _run(admin, f"DROP DATABASE IF EXISTS `{name}`")

    def _user_for(self, admin: Session, tenant_id: str, password: str) -> str:
        there = [name for name in user_names(tenant_id) if self._account(admin, name) is not None]
        for name in there:
            if takes_password(self.server, name, password):
                return name
        if len(there) < len(user_names(tenant_id)):
            return next(name for name in user_names(tenant_id) if name not in there)
        # Both passwords are lost, so no site can have one of them to lose.
        _run(admin, f"ALTER USER {self._at(there[0])} {_identified(password_hash(password))}")
        return there[0]

    def _ensure_user(self, admin: Session, name: str, user: str, hashed: str, limits: UserLimits) -> None:
        tls = "REQUIRE SSL" if must_encrypt(self.server) else "REQUIRE NONE"
        options = f"{tls} WITH MAX_USER_CONNECTIONS {limits.connections} MAX_STATEMENT_TIME {limits.statement_seconds}"
        wanted = _Account(limits.connections, limits.statement_seconds, must_encrypt(self.server))
        found = self._account(admin, user)
        if found is None:
            _run(admin, f"CREATE USER IF NOT EXISTS {self._at(user)} {_identified(hashed)} {options}")
        elif found != wanted:
            _run(admin, f"ALTER USER {self._at(user)} {options}")
        granted = self._privileges(admin, user, name)
        if missing := [right for right in PRIVILEGES if right not in granted]:
            _run(admin, f"GRANT {', '.join(missing)} ON `{_literally(name)}`.* TO {self._at(user)}")
        if surplus := sorted(granted - frozenset(PRIVILEGES)):
            _run(admin, f"REVOKE {', '.join(surplus)} ON `{_literally(name)}`.* FROM {self._at(user)}")

    def _account(self, admin: Session, user: str) -> "_Account | None":
        query = (
            "SELECT max_user_connections, max_statement_time, ssl_type FROM mysql.user WHERE user = %s AND host = %s"
        )
        rows = _read(admin, query, user, self._host)
        return None if not rows else _Account(int(str(rows[0][0])), int(float(str(rows[0][1]))), rows[0][2] == "ANY")

    def _privileges(self, admin: Session, user: str, name: str) -> frozenset[str]:
        query = (
            "SELECT privilege_type FROM information_schema.schema_privileges WHERE grantee = %s AND table_schema = %s"
        )
        rows = _read(admin, query, f"'{user}'@'{self._host}'", _literally(name))
        return frozenset(str(row[0]) for row in rows)

    @property
    def _host(self) -> str:
        return "%" if isinstance(self.server, TcpServer) else "localhost"

    def _at(self, user: str) -> str:
        return f"`{user}`@`{self._host}`"


@dataclass(frozen=True)
class _Account:
    connections: int
    statement_seconds: int
    tls: bool


def _other(tenant_id: str, user: str) -> str:
    first, second = user_names(tenant_id)
    if user not in (first, second):
        raise ValueError(f"{user!r} is no user of tenant {tenant_id}")
    return second if user == first else first


def password_hash(password: str) -> str:
    """A password as the server keeps it: by the one method that every client, PHP's own too, can answer to.

    Raises:
        ValueError: It has not 16 to 128 visible ASCII characters.
    """
    if not _PASSWORD.fullmatch(password):
        raise ValueError("a database password has 16 to 128 visible ASCII characters")
    once = hashlib.sha1(password.encode("ascii"), usedforsecurity=False).digest()
    return "*" + hashlib.sha1(once, usedforsecurity=False).hexdigest().upper()


def _identified(hashed: str) -> str:
    return f"IDENTIFIED VIA mysql_native_password USING '{hashed}'"


def _literally(name: str) -> str:
    """A database's name in a GRANT, where an underscore would stand for any character."""
    return name.replace("_", "\\_")


def _run(admin: Session, statement: str) -> None:
    with admin.cursor() as cursor:
        cursor.execute(statement)


def _read(admin: Session, query: str, *values: str) -> tuple[tuple[object, ...], ...]:
    with admin.cursor() as cursor:
        cursor.execute(query, values)
        return tuple(cursor.fetchall())


def _has_database(admin: Session, name: str) -> bool:
    return bool(_read(admin, "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", name))


def _threads(admin: Session, users: tuple[str, ...]) -> tuple[int, ...]:
    rows = _read(admin, "SELECT id, user FROM information_schema.processlist")
    return tuple(int(str(row[0])) for row in rows if row[1] in users)


def _grants_on(admin: Session, name: str) -> tuple[tuple[str, str], ...]:
    query = (
        "SELECT DISTINCT grantee, table_schema FROM information_schema.schema_privileges WHERE table_schema IN (%s, %s)"
    )
    return tuple((str(grantee), str(schema)) for grantee, schema in _read(admin, query, name, _literally(name)))


def _kill(admin: Session, thread: int) -> None:
    try:
        _run(admin, f"KILL CONNECTION {thread}")
    except pymysql.MySQLError as error:
        # Gone already, or not ours to end: then dropping the database waits for it, and says so if it does not end.
        if error.args[0] not in (_UNKNOWN_THREAD, _NOT_YOUR_THREAD):
            raise
