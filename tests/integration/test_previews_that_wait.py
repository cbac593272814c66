"""Previews whose images come from a slow server: they cost their author time, and nobody else."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from presswerk.web.admission import FETCHES_OF_A_PERSON
from tests.support.hub import HubClient
from tests.support.issuer import Issuer
from tests.support.press import PNG, Press, running_press
from tests.support.serving import serving
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.integration

LONG = "Bread needs time. " * 20_000
"""So large that it needs a turn at heavy work."""


@dataclass
class SlowServer:
    """Serves an image to everybody who asks, once it is released."""

    url: str = ""
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    release: threading.Event = field(default_factory=threading.Event)


@pytest.fixture(scope="module")
def slow() -> Iterator[SlowServer]:
    found = SlowServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.release()
            found.release.wait(PATIENCE_SECONDS)
            self.send_response(200)
            self.send_header("Content-Length", str(len(PNG)))
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server) as address:
        found.url = address
        try:
            yield found
        finally:
            found.release.set()


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Press]:
    directory = tmp_path_factory.mktemp("hub")
    variables = {"PRESSWERK_IMAGE_PRIVATE_HOSTS": "127.0.0.1"}
    with running_press(directory, f"sqlite:///{directory}/hub.db", issuer, **variables) as press:
        yield press


def preview(client: HubClient, tenant: str, markdown: str) -> httpx.Response:
    return client.request("POST", "/previews", json={"tenant": tenant, "markdown": markdown})


def test_a_slow_image_server_holds_up_nobody_else(press: Press, slow: SlowServer) -> None:
    anna, bert = press.anna, press.bert
    waiting: list[Future[httpx.Response]] = []
    with ThreadPoolExecutor() as pool:
        for number in range(FETCHES_OF_A_PERSON):
            waiting.append(pool.submit(preview, anna, "acme", f"![A]({slow.url}/{number}.png)\n\n{LONG}"))
            assert slow.asked.acquire(timeout=PATIENCE_SECONDS)
        # Both turns at heavy work, all of a person's and one tenant's: and yet everybody else goes on.
        refused = preview(anna, "acme", f"![A]({slow.url}/one-more.png)\n\nText.")
        own = preview(anna, "acme", LONG)
        others = preview(bert, "beta", LONG)
        assert not any(each.done() for each in waiting)
        slow.release.set()
        answers = [each.result() for each in waiting]
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert (own.status_code, others.status_code) == (201, 201)
    assert [answer.status_code for answer in answers] == [201] * FETCHES_OF_A_PERSON
    assert all(answer.json()["pictures"] for answer in answers)


def test_an_image_is_delivered_as_it_was_seen_and_not_fetched_again(press: Press, slow: SlowServer) -> None:
    slow.release.set()
    shown = preview(press.anna, "acme", f"# Bread\n\n![A]({slow.url}/a.png)\n\nText.").json()
    while slow.asked.acquire(blocking=False):
        pass
    confirmed = {"preview": shown["id"], "sha256": shown["sha256"]}
    made = press.anna.request("POST", "/publications", json=confirmed).json()
    press.anna.await_state(made["id"], "drafted")
    assert not slow.asked.acquire(blocking=False)
    assert shown["pictures"][0]["sha256"] in press.acme.media
