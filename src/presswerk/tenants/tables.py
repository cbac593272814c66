"""The table tenants are stored in."""

from sqlalchemy import Column, String, Table, Text

from presswerk.database import UtcDateTime, metadata

tenants = Table(
    "tenants",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("declaration", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("public_url", Text, nullable=False),
    Column("internal_url", Text, nullable=False),
    Column("sealed_connection", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
