"""What a cluster answers for suspended sites, by the web server and the file that the chart gives it."""

import subprocess
from collections.abc import Iterator

import httpx
import pytest

from presswerk.runtimes.cluster.rendering.chart_files import chart_files
from presswerk.runtimes.local.artifacts import ensure_web_server
from presswerk.sites.closed_page import HEALTH_PATH
from tests.support.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    directory = tmp_path_factory.mktemp("closed")
    socket, file = directory / "web.sock", directory / "closed-page.conf"
    told = chart_files()["files/closed-page.conf"]
    assert "listen 8080 backlog" in told
    # A socket instead of the port, which somebody else could have by then.
    file.write_text(told.replace("listen 8080", f"listen unix:{socket}"), encoding="utf-8")
    process = subprocess.Popen([str(ensure_web_server()), "-p", str(directory), "-c", str(file), "-e", "stderr"])
    try:
        transport = httpx.HTTPTransport(uds=str(socket))
        with httpx.Client(transport=transport, base_url="http://acme.press.example") as client:
            until(lambda: process.poll() is not None or _answers(client))
            yield client
    finally:
        process.terminate()
        status = process.wait()
    assert status == 0


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get(HEALTH_PATH).is_success
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/wp-login.php", "/a/b?c=d", "/wp-content/uploads/x.png"])
def test_whatever_is_asked_is_closed_for_now(closed: httpx.Client, method: str, path: str) -> None:
    answer = closed.request(method, path)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3600"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "This site is closed for now." in answer.text


def test_a_body_that_comes_along_does_no_harm(closed: httpx.Client) -> None:
    for _ in range(3):
        assert closed.post("/", content=b"x" * 1_000).status_code == 503


def test_head_has_no_body(closed: httpx.Client) -> None:
    answer = closed.head("/")

    assert (answer.status_code, answer.content) == (503, b"")


@pytest.mark.parametrize("path", ["/wp-json/presswerk/v1/status", "/?rest_route=/presswerk/v1/status"])
def test_programs_get_the_shape_wordpress_has(closed: httpx.Client, path: str) -> None:
    answer = closed.get(path)

    assert answer.json()["code"] == "presswerk_suspended"
    assert answer.json()["data"] == {"status": 503}


def test_german_is_answered_in_german_and_others_in_english(closed: httpx.Client) -> None:
    german = closed.get("/", headers={"Accept-Language": "de-DE,de;q=0.9,en;q=0.8"})

    assert "vorübergehend geschlossen" in german.text
    assert 'lang="de"' in german.text
    assert 'lang="en"' in closed.get("/", headers={"Accept-Language": "en, de;q=0.5"}).text


def test_it_tells_its_own_health(closed: httpx.Client) -> None:
    answer = closed.get(HEALTH_PATH)

    assert (answer.status_code, answer.text) == (200, "closed")
