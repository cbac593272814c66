"""Note whose account the identity provider's directory says is locked."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    op.add_column("people", sa.Column("locked", sa.Boolean(), nullable=False, server_default=sa.false()))
