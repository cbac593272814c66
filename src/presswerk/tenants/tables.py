"""The tables tenants are stored in: what is there, what is declared, who belongs to them, and who is invited."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text

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

backups = Table(
    "backups",
    metadata,
    Column("tenant", String(20), primary_key=True),
    Column("snapshot", String(64), primary_key=True),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("files", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("added_bytes", BigInteger, nullable=False),
    # Of the index of its tables, which names all their parts by what is in them.
    Column("tables_sha256", String(64), nullable=False),
    Column("proven_at", UtcDateTime),
    Column("proof_seconds", Float),
    # What the last proof did not find as it was; null where it found all.
    Column("problem", Text),
)

tenant_members = Table(
    "tenant_members",
    metadata,
    Column("tenant", String(20), primary_key=True),
    Column("user_name", String(40), primary_key=True),
    # Null: a membership that something else gave is taken away.
    Column("role", String(16)),
    Column("updated_at", UtcDateTime, nullable=False),
)

tenant_accounts = Table(
    "tenant_accounts",
    metadata,
    Column("user_name", String(40), primary_key=True),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    # The address without its case; null only for people from before addresses had to be unique.
    Column("address_key", String(254), unique=True),
    Column("home", String(20), nullable=False),
    Column("by_operator", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

tenant_invitations = Table(
    "tenant_invitations",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("tenant", String(20), nullable=False),
    Column("role", String(16), nullable=False),
    Column("email", String(254)),
    Column("inviter_issuer", String(255), nullable=False),
    Column("inviter_subject", String(255), nullable=False),
    Column("inviter_name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("accepted_issuer", String(255)),
    Column("accepted_subject", String(255)),
    Column("accepted_name", Text),
    Index(None, "tenant", "created_at"),
)
