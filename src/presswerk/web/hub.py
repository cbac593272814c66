"""The hub's parts, put together from its settings; what the routes work with."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import httpx
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from sqlalchemy import Engine, make_url

from presswerk.database import connect
from presswerk.identity import (
    ApiKeys,
    ApiUsage,
    AuditTrail,
    Authenticator,
    ClientCredentials,
    TokenVerifier,
    TrustedIssuer,
)
from presswerk.identity.relying_party import RelyingParty
from presswerk.publishing import DurableQueue, PreviewService, PublicationStore, PublishingService
from presswerk.publishing.fetching import ImageFetcher
from presswerk.publishing.metrics import PublishingMetrics
from presswerk.publishing.preview_store import PreviewStore
from presswerk.publishing.settling import Settlement
from presswerk.publishing.steps import PublishingSteps
from presswerk.publishing.sweep import Sweep
from presswerk.publishing.terms import TIMEOUT_SECONDS, TermCache
from presswerk.publishing.workflow import PublicationWorkflow
from presswerk.spec import DeclarationError, Limits, Platform, Tenant, demo_platform, load_platform
from presswerk.tenants import Declarations, DeclaredPlatform, Members, TenantRegistry, TenantService, Vault
from presswerk.web.console.sessions import Sessions
from presswerk.web.settings import Settings
from presswerk.wordpress import SiteClient


@dataclass(frozen=True)
class Hub:
    """Everything a running hub consists of, but its web server and the durable engine."""

    settings: Settings
    engine: Engine
    registry: CollectorRegistry
    tenants: TenantRegistry
    tenant_requests: TenantService
    changed_tenants: SimpleQueue[str]
    authenticator: Authenticator
    api_keys: ApiKeys
    api_usage: ApiUsage
    limits: Callable[[Tenant], Limits]
    audit: AuditTrail
    publications: PublishingService
    previews: PreviewService
    sweep: Sweep
    vault: Vault
    relying_party: RelyingParty | None
    sessions: Sessions
    provider_client: httpx.Client


def open_database(settings: Settings) -> Engine:
    """Open the hub's database, and make its directory when it is a file."""
    for address in (settings.database_url.get_secret_value(), settings.workflows_url):
        url = make_url(address)
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return connect(settings.database_url.get_secret_value())


def assemble(settings: Settings, engine: Engine) -> Hub:
    """Put the hub together; nothing runs yet."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    store = PublicationStore(engine)
    vault = Vault.from_setting(settings.encryption_keys.get_secret_value())
    tenants = TenantRegistry(engine, vault)
    audit = AuditTrail(engine)
    api_keys = ApiKeys(engine)
    changed_tenants: SimpleQueue[str] = SimpleQueue()
    declared = _declared(settings.platform_file)
    provider_client = httpx.Client(timeout=10.0)
    trusted = _trusted(settings, declared.platform)
    verifier = TokenVerifier([trusted], client=provider_client)
    relying_party = None if trusted.client is None else _relying_party(settings, trusted.client, provider_client)
    fetcher = ImageFetcher(private_hosts=frozenset(settings.image_private_hosts))
    terms = TermCache(tenants, partial(SiteClient, timeout_seconds=TIMEOUT_SECONDS))
    previews_kept = PreviewStore(engine)
    previews = PreviewService(previews_kept, tenants, terms, fetcher)
    steps = PublishingSteps(store, tenants, SiteClient, fetcher, audit, terms=terms)
    settlement = Settlement(store, settings.retry_policy)
    queue = DurableQueue()
    queue.serve(PublicationWorkflow(steps, settlement, queue, PublishingMetrics(registry, store)))
    return Hub(
        settings=settings,
        engine=engine,
        registry=registry,
        tenants=tenants,
        tenant_requests=TenantService(
            Declarations(engine),
            Members(engine),
            tenants,
            audit,
            declared,
            changed=changed_tenants.put,
        ),
        changed_tenants=changed_tenants,
        authenticator=Authenticator(verifier, api_keys),
        api_keys=api_keys,
        audit=audit,
        api_usage=ApiUsage(engine),
        limits=lambda tenant: declared.platform.allotment(tenant).limits,
        publications=PublishingService(
            store,
            tenants,
            queue,
            audit,
            previews,
            monthly_limit=lambda tenant: declared.platform.allotment(tenant).limits.publications_per_month,
        ),
        previews=previews,
        sweep=Sweep(store, queue, settlement, previews_kept),
        vault=vault,
        relying_party=relying_party,
        sessions=Sessions(engine, vault, verifier, relying_party),
        provider_client=provider_client,
    )


def _trusted(settings: Settings, platform: Platform) -> TrustedIssuer:
    secret = settings.oidc_client_secret
    return TrustedIssuer(
        settings.oidc_issuer,
        frozenset(settings.oidc_audiences),
        settings.oidc_groups_from or platform.identity.groups_from,
        None if secret is None else ClientCredentials(settings.oidc_client_id, secret.get_secret_value()),
    )


def _relying_party(settings: Settings, credentials: ClientCredentials, client: httpx.Client) -> RelyingParty:
    """The hub as an application that people sign in at."""
    return RelyingParty(settings.oidc_issuer, credentials, f"{settings.public_url}/auth/callback", client=client)


def _declared(file: Path | None) -> DeclaredPlatform:
    """The platform whose tiers bound tenants; the demonstration's where no file is named."""
    if file is None:
        return DeclaredPlatform(demo_platform())
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError((f"{file}: cannot be read: {error}; PRESSWERK_PLATFORM_FILE names it",)) from None
    return DeclaredPlatform(load_platform(text, source=str(file)), str(file))
