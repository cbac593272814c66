"""A server of the standard library, served by a thread while a test needs it."""

import contextlib
import threading
from collections.abc import Iterator
from socketserver import TCPServer

_POLL_SECONDS = 0.02
_ENDING_SECONDS = 10


@contextlib.contextmanager
def serving(server: TCPServer) -> Iterator[str]:
    """Serve until the block ends, then close it.

    Args:
        server: Bound to a port of this machine.

    Returns:
        Its address, such as `http://127.0.0.1:8000`.
    """
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": _POLL_SECONDS}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_ENDING_SECONDS)
