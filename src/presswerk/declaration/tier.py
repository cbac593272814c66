"""What a tenant gets: limits, features and kind of database of each tier. The one place where they stand."""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import Field, PlainSerializer, model_validator

from presswerk.declaration.declared import Declaration


class TierName(enum.StrEnum):
    """The tiers a tenant can be on."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class DatabaseKind(enum.StrEnum):
    """Where a site keeps its posts."""

    SQLITE = "sqlite"  # a file on the tenant's own volume
    SHARED = "shared-mariadb"  # a database and a user on a server that tenants share
    OWN = "own-mariadb"  # a server of the tenant's own


class Feature(enum.StrEnum):
    """What a tier may have beyond its limits."""

    CUSTOM_DOMAINS = "custom-domains"  # the site answers at domains of the tenant's own
    HOUSE_STYLE = "house-style"  # a model preset in the chat, with the tenant's voice
    AUTOSCALING = "autoscaling"  # more copies of the site under load (cluster only)


Features = Annotated[
    frozenset[Feature], PlainSerializer(lambda features: sorted(feature.value for feature in features), list[str])
]
"""Written in alphabetical order, so that the same declaration is always the same text."""

_Cpu = Annotated[int, Field(ge=50, le=64_000)]
_Memory = Annotated[int, Field(ge=128, le=65_536)]
_Storage = Annotated[int, Field(ge=1, le=4_096)]
_Workers = Annotated[int, Field(ge=2, le=64)]
_Count = Annotated[int, Field(ge=1)]
_Pending = Annotated[int, Field(ge=64, le=65_536)]


def _tenth_of_storage(given: Mapping[str, int]) -> int:
    return max(64, min(given["storage_gib"] * 1024 // 10, 65_536))


class Limits(Declaration):
    """How much of everything a tenant may use.

    Attributes:
        cpu_millicores: CPU time of the site, in thousandths of one CPU.
        memory_mib: Memory of the site's processes together, in MiB.
        storage_gib: Size of the site's volume in GiB: uploads, and the database where it is a file.
        php_workers: How many requests are answered at the same time.
        publications_per_month: How many articles are taken in a calendar month (UTC).
        api_requests_per_day: How many requests a day all its API keys may make together.
        pending_attachments_mib: Size in MiB of articles on their way to the site, attachments and texts; a tenth of
            `storage_gib` unless given.
    """

    cpu_millicores: _Cpu
    memory_mib: _Memory
    storage_gib: _Storage
    php_workers: _Workers
    publications_per_month: _Count
    api_requests_per_day: _Count
    pending_attachments_mib: _Pending = Field(default_factory=_tenth_of_storage)


class LimitOverrides(Declaration):
    """Limits of one tenant that differ from its tier's; what is None stays as the tier has it."""

    fields_of = Limits

    cpu_millicores: _Cpu | None = None
    memory_mib: _Memory | None = None
    storage_gib: _Storage | None = None
    php_workers: _Workers | None = None
    publications_per_month: _Count | None = None
    api_requests_per_day: _Count | None = None
    pending_attachments_mib: _Pending | None = None

    def given(self) -> Mapping[str, int]:
        """The limits that are set, by name."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


class BackupPolicy(Declaration):
    """How often a tenant is backed up, and for how long backups are kept.

    Attributes:
        every_hours: Hours between two backups.
        prove_every_days: Days until one is restored into a scratch site and compared again.
        keep_daily: Of so many days the last backup is kept; of the last 24 hours all are.
        keep_weekly: Of so many weeks.
        keep_monthly: Of so many months.
    """

    every_hours: Annotated[int, Field(ge=1, le=720)] = 24
    prove_every_days: Annotated[int, Field(ge=1, le=365)] = 30
    keep_daily: Annotated[int, Field(ge=1, le=366)] = 7
    keep_weekly: Annotated[int, Field(ge=0, le=520)] = 4
    keep_monthly: Annotated[int, Field(ge=0, le=120)] = 6


class Tier(Declaration):
    """A tier.

    Attributes:
        database: Where its sites keep their posts.
        limits: What a tenant gets.
        maximum: How far a tenant's own overrides may go.
        features: What a tenant may use.
        backup: How often a tenant is backed up, on one machine.
    """

    database: DatabaseKind
    limits: Limits
    maximum: Limits
    features: Features = frozenset()
    backup: BackupPolicy = BackupPolicy()

    @model_validator(mode="after")
    def _within_maximum(self) -> Self:
        for name, value in self.limits.model_dump().items():
            most = getattr(self.maximum, name)
            if value > most:
                raise ValueError(f"limits.{name}: {value} is more than maximum.{name}, {most}; lower it or raise that")
        return self

    def with_overrides(self, overrides: LimitOverrides) -> Limits:
        """The tier's limits with a tenant's own instead; whether they are allowed is `excess`'s to say."""
        return self.limits.model_copy(update=dict(overrides.given()))

    def excess(self, overrides: LimitOverrides) -> Mapping[str, int]:
        """Overrides beyond the tier's maximum: each one's name and how much it may be."""
        return {
            name: getattr(self.maximum, name)
            for name, value in overrides.given().items()
            if value > getattr(self.maximum, name)
        }


def _limits(*amounts: int) -> Limits:
    """In the order of the fields: CPU, memory, storage, workers, publications a month, API requests a day."""
    return Limits.model_validate(dict(zip(Limits.model_fields, amounts, strict=False)))


DEFAULT_TIERS: Mapping[TierName, Tier] = MappingProxyType(
    {
        TierName.FREE: Tier(
            database=DatabaseKind.SQLITE,
            limits=_limits(250, 256, 1, 2, 50, 1_000),
            maximum=_limits(500, 512, 5, 4, 200, 5_000),
        ),
        TierName.PRO: Tier(
            database=DatabaseKind.SHARED,
            limits=_limits(500, 512, 10, 4, 1_000, 20_000),
            maximum=_limits(2_000, 2_048, 100, 16, 10_000, 200_000),
            features=frozenset(Feature),
            backup=BackupPolicy(every_hours=6, prove_every_days=7),
        ),
        TierName.ENTERPRISE: Tier(
            database=DatabaseKind.OWN,
            limits=_limits(1_000, 1_024, 50, 8, 10_000, 200_000),
            maximum=_limits(8_000, 16_384, 1_000, 64, 1_000_000, 10_000_000),
            features=frozenset(Feature),
            backup=BackupPolicy(every_hours=1, prove_every_days=1, keep_daily=14, keep_monthly=12),
        ),
    }
)
"""What the tiers are unless `platform.yaml` says otherwise."""
