"""What a certificate authority complains of becomes a cause and something to do."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest

from presswerk.operations.checks import CHECKS, Outcome, Result, ask
from presswerk.operations.checks.targets import PublicNameTarget
from presswerk.runtimes.local.entry_log import complaint_about
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.supervisor_config import log_file
from tests.support.process import free_port

ACME_ERROR = "HTTP {status} urn:ietf:params:acme:error:{kind} - {detail}"
COMPLAINTS = {
    "rate limit": (
        ACME_ERROR.format(status=429, kind="rateLimited", detail="too many certificates (5) already issued"),
        "takes no more requests", "Wait",
    ),
    "no record": (ACME_ERROR.format(status=400, kind="dns", detail="NXDOMAIN"), "finds no address", "DNS record"),
    "closed port": (
        ACME_ERROR.format(status=400, kind="connection", detail="Timeout during connect (likely firewall problem)"),
        "does not reach this machine", "Open ports 80 and 443",
    ),
    "another machine": (
        ACME_ERROR.format(status=403, kind="unauthorized", detail="Invalid response from http://a"),
        "Another machine answers", "A and AAAA",
    ),
    "a CAA record": (ACME_ERROR.format(status=403, kind="caa", detail="forbids issuance"), "CAA record", "CAA"),
    "something new": (ACME_ERROR.format(status=500, kind="serverInternal", detail="boom"), "boom", "Wait"),
}  # fmt: skip


@contextlib.contextmanager
def silent_tls_server() -> Iterator[int]:
    """Shakes hands with nobody, as the entry does for a name that it has no certificate of."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def refuse(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                connection, _ = listening.accept()
                with connection, contextlib.suppress(ssl.SSLError):
                    context.wrap_socket(connection, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=refuse, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def look(public: PublicNameTarget) -> Result:
    return ask([check for check in CHECKS if check.id == "certificate"], [public])[0]


@pytest.mark.parametrize("name", COMPLAINTS)
def test_a_complaint_is_a_cause_and_something_to_do(name: str) -> None:
    complaint, cause, remedy = COMPLAINTS[name]
    with silent_tls_server() as port:
        result = look(
            PublicNameTarget(
                service="hub", name="hub.press.test", port=port, complaint=lambda: complaint, elsewhere=None
            )
        )

    assert result.outcome is Outcome.FAILED
    assert result.seen.startswith("hub.press.test has no certificate yet")
    assert cause in result.seen
    assert remedy in result.remedy


def test_before_the_authority_complains_this_machine_looks_itself() -> None:
    with silent_tls_server() as port:
        result = look(
            PublicNameTarget(
                service="hub",
                name="hub.press.test",
                port=port,
                complaint=lambda: None,
                elsewhere=lambda: "hub.press.test leads to 198.51.100.7, which is no address of this machine.",
            )
        )

    assert "198.51.100.7" in result.seen
    assert "DNS record" in result.remedy


def test_nobody_listens() -> None:
    unused_port = free_port()
    result = look(PublicNameTarget(service="hub", name="hub.press.test", port=unused_port))

    assert (result.outcome, result.seen) == (Outcome.FAILED, f"Nobody listens at port {unused_port}.")


LOG = """\
{"level":"error","logger":"tls.obtain","identifier":"a.press.test","error":"HTTP 400 urn:ietf:params:acme:error:dns"}
not json, of a.press.test
{"level":"error","logger":"tls.obtain","identifier":"b.press.test","error":"HTTP 400 first.\\nsecond line"}
{"level":"info","logger":"tls.obtain","msg":"certificate obtained successfully","identifier":"a.press.test"}
{"level":"error","logger":"http.log","identifier":"c.press.test","error":"something of a request"}
"""


def test_the_log_tells_the_last_complaint_until_the_certificate_is_there(layout: Layout) -> None:
    file = log_file(layout, "entry")
    file.parent.mkdir(parents=True)
    file.write_text(LOG)

    assert complaint_about(layout, "a.press.test") is None
    assert complaint_about(layout, "b.press.test") == "HTTP 400 first. second line"
    assert complaint_about(layout, "c.press.test") is None


def test_without_a_log_nobody_complains(layout: Layout) -> None:
    assert complaint_about(layout, "a.press.test") is None


@pytest.fixture
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return Layout(tmp_path_factory.mktemp("state"))
