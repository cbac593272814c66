"""Every page of the console asks who looks at it; what anybody may see is listed here by name."""

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, _IncludedRouter

from presswerk.web.console.visitor import PageRoute

ANYBODYS = {
    "/",
    "/docs",
    "/auth/login",
    "/auth/callback",
    "/auth/backchannel-logout",
}


@pytest.fixture(scope="module")
def routes(app: FastAPI) -> list[APIRoute]:
    # FastAPI keeps each router that was included as it was made.
    routers = [route.original_router for route in app.routes if isinstance(route, _IncludedRouter)]
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
