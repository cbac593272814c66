from pathlib import Path

import pytest
from sqlalchemy import Engine

from presswerk.database import connect, migrate


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """A hub's database of today, with nothing in it."""
    made = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(made)
    return made
