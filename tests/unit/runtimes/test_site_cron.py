"""WordPress's clock: whom it calls, by which name, and what it says when that fails."""

import http.server
from collections.abc import Iterator

import pytest

from presswerk.runtimes.local.site_cron import INTERVAL_SECONDS, CronTarget, call, keep_calling
from tests.support.serving import serving


class _Site(http.server.ThreadingHTTPServer):
    """Stands in for a site; the real one is called in the integration tests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses = [200]
        self.calls: list[tuple[str, str]] = []


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Site

    def do_GET(self) -> None:
        self.server.calls.append((self.headers["Host"], self.path))
        self.send_response(self.server.statuses.pop(0))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[_Site]:
    server = _Site()
    with serving(server):
        yield server


def _target(site: _Site) -> CronTarget:
    return CronTarget("acme.localhost:8101", f"http://127.0.0.1:{site.server_address[1]}")


def test_a_site_is_called_by_the_name_it_answers_to(site: _Site) -> None:
    assert call(_target(site)) is None
    assert site.calls == [("acme.localhost:8101", "/wp-cron.php")]


def test_a_refusal_and_a_site_that_is_away_are_problems(site: _Site) -> None:
    site.statuses = [503]

    assert call(_target(site)) == "HTTP 503"
    assert call(CronTarget("gone.localhost", "http://127.0.0.1:1")) == "ConnectionRefusedError"


def test_a_lasting_problem_is_told_once_and_its_end_too(site: _Site) -> None:
    site.statuses = [200, 503, 503, 200, 200]
    waits: list[float] = []
    told: list[str] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return not site.statuses

    keep_calling(_target(site), wait, told.append)

    assert told == ["acme.localhost:8101: HTTP 503", "acme.localhost:8101: works again"]
    assert waits == [INTERVAL_SECONDS] * 6


def test_a_target_survives_its_way_through_the_command_line() -> None:
    target = CronTarget("acme.localhost:8101", "http://127.0.0.1:8101")

    assert CronTarget.parse(target.argument()) == target


@pytest.mark.parametrize("text", ["", "acme.localhost", "=http://127.0.0.1:1", "acme.localhost=ftp://x"])
def test_anything_else_is_no_target(text: str) -> None:
    with pytest.raises(ValueError, match="HOST=http"):
        CronTarget.parse(text)
