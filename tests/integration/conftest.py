"""Fixtures that integration tests share: databases for the hub, an issuer, and WordPress sites."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.drill import DRILL
from tests.support.issuer import Issuer, running_issuer
from tests.support.mariadb import MariaDbServer, running_mariadb
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.sites import RunningSite, running_site


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is the same on every database is tried on one of them, and in a drill on all."""
    if DRILL:
        return
    again = {item for item in items if item.get_closest_marker("any_database") and _database(item) == "mariadb"}
    config.hook.pytest_deselected(items=list(again))
    items[:] = [item for item in items if item not in again]


def _database(item: pytest.Item) -> str | None:
    found: str | None = item.callspec.params.get("site") if hasattr(item, "callspec") else None
    return found


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


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDbServer]:
    with running_mariadb() as server:
        yield server


@pytest.fixture(scope="module", params=["sqlite", "mariadb"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A real WordPress on each kind of database."""
    database = None if request.param == "sqlite" else request.getfixturevalue("mariadb").new_database()
    with running_site(tmp_path_factory.mktemp("site"), database=database) as running:
        yield running
