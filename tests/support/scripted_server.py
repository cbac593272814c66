"""A server that answers each path as a test says: for answers that no real part gives when it is asked to."""

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.serving import serving
from tests.support.waiting import PATIENCE_SECONDS


@dataclass(frozen=True)
class Scripted:
    """One answer; `drip_seconds` is the pause before each of its bytes."""

    body: str = ""
    status: int = 200
    media_type: str = "text/html; charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()
    hangs: bool = False
    drip_seconds: float = 0.0


@dataclass
class ScriptedServer:
    """Answers by path without its query, and `others` elsewhere; `released` ends what hangs, `date` is what its
    clock shows."""

    url: str = ""
    answers: dict[str, Scripted] = field(default_factory=dict)
    others: Scripted = field(default_factory=lambda: Scripted("not here", 404))
    date: dt.datetime | None = None
    asked: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """A running one on a free port of this machine."""
    found = ScriptedServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(f"{self.command} {self.path}")
            answer = found.answers.get(self.path.partition("?")[0], found.others)
            if answer.hangs:
                found.released.wait(PATIENCE_SECONDS)
                return
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(body)))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):
                self._write(body, answer.drip_seconds)

        def _write(self, body: bytes, pause_seconds: float) -> None:
            if not pause_seconds:
                self.wfile.write(body)
                return
            for place in range(len(body)):
                if found.released.wait(pause_seconds):
                    return
                self.wfile.write(body[place : place + 1])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.do_GET()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(timestamp) if found.date is None else format_datetime(found.date)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with serving(server) as url:
        found.url = url
        try:
            yield found
        finally:
            found.released.set()
