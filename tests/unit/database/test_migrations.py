"""What the migrations make is what the stores declare."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import presswerk.identity.tables
import presswerk.publishing.tables
import presswerk.tenants.tables
import presswerk.web.console.sessions
from presswerk.database import connect, metadata, migrate


def test_migrations_make_the_declared_tables(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert {"publications", "tenants", "api_keys"} <= set(metadata.tables)
    assert presswerk.publishing.tables
    assert presswerk.tenants.tables
    assert presswerk.identity.tables
    assert presswerk.web.console.sessions


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="PRESSWERK_DATABASE_URL"):
        connect("mysql://localhost/x")
