"""The operator's own small web server: whether it lives, whether it is ready, and its metrics."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

Check = Callable[[], tuple[str, ...]]
"""Says what is wrong; nothing when all is well."""


class Serving:
    """Answers `/health/live`, `/health/ready` and `/metrics`.

    Args:
        host: Address to listen on.
        port: TCP port; 0 for a free one.
        live: What makes it useless to go on: the cluster starts it anew then.
        ready: What it still waits for.
        registry: The metrics.
    """

    def __init__(self, host: str, port: int, *, live: Check, ready: Check, registry: CollectorRegistry) -> None:
        checks = {"/health/live": live, "/health/ready": ready}

        class Handler(BaseHTTPRequestHandler):
            server_version = "presswerk"
            sys_version = ""

            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(registry))
                elif self.path in checks:
                    problems = checks[self.path]()
                    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
                    text = "\n".join(problems or ("ok",)) + "\n"
                    self._answer(status, "text/plain; charset=utf-8", text.encode())
                else:
                    text = "There are /health/live, /health/ready and /metrics.\n"
                    self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", text.encode())

            def _answer(self, status: HTTPStatus, kind: str, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Probes come every few seconds; they are not logged."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Answer, in a thread of its own."""
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
