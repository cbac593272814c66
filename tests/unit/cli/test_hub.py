import socket

import uvicorn

from presswerk.cli.hub import listen


def test_what_is_written_to_a_connection_waits_for_no_acknowledgement() -> None:
    with listen(uvicorn.Config("", host="127.0.0.1", port=0)) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
