"""What the operator asks others for, asked of the real ones: databases, Authentik, Open WebUI, the hub's registry."""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from presswerk.declaration import Allotment, DatabaseKind, Limits, Tenant
from presswerk.identity import AuditTrail, Principal
from presswerk.identity.providers.authentik import AuthentikTenants, DesiredMember
from presswerk.identity.providers.errors import AuthentikUnavailable, IdentityAdministrationError
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.errors import OpenWebUIError
from presswerk.openwebui.presets import Stored, preset_of, provision_preset, remove_presets
from presswerk.publishing.purging import purge_publications
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.operator.credentials import Credentials, kept_ref
from presswerk.runtimes.cluster.operator.outcome import NotYet, ServiceError
from presswerk.runtimes.cluster.operator.services import SiteSignOn
from presswerk.runtimes.databases import DatabaseAccess, DatabaseProblem, MariaDbAdmin, limits_for
from presswerk.runtimes.databases.errors import DatabaseRefused, DatabaseUnreachable
from presswerk.runtimes.databases.ionos import ADMIN_USER, IonosDatabases, Pending, size_for
from presswerk.tenants import CannotOpen, RegisteredTenant, TenantRegistry, TenantState, UnknownTenant
from presswerk.tenants.removal import forget_records
from presswerk.wordpress.model import Connection

_CLUSTER_SECONDS = 60.0
_OPERATOR = Principal(issuer="cluster", subject="presswerk-operator", name="operator", operator=True, via="command")
_CHAT_IS_FRESH_SECONDS = 30.0


@dataclass(frozen=True)
class DatabasesByTier:
    """Databases of the kinds that tiers have.

    Attributes:
        shared: Administers the server that tenants share; None where no tier has one.
        own: Makes clusters of tenants' own; None where no tier has one.
    """

    shared: MariaDbAdmin | None = None
    own: IonosDatabases | None = None

    def ensure(
        self, tenant_id: str, kind: DatabaseKind, limits: Limits, credentials: Credentials
    ) -> DatabaseAccess | None:
        """How the site signs in to its database of a kind; None for a file."""
        if kind is DatabaseKind.SQLITE:
            return None
        with _told():
            admin = self.shared if kind is DatabaseKind.SHARED else self._of_its_own(tenant_id, limits, credentials)
            if admin is None:
                raise DatabaseProblem("a tier has a shared database server, but none is configured")
            try:
                return admin.ensure(tenant_id, credentials.database_password, limits_for(limits))
            except DatabaseRefused as problem:
                raise DatabaseRefused(f"{problem.problem}{_ways_back(tenant_id, kind)}") from None

    def remove(self, tenant_id: str, kind: DatabaseKind | None = None) -> None:
        """Remove the tenant's database of a kind, or all it has, with everything in it."""
        with _told():
            if self.shared is not None and kind in {None, DatabaseKind.SHARED}:
                self.shared.drop(tenant_id)
            own = self.own if kind in {None, DatabaseKind.OWN} else None
            is_gone = own is None or own.delete(tenant_id)
        if not is_gone:
            told = "IONOS is removing the tenant's database cluster."
            raise NotYet("DatabaseClusterStopping", told, again_in_seconds=_CLUSTER_SECONDS)

    def _of_its_own(self, tenant_id: str, limits: Limits, credentials: Credentials) -> MariaDbAdmin:
        if self.own is None:
            raise DatabaseProblem("a tier has database clusters of its tenants' own, but IONOS is not configured")
        found = self.own.ensure(tenant_id, credentials.cluster_admin_password, size_for(limits))
        if isinstance(found, Pending):
            told = f"IONOS is making the tenant's database cluster ({found.state}); that takes some minutes."
            raise NotYet("DatabaseClusterStarting", told, again_in_seconds=_CLUSTER_SECONDS)
        return MariaDbAdmin(found, ADMIN_USER, credentials.cluster_admin_password)


def _ways_back(tenant_id: str, kind: DatabaseKind) -> str:
    """What to do where a server does not take its administrator's password."""
    if kind is DatabaseKind.SHARED:
        return ""
    secret = kept_ref(tenant_id)
    return (
        f". The password its database cluster was made with is kept in Secret {names.CREDENTIALS} of namespace "
        f"{names.tenant_namespace(tenant_id)} and in Secret {secret.name} of namespace {secret.namespace}: put the "
        f"former of both back from a backup; or give user {ADMIN_USER} another one at IONOS, and write it there as "
        "cluster_admin_password"
    )


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What others refuse, as the operator tells it.

    Raises:
        ServiceError: They did.
    """
    try:
        yield
    except (DatabaseProblem, IdentityAdministrationError) as problem:
        after = problem.retry_after_seconds if isinstance(problem, DatabaseUnreachable | AuthentikUnavailable) else None
        raise ServiceError(type(problem).__name__, str(problem), again_in_seconds=after) from None
    except SQLAlchemyError as problem:
        # Its own text may hold a statement's values.
        raise ServiceError("HubDatabase", f"The hub's database did not answer ({type(problem).__name__}).") from None


@dataclass(frozen=True)
class AuthentikSignOn:
    """Clients and groups at Authentik."""

    tenants: AuthentikTenants

    def ensure(self, tenant: Tenant, site_url: str) -> SiteSignOn:
        """The site's client."""
        with _told():
            client = self.tenants.ensure(tenant, site_url)
        return SiteSignOn(client.issuer, client.client_id, client.client_secret, client.discovery_url)

    def ensure_members(self, tenant_id: str, members: tuple[DesiredMember, ...]) -> tuple[str, ...]:
        """Give people their roles; returns the names of those whom Authentik does not have."""
        with _told():
            return self.tenants.ensure_members(tenant_id, members)

    def remove(self, tenant_id: str) -> None:
        """Remove client and groups; people stay."""
        with _told():
            self.tenants.remove(tenant_id)


@dataclass
class OpenWebUIChat:
    """Presets and groups at Open WebUI.

    It signs in once and not for every tenant: Open WebUI takes 15 sign-ins in 3 minutes. What it has it is asked for
    once for all tenants that are looked at within half a minute.

    Attributes:
        url: Open WebUI.
        email: The administrator's.
        password: The administrator's.
        model: What presets stand on; the endpoint's first one when None.
    """

    url: str
    email: str
    password: str = field(repr=False)
    model: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _client: OpenWebUIClient | None = field(default=None, repr=False)
    _stored: tuple[float, Stored] | None = field(default=None, repr=False)

    def ensure(self, tenant: Tenant, allotment: Allotment) -> None:
        """Bring the preset and its groups to what is declared."""
        with self._signed_in() as (client, stored):
            model = self.model or min(client.base_models(), default=None)
            if model is None:
                raise ServiceError("NoModel", "Open WebUI offers no model; see its connection to the AI endpoint.")
            provision_preset(client, preset_of(tenant, model, allotment.features), stored)

    def remove(self, tenant_id: str) -> None:
        """Remove preset and groups."""
        with self._signed_in() as (client, stored):
            remove_presets(client, tenant_id, stored)

    @contextlib.contextmanager
    def _signed_in(self) -> Iterator[tuple[OpenWebUIClient, Stored]]:
        with self._lock:
            try:
                if self._client is None:
                    client = OpenWebUIClient(self.url)
                    client.sign_in(self.email, self.password)
                    self._client = client
                now = time.monotonic()
                if self._stored is None or now - self._stored[0] > _CHAT_IS_FRESH_SECONDS:
                    self._stored = now, Stored.read(self._client)
                yield self._client, self._stored[1]
            except OpenWebUIError as problem:
                # Whatever it was: what is known may be wrong now, and the session over.
                self._forget()
                reason = "ChatRefused" if problem.status else "ChatUnavailable"
                raise ServiceError(reason, str(problem)) from None

    def _forget(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client, self._stored = None, None


@dataclass(frozen=True)
class RegistryConnections:
    """The hub's registry, in the hub's database.

    Attributes:
        registry: Of tenants.
        engine: The hub's database.
    """

    registry: TenantRegistry
    engine: Engine

    def register(self, tenant: Tenant, connection: Connection, *, suspended: bool) -> None:
        """Let the hub publish to a site, or, where it is suspended, not; writes only what differs."""
        with _told():
            before = self._registered(tenant.id)
            if before is None or before.tenant != tenant or self._known(tenant.id) != connection:
                self.registry.put(tenant, connection)
            if before is None:
                self._record("tenant.create", tenant.id, {"tier": tenant.tier, "name": tenant.name})
            elif before.tenant.tier is not tenant.tier:
                self._record("tenant.scale", tenant.id, {"from": before.tenant.tier, "to": tenant.tier})
            elif before.tenant != tenant:
                self._record("tenant.update", tenant.id, {})
            self._set_state(tenant.id, TenantState.SUSPENDED if suspended else TenantState.ACTIVE)

    def close(self, tenant_id: str) -> None:
        """Let the hub take no articles any more."""
        with _told(), contextlib.suppress(UnknownTenant):
            self._set_state(tenant_id, TenantState.SUSPENDED)

    def forget(self, tenant_id: str) -> None:
        """Forget a tenant with its articles and keys."""
        with _told():
            if self._registered(tenant_id) is not None:
                self._record("tenant.delete", tenant_id, {})
            purge = partial(purge_publications, self.engine)
            forget_records(self.engine, self.registry, tenant_id, purge)

    def _registered(self, tenant_id: str) -> RegisteredTenant | None:
        with contextlib.suppress(UnknownTenant):
            return self.registry.get(tenant_id)
        return None

    def _known(self, tenant_id: str) -> Connection | None:
        """The connection as registered; None for one that does not open, to make it anew."""
        with contextlib.suppress(UnknownTenant, CannotOpen):
            return self.registry.connection(tenant_id)
        return None

    def _set_state(self, tenant_id: str, state: TenantState) -> None:
        before = self.registry.get(tenant_id).state
        if before is not state:
            self.registry.set_state(tenant_id, state)
            self._record("tenant.suspend" if state is TenantState.SUSPENDED else "tenant.resume", tenant_id, {})

    def _record(self, action: str, tenant_id: str, detail: Mapping[str, object]) -> None:
        """That it was carried out, and when; who asked for it is in the cluster's own audit log."""
        AuditTrail(self.engine).record(_OPERATOR, action, tenant_id, detail, tenant=tenant_id)
