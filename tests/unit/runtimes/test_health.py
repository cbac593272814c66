"""When a service counts as serving."""

from pathlib import Path

import httpx
import pytest

from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.supervision import is_healthy

SITE = Service("site", ("php",), Path(), health_url="http://127.0.0.1:1/wp-json/", health_host="acme.localhost")


@pytest.mark.parametrize(
    ("status", "state", "healthy"),
    [
        (200, "RUNNING", True),
        (200, "STARTING", True),
        (200, "BACKOFF", False),
        (302, "RUNNING", False),
        (404, "RUNNING", False),
        (503, "RUNNING", False),
    ],
)
def test_a_service_serves_when_it_answers_with_what_was_asked_for(status: int, state: str, healthy: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Host"] == "acme.localhost"
        return httpx.Response(status, headers={"Location": "/wp-admin/install.php"})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        assert is_healthy(SITE, state, http) is healthy
