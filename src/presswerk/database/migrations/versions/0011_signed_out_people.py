"""Tell sites of people who signed out at a provider that has no directory, and know logout tokens that came before."""

import sqlalchemy as sa
from alembic import op

from presswerk.database import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    op.add_column("departures", sa.Column("signed_out", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "logout_tokens",
        sa.Column("id_sha256", sa.String(64), primary_key=True),
        sa.Column("at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    """Revert."""
    op.drop_table("logout_tokens")
    op.drop_column("departures", "signed_out")
