"""Every page of the console asks who looks at it; what anybody may see is listed here by name."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from fastapi.routing import APIRoute, _IncludedRouter

from presswerk.web.app import create_app
from presswerk.web.console.visitor import PageRoute
from presswerk.web.settings import load_settings

ANYBODYS = {
    "/",
    "/docs",
    "/auth/login",
    "/auth/callback",
    "/auth/backchannel-logout",
}


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[APIRoute]:
    directory: Path = tmp_path_factory.mktemp("hub")
    settings = load_settings(
        {
            "PRESSWERK_DATABASE_URL": f"sqlite:///{directory}/hub.db",
            "PRESSWERK_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "PRESSWERK_OIDC_ISSUER": "http://id.example",
        }
    )
    # FastAPI keeps each router that was included as it was made.
    routers = [route.original_router for route in create_app(settings).routes if isinstance(route, _IncludedRouter)]
    found = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    assert found
    return found


def test_no_page_is_shown_to_strangers_by_mistake(routes: list[APIRoute]) -> None:
    pages = {route.path for route in routes if not route.include_in_schema and not isinstance(route, PageRoute)}

    assert pages <= ANYBODYS


def test_every_form_goes_to_a_page_that_knows_its_session(routes: list[APIRoute]) -> None:
    console = {route.path for route in routes if isinstance(route, PageRoute)}
    posting = {route.path for route in routes if isinstance(route, PageRoute) and "POST" in (route.methods or ())}

    assert {"/account", "/invitations/{token}", "/previews/{preview_id}", "/publications/{publication_id}"} <= console
    assert {
        "/auth/logout",
        "/invitations/{token}",
        "/previews/{preview_id}",
        "/publications/{publication_id}",
    } <= posting
