"""The tables people, departures, used logout tokens, API keys, their use and the audit trail are stored in."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Index, Integer, String, Table, Text

from presswerk.database import UtcDateTime, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("tenant", String(20), nullable=False),
    Column("role", String(16), nullable=False),
    Column("label", String(100), nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("owner_issuer", String(255), nullable=False),
    Column("owner_subject", String(255), nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("owner_email", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    Index(None, "tenant", "created_at"),
)

people = Table(
    "people",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("name", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("operator", Boolean, nullable=False),
    # As the provider's directory says; some providers' userinfo answers for tokens of locked accounts.
    Column("locked", Boolean, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("source", String(16), nullable=False),
)

departures = Table(
    "departures",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("tenant", String(20)),
    Column("role", String(16)),
    # Whether it was said through Presswerk, and not only noticed at the provider.
    Column("pushed", Boolean, nullable=False),
    # Nothing is lost; the provider has ended their sign-on, and nothing vouches for them until the next one.
    Column("signed_out", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("told", JSON, nullable=False),
    Column("again", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
    Index(None, "due_at"),
    Index(None, "issuer", "subject"),
)

logout_tokens = Table(
    "logout_tokens",
    metadata,
    Column("id_sha256", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

api_usage = Table(
    "api_usage",
    metadata,
    Column("tenant", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("requests", Integer, nullable=False),
)

audit_records = Table(
    "audit_records",
    metadata,
    # SQLite counts up by itself only on INTEGER.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("name", Text, nullable=False),
    Column("via", String(16), nullable=False),
    Column("api_key_id", String(12)),
    Column("action", String(64), nullable=False),
    Column("tenant", String(20)),
    Column("object_id", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Index(None, "tenant", "id"),
)
