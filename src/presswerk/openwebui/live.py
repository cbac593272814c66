"""The live connection of an open browser tab: Socket.IO 5 over one WebSocket, with events in the order they were sent.

The usual client library hands every message to a thread of its own, so that a status may overtake the one before it.
The protocol is small: https://socket.io/docs/v4/socket-io-protocol/ and engine.io-protocol/.
"""

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from queue import Empty, Queue
from typing import Any, Self

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from presswerk.openwebui.errors import OpenWebUIError

_PING, _PONG = "2", "3"
_CONNECTED, _EVENT, _ACK = "40", "42", "43"
_MAX_MESSAGE_BYTES = 64 * 1024 * 1024

Listener = Callable[[dict[str, Any]], Any]
"""Gets one event; what it returns answers it, where an answer is asked for."""


class LiveConnection:
    """A connection of one signed-in person; use as a context manager.

    Args:
        base_url: Open WebUI.
        token: Its session token.
        listener: Called for every event in order, from the receiving thread. Where the server asks for an answer it is
            called from a thread of its own, because a person may take their time.
    """

    def __init__(self, base_url: str, token: str, listener: Listener) -> None:
        self._url = f"ws{base_url.removeprefix('http')}/ws/socket.io/?EIO=4&transport=websocket"
        self._token = token
        self._listener = listener
        self._acks: dict[int, Queue[list[Any]]] = {}
        self._next_id = 0
        self._sending = threading.Lock()
        self._open = ExitStack()
        self._socket: ClientConnection | None = None
        self._receiver: threading.Thread | None = None
        self.session_id = ""

    def __enter__(self) -> Self:
        try:
            self._socket = self._open.enter_context(
                connect(self._url, proxy=None, max_size=_MAX_MESSAGE_BYTES, ping_interval=None)
            )
            self._socket.recv(timeout=30)
            self._socket.send(_CONNECTED + json.dumps({"token": self._token}))
            greeting = str(self._socket.recv(timeout=30))
        except (OSError, WebSocketException) as error:
            self.close()
            raise OpenWebUIError("a live connection", f"it was refused ({type(error).__name__})") from error
        if not greeting.startswith(_CONNECTED):
            self.close()
            raise OpenWebUIError("a live connection", "it was refused")
        self.session_id = str(json.loads(greeting[2:])["sid"])
        self._receiver = threading.Thread(target=self._receive, args=(self._socket,), name="open-webui", daemon=True)
        self._receiver.start()
        if self.call("user-join", {"auth": {"token": self._token}}) in ([], [None]):
            self.close()
            raise OpenWebUIError("a live connection", "the session token is not valid (any more)")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._open.close()
        if self._receiver is not None:
            self._receiver.join(timeout=10)

    def catch_up(self) -> None:
        """Return once every event sent before now has been heard."""
        self.call("user-join", {"auth": {"token": self._token}})

    def call(self, event: str, data: Any, *, timeout_seconds: float = 30.0) -> list[Any]:
        """Send an event and wait for its answer.

        Raises:
            OpenWebUIError: There is none in time, or the connection is gone.
        """
        answer: Queue[list[Any]] = Queue()
        with self._sending:
            self._next_id += 1
            number = self._next_id
            self._acks[number] = answer
        self._send(f"{_EVENT}{number}{json.dumps([event, data])}")
        try:
            return answer.get(timeout=timeout_seconds)
        except Empty as error:
            raise OpenWebUIError(f"an answer to {event}", f"none after {timeout_seconds:.0f} s") from error
        finally:
            self._acks.pop(number, None)

    def _send(self, text: str) -> None:
        if self._socket is None:
            raise OpenWebUIError("a live connection", "it is not open")
        try:
            self._socket.send(text)
        except (OSError, WebSocketException) as error:
            raise OpenWebUIError("a live connection", "it was lost") from error

    def _receive(self, socket: ClientConnection) -> None:
        try:
            for message in socket:
                self._take(str(message))
        except (OSError, WebSocketException, OpenWebUIError):
            return

    def _take(self, message: str) -> None:
        if message == _PING:
            self._send(_PONG)
            return
        kind, rest = message[:2], message[2:]
        digits = len(rest) - len(rest.lstrip("0123456789"))
        number = int(rest[:digits]) if digits else None
        if kind == _ACK and number is not None and number in self._acks:
            self._acks[number].put(json.loads(rest[digits:]))
        elif kind == _EVENT:
            name, *data = json.loads(rest[digits:])
            if name == "events" and data and number is None:
                self._listener(data[0])
            elif name == "events" and data:
                threading.Thread(target=self._answer, args=(number, data[0]), daemon=True).start()

    def _answer(self, number: int, event: dict[str, Any]) -> None:
        self._send(f"{_ACK}{number}{json.dumps([self._listener(event)])}")
