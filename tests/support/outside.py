"""Everybody the operator asks, in memory, and unwilling on request; their own work is tested with the real ones.

A double: an operator's test is about what it asks in which order, and what it makes of a refusal at each point.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass, field

from presswerk.declaration import Allotment, DatabaseKind, Limits, Tenant
from presswerk.identity.providers.authentik import DesiredMember
from presswerk.runtimes.cluster.operator.credentials import Credentials
from presswerk.runtimes.cluster.operator.outcome import ServiceError
from presswerk.runtimes.cluster.operator.services import ExternalServices, SiteSignOn
from presswerk.runtimes.databases import DatabaseAccess, TcpServer
from presswerk.wordpress.model import Connection


def _willing(_what: str) -> None:
    pass


@dataclass
class Others:
    """What there is outside of the cluster, by tenant; `before` is told of each request and may raise."""

    before: Callable[[str], None] = _willing
    asked: list[str] = field(default_factory=list)
    databases: dict[str, dict[DatabaseKind, str]] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)
    presets: set[str] = field(default_factory=set)
    connections: dict[str, Connection] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def outside(self) -> ExternalServices:
        """As the operator sees it."""
        return ExternalServices(_Databases(self), _SignOn(self), _Chat(self), _Connections(self))

    def traffic(self) -> "_Traffic":
        """Who asks sites whether they answer."""
        return _Traffic(self)

    def ask(self, what: str) -> None:
        """Note a request, and fail if it is to."""
        self.asked.append(what)
        self.before(what)

    def traces(self, tenant_id: str) -> list[str]:
        """Where a tenant still is."""
        places: dict[str, Container[str]] = {
            "database": self.databases,
            "client": self.clients,
            "preset": self.presets,
            "connection": self.connections,
        }
        return [name for name, held in places.items() if tenant_id in held]


@dataclass(frozen=True)
class _Databases:
    others: Others

    def ensure(
        self, tenant_id: str, kind: DatabaseKind, limits: Limits, credentials: Credentials
    ) -> DatabaseAccess | None:
        self.others.ask("database.ensure")
        if kind is DatabaseKind.SQLITE:
            return None
        # A shared server's administrator gives a tenant another one; a cluster's own never gets another administrator.
        is_own = kind is DatabaseKind.OWN
        password = credentials.cluster_admin_password if is_own else credentials.database_password
        held = self.others.databases.setdefault(tenant_id, {})
        kept = held[kind] = held.get(kind, password) if is_own else password
        if kept != password:
            raise ServiceError("DatabaseRefused", "Access denied for user 'presswerk' (using password: YES)")
        server = TcpServer(f"{kind}.lan.example")
        return DatabaseAccess(server, f"site_{tenant_id}", f"site_{tenant_id}_a", kept)

    def remove(self, tenant_id: str, kind: DatabaseKind | None = None) -> None:
        self.others.ask("database.remove")
        held = self.others.databases.get(tenant_id, {})
        for each in tuple(held) if kind is None else (kind,):
            held.pop(each, None)
        if not held:
            self.others.databases.pop(tenant_id, None)


@dataclass(frozen=True)
class _SignOn:
    others: Others

    def ensure(self, tenant: Tenant, site_url: str) -> SiteSignOn:
        self.others.ask("sign-on.ensure")
        self.others.clients[tenant.id] = site_url
        return SiteSignOn("https://id.press.example/", f"site-{tenant.id}", f"secret-of-{tenant.id}")

    def ensure_members(self, tenant_id: str, members: tuple[DesiredMember, ...]) -> tuple[str, ...]:
        self.others.ask("sign-on.ensure_members")
        return ()

    def remove(self, tenant_id: str) -> None:
        self.others.ask("sign-on.remove")
        self.others.clients.pop(tenant_id, None)


@dataclass(frozen=True)
class _Chat:
    others: Others

    def ensure(self, tenant: Tenant, allotment: Allotment) -> None:
        self.others.ask("chat.ensure")
        self.others.presets.add(tenant.id)

    def remove(self, tenant_id: str) -> None:
        self.others.ask("chat.remove")
        self.others.presets.discard(tenant_id)


@dataclass(frozen=True)
class _Connections:
    others: Others

    def register(self, tenant: Tenant, connection: Connection, *, suspended: bool) -> None:
        self.others.ask("connection.register")
        self.others.connections[tenant.id] = connection
        (self.others.closed.add if suspended else self.others.closed.discard)(tenant.id)

    def close(self, tenant_id: str) -> None:
        self.others.ask("connection.close")
        self.others.closed.add(tenant_id)

    def forget(self, tenant_id: str) -> None:
        self.others.ask("connection.forget")
        self.others.connections.pop(tenant_id, None)
        self.others.closed.discard(tenant_id)


@dataclass(frozen=True)
class _Traffic:
    others: Others

    def ask_entry(self, host: str, public_host: str) -> None:
        self.others.ask("entry")

    def ask_connector(self, connection: Connection) -> None:
        self.others.ask("connector")
