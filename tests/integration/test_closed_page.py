"""The page of suspended sites, as the process the cluster runs."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from presswerk.runtimes.cluster.closed_page import HEALTH_PATH, page, preferred_language

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "presswerk.runtimes.cluster.closed_page", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        told = process.stdout.readline().removeprefix("listening on ").strip()
        yield f"http://{told}"
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(10)
    assert status == 0


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/wp-login.php", "/a/b?c=d", "/wp-content/uploads/x.png"])
def test_whatever_is_asked_is_closed_for_now(address: str, method: str, path: str) -> None:
    answer = httpx.request(method, f"{address}{path}", headers={"Host": "acme.press.example"})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3600"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "This site is closed for now." in answer.text


def test_a_body_that_comes_along_does_no_harm(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        for _ in range(3):
            assert client.post("/", content=b"x" * 1_000).status_code == 503


def test_head_has_no_body(address: str) -> None:
    answer = httpx.head(address)

    assert (answer.status_code, answer.content) == (503, b"")


def test_programs_get_the_shape_wordpress_has(address: str) -> None:
    answer = httpx.get(f"{address}/wp-json/presswerk/v1/status")

    assert answer.json()["code"] == "presswerk_suspended"
    assert answer.json()["data"] == {"status": 503}


def test_german_is_answered_in_german(address: str) -> None:
    answer = httpx.get(address, headers={"Accept-Language": "de-DE,de;q=0.9,en;q=0.8"})

    assert "vorübergehend geschlossen" in answer.text
    assert preferred_language("en, de;q=0.5") == "en"
    assert 'lang="de"' in page("de")


def test_it_tells_its_own_health(address: str) -> None:
    answer = httpx.get(f"{address}{HEALTH_PATH}")

    assert (answer.status_code, answer.text) == (200, "closed")
