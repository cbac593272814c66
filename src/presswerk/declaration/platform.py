"""One installation as declared."""

import enum
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Annotated, Literal, Self

from babel import Locale, UnknownLocaleError
from pydantic import Field, StringConstraints, field_validator, model_validator

from presswerk.declaration.declared import Declaration
from presswerk.declaration.images import ContainerImages
from presswerk.declaration.infrastructure import KubernetesCluster, ManagedDatabases
from presswerk.declaration.node_pool import NodePool
from presswerk.declaration.person import CODED_ID, RESERVED_IDS, EmailAddress, Person
from presswerk.declaration.tenant import DomainName, HouseStyle, Tenant, ThemeSlug
from presswerk.declaration.tier import DEFAULT_TIERS, DatabaseKind, Feature, Limits, Tier, TierName

IONOS_AI_BASE_URL = "https://openai.inference.de-txl.ionos.com/v1"
"""IONOS AI Model Hub, Berlin (https://docs.ionos.com/cloud/ai/ai-model-hub)."""


BUNDLED_THEMES = frozenset({"twentytwentyfive", "twentytwentyfour", "twentytwentythree"})
"""What WordPress itself brings."""


class ModelEndpoint(Declaration):
    """The OpenAI-compatible endpoint; its key is a secret and stands in `PRESSWERK_AI_API_KEY`, never here."""

    # No `user:password@`: an address is shown and logged, a key never.
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s/@?#]+(/[^\s?#]*)?$")] = IONOS_AI_BASE_URL
    model: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None


class GroupsFrom(enum.StrEnum):
    """Where a person's groups are read: a missing, null or empty claim there means no groups."""

    USERINFO = "userinfo"  # asked anew every 30 seconds
    TOKEN = "token"  # noqa: S105  # as the access token says, which lives at most five minutes then


class Identity(Declaration):
    """The identity provider of a cluster; one machine runs its own.

    Attributes:
        provider: Which product it is.
        host: Its host name; `id.<domain>` when None.
        groups_from: Where a person's groups are read.
    """

    provider: Literal["authentik"] = "authentik"
    host: DomainName | None = None
    groups_from: GroupsFrom = GroupsFrom.USERINFO


class Retention(Declaration):
    """For how long the hub keeps what was handed in; its site keeps what was delivered.

    Attributes:
        delivered_days: Of an article that is on its site, or was cancelled: text and course, and the engine's runs.
        failed_days: Of one that failed: text and images; so long it can be tried again.
    """

    delivered_days: Annotated[int, Field(ge=2, le=3650)] = 30
    failed_days: Annotated[int, Field(ge=1, le=3650)] = 7


class Backups(Declaration):
    """Where the backups of one machine's tenants are; how often and for how long, each tier says.

    Attributes:
        location: A directory, or a bucket such as `s3:https://s3.eu-central-3.ionoscloud.com/backups/presswerk`, whose
            keys stand in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; None for the installation's own state, which a
            broken disk takes along.
    """

    location: Annotated[str, Field(pattern=r"^(/\S+|s3:https?://[^\s@?#]+/[^\s@?#]+)$", max_length=500)] | None = None


LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
"""Let's Encrypt (https://letsencrypt.org/docs/acme-protocol-updates/)."""


class PublicEntry(Declaration):
    """How requests reach a platform with a domain, and who issues certificates.

    Attributes:
        controller: Of a cluster: whose proxies take them; on one machine Caddy does.
        address: The public address that is reserved for them; None takes any, which goes when the entry goes. One
            machine needs it only where the address is translated before it, so that the machine does not know it.
        certificate_email: Whom the certificate authority writes to.
        certificate_authority: Its ACME directory (RFC 8555), such as that of a company's own authority.
    """

    controller: Literal["envoy-gateway", "traefik"] = "envoy-gateway"
    address: IPv4Address | None = None
    certificate_email: EmailAddress | None = None
    certificate_authority: Annotated[str, Field(pattern=r"^https://[^\s/@?#]+(/[^\s?#]*)?$")] = LETS_ENCRYPT


@dataclass(frozen=True)
class Allotment:
    """What a tenant has in the end: its tier's database, its limits with its own overrides, the features it uses."""

    database: DatabaseKind
    limits: Limits
    features: frozenset[Feature]


class Platform(Declaration):
    """One installation.

    Attributes:
        domain: Sites are `<tenant>.<domain>`; None for one machine that nobody else reaches, where they are
            `<tenant>.localhost`.
        ai: The endpoint that writes.
        identity: Where people sign in.
        entry: How requests come in.
        images: Where a cluster gets Presswerk's own container images from.
        authorities: Of a cluster: the ConfigMap in the namespace `presswerk` whose key `ca.crt` has the certificates of
            every authority to trust, a company's own and the public ones; None for the public ones alone.
        cluster: The managed Kubernetes cluster: version, who reaches its API, when it may be maintained.
        node_pool: The cluster's machines.
        databases: The databases that IONOS runs for the platform.
        tiers: What differs from the default tiers; a tier named here is given whole.
        retention: For how long the hub keeps what was handed in.
        backups: Where backups of tenants are.
        themes: Slugs of themes that your own image of WordPress has beside WordPress's.
        tenants: Its tenants.
        people: For one machine, the people of its identity provider.
    """

    domain: DomainName | None = None
    ai: ModelEndpoint = ModelEndpoint()
    identity: Identity = Identity()
    entry: PublicEntry = PublicEntry()
    images: ContainerImages = ContainerImages()
    authorities: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")] | None = None
    cluster: KubernetesCluster = KubernetesCluster()
    node_pool: NodePool = NodePool()
    databases: ManagedDatabases = ManagedDatabases()
    tiers: Mapping[TierName, Tier] = Field(default_factory=lambda: dict(DEFAULT_TIERS))
    retention: Retention = Retention()
    backups: Backups = Backups()
    themes: tuple[ThemeSlug, ...] = ()
    tenants: tuple[Tenant, ...]
    people: tuple[Person, ...] = ()

    @field_validator("tiers", mode="after")
    @classmethod
    def _all_tiers(cls, tiers: Mapping[TierName, Tier]) -> Mapping[TierName, Tier]:
        return {name: tiers.get(name, DEFAULT_TIERS[name]) for name in TierName}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = tuple(self._problems())
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def tenant(self, tenant_id: str) -> Tenant | None:
        """The tenant with this id, if one is declared."""
        return next((tenant for tenant in self.tenants if tenant.id == tenant_id), None)

    def allotment(self, tenant: Tenant) -> Allotment:
        """What a tenant has in the end."""
        tier = self.tiers[tenant.tier]
        features = tier.features if tenant.features is None else tenant.features
        return Allotment(tier.database, tier.with_overrides(tenant.overrides), features)

    def reserved(self, tenant_id: str) -> str | None:
        """Why no new tenant can have an id; None where one can. A tenant that has it already keeps it."""
        if re.match(CODED_ID, tenant_id):
            return f"{tenant_id} has hyphens where coded names have them (xn--...); choose another id"
        if tenant_id not in RESERVED_IDS and f"{tenant_id}.{self.domain}" != self.identity.host:
            return None
        return f"{tenant_id}.{self.domain or '<domain>'} is kept for the platform's own addresses; choose another id"

    def problems_with(self, tenant: Tenant, others: Iterable[Tenant]) -> tuple[tuple[str, str], ...]:
        """Why a tenant cannot be one of this platform's, as (field, what is wrong with it).

        Args:
            tenant: Declared or not.
            others: All tenants but this one.
        """
        taken = {domain: other.id for other in others for domain in other.domains}
        prefix = f"tenants.{tenant.id}."
        own = (problem.removeprefix(prefix).partition(": ") for problem in self._tenant_problems(tenant))
        return (
            *((field, told) for field, _, told in own),
            *(
                ("domains", f"{domain} leads to {taken[domain]} already; it can lead to one site only")
                for domain in tenant.domains
                if domain in taken
            ),
        )

    def _problems(self) -> Iterator[str]:
        if not self.tenants:
            yield "tenants: at least one is needed; add one with an id and a name"
        if self.images.private and self.images.registry is None:
            yield "images.private: says of no registry that it asks for credentials; declare images.registry"
        ids = {tenant.id for tenant in self.tenants}
        if len(ids) != len(self.tenants):
            yield "tenants: every id must be used once; remove or rename the repeated one"
        for tenant in self.tenants:
            yield from self._tenant_problems(tenant)
        each = (self.databases.postgres, self.databases.mariadb, self.databases.redis)
        addresses = [database.address for database in each if database is not None and database.address is not None]
        if len(set(addresses)) != len(addresses):
            yield "databases: two of them have the same address; give each its own"
        domains = Counter(domain for tenant in self.tenants for domain in tenant.domains)
        for domain in (domain for domain, times in domains.items() if times > 1):
            yield f"tenants: two of them have the domain {domain}; it can lead to one site only"
        if len({person.user_name for person in self.people}) != len(self.people):
            yield "people: every user_name must be used once; remove or rename the repeated one"
        used = Counter(person.address_key for person in self.people)
        for address in (address for address, times in used.items() if times > 1):
            yield f"people: two of them have the address {address}; nobody could sign in with it, so give each its own"
        for person in self.people:
            unknown = sorted(set(person.memberships) - ids)
            if unknown:
                yield f"people.{person.user_name}.memberships: no tenant {', '.join(unknown)}; declare it under tenants"

    def _tenant_problems(self, tenant: Tenant) -> Iterator[str]:
        tier, where = self.tiers[tenant.tier], f"tenants.{tenant.id}"
        for name, most in tier.excess(tenant.overrides).items():
            yield f"{where}.overrides.{name}: {tenant.tier} allows at most {most}; lower it or choose a higher tier"
        missing = sorted((tenant.features or frozenset()) - tier.features)
        if missing:
            yield (
                f"{where}.features: the {tenant.tier} tier does not include {', '.join(missing)};"
                " remove it or choose a higher tier"
            )
        used = self.allotment(tenant).features
        if tenant.domains and Feature.CUSTOM_DOMAINS not in used:
            yield f"{where}.domains: {_lacking(tenant, Feature.CUSTOM_DOMAINS)}"
        if tenant.house_style != HouseStyle() and Feature.HOUSE_STYLE not in used:
            yield f"{where}.house_style: {_lacking(tenant, Feature.HOUSE_STYLE)}"
        themes = BUNDLED_THEMES | {*self.themes}
        if tenant.theme is not None and tenant.theme not in themes:
            yield (
                f"{where}.theme: {tenant.theme} is not installed; give one of {', '.join(sorted(themes))},"
                " or list what your own image adds under themes of platform.yaml"
            )
        if not _is_language(tenant.language):
            yield f"{where}.language: {tenant.language} is no language that is known; give one such as de or en-GB"
        for domain in tenant.domains:
            if domain == self.identity.host:
                yield f"{where}.domains: {domain} is where people sign in, the platform's own; give another one"
            if self.domain is not None and (domain == self.domain or domain.endswith(f".{self.domain}")):
                yield f"{where}.domains: {domain} is within {self.domain}, the platform's own; give one outside of it"


def _lacking(tenant: Tenant, feature: Feature) -> str:
    if tenant.features is not None and feature not in tenant.features:
        return (
            f"it needs the feature {feature}, which {tenant.id} does not use; remove it, or add {feature} to features"
        )
    return (
        f"it needs the feature {feature}, which the {tenant.tier} tier does not include; remove it, or choose a tier"
        " that includes it"
    )


def _is_language(tag: str) -> bool:
    try:
        Locale.parse(tag.partition("-")[0])
    except (UnknownLocaleError, ValueError):
        return False
    return True
