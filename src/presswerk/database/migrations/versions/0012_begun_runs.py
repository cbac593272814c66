"""Waiting runs are the hub's own: whatever was not finished begins anew, at its time."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply."""
    op.alter_column("publications", "enqueued", new_column_name="begun")
    op.execute("UPDATE publications SET begun = false WHERE state IN ('accepted', 'scheduled', 'running')")


def downgrade() -> None:
    """Revert."""
    op.alter_column("publications", "begun", new_column_name="enqueued")
