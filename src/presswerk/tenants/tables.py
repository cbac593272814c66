"""The tables tenants are stored in: what is there, what is declared, and who was added by command."""

from sqlalchemy import Column, Integer, String, Table, Text

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

declared_tenants = Table(
    "declared_tenants",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("declaration", Text, nullable=False),
    Column("origin", String(16), nullable=False),
    Column("wanted", String(16), nullable=False),
    Column("remove_at", UtcDateTime),
    Column("final_backup", Text),
    Column("generation", Integer, nullable=False),
    Column("applied", Integer, nullable=False),
    Column("problem", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

tenant_members = Table(
    "tenant_members",
    metadata,
    Column("tenant", String(20), primary_key=True),
    Column("user_name", String(40), primary_key=True),
    # Null: a membership that something else gave is taken away.
    Column("role", String(16)),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
