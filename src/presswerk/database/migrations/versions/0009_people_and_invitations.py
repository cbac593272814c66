"""Tables of accounts made by command, apart from their memberships, and of invitations."""

import sqlalchemy as sa
from alembic import op

from presswerk.database.metadata import UtcDateTime

revision = "0009"
down_revision = "0008"

_ADDRESS_LENGTH = 254


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "tenant_accounts",
        sa.Column("user_name", sa.String(40), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address_key", sa.String(254)),
        sa.Column("home", sa.String(20), nullable=False),
        sa.Column("by_operator", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_name", name="pk_tenant_accounts"),
        sa.UniqueConstraint("address_key", name="uq_tenant_accounts_address_key"),
    )
    op.create_table(
        "tenant_invitations",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("tenant", sa.String(20), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("inviter_issuer", sa.String(255), nullable=False),
        sa.Column("inviter_subject", sa.String(255), nullable=False),
        sa.Column("inviter_name", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime()),
        sa.Column("accepted_at", UtcDateTime()),
        sa.Column("accepted_issuer", sa.String(255)),
        sa.Column("accepted_subject", sa.String(255)),
        sa.Column("accepted_name", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_tenant_invitations"),
        sa.UniqueConstraint("token_sha256", name="uq_tenant_invitations_token_sha256"),
    )
    op.create_index("ix_tenant_invitations_tenant_created_at", "tenant_invitations", ["tenant", "created_at"])
    _move_people()
    with op.batch_alter_table("tenant_members") as table:
        for column in ("given_name", "family_name", "email"):
            table.drop_column(column)


def _move_people() -> None:
    """Names and addresses stood with each membership, and the first one counted."""
    names = ("user_name", "given_name", "family_name", "email")
    members = sa.table(
        "tenant_members", *map(sa.column, names), sa.column("tenant"), sa.column("updated_at", UtcDateTime)
    )
    accounts = sa.table(
        "tenant_accounts",
        *map(sa.column, (*names, "address_key", "home", "by_operator")),
        sa.column("created_at", UtcDateTime),
    )
    database = op.get_bind()
    seen: dict[str, sa.RowMapping] = {}
    for row in database.execute(sa.select(members).order_by("user_name", "tenant")).mappings():
        seen.setdefault(row["user_name"], row)
    addresses = {""}
    for row in seen.values():
        key = row["email"].casefold()
        values = {
            **{name: row[name] for name in names},
            # Nothing kept two people from one address then, nor bounded it.
            "address_key": None if key in addresses or len(key) > _ADDRESS_LENGTH else key,
            "home": row["tenant"],
            "by_operator": True,
            "created_at": row["updated_at"],
        }
        database.execute(sa.insert(accounts).values(values))
        addresses.add(key)
