"""What a publication does about changes made on its site, and which it met."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    # Not by copying the table, as SQLite would in a batch: dropping the old one would take the revisions with it.
    op.add_column("publications", sa.Column("on_conflict", sa.String(16), nullable=False, server_default="keep"))
    op.add_column("publications", sa.Column("if_gone", sa.String(16)))
    op.add_column("publications", sa.Column("site_edits", sa.JSON(), nullable=False, server_default="[]"))
