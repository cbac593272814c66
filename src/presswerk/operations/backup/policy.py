"""Which backups are due, and which are kept, by a tenant's tier."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from presswerk.declaration.tier import BackupPolicy
from presswerk.tenants.backups import Backup

_PERIODS: tuple[tuple[str, Callable[[dt.datetime], object]], ...] = (
    ("keep_daily", lambda moment: moment.date()),
    ("keep_weekly", lambda moment: moment.isocalendar()[:2]),
    ("keep_monthly", lambda moment: (moment.year, moment.month)),
)


@dataclass(frozen=True)
class BackupsDue:
    """What is to be done for a tenant's backups now.

    Attributes:
        tenant: Whose.
        take: Whether the last is older than the tier's interval.
        prove: The one to prove; None where one was proven within the tier's interval.
    """

    tenant: str
    take: bool
    prove: Backup | None


def due(tenant_id: str, policy: BackupPolicy, backups: Sequence[Backup], now: dt.datetime) -> BackupsDue:
    """Say what is due.

    Args:
        tenant_id: Whose.
        policy: Of the tenant's tier.
        backups: The oldest first.
        now: Aware.
    """
    last = backups[-1] if backups else None
    proven = [each.proven_at for each in backups if each.is_proven and each.proven_at is not None]
    prove_by = max(proven, default=None)
    is_late = prove_by is None or now - prove_by >= dt.timedelta(days=policy.prove_every_days)
    return BackupsDue(
        tenant_id,
        last is None or now - last.taken_at >= dt.timedelta(hours=policy.every_hours),
        last if is_late and last is not None and last.proven_at is None else None,
    )


def superfluous(backups: Sequence[Backup], policy: BackupPolicy, now: dt.datetime) -> tuple[Backup, ...]:
    """Those that a tier keeps no longer: of each day, week and month the last one stays, and all of the last day.

    The last proven one stays whatever its age.
    """
    kept = {each.snapshot for each in backups if now - each.taken_at < dt.timedelta(days=1)}
    newest_first = sorted(backups, key=lambda each: each.taken_at, reverse=True)
    for name, period in _PERIODS:
        seen: list[object] = []
        for each in newest_first:
            of = period(each.taken_at)
            if of not in seen and len(seen) < getattr(policy, name):
                seen.append(of)
                kept.add(each.snapshot)
    kept |= {each.snapshot for each in [each for each in newest_first if each.is_proven][:1]}
    kept |= {each.snapshot for each in newest_first[:1]}
    return tuple(each for each in backups if each.snapshot not in kept)
