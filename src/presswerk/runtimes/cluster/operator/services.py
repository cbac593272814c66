"""The services outside of the cluster that a tenant needs: databases, identity provider, chat, hub."""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from presswerk.declaration import Allotment, DatabaseKind, Limits, Platform, Tenant
from presswerk.identity.providers.authentik import DesiredMember
from presswerk.runtimes.cluster.manifests import DesiredTenant, Move, SiteSecrets
from presswerk.runtimes.cluster.operator.conditions import Condition, Topic, kept_in, stopped
from presswerk.runtimes.cluster.operator.credentials import ContentLocation, Credentials
from presswerk.runtimes.cluster.operator.outcome import ServiceError
from presswerk.runtimes.databases import DatabaseAccess
from presswerk.wordpress.model import Connection

_VOLUME_PAUSE_SECONDS = 600.0
_FRESH_SECONDS = 30.0


@dataclass(frozen=True)
class SiteSignOn:
    """A site's client at the identity provider."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    discovery_url: str | None = None


class DatabaseService(Protocol):
    """Makes and removes tenants' databases; both can be repeated."""

    def ensure(
        self, tenant_id: str, kind: DatabaseKind, limits: Limits, credentials: Credentials
    ) -> DatabaseAccess | None:
        """How the site signs in to its database of a kind; None for a file.

        Raises:
            ServiceError: Not now (`NotYet`), or not at all.
        """
        ...

    def remove(self, tenant_id: str, kind: DatabaseKind | None = None) -> None:
        """Remove the tenant's database of a kind, or all it has, with everything in it; a file stays on its volume.

        Raises:
            ServiceError: Not now, or not at all.
        """
        ...


class SignOnService(Protocol):
    """Makes and removes tenants' clients and groups at the identity provider; both can be repeated."""

    def ensure(self, tenant: Tenant, site_url: str) -> SiteSignOn:
        """The site's client.

        Raises:
            ServiceError: Not now, or not at all.
        """
        ...

    def ensure_members(self, tenant_id: str, members: tuple[DesiredMember, ...]) -> tuple[str, ...]:
        """Give people their roles; returns the names of those whom the provider does not have.

        Raises:
            ServiceError: Not now, or not at all.
        """
        ...

    def remove(self, tenant_id: str) -> None:
        """Remove client and groups.

        Raises:
            ServiceError: Not now, or not at all.
        """
        ...


class ChatService(Protocol):
    """Makes and removes tenants' presets in the chat; both can be repeated."""

    def ensure(self, tenant: Tenant, allotment: Allotment) -> None:
        """Bring the preset and its groups to what is declared.

        Raises:
            ServiceError: Not now, or not at all.
        """
        ...

    def remove(self, tenant_id: str) -> None:
        """Remove preset and groups.

        Raises:
            ServiceError: Not now, or not at all.
        """
        ...


class ConnectionService(Protocol):
    """The hub's registry: which sites it publishes to."""

    def register(self, tenant: Tenant, connection: Connection, *, suspended: bool) -> None:
        """Let the hub publish to a site, or, where it is suspended, not.

        Raises:
            ServiceError: Not now, or not at all.
        """
        ...

    def close(self, tenant_id: str) -> None:
        """Let the hub take no articles any more.

        Raises:
            ServiceError: Not now, or not at all.
        """
        ...

    def forget(self, tenant_id: str) -> None:
        """Forget a tenant with its articles and keys.

        Raises:
            ServiceError: Not now, or not at all.
        """
        ...


@dataclass(frozen=True)
class ExternalServices:
    """Everybody the operator asks."""

    databases: DatabaseService
    sign_on: SignOnService
    chat: ChatService
    connections: ConnectionService


@dataclass(frozen=True)
class ServiceAnswers:
    """What others said.

    Attributes:
        asked: Of which tenant, with what it may use, where its content is, and who was given a role in it.
        access: How the site signs in to the database it uses; None for a file.
        client: The site's client at the identity provider.
        unknown: Names of members whom the provider does not have.
        move: Where its content is to go; None where it is where the tier has it.
        at: When, on a clock that never goes back.
    """

    asked: tuple[Tenant, Allotment, ContentLocation, tuple[DesiredMember, ...]]
    access: DatabaseAccess | None
    client: SiteSignOn
    unknown: tuple[str, ...] = ()
    move: Move | None = None
    at: float = field(default_factory=time.monotonic)

    @property
    def location(self) -> ContentLocation:
        """Where the content is."""
        return self.asked[2]

    def secrets(self, credentials: Credentials) -> SiteSecrets:
        """What the site is told."""
        return SiteSecrets(
            salts=credentials.salts,
            application_password=credentials.application_password,
            issuer=self.client.issuer,
            client_id=self.client.client_id,
            client_secret=self.client.client_secret,
            database=self.access,
            discovery_url=self.client.discovery_url,
        )


class ServiceProvisioner:
    """Asks, and remembers the last answers for the time that somebody does not answer.

    Args:
        services: Everybody who is asked.
        platform: Its tiers.
        record: Told where a tenant's content is, before anything is done about it.
    """

    def __init__(
        self, services: ExternalServices, platform: Platform, record: Callable[[str, ContentLocation], None]
    ) -> None:
        self._services = services
        self._platform = platform
        self._record = record
        self._last: dict[str, ServiceAnswers] = {}

    def ensure(
        self,
        wanted: DesiredTenant,
        credentials: Credentials,
        location: ContentLocation,
        say: Callable[[Condition], None],
        *,
        members: tuple[DesiredMember, ...] = (),
        reuse: bool = False,
    ) -> tuple[ServiceAnswers | None, ServiceError | None]:
        """Have everybody bring what they have for a tenant to what is declared.

        Args:
            wanted: The tenant.
            credentials: Its secrets.
            location: Where its content is.
            say: Told what is to be said of the tenant.
            members: Who was given a role in it.
            reuse: Whether what was said a moment ago will do: while a tenant is being made, each of its objects is an
                event, and so a look.

        Returns:
            What they said, or said last about the same tenant; and who does not answer now.
        """
        tenant, allotment = wanted.tenant, wanted.allotment
        known = self._last.get(tenant.id)
        if known is not None and known.asked != (tenant, allotment, location, members):
            known = None
        if reuse and known is not None and known.move is None and time.monotonic() - known.at < _FRESH_SECONDS:
            for condition in _in_order(known.access, known.unknown):
                say(condition)
            return known, None
        topic = Topic.DATABASE
        try:
            location, access, move = self._content(wanted, credentials, location)
            say(_in_order(access)[0])
            topic = Topic.IDENTITY
            client = self._services.sign_on.ensure(tenant, wanted.url)
            unknown = self._services.sign_on.ensure_members(tenant.id, members) if members else ()
            self._services.chat.ensure(tenant, allotment)
            say(_in_order(access, unknown)[1])
        except ServiceError as error:
            say(stopped(topic, error))
            known = self._last.get(tenant.id)
            # What a site is told does not depend on who its people are.
            asked = (tenant, allotment, location)
            return (known if known is not None and known.asked[:3] == asked else None), error
        asked_now = (tenant, allotment, location, members)
        self._last[tenant.id] = answers = ServiceAnswers(asked_now, access, client, unknown, move)
        return answers, None

    def remove_former_database(self, answers: ServiceAnswers) -> None:
        """Remove the database that the site does not use any more, or never came to use.

        Raises:
            ServiceError: Not now, or not at all.
        """
        tenant, location = answers.asked[0], answers.location
        if answers.move is None and location.other is not None:
            self._services.databases.remove(tenant.id, location.other)
            self._record(tenant.id, dataclasses.replace(location, other=None))

    def forget(self, tenant_id: str) -> None:
        """Forget what was said of a tenant that is gone."""
        self._last.pop(tenant_id, None)

    def _content(
        self, wanted: DesiredTenant, credentials: Credentials, location: ContentLocation
    ) -> tuple[ContentLocation, DatabaseAccess | None, Move | None]:
        databases, tenant_id, kind = self._services.databases, wanted.tenant.id, wanted.allotment.database
        access = databases.ensure(tenant_id, location.kind, self._limits(wanted, location.kind), credentials)
        if location.kind is kind:
            return location, access, None
        if kind is DatabaseKind.SQLITE and wanted.shares_volume:
            raise ServiceError(
                "VolumeIsShared",
                "This tier keeps the content in a file, whose locks do not hold on a volume that many nodes mount, as "
                "this tenant's is; set the tier back, or make a new tenant.",
                again_in_seconds=_VOLUME_PAUSE_SECONDS,
            )
        if location.other is not kind:
            if location.other is not None:
                databases.remove(tenant_id, location.other)
            # Before it is made, so that it is removed again whenever the tier is set back.
            location = dataclasses.replace(location, other=kind)
            self._record(tenant_id, location)
        target = databases.ensure(tenant_id, kind, wanted.allotment.limits, credentials)
        return location, access, Move(target, location.moves)

    def _limits(self, wanted: DesiredTenant, kind: DatabaseKind) -> Limits:
        """Those of the tier that has such databases: a cluster that content leaves is not made smaller before."""
        if wanted.allotment.database is kind:
            return wanted.allotment.limits
        having = [tier.limits for tier in self._platform.tiers.values() if tier.database is kind]
        return next(iter(having), wanted.allotment.limits)


def _in_order(access: DatabaseAccess | None, unknown: tuple[str, ...] = ()) -> tuple[Condition, Condition]:
    """What is said when everybody has done their part."""
    identity = "People can sign in, and find the tenant in the chat."
    if unknown:
        identity += f" The identity provider has nobody called {', '.join(unknown)}; see spec.members."
    return Condition(Topic.DATABASE, True, *kept_in(access)), Condition(Topic.IDENTITY, True, "Ready", identity)
