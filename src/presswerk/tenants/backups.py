"""Which backups there are of a tenant as the hub has noted them, so that one which has vanished is missed."""

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict, dataclass

from sqlalchemy import Engine, RowMapping, delete, insert, select, update

from presswerk.database import reading, writing
from presswerk.tenants.tables import backups


@dataclass(frozen=True)
class Backup:
    """All of a tenant as of one moment.

    Attributes:
        tenant: Whose.
        snapshot: Its id in the tenant's repository, 64 hexadecimal digits.
        taken_at: The moment, aware UTC.
        reason: Why it was taken: `command`, `schedule` or `before-restore`.
        rows: Of all tables.
        files: Of the site's own: uploads, plugins, themes.
        bytes: Of everything, before anything is left out.
        added_bytes: That the repository has grown by.
        tables_sha256: Of the index of its tables.
        proven_at: When it was last restored and compared; None if never.
        proof_seconds: How long that took.
        problem: What was not as it should be; None where all was.
    """

    tenant: str
    snapshot: str
    taken_at: dt.datetime
    reason: str
    rows: int
    files: int
    bytes: int
    added_bytes: int
    tables_sha256: str
    proven_at: dt.datetime | None = None
    proof_seconds: float | None = None
    problem: str | None = None

    @property
    def is_proven(self) -> bool:
        """Whether it was restored and all was there."""
        return self.proven_at is not None and self.problem is None


class BackupRecords:
    """Keeps them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, backup: Backup) -> None:
        """Note a new one."""
        with writing(self._engine) as database:
            database.execute(insert(backups).values(asdict(backup)))

    def list(self, tenant_id: str | None = None) -> tuple[Backup, ...]:
        """Those of a tenant, or of all; the oldest first."""
        query = select(backups).order_by(backups.c.taken_at, backups.c.snapshot)
        if tenant_id is not None:
            query = query.where(backups.c.tenant == tenant_id)
        with reading(self._engine) as database:
            return tuple(_read(row) for row in database.execute(query).mappings())

    def note_proof(self, backup: Backup, at: dt.datetime, seconds: float, problem: str | None) -> None:
        """Note how a proof went."""
        query = update(backups).where(backups.c.tenant == backup.tenant, backups.c.snapshot == backup.snapshot)
        with writing(self._engine) as database:
            database.execute(query.values(proven_at=at, proof_seconds=seconds, problem=problem))

    def forget(self, tenant_id: str, snapshots: Collection[str]) -> None:
        """Forget some, which are in the repository no more."""
        query = delete(backups).where(backups.c.tenant == tenant_id, backups.c.snapshot.in_(snapshots))
        with writing(self._engine) as database:
            database.execute(query)

    def forget_tenant(self, tenant_id: str) -> None:
        """Forget all of a tenant's."""
        with writing(self._engine) as database:
            database.execute(delete(backups).where(backups.c.tenant == tenant_id))


def _read(row: RowMapping) -> Backup:
    return Backup(**row)
