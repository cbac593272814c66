"""The entry with real certificates: Caddy as `presswerk up` runs it, and a certificate authority on this machine."""

import contextlib
import dataclasses
import json
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from presswerk.declaration import Platform, Tenant
from presswerk.declaration.addresses import addresses_of
from presswerk.declaration.platform import PublicEntry
from presswerk.operations.checks import CHECKS, Outcome, Result, ask, certificates
from presswerk.operations.checks.targets import PublicNameTarget
from presswerk.runtimes.local.entry import SERVICE_NAME, entry_service, hosts_of, write_configuration
from presswerk.runtimes.local.entry_log import complaint_about
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.supervisor_config import log_file
from tests.support.acme import CertificateAuthority, running_authority
from tests.support.process import free_port, free_ports, running
from tests.support.serving import serving
from tests.support.waiting import until

ACME = Tenant(id="acme", name="Acme", tier="pro", domains=("news.acme.test", "acme.test"))
BAKERY = Tenant(id="bakery", name="Bakery")
PLACES = {"acme": 0, "bakery": 1}


class _Upstream(BaseHTTPRequestHandler):
    """Says what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = {"port": self.connection.getsockname()[1], "path": self.path, "headers": dict(self.headers.items())}
        content = json.dumps(asked).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@dataclasses.dataclass(frozen=True)
class RunningEntry:
    layout: Layout
    platform: Platform
    authority: CertificateAuthority
    process: subprocess.Popen[bytes]

    def certificate(self, host: str) -> dict[str, Any]:
        """What it shows for a name, once it has that."""

        def shown() -> dict[str, Any]:
            try:
                with (
                    socket.create_connection(("127.0.0.1", self.layout.ports.https), timeout=5) as connection,
                    self.authority.context().wrap_socket(connection, server_hostname=host) as secured,
                ):
                    return dict(secured.getpeercert() or {})
            except (ssl.SSLError, OSError):
                return {}

        return until(shown, lambda: f"there is no certificate for {host}")

    def get(self, address: str, **headers: str) -> httpx.Response:
        """GET an https or http address, whose name leads here."""
        url = httpx.URL(address)
        port = self.layout.ports.https if url.scheme == "https" else self.layout.ports.http
        if url.scheme == "https":
            self.certificate(url.host)
        with httpx.Client(verify=self.authority.context(), trust_env=False) as client:
            return client.get(
                url.copy_with(host="127.0.0.1", port=port),
                headers={"Host": url.netloc.decode(), **headers},
                extensions={"sni_hostname": url.host},
            )


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEntry]:
    directory = tmp_path_factory.mktemp("entry")
    with contextlib.ExitStack() as stack:
        upstreams = [ThreadingHTTPServer(("127.0.0.1", 0), _Upstream) for _ in range(3)]
        for upstream in upstreams:
            stack.enter_context(serving(upstream))
        hub, chat, identity = (int(upstream.server_address[1]) for upstream in upstreams)
        first_site = free_ports(2)
        for port in (first_site, first_site + 1):
            stack.enter_context(serving(ThreadingHTTPServer(("127.0.0.1", port), _Upstream)))
        ports = Ports(hub=hub, chat=chat, identity=identity, first_site=first_site, http=free_port(), https=free_port())
        authority = stack.enter_context(running_authority(directory, http_port=ports.http, https_port=ports.https))
        platform = Platform(
            domain="press.test",
            entry=PublicEntry(certificate_authority=authority.directory, certificate_email="ops@press.test"),
            tenants=(ACME,),
        )
        layout = Layout(directory / "state", ports, public=addresses_of(platform))
        write_configuration(layout, platform, PLACES)
        service = entry_service(layout)
        trusting = {**service.environment, "SSL_CERT_FILE": str(authority.trust)}
        process = stack.enter_context(
            running(dataclasses.replace(service, environment=trusting), log_file(layout, SERVICE_NAME))
        )
        yield RunningEntry(layout, platform, authority, process)


def test_every_name_gets_a_certificate_by_itself(entry: RunningEntry) -> None:
    for host in hosts_of(entry.layout, entry.platform, PLACES):
        shown = entry.certificate(host.name)
        assert ("DNS", host.name) in shown["subjectAltName"]


def test_each_name_leads_to_its_own_service(entry: RunningEntry) -> None:
    suffix, ports = entry.layout.https_suffix, entry.layout.ports
    asked = {
        f"https://{host}{suffix}/a?b=c": port
        for host, port in {
            "hub.press.test": ports.hub,
            "chat.press.test": ports.chat,
            "id.press.test": ports.identity,
            "news.acme.test": ports.first_site,
        }.items()
    }

    for address, port in asked.items():
        answer = entry.get(address)
        assert (answer.status_code, answer.json()["port"], answer.json()["path"]) == (200, port, "/a?b=c")


def test_a_browser_is_told_to_come_by_https_only(entry: RunningEntry) -> None:
    suffix = entry.layout.https_suffix

    plain = entry.get("http://chat.press.test/a?b=c")
    secured = entry.get(f"https://chat.press.test{suffix}/")

    assert (plain.status_code, plain.headers["location"]) == (308, f"https://chat.press.test{suffix}/a?b=c")
    assert secured.headers["strict-transport-security"] == "max-age=31536000"


def test_services_learn_who_asks_and_how_and_nobody_can_pretend(entry: RunningEntry) -> None:
    suffix = entry.layout.https_suffix
    pretended = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.test"}

    headers = entry.get(f"https://hub.press.test{suffix}/", **pretended).json()["headers"]

    assert headers["Host"] == f"hub.press.test{suffix}"
    assert (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
    assert headers["X-Forwarded-Host"] == f"hub.press.test{suffix}"


@pytest.mark.parametrize("other", ["acme.press.test", "acme.test"])
def test_a_site_with_a_domain_of_its_own_is_found_there(entry: RunningEntry, other: str) -> None:
    suffix = entry.layout.https_suffix

    answer = entry.get(f"https://{other}{suffix}/2026/an-article?page=2")

    assert answer.status_code == 302
    assert answer.headers["location"] == f"https://news.acme.test{suffix}/2026/an-article?page=2"


def test_metrics_are_not_for_the_internet(entry: RunningEntry) -> None:
    suffix = entry.layout.https_suffix

    assert entry.get(f"https://hub.press.test{suffix}/metrics").status_code == 404
    assert entry.get(f"https://hub.press.test{suffix}/metrics/").status_code == 404


def test_a_name_that_is_nobodys_gets_no_answer(entry: RunningEntry) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        entry.get("http://203.0.113.9/")


def test_a_new_tenant_is_answered_without_a_new_start(entry: RunningEntry) -> None:
    suffix = entry.layout.https_suffix
    with_bakery = entry.platform.model_copy(update={"tenants": (ACME, BAKERY)})

    changed = write_configuration(entry.layout, with_bakery, PLACES)
    entry.process.send_signal(signal.SIGUSR1)

    assert changed
    assert not write_configuration(entry.layout, with_bakery, PLACES)
    answer = entry.get(f"https://bakery.press.test{suffix}/")
    assert answer.json()["port"] == entry.layout.ports.first_site + 1
    assert entry.process.poll() is None


def test_what_it_keeps_is_its_owners_alone(entry: RunningEntry) -> None:
    kept = [entry.layout.entry, *entry.layout.entry.rglob("*.key"), *entry.layout.entry.glob("caddy.json")]

    assert len(kept) > 2
    assert [path for path in kept if path.stat().st_mode & 0o077] == []


def test_a_name_that_the_authority_does_not_find_is_told_with_its_cause(
    entry: RunningEntry, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The rest goes on meanwhile, and the name is tried again by itself."""
    lost = Tenant(id="lost", name="Lost")
    entry.authority.lose("lost.press.test")
    with_lost = entry.platform.model_copy(update={"tenants": (ACME, lost)})
    write_configuration(entry.layout, with_lost, {"acme": 0, "lost": 1})
    entry.process.send_signal(signal.SIGUSR1)
    public = PublicNameTarget(
        service="site-lost",
        name="lost.press.test",
        port=entry.layout.ports.https,
        complaint=lambda: complaint_about(entry.layout, "lost.press.test"),
    )
    seen: list[Result] = []

    def is_told() -> bool:
        seen.append(ask(CHECKS, [public])[0])
        return "authority finds no address" in seen[-1].seen

    until(is_told, lambda: seen[-1])
    result = seen[-1]

    assert result.outcome is Outcome.FAILED
    assert "lost.press.test has no certificate yet. The certificate authority finds no address" in result.seen
    assert "DNS record" in result.remedy
    assert entry.get(f"https://hub.press.test{entry.layout.https_suffix}/").status_code == 200


def test_a_name_with_its_certificate_is_green(entry: RunningEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    public = PublicNameTarget(service="hub", name="hub.press.test", port=entry.layout.ports.https)
    entry.certificate("hub.press.test")

    distrusted = ask(CHECKS, [public])[0]
    monkeypatch.setattr(certificates, "authorities", entry.authority.context)
    trusted = ask(CHECKS, [public])[0]

    assert (distrusted.outcome, distrusted.seen) == (
        Outcome.FAILED,
        "Nobody trusts the certificate of hub.press.test.",
    )
    assert trusted.outcome is Outcome.OK, trusted.seen
    assert "hub.press.test is reached over https" in trusted.seen
