"""Previews with their attachments, and the article of a revision while it is on its way."""

import sqlalchemy as sa
from alembic import op

from presswerk.database.metadata import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    op.add_column("publication_revisions", sa.Column("composition", sa.JSON()))
    op.create_table(
        "previews",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("tenant", sa.String(20), nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("composition", sa.JSON(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_previews"),
    )
    op.create_index("ix_previews_issuer_subject", "previews", ["issuer", "subject"])
    op.create_index("ix_previews_tenant", "previews", ["tenant"])
    op.create_index("ix_previews_expires_at", "previews", ["expires_at"])
    op.create_table(
        "preview_attachments",
        sa.Column("preview", sa.String(36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("preview", "position", name="pk_preview_attachments"),
        sa.ForeignKeyConstraint(
            ["preview"], ["previews.id"], name="fk_preview_attachments_preview_previews", ondelete="CASCADE"
        ),
    )
