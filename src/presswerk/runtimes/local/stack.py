"""All of one machine's services, described from the declaration: which there are, in which order, told what."""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import presswerk
from presswerk.declaration import DatabaseKind, Platform, Tenant
from presswerk.identity.clients import CHAT_CLIENT, CLI_CLIENT, HUB_CLIENT, site_client_id
from presswerk.runtimes.databases import (
    DatabaseAccess,
    DatabaseProblem,
    UnixSocketServer,
    UserLimits,
    database_name,
    limits_for,
    rotate,
    user_names,
)
from presswerk.runtimes.local import chat, identity, site_cron
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.accounts import accounts_for
from presswerk.runtimes.local.chat import chat_service
from presswerk.runtimes.local.configured_ai import ConfiguredAi
from presswerk.runtimes.local.entry import Host, entry_service, hosts_of, write_configuration
from presswerk.runtimes.local.environments import ensure_environment, needed_mib, others_can_run
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.identity import Absent, SeedReport, identity_database, identity_service, seed
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.mariadb import LocalMariaDb
from presswerk.runtimes.local.ownership import closed_to_others
from presswerk.runtimes.local.preflight import NeededPort, check_disk, check_ports, check_state_directory
from presswerk.runtimes.local.progress import Progress, silent
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.site_cron import CronTarget
from presswerk.runtimes.local.site_database import KeptIn, kept_in, note_kept_in
from presswerk.runtimes.local.site_servers import SiteServers
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.sites.configuration import SignOn
from presswerk.sites.fpm import ProcessOwner
from presswerk.sites.memory import PhpMemory

CHAT_ADMIN_EMAIL = "presswerk@presswerk.localhost"
EXECUTOR_ID = "hub-0"
_STAND_IN = "ai-stand-in"


@dataclass(frozen=True)
class LocalStack:
    """One installation's services.

    Attributes:
        layout: Directories and ports.
        platform: Tenants and people.
        secrets: What is told to whom.
        ai: The endpoint.
        places: Each tenant's place in the row of site ports.
        closed: Tenants whose sites say that they are closed.
        declaration: The `platform.yaml`; None for the demonstration's.
    """

    layout: Layout
    platform: Platform
    secrets: Secrets = field(repr=False)
    ai: ConfiguredAi
    places: Mapping[str, int]
    closed: frozenset[str] = frozenset()
    declaration: Path | None = None

    def check(self) -> None:
        """See that this machine can run it.

        Raises:
            LocalRuntimeError: A port is taken, the disk is full, the state directory cannot be written.
        """
        check_state_directory(self.layout)
        foreign = ("canaille", "open-webui")
        check_disk(
            self.layout, sum(needed_mib(name, self.layout, for_others=self._for_others(name)) for name in foreign)
        )
        check_ports(self.layout, self._needed_ports())

    def install(self, progress: Progress) -> None:
        """Install the foreign parts that are not there yet.

        Raises:
            LocalRuntimeError: Something could not be installed.
        """
        self._identity_python(progress)
        self._chat_python(progress)

    def seed_identity(self, progress: Progress, absent: Absent, *, unless_same: bool = False) -> SeedReport:
        """Bring people, groups and clients to the declared state, and take away what is to be gone; see `seed`.

        Raises:
            LocalRuntimeError: The identity provider refused.
        """
        return seed(
            self.layout,
            self.platform,
            self.secrets,
            self._identity_python(progress),
            self.places,
            absent=absent,
            unless_same=unless_same,
            owner=self._owner(identity.SERVICE_NAME, self._for_others("canaille")),
        )

    def sites(self) -> tuple[LocalSite, ...]:
        """Each tenant's site."""
        return tuple(self.site(tenant) for tenant in self.platform.tenants)

    def site(self, tenant: Tenant) -> LocalSite:
        """A tenant's site, with the database its content is in now."""
        kept = kept_in(self.layout, tenant.id)
        return LocalSite(
            self.layout,
            tenant,
            self.places[tenant.id],
            self._sign_on(site_client_id(tenant.id)),
            None if kept is None or kept.mariadb_user is None else self._database(tenant.id, kept.mariadb_user),
            suspended=tenant.id in self.closed,
            accounts=accounts_for(self.layout),
            memory=PhpMemory.of(self.platform.allotment(tenant).limits),
        )

    def site_servers(self) -> SiteServers:
        """What serves all sites."""
        return SiteServers(self.layout, self.sites(), accounts_for(self.layout))

    @property
    def mariadb(self) -> LocalMariaDb:
        """The server that sites of higher tiers keep their content in."""
        return LocalMariaDb(self.layout, self.secrets)

    def mariadb_services(self) -> tuple[Service, ...]:
        """The database server, where a tenant has its content there or is to have it."""
        return (self.mariadb.service(),) if any(map(self._needs_mariadb, self.platform.tenants)) else ()

    def wants_mariadb(self, tenant: Tenant) -> bool:
        """Whether a tenant's tier keeps its content in MariaDB; here a server of its own is one that all share."""
        return self.platform.allotment(tenant).database is not DatabaseKind.SQLITE

    def ensure_database(self, tenant: Tenant) -> DatabaseAccess:
        """Make a tenant's database and user on the server, which must run.

        Raises:
            LocalRuntimeError: The server did not do it.
        """
        kept = kept_in(self.layout, tenant.id)
        user = user_names(tenant.id)[0] if kept is None or kept.mariadb_user is None else kept.mariadb_user
        try:
            admin, its_limits = self.mariadb.admin, self._user_limits(tenant)
            access = admin.ensure(tenant.id, self._database_password(user), its_limits)
            if access.user != user:
                # The password we know is not this user's any more, such as after a lost file: the other takes over.
                password = self._database_password(access.user)
                access = admin.rotate(tenant.id, password, its_limits, in_use=user)
        except DatabaseProblem as problem:
            raise LocalRuntimeError(
                f"the database of {tenant.id} could not be made: {problem}", "See the log of the service mariadb."
            ) from None
        return access

    def rotate_database_password(self, tenant: Tenant) -> None:
        """Give a tenant's database another password while its site serves; interrupted, it can be repeated.

        Raises:
            LocalRuntimeError: The tenant is on SQLite, or the server did not do it.
        """
        kept = kept_in(self.layout, tenant.id)
        if kept is None or kept.mariadb_user is None:
            raise LocalRuntimeError(
                f"{tenant.id} keeps its content in a file, which has no password.", "Nothing is to be done."
            )
        now = self._database(tenant.id, kept.mariadb_user)
        other = next(name for name in user_names(tenant.id) if name != now.user)
        # An interrupted rotation may have left the password that is to end.
        self.secrets.forget([names.database_password(other)])

        def switch(access: DatabaseAccess) -> None:
            note_kept_in(self.layout, tenant.id, KeptIn(access.user))
            site = self.site(tenant)
            site.write_files(site.files())

        try:
            rotate(
                self.mariadb.admin,
                tenant.id,
                now,
                self._database_password(other),
                limits=self._user_limits(tenant),
                switch=switch,
            )
        except DatabaseProblem as problem:
            raise LocalRuntimeError(
                f"the password of {tenant.id} was not changed to the end: {problem}", "Its site works; try again."
            ) from None
        self.secrets.forget([names.database_password(now.user)])

    def people_services(self) -> tuple[Service, ...]:
        """What serves people's browsers and needs no site; it starts first, because Open WebUI takes longest."""
        stand_in = (self._stand_in(),) if self.ai.is_stand_in else ()
        owner = self._owner(identity.SERVICE_NAME, self._for_others("canaille"))
        signs_on = identity_service(self.layout, self.secrets, self._identity_python(silent), owner)
        return (*self.entry_services(), signs_on, *stand_in, self._chat())

    def entry_services(self) -> tuple[Service, ...]:
        """What listens to the internet, where the platform has a domain."""
        return () if self.layout.public is None else (entry_service(self.layout),)

    def write_entry(self) -> bool:
        """Write what the entry reads, which a signal has it read again.

        Returns:
            Whether it is another than before.
        """
        return self.layout.public is not None and write_configuration(self.layout, self.platform, self.places)

    def hosts(self) -> tuple[Host, ...]:
        """Every name on the internet; none without a domain."""
        return hosts_of(self.layout, self.platform, self.places)

    def services(self) -> tuple[Service, ...]:
        """Every service, in start order; the sites must have been made."""
        every = (
            *self.mariadb_services(),
            *self.people_services(),
            *self.site_servers().services(),
            *self.site_cron(),
            self._hub(),
        )
        return tuple(sorted(every, key=lambda service: service.priority))

    def hub_environment(self) -> Mapping[str, str]:
        """The hub's settings; some are secrets."""
        return MappingProxyType(
            {
                "PRESSWERK_DATABASE_URL": hub_database_url(self.layout),
                "PRESSWERK_ENCRYPTION_KEYS": self.secrets.get(names.ENCRYPTION_KEY),
                "PRESSWERK_OIDC_ISSUER": self.layout.identity_url,
                "PRESSWERK_OIDC_AUDIENCES": ",".join((CHAT_CLIENT, HUB_CLIENT, CLI_CLIENT)),
                "PRESSWERK_OIDC_CLIENT_SECRET": self._client_secret(HUB_CLIENT),
                "PRESSWERK_DIRECTORY_FILE": str(identity_database(self.layout)),
                "PRESSWERK_EXECUTOR_ID": EXECUTOR_ID,
                "PRESSWERK_LOCAL_STATE_DIR": str(self.layout.state),
                **({} if self.declaration is None else self._declaration_settings(self.declaration)),
                "PRESSWERK_HUB_HOST": "127.0.0.1",
                "PRESSWERK_HUB_PORT": str(self.layout.ports.hub),
                "PRESSWERK_HUB_URL": self.layout.hub_url,
                "PRESSWERK_CHAT_URL": self.layout.chat_url,
                "PRESSWERK_AI_BASE_URL": self.ai.base_url,
                "PRESSWERK_AI_API_KEY": self.ai.api_key,
            }
        )

    def _declaration_settings(self, file: Path) -> Mapping[str, str]:
        # The hub reads the file when it starts; its digest here has it started again when the file has changed.
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return {"PRESSWERK_PLATFORM_FILE": str(file), "PRESSWERK_PLATFORM_SHA256": digest}

    def chat_admin_password(self) -> str:
        """The password of Open WebUI's only password account, which provisions it."""
        return self.secrets.get(names.CHAT_ADMIN_PASSWORD)

    def password(self, user_name: str) -> str:
        """A declared person's first password at the identity provider."""
        return self.secrets.get(names.person_password(user_name))

    def _needs_mariadb(self, tenant: Tenant) -> bool:
        kept = kept_in(self.layout, tenant.id)
        return self.wants_mariadb(tenant) or (kept is not None and kept.mariadb_user is not None)

    def _database(self, tenant_id: str, user: str) -> DatabaseAccess:
        server = UnixSocketServer(self.mariadb.socket)
        return DatabaseAccess(server, database_name(tenant_id), user, self._database_password(user))

    def _database_password(self, user: str) -> str:
        return self.secrets.get(names.database_password(user))

    def _user_limits(self, tenant: Tenant) -> UserLimits:
        return limits_for(self.platform.allotment(tenant).limits)

    def _hub(self) -> Service:
        return Service(
            name="hub",
            command=(sys.executable, "-m", "presswerk.cli", "hub", "serve"),
            directory=self.layout.hub,
            # What is sent to it goes there while it arrives: where /tmp is memory, it must not.
            environment={**self.hub_environment(), **_release(), "TMPDIR": str(self.layout.hub)},
            health_url=f"http://127.0.0.1:{self.layout.ports.hub}/health/ready",
            priority=35,
        )

    def site_cron(self) -> tuple[Service, ...]:
        """What calls the sites' own clocks; nothing when no site is open."""
        targets = tuple(
            CronTarget(site.host, site.internal_url).argument() for site in self.sites() if not site.suspended
        )
        if not targets:
            return ()
        return (
            Service(
                name=site_cron.SERVICE_NAME,
                command=(sys.executable, "-m", site_cron.__name__, *targets),
                directory=self.layout.state / site_cron.SERVICE_NAME,
                environment=_release(),
                priority=40,
                owner=self._owner(site_cron.SERVICE_NAME, _others_can_run_ours()),
            ),
        )

    def _stand_in(self) -> Service:
        port = self.layout.ports.ai_stand_in
        return Service(
            name=_STAND_IN,
            command=(sys.executable, "-m", "presswerk.ai.stand_in", "--host", "127.0.0.1", "--port", str(port)),
            directory=self.layout.state / _STAND_IN,
            environment=_release(),
            health_url=f"http://127.0.0.1:{port}/v1/models",
            priority=20,
            owner=self._owner(_STAND_IN, _others_can_run_ours()),
        )

    def _chat(self) -> Service:
        return chat_service(
            self.layout,
            secret_key=self.secrets.get(names.CHAT_SESSION_KEY),
            admin_email=CHAT_ADMIN_EMAIL,
            admin_password=self.chat_admin_password(),
            client_secret=self._client_secret(CHAT_CLIENT),
            ai_url=self.ai.base_url,
            ai_key=self.ai.api_key,
            default_model=self.ai.model,
            python=self._chat_python(silent),
            owner=self._owner(chat.SERVICE_NAME, self._for_others("open-webui")),
        )

    def _sign_on(self, client_id: str) -> SignOn:
        return SignOn(self.layout.identity_url, client_id, self._client_secret(client_id))

    def _client_secret(self, client_id: str) -> str:
        return self.secrets.get(names.client_secret(client_id))

    def _identity_python(self, progress: Progress) -> Path:
        return ensure_environment("canaille", self.layout, progress, for_others=self._for_others("canaille"))

    def _chat_python(self, progress: Progress) -> Path:
        return ensure_environment("open-webui", self.layout, progress, for_others=self._for_others("open-webui"))

    def _for_others(self, environment: str) -> bool:
        """Whether what runs in an environment has a user of its own."""
        return accounts_for(self.layout) is not None and others_can_run(environment)

    def _owner(self, service: str, others_can_run_it: bool) -> ProcessOwner | None:
        """As whom a service runs that needs nothing but its own directory."""
        accounts = accounts_for(self.layout)
        return accounts.of_service(service) if accounts is not None and others_can_run_it else None

    def _needed_ports(self) -> tuple[NeededPort, ...]:
        ports = self.layout.ports
        needed = [
            NeededPort(ports.identity, "the identity provider", "--identity-port"),
            NeededPort(ports.chat, "Open WebUI", "--chat-port"),
            NeededPort(ports.hub, "the hub", "--hub-port"),
        ]
        if self.ai.is_stand_in:
            needed.append(NeededPort(ports.ai_stand_in, "the AI stand-in", "--ai-port"))
        needed.extend(
            NeededPort(ports.first_site + self.places[tenant.id], f"the site of {tenant.id}", "--first-site-port")
            for tenant in self.platform.tenants
        )
        return tuple(needed)


def _others_can_run_ours() -> bool:
    """Whether another user comes where our own code and its Python are."""
    return closed_to_others(Path(sys.executable)) is None and closed_to_others(Path(__file__)) is None


def _release() -> Mapping[str, str]:
    """Has what is our own code started again once another version of it is installed."""
    return {"PRESSWERK_RELEASE": presswerk.__version__}


def hub_database_url(layout: Layout) -> str:
    """Where the hub keeps publications, tenants, keys and the audit trail."""
    return f"sqlite:///{layout.hub / 'hub.db'}"
