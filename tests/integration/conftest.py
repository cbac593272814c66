"""Fixtures that integration tests share: databases for the hub, and an issuer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.issuer import Issuer, running_issuer
from tests.support.postgres import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty database of each kind the hub runs on."""
    if request.param == "sqlite":
        directory: Path = tmp_path_factory.mktemp("hub-database")
        return f"sqlite:///{directory}/hub.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()
