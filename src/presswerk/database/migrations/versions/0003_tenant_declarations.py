"""Tables of what is declared for each tenant, of members added by command, and of how often keys are used."""

import sqlalchemy as sa
from alembic import op

from presswerk.database.metadata import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "declared_tenants",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("declaration", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("wanted", sa.String(16), nullable=False),
        sa.Column("remove_at", UtcDateTime()),
        sa.Column("final_backup", sa.Text()),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_declared_tenants"),
    )
    op.create_table(
        "tenant_members",
        sa.Column("tenant", sa.String(20), nullable=False),
        sa.Column("user_name", sa.String(40), nullable=False),
        sa.Column("role", sa.String(16)),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "user_name", name="pk_tenant_members"),
    )
    op.create_table(
        "api_usage",
        sa.Column("tenant", sa.String(20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "day", name="pk_api_usage"),
    )
