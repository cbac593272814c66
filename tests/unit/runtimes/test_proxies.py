"""Programs of this machine reach each other directly, whatever proxy the person uses for the rest of the world."""

import http.server
from collections.abc import Iterator

import httpx
import pytest

from presswerk.runtimes.local.proxies import exempt_from_proxies
from tests.support.serving import serving

_NOBODY = "http://127.0.0.1:9"


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    with serving(server):
        yield server.server_port


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, _NOBODY)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached_past_a_proxy(host: str, port: int, proxied: pytest.MonkeyPatch) -> None:
    address = f"http://{host}:{port}/"
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)
    found: dict[str, str] = {}

    exempt_from_proxies(found)
    proxied.setenv("NO_PROXY", found["NO_PROXY"])
    proxied.setenv("no_proxy", found["no_proxy"])

    assert httpx.get(address).status_code == 204


def test_what_was_exempt_stays_exempt() -> None:
    environment = {"no_proxy": "intranet.example, localhost"}

    exempt_from_proxies(environment)

    assert environment["no_proxy"] == "intranet.example,localhost,.localhost,127.0.0.1" == environment["NO_PROXY"]


def test_the_rest_of_the_world_keeps_its_proxy(proxied: pytest.MonkeyPatch) -> None:
    found: dict[str, str] = {}
    exempt_from_proxies(found)
    proxied.setenv("NO_PROXY", found["NO_PROXY"])
    proxied.setenv("no_proxy", found["no_proxy"])

    with pytest.raises(httpx.ConnectError, match="refused"):
        httpx.get("http://presswerk.example/")
