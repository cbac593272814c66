"""One application for all of this folder."""

import pytest
from fastapi import FastAPI

from tests.support.hub_app import hub_app


@pytest.fixture(scope="session")
def app() -> FastAPI:
    return hub_app()
