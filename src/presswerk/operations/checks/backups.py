"""Whether tenants have backups that are young enough, and were proven."""

import datetime as dt

from sqlalchemy.exc import SQLAlchemyError

from presswerk.messages import Message
from presswerk.operations.checks.machine import DISK, age
from presswerk.operations.checks.model import CannotTell, Cause, Check, NotAsItShouldBe, Remedy, Severity
from presswerk.operations.checks.targets import BackupTarget
from presswerk.tenants.backups import Backup, BackupRecords

_LATE = 2
"""Intervals of its tier: one may be under way, or a machine may have been off."""


def backup_is_young(tenant: BackupTarget) -> Message:
    """The last backup is not much older than the tenant's tier says."""
    found = [each.taken_at for each in _backups(tenant)]
    since = max(found, default=tenant.made_at)
    old = dt.datetime.now(dt.UTC) - since
    if old >= _LATE * dt.timedelta(hours=tenant.policy.every_hours):
        said = (
            Message("The last backup is %(age)s old.", age=age(old))
            if found
            else Message("For %(age)s there has been no backup.", age=age(old))
        )
        raise NotAsItShouldBe(said, _told(tenant, "create"))
    if not found:
        return Message("The first backup is not due yet.")
    return Message("The last backup is %(age)s old.", age=age(old))


def backup_is_proven(tenant: BackupTarget) -> Message:
    """A backup was restored lately, and the last one that was tried was whole."""
    backups = _backups(tenant)
    tried = [each for each in backups if each.proven_at is not None]
    last = max(tried, key=lambda each: each.proven_at or each.taken_at, default=None)
    if last is not None and last.problem is not None:
        told = Message("Backup %(id)s is not whole: %(problem)s", id=last.snapshot[:8], problem=last.problem)
        raise NotAsItShouldBe(told, _told(tenant, "create"))
    since = tenant.made_at if last is None or last.proven_at is None else last.proven_at
    old = dt.datetime.now(dt.UTC) - since
    if backups and old >= _LATE * dt.timedelta(days=tenant.policy.prove_every_days):
        raise NotAsItShouldBe(Message("For %(age)s no backup has been proven.", age=age(old)), _told(tenant, "prove"))
    if last is None:
        return Message("The first proof is not due yet.")
    return Message("A backup was restored and compared %(age)s ago.", age=age(old))


def _told(tenant: BackupTarget, act: str) -> Remedy:
    command = f"presswerk backup {act} {tenant.tenant}"
    return Remedy(Message("Run `%(command)s`: it works, or says what stands in its way.", command=command))


def _backups(tenant: BackupTarget) -> tuple[Backup, ...]:
    try:
        return BackupRecords(tenant.engine).list(tenant.tenant)
    except SQLAlchemyError as error:
        told = Message("The hub's database does not answer: %(reason)s.", reason=type(error).__name__)
        raise CannotTell(told) from None


_CAUSES = (*DISK, Cause("hub-database"), Cause("hub-schema"))
CHECKS: tuple[Check, ...] = (
    Check(
        "backup-age",
        Message("Is the tenant backed up as often as its tier says?"),
        Remedy(Message("Run `presswerk backup create`: it works, or says what stands in its way.")),
        BackupTarget,
        backup_is_young,
        severity=Severity.WARNING,
        causes=(*_CAUSES, Cause("process", "hub")),
        threshold=Message("%(number)s intervals of the tier", number=_LATE),
        alert_after_seconds=3600,
    ),
    Check(
        "backup-proof",
        Message("Was a backup restored lately, and everything there?"),
        Remedy(Message("Run `presswerk backup prove`: it works, or says what stands in its way.")),
        BackupTarget,
        backup_is_proven,
        severity=Severity.WARNING,
        causes=_CAUSES,
        threshold=Message("%(number)s intervals of the tier", number=_LATE),
        alert_after_seconds=3600,
    ),
)
