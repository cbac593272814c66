"""Tables of what is known of people, and of departures that places have to be told."""

import sqlalchemy as sa
from alembic import op

from presswerk.database.metadata import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply; whoever owns a key is taken for what the key says, for a day, until their provider says it."""
    op.create_table(
        "people",
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("operator", sa.Boolean(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_people"),
    )
    op.create_table(
        "departures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("tenant", sa.String(20)),
        sa.Column("role", sa.String(16)),
        sa.Column("pushed", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_departures"),
    )
    op.create_index("ix_departures_due_at", "departures", ["due_at"])
    op.create_index("ix_departures_issuer_subject", "departures", ["issuer", "subject"])
    _take_over_key_owners()


def _take_over_key_owners() -> None:
    keys = sa.table(
        "api_keys",
        *(sa.column(name) for name in ("owner_issuer", "owner_subject", "owner_name", "tenant", "role")),
        sa.column("revoked_at"),
    )
    now = sa.func.current_timestamp()
    found: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
    rank = ("author", "editor", "admin").index
    connection = op.get_bind()
    for row in connection.execute(sa.select(keys).where(keys.c.revoked_at.is_(None))):
        _, roles = found.setdefault((row.owner_issuer, row.owner_subject), (row.owner_name, {}))
        roles[row.tenant] = max(row.role, roles.get(row.tenant, "author"), key=rank)
    people = sa.table(
        "people",
        sa.column("issuer"),
        sa.column("subject"),
        sa.column("name"),
        sa.column("roles", sa.JSON()),
        sa.column("operator"),
        sa.column("seen_at"),
        sa.column("source"),
    )
    for (issuer, subject), (name, roles) in found.items():
        connection.execute(
            people.insert().values(
                issuer=issuer,
                subject=subject,
                name=name,
                roles=roles,
                operator=sa.false(),
                seen_at=now,
                source="key",
            )
        )
