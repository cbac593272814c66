"""Tables of API keys and of the audit trail."""

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, String, Table, Text

from presswerk.database import UtcDateTime, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("tenant", String(20), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    Column("label", Text, nullable=False),
    Column("secret_sha256", LargeBinary(32), nullable=False),
    Column("owner_issuer", Text, nullable=False),
    Column("owner_subject", Text, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("owner_email", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
)

audit_records = Table(
    "audit_records",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("via", String(16), nullable=False),
    Column("api_key_id", String(12)),
    Column("tenant", String(20)),
    Column("action", String(64), nullable=False),
    Column("object_id", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("ix_audit_records_tenant_id", "tenant", "id"),
)
