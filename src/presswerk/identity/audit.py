"""The audit trail: who did what to which tenant, append-only."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, RowMapping, insert, select

from presswerk.database import reading, writing
from presswerk.identity.principal import Principal
from presswerk.identity.tables import audit_records

MAX_PAGE = 500


@dataclass(frozen=True)
class AuditRecord:
    """One act.

    Attributes:
        id: Counts up; also the cursor for the next page.
        at: When, aware UTC.
        issuer: Who acted, with `subject` and `name`.
        via: How they proved it, `token` or `api-key`.
        api_key_id: Which key.
        tenant: Whose it was; None when it concerns the platform.
        action: A noun and a past participle, such as `publication.accepted`.
        object_id: The id of what was acted on.
        detail: Anything more, as JSON; never a secret.
    """

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
    detail: Mapping[str, Any]


class AuditTrail:
    """Adds records and reads them; there is no way to change one, and the database refuses it too."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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
            action: A noun and a past participle, such as `api_key.revoked`; at most 64 characters.
            object_id: The id of what was acted on.
            detail: Anything more that JSON can hold; never a secret.
            tenant: Whose it was; None when it concerns the platform.
        """
        values: dict[str, Any] = {
            "at": dt.datetime.now(dt.UTC),
            "issuer": principal.issuer,
            "subject": principal.subject,
            "name": principal.name,
            "via": principal.via,
            "api_key_id": principal.api_key_id,
            "tenant": tenant,
            "action": action,
            "object_id": object_id,
            "detail": dict(detail or {}),
        }
        with writing(self._engine) as database:
            database.execute(insert(audit_records).values(values))

    def list(
        self, tenant: str | None = None, *, limit: int = 100, before: int | None = None
    ) -> tuple[AuditRecord, ...]:
        """Read records, newest first.

        Args:
            tenant: Only this tenant's; None for all, the platform's included.
            limit: How many at most, up to 500.
            before: Only records older than the one of this id.

        Raises:
            ValueError: The limit is below 1.
        """
        if limit < 1:
            raise ValueError("limit: ask for at least one record")
        query = select(audit_records).order_by(audit_records.c.id.desc()).limit(min(limit, MAX_PAGE))
        if tenant is not None:
            query = query.where(audit_records.c.tenant == tenant)
        if before is not None:
            query = query.where(audit_records.c.id < before)
        with reading(self._engine) as database:
            return tuple(_record(row) for row in database.execute(query).mappings())


def _record(row: RowMapping) -> AuditRecord:
    return AuditRecord(**{**row, "detail": MappingProxyType(row["detail"])})
