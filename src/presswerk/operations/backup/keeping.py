"""Whether the backups that the hub has noted are still there, and what is done for them by and by."""

import datetime as dt
from collections.abc import Iterable

from presswerk.operations.backup.errors import BackupProblem, DamagedRepository
from presswerk.operations.backup.policy import due, superfluous
from presswerk.operations.backup.restoring import prove
from presswerk.operations.backup.taking import TenantBackups
from presswerk.runtimes.local.progress import Progress
from presswerk.tenants.backups import Backup


def verify(own: TenantBackups, tenant_id: str, progress: Progress, *, read_data: bool) -> int:
    """See that every backup the hub has noted is in its repository, and that the repository is whole.

    Returns:
        How many backups there are.

    Raises:
        BackupProblem: Something is missing or damaged.
    """
    noted = own.records.list(tenant_id)
    repository = own.places.repository(tenant_id)
    if not noted:
        return 0
    if not repository.exists():
        raise DamagedRepository(
            f"The repository of {tenant_id} is gone, with {len(noted)} backups.",
            f"Put it back from a copy, or begin anew: `presswerk backup create {tenant_id}`.",
        )
    progress(f"{tenant_id}: {len(noted)} backups{', all data read' if read_data else ''}")
    there = {each.id for each in repository.snapshots()}
    gone = [each for each in noted if each.snapshot not in there]
    if gone:
        raise DamagedRepository(
            f"Of {tenant_id} {len(gone)} of {len(noted)} backups have vanished: "
            + ", ".join(f"{each.snapshot[:8]} of {each.taken_at:%Y-%m-%d %H:%M} UTC" for each in gone[:5]),
            "Put the repository back from a copy; what cannot be brought back is forgotten by "
            f"`presswerk backup forget {tenant_id} SNAPSHOT`.",
        )
    repository.check(read_data=read_data)
    return len(noted)


def forget(own: TenantBackups, backups: Iterable[Backup]) -> None:
    """Remove backups; what was removed from a repository before is only forgotten.

    Raises:
        BackupProblem: They are still there.
    """
    by_tenant: dict[str, list[Backup]] = {}
    for each in backups:
        by_tenant.setdefault(each.tenant, []).append(each)
    for tenant_id, chosen in by_tenant.items():
        repository = own.places.repository(tenant_id)
        if repository.exists():
            there = {each.id for each in repository.snapshots()}
            repository.forget([each.snapshot for each in chosen if each.snapshot in there])
        own.records.forget(tenant_id, [each.snapshot for each in chosen])


def look_after(own: TenantBackups, tenant_id: str, now: dt.datetime, progress: Progress) -> tuple[str, ...]:
    """Do what is due of a tenant: a backup, a proof, and forgetting what is kept no longer.

    Returns:
        What was done, in words.

    Raises:
        PresswerkError: Something of it failed.
    """
    known = own.found.tenants.get(tenant_id)
    policy = own.found.declared.tiers[known.tenant.tier].backup
    done: list[str] = []
    if due(tenant_id, policy, own.records.list(tenant_id), now).take:
        taken = own.take(tenant_id, "schedule", progress)
        done.append(f"{tenant_id}: backup {taken.snapshot[:8]}")
    if (chosen := due(tenant_id, policy, own.records.list(tenant_id), now).prove) is not None:
        proof = prove(own, chosen, progress)
        done.append(f"{tenant_id}: {chosen.snapshot[:8]} {'proven' if proof.problem is None else 'NOT proven'}")
        if proof.problem is not None:
            raise BackupProblem(f"The backup {chosen.snapshot[:8]} of {tenant_id} is not proven: {proof.problem}")
    if old := superfluous(own.records.list(tenant_id), policy, now):
        forget(own, old)
        done.append(f"{tenant_id}: {len(old)} old backups removed")
    return tuple(done)
