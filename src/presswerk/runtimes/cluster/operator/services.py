"""The services outside of the cluster that a tenant needs: databases, identity provider, chat, hub."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from presswerk.declaration import Allotment, DatabaseKind, Limits, Platform, Tenant
from presswerk.runtimes.cluster.manifests import Move, SiteSecrets, Wanted
from presswerk.runtimes.cluster.operator.conditions import Condition, Topic, kept_in, stopped
from presswerk.runtimes.cluster.operator.credentials import ContentLocation, Credentials
from presswerk.runtimes.cluster.operator.outcome import ServiceError
from presswerk.runtimes.databases import DatabaseAccess
from presswerk.wordpress.model import Connection

_VOLUME_PAUSE_SECONDS = 600.0


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
        asked: Of which tenant, with what it may use, and where its content is.
        access: How the site signs in to the database it uses; None for a file.
        client: The site's client at the identity provider.
        move: Where its content is to go; None where it is where the tier has it.
    """

    asked: tuple[Tenant, Allotment, ContentLocation]
    access: DatabaseAccess | None
    client: SiteSignOn
    move: Move | None = None

    @property
    def kept(self) -> ContentLocation:
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
        outside: Everybody who is asked.
        platform: Its tiers.
        keep: Told where a tenant's content is, before anything is done about it.
    """

    def __init__(
        self, outside: ExternalServices, platform: Platform, keep: Callable[[str, ContentLocation], None]
    ) -> None:
        self._outside = outside
        self._platform = platform
        self._keep = keep
        self._last: dict[str, ServiceAnswers] = {}

    def ask(
        self, wanted: Wanted, credentials: Credentials, kept: ContentLocation, statements: dict[Topic, Condition]
    ) -> tuple[ServiceAnswers | None, ServiceError | None]:
        """Ask everybody.

        Returns:
            What they said, or said last about the same tenant; and who does not answer now.
        """
        tenant, allotment = wanted.tenant, wanted.allotment
        topic = Topic.DATABASE
        try:
            kept, access, move = self._content(wanted, credentials, kept)
            statements[topic] = Condition(topic, True, *kept_in(access))
            topic = Topic.IDENTITY
            client = self._outside.sign_on.ensure(tenant, wanted.url)
            self._outside.chat.ensure(tenant, allotment)
            statements[topic] = Condition(topic, True, "Ready", "People can sign in, and find the tenant in the chat.")
        except ServiceError as error:
            statements[topic] = stopped(topic, error)
            known = self._last.get(tenant.id)
            return (known if known is not None and known.asked == (tenant, allotment, kept) else None), error
        self._last[tenant.id] = answers = ServiceAnswers((tenant, allotment, kept), access, client, move)
        return answers, None

    def leave(self, answers: ServiceAnswers) -> None:
        """Remove the database that the site does not use any more, or never came to use.

        Raises:
            ServiceError: Not now, or not at all.
        """
        tenant, kept = answers.asked[0], answers.kept
        if answers.move is None and kept.other is not None:
            self._outside.databases.remove(tenant.id, kept.other)
            self._keep(tenant.id, dataclasses.replace(kept, other=None))

    def forget(self, tenant_id: str) -> None:
        """Forget what was said of a tenant that is gone."""
        self._last.pop(tenant_id, None)

    def _content(
        self, wanted: Wanted, credentials: Credentials, kept: ContentLocation
    ) -> tuple[ContentLocation, DatabaseAccess | None, Move | None]:
        databases, tenant_id, kind = self._outside.databases, wanted.tenant.id, wanted.allotment.database
        access = databases.ensure(tenant_id, kept.kind, self._limits(wanted, kept.kind), credentials)
        if kept.kind is kind:
            return kept, access, None
        if kind is DatabaseKind.SQLITE and wanted.shares_volume:
            raise ServiceError(
                "VolumeIsShared",
                "This tier keeps the content in a file, whose locks do not hold on a volume that many nodes mount, as "
                "this tenant's is; set the tier back, or make a new tenant.",
                again_in_seconds=_VOLUME_PAUSE_SECONDS,
            )
        if kept.other is not kind:
            if kept.other is not None:
                databases.remove(tenant_id, kept.other)
            # Before it is made, so that it is removed again whenever the tier is set back.
            kept = dataclasses.replace(kept, other=kind)
            self._keep(tenant_id, kept)
        target = databases.ensure(tenant_id, kind, wanted.allotment.limits, credentials)
        return kept, access, Move(target, kept.moves)

    def _limits(self, wanted: Wanted, kind: DatabaseKind) -> Limits:
        """Those of the tier that has such databases: a cluster that content leaves is not made smaller before."""
        if wanted.allotment.database is kind:
            return wanted.allotment.limits
        having = [tier.limits for tier in self._platform.tiers.values() if tier.database is kind]
        return next(iter(having), wanted.allotment.limits)
