"""The two processes of all sites, as the supervisor keeps them: tenants come and go while readers read."""

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import httpx
import pytest

from presswerk.declaration import Tenant
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.processes import marked_processes
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.site_servers import PHP, WEB, SiteServers
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import log_file, state_mark
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.sites.memory import PhpMemory
from tests.support.process import free_ports
from tests.support.waiting import until

pytestmark = pytest.mark.integration

MEMORY = PhpMemory(processes=2, limit_mib=128, decoding_mib=75, image_pixels=1_000_000)


@dataclass
class Readers:
    """Asks for pages without a pause, a connection each and over kept ones, and counts what comes back."""

    site: LocalSite
    answers: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def read(self, path: str, *, keep: bool) -> None:
        headers = {"Host": self.site.host}
        limits = httpx.Limits(max_keepalive_connections=1 if keep else 0)
        with httpx.Client(headers=headers, limits=limits, timeout=60, trust_env=False) as http:
            while not self._stop.is_set():
                try:
                    self.answers.append(self._ask(http, path, again=keep))
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))

    def _ask(self, http: httpx.Client, path: str, *, again: bool) -> int:
        try:
            return http.get(f"{self.site.internal_url}{path}").status_code
        except httpx.TransportError:
            # A server may close an idle connection at any time (RFC 9112, 9.3.1), and browsers ask once more over a
            # new one. Whoever has just connected is to be answered.
            if not again:
                raise
            return self._ask(http, path, again=False)

    def read_more(self) -> None:
        """Wait until each has asked again."""
        before = len(self.answers) + len(self.failures)
        until(lambda: len(self.answers) + len(self.failures) >= before + 2 * len(self._threads))

    def __enter__(self) -> "Readers":
        self._stop.clear()
        rest, css = "/wp-json/?_fields=name", "/wp-includes/css/dashicons.min.css"
        work = ((rest, False), (css, False), (css, True), ("/?p=0", False))
        self._threads = [threading.Thread(target=self.read, args=(path,), kwargs={"keep": keep}) for path, keep in work]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalSite, ...]:
    first = free_ports(3)
    layout = Layout(state=tmp_path_factory.mktemp("servers") / "state", ports=Ports(first_site=first))
    made = tuple(
        LocalSite(layout, Tenant(id=name, name=name), place, memory=MEMORY)
        for place, name in enumerate(("acme", "bakery", "nordlicht"))
    )
    for site in made:
        site.ensure(silent)
    return made


@pytest.fixture
def supervision(sites: tuple[LocalSite, ...]) -> Iterator[Supervision]:
    supervision = Supervision(sites[0].layout)
    try:
        yield supervision
    finally:
        supervision.shutdown()


def serve(supervision: Supervision, *sites: LocalSite) -> SiteServers:
    servers = SiteServers(sites[0].layout, sites)
    servers.apply(supervision)
    servers.wait_ready(sites)
    return servers


def test_tenants_come_and_go_and_no_reader_of_another_is_turned_away(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    acme, bakery, nordlicht = sites
    serve(supervision, acme)
    before = {status.name: status.pid for status in supervision.status()}

    with Readers(acme) as readers:
        readers.read_more()
        serve(supervision, acme, bakery)
        served = serve(supervision, acme, bakery, nordlicht)
        again = served.apply(supervision)
        readers.read_more()
        serve(supervision, acme, nordlicht).wait_ended("bakery")
        readers.read_more()

    assert readers.failures == []
    assert set(readers.answers) == {200}
    assert (again.reloaded, again.started, again.restarted) == ((), (), ())
    assert {status.name: status.pid for status in supervision.status()} == before
    with pytest.raises(httpx.TransportError):
        httpx.get(bakery.internal_url, trust_env=False)


def test_what_was_written_before_a_crash_is_told_the_next_time(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    acme, bakery, _ = sites
    serve(supervision, acme)
    # Whoever brought the second site up was killed before it told anybody.
    SiteServers(acme.layout, (acme, bakery)).write_files()

    applied = SiteServers(acme.layout, (acme, bakery)).apply(supervision)

    assert applied.reloaded == (PHP, WEB)
    SiteServers(acme.layout, (acme, bakery)).wait_ready([bakery])


def test_a_tenant_that_is_only_declared_keeps_nobody_elses_site_from_serving(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    acme, bakery, third = sites
    declared = replace(third, tenant=Tenant(id="declared", name="Declared"))
    serve(supervision, acme)

    servers = SiteServers(acme.layout, (acme, bakery, declared))
    servers.apply(supervision)

    servers.wait_ready([acme, bakery])
    assert "[declared@" not in (acme.layout.state / "serving" / "php-fpm.conf").read_text(encoding="utf-8")


def test_a_killed_master_comes_back_without_what_it_left(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    servers = serve(supervision, sites[0])
    master = next(status.pid for status in supervision.status() if status.name == PHP)
    assert master is not None

    os.kill(master, signal.SIGKILL)

    deadline = time.monotonic() + 60
    while next(status.restarts for status in supervision.status() if status.name == PHP) != 1:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    servers.wait_ready(sites[:1])
    left = [process.command for process in marked_processes(state_mark(sites[0].layout)) if process.service == PHP]
    assert sum("master" in command for command in left) == 1


def test_a_wedged_request_ends_and_gives_its_process_back(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    site = sites[0]
    plugin = site.content / "mu-plugins" / "0-wedged.php"
    plugin.write_text("<?php if ( isset( $_GET['wedged'] ) ) { while ( true ) { usleep( 1000 ); } }")
    try:
        servers = serve(supervision, site)
        file = site.layout.state / "serving" / "php-fpm.conf"
        # As it is told, but for the time, which a test does not have.
        file.write_text(file.read_text().replace("request_terminate_timeout = 300s", "request_terminate_timeout = 5s"))
        servers.reload(supervision, supervision.ensure(servers.services()))
        with httpx.Client(headers={"Host": site.host}, timeout=60, trust_env=False) as http:
            wedged = [
                threading.Thread(target=http.get, args=(f"{site.internal_url}/?wedged",))
                for _ in range(MEMORY.processes)
            ]
            for thread in wedged:
                thread.start()
            for thread in wedged:
                thread.join()
            # On a busy machine a good request takes longer than this time, too, and ends like those.
            until(lambda: http.get(f"{site.internal_url}/wp-json/?_fields=name").status_code == 200)
    finally:
        plugin.unlink()


_HELD = """<?php
$held = WP_CONTENT_DIR . '/held';
if ( isset( $_GET['held'] ) ) {
	touch( "$held-" . getmypid() );
	while ( file_exists( $held ) ) {
		usleep( 10000 );
		clearstatcache();
	}
	exit( (string) getmypid() );
}"""


@pytest.mark.parametrize(
    ("method", "path", "pool"),
    [
        ("PUT", "/?rest_route=%2Fpresswerk%2Fv1%2Fpublications%2Fx&held", "acme@deliveries"),
        ("POST", "/?held&rest_route=/presswerk/v1/media/x", "acme@deliveries"),
        ("POST", "/wp-json/presswerk/v1/publications/x?held", "acme@deliveries"),
        ("GET", "/?rest_route=/presswerk/v1/publications/x&held", "acme"),
        ("POST", "/?rest_route=/wp/v2/posts&held=/presswerk/v1/publications/x", "acme"),
        ("GET", "/?held", "acme"),
    ],
)
def test_what_the_hub_writes_has_processes_of_its_own_that_give_way_to_readers(
    sites: tuple[LocalSite, ...], supervision: Supervision, method: str, path: str, pool: str
) -> None:
    site = sites[0]
    plugin, held = site.content / "mu-plugins" / "0-held.php", site.content / "held"
    plugin.write_text(_HELD)
    held.touch()
    try:
        serve(supervision, site)
        with ThreadPoolExecutor(max_workers=1) as asking:
            try:
                asked = asking.submit(httpx.request, method, f"{site.internal_url}{path}", timeout=60)
                until(lambda: list(site.content.glob("held-*")))
                (pid,) = (int(file.name.removeprefix("held-")) for file in site.content.glob("held-*"))
                command = next(each.command for each in marked_processes(state_mark(site.layout)) if each.pid == pid)
                found = os.getpriority(os.PRIO_PROCESS, pid)
            finally:
                held.unlink()
        answered = asked.result().text
    finally:
        plugin.unlink()
        for file in site.content.glob("held*"):
            file.unlink()

    assert answered == str(pid)
    assert command.removeprefix("php-fpm: pool ").rpartition("@")[0] == pool
    # Somebody else's PHP-FPM may not, and has only the places of its own.
    given = 5 if pool != "acme" and os.geteuid() == 0 else os.getpriority(os.PRIO_PROCESS, 0)
    assert found == given


def test_a_tenant_has_no_more_processes_than_its_tier_says(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    site = sites[0]
    plugin, held = site.content / "mu-plugins" / "0-held.php", site.content / "held"
    plugin.write_text(
        "<?php if ( isset( $_GET['held'] ) ) { $f = WP_CONTENT_DIR . '/held'; touch( \"$f-{$_GET['held']}\" );"
        " while ( file_exists( $f ) ) { usleep( 10000 ); clearstatcache(); } exit( 'let go' ); }"
    )
    held.touch()
    try:
        serve(supervision, site)
        before = log_file(site.layout, PHP).read_text().count("reached max_children")
        with ThreadPoolExecutor(max_workers=6) as asking:
            asked: list[Future[httpx.Response]] = []
            try:
                # PHP's master starts one process for all who come while it does not look: each comes alone.
                for number in range(MEMORY.processes):
                    asked.append(asking.submit(httpx.get, f"{site.internal_url}/?held={number}", timeout=60))
                    until(held.with_name(f"held-{number}").exists)
                asked += [asking.submit(httpx.get, f"{site.internal_url}/?held=more", timeout=60) for _ in range(4)]
                until(lambda: log_file(site.layout, PHP).read_text().count("reached max_children") > before)
                found = marked_processes(state_mark(site.layout))
                counted = sum(process.command.startswith("php-fpm: pool acme@") for process in found)
                waiting = not held.with_name("held-more").exists()
            finally:
                held.unlink()
    finally:
        plugin.unlink()
        for file in site.content.glob("held*"):
            file.unlink()

    assert (counted, waiting) == (MEMORY.processes, True)
    assert {each.result().text for each in asked} == {"let go"}


def asks(connection: socket.socket, site: LocalSite, path: str = "/wp-includes/css/dashicons.min.css") -> str:
    """Ask over a connection, and read to its end."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {site.host}\r\nConnection: close\r\n\r\n".encode())
    return b"".join(iter(lambda: connection.recv(65_536), b"")).decode(errors="replace")


def connected(site: LocalSite) -> socket.socket:
    return socket.create_connection(("127.0.0.1", site.port), timeout=60)


def test_whoever_has_connected_and_hesitates_is_answered_by_the_former_workers(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    acme, bakery, _ = sites
    serve(supervision, acme)
    with ExitStack() as stack:
        waiting = [stack.enter_context(connected(acme)) for _ in range(20)]

        serve(supervision, acme, bakery)

        answers = {asks(each, acme).partition("\r\n")[0] for each in waiting}
    assert answers == {"HTTP/1.1 200 OK"}


def test_what_nginx_does_not_take_leaves_it_serving_as_before(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    acme = sites[0]
    servers = serve(supervision, acme)
    before = supervision.status()
    file = acme.layout.state / "serving" / "web" / "nginx.conf"
    file.write_text(file.read_text() + "nothing nginx knows;\n")

    with pytest.raises(LocalRuntimeError, match=r"it serves as before\. .*nothing"):
        servers.reload(supervision, supervision.ensure(servers.services()))

    servers.wait_ready([acme])
    assert [status.pid for status in supervision.status()] == [status.pid for status in before]


def test_an_address_that_somebody_else_has_keeps_no_other_site_from_being_served(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    acme, bakery, _ = sites
    with socket.create_server(("127.0.0.1", bakery.port)):
        serve(supervision, acme)
        SiteServers(acme.layout, (acme, bakery)).apply(supervision)
        SiteServers(acme.layout, (acme, bakery)).wait_ready([acme])

    serve(supervision, acme, bakery)


def test_senders_who_take_their_time_keep_no_php_process(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    acme = sites[0]
    serve(supervision, acme)
    half = f"POST /?p=0 HTTP/1.1\r\nHost: {acme.host}\r\nContent-Length: 100000\r\n\r\n{'x' * 50_000}".encode()
    with ExitStack() as stack:
        for _ in range(MEMORY.processes + 1):
            stack.enter_context(connected(acme)).sendall(half)

        assert asks(stack.enter_context(connected(acme)), acme, "/wp-json/?_fields=name").startswith("HTTP/1.1 200")


def test_what_could_not_be_answered_is_told_without_a_name_or_a_secret(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    acme = sites[0]
    serve(supervision, acme)
    log = log_file(acme.layout, WEB)
    supervision.stop([PHP])

    with connected(acme) as connection:
        answer = asks(connection, acme, "/wp-login.php?code=a-secret-of-signing-in")
    until(lambda: "/wp-login.php" in log.read_text())

    assert answer.startswith("HTTP/1.1 502")
    assert answer.endswith("This site cannot answer at the moment.")
    assert not re.search(r"(?i)^(server|via):|nginx", answer, re.MULTILINE)
    assert '"GET /wp-login.php" 502' in log.read_text()
    assert "a-secret" not in log.read_text()


def test_what_the_web_server_of_the_version_before_had_is_removed(
    sites: tuple[LocalSite, ...], supervision: Supervision
) -> None:
    web = sites[0].layout.state / "serving" / "web"
    serve(supervision, sites[0])
    former = [web.parent / "caddy-123", web / "caddy.json", web / "running-0.json", web / "serving", web / "refused"]
    for file in former:
        file.touch()
    (web / "caddy").mkdir()

    serve(supervision, *sites[:2])

    assert [file for file in (*former, web / "caddy") if file.exists()] == []
