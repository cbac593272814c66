"""The hub's parts, put together from its settings; what the routes work with."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from sqlalchemy import Engine, make_url

from presswerk.certificates import authorities
from presswerk.database import connect
from presswerk.declaration import Allotment, Platform, Retention, Tenant, demo_platform
from presswerk.identity import (
    ApiKeys,
    ApiUsage,
    AuditTrail,
    Authenticator,
    ClientCredentials,
    Departures,
    Directory,
    DirectoryWatch,
    KnownPeople,
    Principal,
    TokenVerifier,
    TrustedIssuer,
)
from presswerk.identity.api_keys import KeysPlace
from presswerk.identity.logout_tokens import LogoutTokens
from presswerk.identity.providers.authentik import AuthentikTenants
from presswerk.identity.providers.authentik_directory import AuthentikDirectory
from presswerk.identity.providers.canaille import CanailleDirectory
from presswerk.identity.relying_party import RelyingParty
from presswerk.operations.hub_runtime import HubRuntime, hub_runtime
from presswerk.publishing import PreviewService, PublicationStore, PublishingService
from presswerk.publishing.allowance import Allowance
from presswerk.publishing.chores import Chores
from presswerk.publishing.claims import Claims
from presswerk.publishing.dispatcher import Dispatcher
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.holding import Releases, SchedulesPlace, SubmissionRights
from presswerk.publishing.metrics import PublishingMetrics
from presswerk.publishing.places import Places
from presswerk.publishing.preview_store import PreviewStore
from presswerk.publishing.retention import RetentionChore
from presswerk.publishing.settling import Settlement
from presswerk.publishing.sites import Sites
from presswerk.publishing.steps import PublishingSteps
from presswerk.publishing.terms import TIMEOUT_SECONDS, TermCache
from presswerk.publishing.workflow import PublicationWorkflow
from presswerk.runtimes.declaration_file import platform_in
from presswerk.sites.memory import most_pixels
from presswerk.tenants import (
    Accounts,
    DeclaredPlatform,
    Invitations,
    Members,
    MembershipService,
    TenantRegistry,
    TenantService,
    Vault,
)
from presswerk.tenants.departing import InvitationsPlace, MemberDepartures, SitesPlace
from presswerk.tenants.provider_people import AuthentikPeople
from presswerk.web.console.sessions import Sessions, SessionsPlace
from presswerk.web.events import EventStreams
from presswerk.web.settings import Settings
from presswerk.wordpress import SiteClient, SiteClients


@dataclass(frozen=True)
class Hub:
    """Everything a running hub consists of, but its web server."""

    settings: Settings
    engine: Engine
    registry: CollectorRegistry
    tenants: TenantRegistry
    tenant_requests: TenantService
    memberships: MembershipService
    runtime: HubRuntime
    authenticator: Authenticator
    trusted: TrustedIssuer
    verifier: TokenVerifier
    logout_tokens: LogoutTokens
    people: KnownPeople
    departures: Departures
    directory_watch: DirectoryWatch | None
    api_keys: ApiKeys
    api_usage: ApiUsage
    allotment: Callable[[Tenant], Allotment]
    audit: AuditTrail
    publications: PublishingService
    previews: PreviewService
    streams: EventStreams
    dispatcher: Dispatcher
    chores: Chores
    vault: Vault
    relying_party: RelyingParty | None
    sessions: Sessions
    provider_client: httpx.Client


def open_database(settings: Settings) -> Engine:
    """Open the hub's database, and make its directory when it is a file."""
    url = make_url(settings.database_url.get_secret_value())
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return connect(settings.database_url.get_secret_value())


def assemble(settings: Settings, engine: Engine) -> Hub:
    """Put the hub together; nothing runs yet."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    claims = Claims(engine, settings.executor_id)
    store = PublicationStore(engine, claims)
    vault = Vault.from_setting(settings.encryption_keys.get_secret_value())
    tenants = TenantRegistry(engine, vault)
    audit = AuditTrail(engine)
    people = KnownPeople(engine)
    api_keys = ApiKeys(engine, people)
    declared = _declared(settings.platform_file)
    provider_people, is_on_cluster = _provider_people(settings), settings.runtime == "cluster"
    runtime = hub_runtime(
        settings.runtime, engine, tenants, declared, state=settings.local_state_dir, people=provider_people
    )
    provider_client = httpx.Client(timeout=10.0, verify=authorities())
    trusted = _trusted(settings, declared.platform)
    departures: Departures

    def vouched(principal: Principal, asked_at: float) -> None:
        people.saw(principal, dt.datetime.fromtimestamp(asked_at, dt.UTC), departures.noticed)

    verifier = TokenVerifier(
        [trusted],
        client=provider_client,
        cache_seconds=settings.oidc_remembered_seconds,
        outage_seconds=settings.oidc_outage_seconds,
        verified=vouched,
    )
    departures = Departures(engine, people, forget=verifier.forget, has_directory=settings.has_directory)
    authenticator = Authenticator(verifier, api_keys, people)
    provider = verifier.provider(settings.oidc_issuer)
    relying_party = None
    if trusted.client is not None:
        callback = f"{settings.public_url}/auth/callback"
        relying_party = RelyingParty(
            settings.oidc_issuer, trusted.client, callback, client=provider_client, provider=provider
        )
    fetcher = ImageFetcher(private_hosts=frozenset(settings.image_private_hosts))
    terms = TermCache(tenants, partial(SiteClient, timeout_seconds=TIMEOUT_SECONDS))

    def pixels_for(tenant: Tenant) -> int:
        return most_pixels(declared.platform.allotment(tenant).limits)

    previews_kept = PreviewStore(engine)

    def allowance(tenant: Tenant) -> Allowance:
        return Allowance.of(declared.platform.allotment(tenant).limits)

    previews = PreviewService(
        previews_kept,
        tenants,
        terms,
        fetcher,
        most_bytes=lambda tenant: allowance(tenant).pending_bytes,
        most_pixels=pixels_for,
    )
    rights = SubmissionRights(store, people)
    steps = PublishingSteps(
        store,
        Sites(tenants, SiteClients()),
        fetcher,
        audit,
        terms=terms,
        check_rights=rights.check,
        most_pixels=pixels_for,
    )
    settlement = Settlement(store, settings.retry_policy)

    def php_workers(tenant: str) -> int:
        return declared.platform.allotment(tenants.declared(tenant)).limits.php_workers

    places, metrics = Places(php_workers), PublishingMetrics(registry, store)

    def wake(due_at: dt.datetime | None) -> None:
        dispatcher.wake(due_at)

    streams = EventStreams(store, settings.streams_per_person, settings.stream_recheck_seconds)
    workflow = PublicationWorkflow(steps, settlement, places, wake, metrics)
    dispatcher = Dispatcher(store, claims, places, workflow.carry_out, ended=streams.wake)
    sessions = Sessions(engine, vault, authenticator, relying_party)
    for place in (
        KeysPlace(api_keys),
        SessionsPlace(sessions),
        SchedulesPlace(store),
        InvitationsPlace(Invitations(engine)),
    ):
        departures.register(place)
    for further in runtime.places:
        departures.register(further)
    departures.register(SitesPlace(tenants, SiteClient), sign_outs=True)
    return Hub(
        settings=settings,
        engine=engine,
        registry=registry,
        tenants=tenants,
        tenant_requests=TenantService(runtime.tenants, declared.platform, audit),
        memberships=MembershipService(
            runtime=runtime.tenants,
            touch=runtime.touch,
            members=Members(engine),
            accounts=None if is_on_cluster else Accounts(engine),
            invitations=Invitations(engine),
            audit=audit,
            declared=declared,
            departures=MemberDepartures(departures, settings.oidc_issuer),
            kept_at=settings.oidc_issuer if is_on_cluster and provider_people is None else None,
        ),
        runtime=runtime,
        authenticator=authenticator,
        trusted=trusted,
        verifier=verifier,
        logout_tokens=LogoutTokens(engine, provider, settings.oidc_issuer, settings.oidc_client_id),
        people=people,
        departures=departures,
        directory_watch=_directory_watch(settings, people, departures),
        api_keys=api_keys,
        audit=audit,
        api_usage=ApiUsage(engine),
        allotment=declared.platform.allotment,
        publications=PublishingService(
            store,
            tenants,
            dispatcher.wake,
            audit,
            previews=previews,
            sites=Sites(tenants, partial(SiteClient, timeout_seconds=TIMEOUT_SECONDS)),
            allowance=allowance,
        ),
        previews=previews,
        dispatcher=dispatcher,
        chores=Chores(
            previews_kept.remove_expired,
            Releases(store, rights, dispatcher.wake).release,
            RetentionChore(engine, _retention(settings, declared.platform)).run,
        ),
        streams=streams,
        vault=vault,
        relying_party=relying_party,
        sessions=sessions,
        provider_client=provider_client,
    )


def _retention(settings: Settings, platform: Platform) -> Retention:
    if settings.keep_failed_days is None:
        return platform.retention
    return platform.retention.model_copy(update={"failed_days": settings.keep_failed_days})


def _trusted(settings: Settings, platform: Platform) -> TrustedIssuer:
    secret = settings.oidc_client_secret
    return TrustedIssuer(
        settings.oidc_issuer,
        frozenset(settings.oidc_audiences),
        settings.oidc_groups_from or platform.identity.groups_from,
        None if secret is None else ClientCredentials(settings.oidc_client_id, secret.get_secret_value()),
    )


def _directory_watch(settings: Settings, people: KnownPeople, departures: Departures) -> DirectoryWatch | None:
    """What asks the provider itself who belongs to what; None where it cannot be asked."""
    directory: Directory
    if settings.directory_file is not None:
        directory = CanailleDirectory(settings.directory_file)
    elif settings.directory_token is not None:
        address = settings.directory_url or settings.oidc_issuer
        directory = AuthentikDirectory(address, settings.directory_token.get_secret_value())
    else:
        return None
    return DirectoryWatch(
        directory, settings.oidc_issuer, people, departures, every_seconds=settings.directory_every_seconds
    )


def _provider_people(settings: Settings) -> AuthentikPeople | None:
    """Asks the provider with the right to view people and groups alone; None where it cannot be asked."""
    if settings.directory_token is None:
        return None
    address = settings.directory_url or settings.oidc_issuer
    return AuthentikPeople(AuthentikTenants(address, settings.directory_token.get_secret_value(), attempts=1))


def _declared(file: Path | None) -> DeclaredPlatform:
    """The platform whose tiers bound tenants; the demonstration's where no file is named."""
    if file is None:
        return DeclaredPlatform(demo_platform())
    return DeclaredPlatform(platform_in(file), str(file))
