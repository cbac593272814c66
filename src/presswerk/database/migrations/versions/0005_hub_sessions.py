"""Table of people's sessions at the hub."""

import sqlalchemy as sa
from alembic import op

from presswerk.database.metadata import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "hub_sessions",
        sa.Column("id_sha256", sa.String(64), nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("locale", sa.String(35)),
        sa.Column("sealed_tokens", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id_sha256", name="pk_hub_sessions"),
    )
    op.create_index("ix_hub_sessions_issuer_subject_created_at", "hub_sessions", ["issuer", "subject", "created_at"])
