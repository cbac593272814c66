"""A stand-in for the AI endpoint that says what a test wants it to say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.serving import serving

MODEL = "stand-in"
ARTICLE = "# A walk in Berlin\n\nThe city **wakes** early. It is cold.\n\n- one\n- two"


@dataclass
class AiDouble:
    """What it answers, thinking before if there is `reasoning`, and what it was asked; `base_url` ends in `/v1`."""

    base_url: str = ""
    answer: str = ARTICLE
    reasoning: str = ""
    prompts: list[list[dict[str, Any]]] = field(default_factory=list)


@contextmanager
def ai_double() -> Iterator[AiDouble]:
    """A running double on a free port."""
    double = AiDouble()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(double))
    double.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    with serving(server):
        yield double


def _handler(double: AiDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send("application/json", json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]}))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            double.prompts.append(body["messages"])
            if not body.get("stream"):
                message = {"role": "assistant", "content": double.answer}
                self._send("application/json", json.dumps({"choices": [{"index": 0, "message": message}]}))
                return
            pieces = [double.answer[start : start + 40] for start in range(0, len(double.answer), 40)]
            deltas = [{"reasoning_content": double.reasoning}] if double.reasoning else []
            deltas += [{"content": piece} for piece in pieces]
            chunks: list[dict[str, Any]] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
            chunks.append({"index": 0, "delta": {}, "finish_reason": "stop"})
            lines = [json.dumps({"object": "chat.completion.chunk", "choices": [chunk]}) for chunk in chunks]
            self._send("text/event-stream", "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]))

        def log_message(self, *_: object) -> None:
            pass

        def _send(self, media_type: str, text: str) -> None:
            content = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler
