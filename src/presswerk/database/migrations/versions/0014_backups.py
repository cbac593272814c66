"""Which backups there are of each tenant, and when each was proven."""

import sqlalchemy as sa
from alembic import op

from presswerk.database import UtcDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "backups",
        sa.Column("tenant", sa.String(20), primary_key=True),
        sa.Column("snapshot", sa.String(64), primary_key=True),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("added_bytes", sa.BigInteger(), nullable=False),
        sa.Column("tables_sha256", sa.String(64), nullable=False),
        sa.Column("proven_at", UtcDateTime()),
        sa.Column("proof_seconds", sa.Float()),
        sa.Column("problem", sa.Text()),
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("backups")
