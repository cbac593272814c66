"""A tenant whose site is hammered keeps nobody else's from answering."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from presswerk.wordpress import Connection
from tests.support.platform import RunningPlatform

pytestmark = pytest.mark.e2e

CLIENTS = 24
ASKED = 10


@contextmanager
def hammered(connection: Connection) -> Iterator[list[int]]:
    """Let many clients ask a site's front page without a pause; the statuses they got."""
    netloc, host = urlsplit(connection.internal_url).netloc, urlsplit(connection.public_url).netloc
    statuses: list[int] = []
    ending = threading.Event()

    def ask() -> None:
        while not ending.is_set():
            client = http.client.HTTPConnection(netloc, timeout=120)
            try:
                client.request("GET", "/", headers={"Host": host})
                statuses.append(client.getresponse().status)
            except OSError:
                statuses.append(0)
            finally:
                client.close()

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        ending.set()
        for thread in threads:
            thread.join()


def test_a_hammered_site_takes_no_other_from_answering(platform: RunningPlatform) -> None:
    quiet = platform.connection("nordlicht")
    host = urlsplit(quiet.public_url).netloc
    with (
        hammered(platform.connection("acme")) as statuses,
        httpx.Client(base_url=quiet.internal_url, headers={"Host": host}, timeout=30, trust_env=False) as client,
    ):
        while len(statuses) < CLIENTS:
            client.get("/")
        answers = [client.get("/").status_code for _ in range(ASKED)]
        with platform.hub() as hub:
            answers += [hub.get("/health/ready").status_code for _ in range(5)]
        served_meanwhile = len(statuses)

    assert answers == [200] * (ASKED + 5)
    assert served_meanwhile > CLIENTS, "the hammered site was not hammered"
    assert set(statuses) <= {200, 0}
