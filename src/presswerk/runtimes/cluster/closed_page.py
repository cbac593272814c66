"""What a suspended site answers on a cluster: 503 and a page that says so, whatever was asked. Run as a module."""

import argparse
import json
import signal
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HEALTH_PATH = "/presswerk-closed"
"""Whoever watches the process asks here; a page that is up is healthy although all it says is 503."""

_SAID = {"de": "Diese Website ist vorübergehend geschlossen.", "en": "This site is closed for now."}
_HINT = {"de": "Bitte schauen Sie später wieder vorbei.", "en": "Please come back later."}
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{display:grid;min-height:100vh;margin:0;place-content:center;padding:1.5rem;text-align:center;"
    "font:1.125rem/1.6 system-ui,sans-serif}"
    "h1{font-size:1.75rem;margin:0 0 .5rem}p{margin:0}"
)
_TIMEOUT_SECONDS = 10


def page(language: str) -> str:
    """The page, in German or English; it names no tenant, since one page serves all of them."""
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_SAID[language]}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{_SAID[language]}</h1><p>{_HINT[language]}</p></main></body></html>\n"
    )


def preferred_language(accepted: str) -> str:
    """German when the browser names it first, else English."""
    return "de" if accepted.strip().lower().startswith("de") else "en"


class _Handler(BaseHTTPRequestHandler):
    """Answers any method and any path."""

    protocol_version = "HTTP/1.1"
    timeout = _TIMEOUT_SECONDS
    server_version = "presswerk"
    sys_version = ""

    def _answer(self) -> None:
        # What came with the request is not read, so the connection cannot carry another one.
        self.close_connection = True
        if self.path == HEALTH_PATH:
            self._send(HTTPStatus.OK, "text/plain; charset=UTF-8", "closed")
            return
        language = preferred_language(self.headers.get("Accept-Language", ""))
        if self.path.startswith(("/wp-json/", "/?rest_route=")):
            problem = {"code": "presswerk_suspended", "message": _SAID[language], "data": {"status": 503}}
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, "application/json", json.dumps(problem))
            return
        self._send(HTTPStatus.SERVICE_UNAVAILABLE, "text/html; charset=UTF-8", page(language))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815 - the server looks for these names

    def _send(self, status: HTTPStatus, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ):
            self.send_header(name, value)
        if status is not HTTPStatus.OK:
            self.send_header("Retry-After", "3600")
            self.send_header("X-Robots-Tag", "noindex")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the entry logs requests, and crawlers of a closed site would fill the log."""


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on; 0 for any free one")
    given = parser.parse_args()
    with ThreadingHTTPServer((given.host, given.port), _Handler) as server:
        signal.signal(signal.SIGTERM, _end)
        print(f"listening on {server.server_address[0]!s}:{server.server_port}", flush=True)
        server.serve_forever()


def _end(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
