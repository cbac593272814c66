"""The table people's sessions at the hub are stored in."""

from sqlalchemy import Column, Index, String, Table, Text

from presswerk.database import UtcDateTime, metadata

hub_sessions = Table(
    "hub_sessions",
    metadata,
    Column("id_sha256", String(64), primary_key=True),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("locale", String(35)),
    Column("sealed_tokens", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    Index(None, "issuer", "subject", "created_at"),
)
