"""The hub as an application in the tests' own process, to look at what it is made of; it is never served."""

import functools
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet
from fastapi import FastAPI

from presswerk.web.app import create_app
from presswerk.web.settings import Settings


@functools.cache
def hub_app() -> FastAPI:
    """One application for all tests of this process: to make one takes a second."""
    directory = Path(tempfile.mkdtemp(prefix="presswerk-hub-app-"))
    return create_app(
        Settings(
            encryption_keys=Fernet.generate_key().decode(),
            oidc_issuer="http://localhost:9000",
            database_url=f"sqlite:///{directory}/hub.db",
        )
    )
