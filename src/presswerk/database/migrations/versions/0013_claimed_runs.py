"""Which process has a run, instead of whether one has; what was not finished is due again, by whoever starts next.

The durable engine of earlier versions noted the same in a database of its own, which goes: a file beside the hub's, or
the schema `dbos` in the hub's PostgreSQL database.
"""

import contextlib
import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_OWN_SCHEMA = "SELECT 1 FROM pg_namespace WHERE nspname = 'dbos' AND pg_get_userbyid(nspowner) = current_user"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "executors",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("lives_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_executors"),
    )
    op.add_column("publications", sa.Column("claimed_by", sa.String(36)))
    op.add_column("publications", sa.Column("beginnings", sa.Integer(), nullable=False, server_default="0"))
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.drop_column("publications", "begun")
        _remove_engine_files(Path(connection.engine.url.database or ""))
        return
    # Hubs of the version before still serve while the first new one migrates: for them the column stays, and what new
    # hubs accept is not theirs to begin.
    op.alter_column("publications", "begun", server_default=sa.true())
    if connection.exec_driver_sql(_OWN_SCHEMA).first():
        op.execute("DROP SCHEMA dbos CASCADE")


def downgrade() -> None:
    """Revert."""
    if op.get_bind().dialect.name == "sqlite":
        op.add_column("publications", sa.Column("begun", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_column("publications", "beginnings")
    op.drop_column("publications", "claimed_by")
    op.drop_table("executors")


def _remove_engine_files(hub: Path) -> None:
    for name in ("workflows.db", f"{hub.stem}-workflows{hub.suffix}"):
        file = hub.with_name(name)
        if file.is_file() and _is_the_engines(file):
            for each in (file, file.with_name(f"{name}-wal"), file.with_name(f"{name}-shm")):
                # One that cannot be removed is in nobody's way.
                with contextlib.suppress(OSError):
                    each.unlink()


def _is_the_engines(file: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            return bool(database.execute("SELECT 1 FROM sqlite_master WHERE name = 'workflow_status'").fetchone())
    except sqlite3.Error:
        return False
