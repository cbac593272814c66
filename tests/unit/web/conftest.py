"""One application for all of this folder: a process can have no two, since the durable engine knows one hub."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI

from presswerk.web.app import create_app
from presswerk.web.settings import Settings


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    directory: Path = tmp_path_factory.mktemp("hub")
    return create_app(
        Settings(
            encryption_keys=Fernet.generate_key().decode(),
            oidc_issuer="http://localhost:9000",
            database_url=f"sqlite:///{directory}/hub.db",
        )
    )
