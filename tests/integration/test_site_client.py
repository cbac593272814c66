"""The client against a real site, and against servers that break in ways a mock cannot."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from presswerk import __version__
from presswerk.wordpress import (
    Connection,
    ConnectorMissing,
    SiteClient,
    SiteRefusedCredentials,
    SiteRejected,
    SiteUnavailable,
)
from tests.support.process import free_port
from tests.support.sites import RunningSite, article, new_publication

pytestmark = pytest.mark.integration


@contextmanager
def answering(raw: bytes, *, hold: bool = False) -> Iterator[Connection]:
    """A server that sends these bytes to whoever connects, then hangs up, or holds the line."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            while not done.is_set():
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(65536)
                    caller.sendall(raw)
                    if hold:
                        done.wait(30)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Connection("http://acme.localhost", f"http://127.0.0.1:{port}", "presswerk", "secret")
        finally:
            done.set()
            # Wakes accept(), which closing alone does not.
            with socket.create_connection(("127.0.0.1", port)) as wake:
                wake.sendall(b"x")
            thread.join(10)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"uuid":',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"uuid":',
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
    ids=["nothing", "half a body", "half a chunk", "another protocol"],
)
def test_an_answer_that_breaks_off_may_be_tried_again(raw: bytes) -> None:
    with answering(raw) as connection, SiteClient(connection) as client, pytest.raises(SiteUnavailable):
        client.put_publication(new_publication(), article())


def test_a_site_that_never_answers_is_given_up() -> None:
    with answering(b"", hold=True) as connection, SiteClient(connection, timeout_seconds=0.3) as client:
        begun = time.monotonic()
        with pytest.raises(SiteUnavailable, match="in time"):
            client.status()
        assert time.monotonic() - begun < 20


def test_a_site_that_is_down_may_be_tried_again() -> None:
    nobody = Connection("http://acme.localhost", f"http://127.0.0.1:{free_port()}", "presswerk", "secret")
    with SiteClient(nobody) as client, pytest.raises(SiteUnavailable, match="cannot be reached"):
        client.status()


def test_the_status_of_a_real_site(site: RunningSite) -> None:
    with site.client() as client:
        status = client.status()

    assert status.connector == __version__
    assert status.sign_on == "not configured"
    assert status.database == ("sqlite" if site.site.database is None else "mysql")


def test_a_revoked_password_is_refused(site: RunningSite) -> None:
    wrong = Connection(site.site.public_url, site.site.internal_url, "presswerk", "no such password at all")
    with site.client(wrong) as client, pytest.raises(SiteRefusedCredentials):
        client.put_publication(new_publication(), article())


def test_thumbnails_of_no_image_are_refused(site: RunningSite) -> None:
    with site.client() as client, pytest.raises(SiteRejected):
        client.make_image_sizes(999999)


def test_a_delivery_to_a_site_without_the_connector_waits_until_it_is_there(site: RunningSite) -> None:
    loader = site.site.content / "mu-plugins" / "presswerk-connector.php"
    target = loader.readlink()
    loader.unlink()
    try:
        with site.client() as client, pytest.raises(ConnectorMissing) as missing:
            client.put_publication(new_publication(), article())
    finally:
        loader.symlink_to(target)
    assert missing.value.retryable
    with site.client() as client:
        assert client.put_publication(new_publication(), article()).outcome == "created"
