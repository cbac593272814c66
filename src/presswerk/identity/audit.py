"""The audit trail: who did what to which object, appended and never changed."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select

from presswerk.identity.principal import Principal
from presswerk.identity.tables import audit_records


@dataclass(frozen=True)
class AuditRecord:
    """One act."""

    id: int
    at: dt.datetime
    issuer: str
    subject: str
    name: str
    via: str
    api_key_id: str | None
    tenant: str | None
    action: str
    object_id: str
    detail: Mapping[str, object]


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class AuditTrail:
    """The store of audit records."""

    def __init__(self, engine: Engine, *, clock: Callable[[], dt.datetime] = _utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def record(
        self,
        principal: Principal,
        action: str,
        object_id: str,
        detail: Mapping[str, object] | None = None,
        *,
        tenant: str | None = None,
    ) -> None:
        """Append an act.

        Args:
            principal: Who acted.
            action: Such as `publication.accept`.
            object_id: The id of what was acted on.
            detail: JSON values worth knowing later; never a secret.
            tenant: Whose it is; None for the platform's.
        """
        with self._engine.begin() as connection:
            connection.execute(
                insert(audit_records).values(
                    at=self._clock(),
                    issuer=principal.issuer,
                    subject=principal.subject,
                    name=principal.name,
                    via=principal.via,
                    api_key_id=principal.api_key_id,
                    tenant=tenant,
                    action=action,
                    object_id=object_id,
                    detail=dict(detail or {}),
                )
            )

    def list(self, tenant: str | None = None, *, limit: int = 100, before: int | None = None) -> list[AuditRecord]:
        """Read acts, newest first.

        Args:
            tenant: Only this tenant's; every act when None.
            limit: At most so many.
            before: Only records with a smaller id, to read on.
        """
        query = select(audit_records).order_by(audit_records.c.id.desc()).limit(limit)
        if tenant is not None:
            query = query.where(audit_records.c.tenant == tenant)
        if before is not None:
            query = query.where(audit_records.c.id < before)
        with self._engine.connect() as connection:
            return [AuditRecord(**row._mapping) for row in connection.execute(query)]
