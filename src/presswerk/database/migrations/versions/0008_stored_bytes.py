"""What articles that are not on their site take up, and how many versions a tenant hands in a month."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
    op.add_column("publication_revisions", sa.Column("size_bytes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "publication_revisions", sa.Column("forgotten", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "publication_usage",
        sa.Column("tenant", sa.String(20), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "month", name="pk_publication_usage"),
    )
