"""Whatever is broken, one look at the status names the part, its cause and what to do; the rest stays green.

Each fault is put into the running platform through its files and processes, and taken back.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import httpx
import pytest

from presswerk.operations.checks import CHECKS, Outcome, Result, ServiceLine, ask, by_service
from presswerk.operations.checks import requests as bounded
from presswerk.operations.doctor import diagnose
from presswerk.operations.local_targets import targets_of
from presswerk.operations.workspace import open_workspace
from presswerk.runtimes.local.installation import remembered
from presswerk.runtimes.local.processes import marked_processes
from presswerk.runtimes.local.site_sockets import sockets_of
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import launch_file, state_mark
from tests.support.platform import RunningPlatform
from tests.support.scripted_server import Scripted, scripted_server
from tests.support.waiting import until

pytestmark = pytest.mark.e2e

SITE = "site-acme"
Fault = Callable[[RunningPlatform], AbstractContextManager[None]]


def look(platform: RunningPlatform) -> dict[str, ServiceLine]:
    return {line.service: line for line in by_service(answers_of(platform))}


def answers_of(platform: RunningPlatform) -> tuple[Result, ...]:
    return ask(CHECKS, targets_of(remembered(platform.layout.state)))


def in_the_site(code: str) -> Fault:
    """PHP that runs with every request to the site."""

    @contextlib.contextmanager
    def fault(platform: RunningPlatform) -> Iterator[None]:
        # PHP looks only every few seconds whether a file that it has compiled is another by now.
        name = f"0-fault-{hashlib.sha256(code.encode()).hexdigest()[:12]}.php"
        file = platform.layout.site("acme") / "content" / "mu-plugins" / name
        file.write_text(f"<?php {code}", encoding="utf-8")
        try:
            yield
        finally:
            file.unlink()

    return fault


def on_the_front_page(code: str) -> Fault:
    return in_the_site(f"if ( '/' === strtok( $_SERVER['REQUEST_URI'], '?' ) ) {{ {code} }}")


def in_rest(code: str) -> Fault:
    return in_the_site(f"if ( str_starts_with( $_SERVER['REQUEST_URI'], '/wp-json/' ) ) {{ {code} }}")


def frozen(service: str) -> Fault:
    """Every process of a service stands still: it takes connections, and answers nothing."""

    @contextlib.contextmanager
    def fault(platform: RunningPlatform) -> Iterator[None]:
        pids = [each.pid for each in marked_processes(state_mark(platform.layout)) if each.service == service]
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    return fault


def ended(service: str) -> Fault:
    """A service's process is stopped at its supervisor."""

    @contextlib.contextmanager
    def fault(platform: RunningPlatform) -> Iterator[None]:
        supervision = Supervision(platform.layout)
        supervision._client()._call(supervision._client()._proxy.supervisor.stopProcessGroup, service)
        try:
            yield
        finally:
            supervision.restart(service)
            supervision.wait_ready([each for each in supervision.declared() if each.name == service])

    return fault


def moved_away(path: Callable[[RunningPlatform], Path]) -> Fault:
    @contextlib.contextmanager
    def fault(platform: RunningPlatform) -> Iterator[None]:
        here = path(platform)
        there = here.with_name(f"{here.name}.away")
        here.rename(there)
        try:
            yield
        finally:
            there.rename(here)

    return fault


def _socket(name: str, platform: RunningPlatform) -> Path:
    return sockets_of(platform.layout) / name


def site_ended(tenant: str = "acme") -> Fault:
    """The web server reaches no PHP of one tenant's any more, neither readers' nor deliveries'."""

    @contextlib.contextmanager
    def fault(platform: RunningPlatform) -> Iterator[None]:
        with contextlib.ExitStack() as both:
            for name in (f"{tenant}.sock", f"{tenant}.deliveries.sock"):
                both.enter_context(moved_away(partial(_socket, name))(platform))
            yield

    return fault


@contextlib.contextmanager
def connection_refused(platform: RunningPlatform) -> Iterator[None]:
    """The password the hub has is not the service user's any more."""
    with open_workspace(platform.installation) as found:
        tenant, good = found.registry.get("acme").tenant, found.registry.connection("acme")
        found.registry.put(tenant, dataclasses.replace(good, application_password="revoked"))
    try:
        yield
    finally:
        with open_workspace(platform.installation) as found:
            found.registry.put(tenant, good)


@contextlib.contextmanager
def told_otherwise(platform: RunningPlatform, service: str, **settings: str) -> Iterator[None]:
    """A service's launch file says something else than before."""
    file = launch_file(platform.layout, service)
    before = file.read_text(encoding="utf-8")
    described = json.loads(before)
    described["environment"] |= settings
    file.write_text(json.dumps(described), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(before, encoding="utf-8")


def ai_answers(answer: Scripted) -> Fault:
    @contextlib.contextmanager
    def fault(platform: RunningPlatform) -> Iterator[None]:
        with scripted_server() as server:
            server.others = answer
            endpoint = {"OPENAI_API_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": "k" * 20, "DEFAULT_MODELS": "m"}
            with told_otherwise(platform, "chat", **endpoint):
                yield

    return fault


@contextlib.contextmanager
def hub_of_another_provider(platform: RunningPlatform) -> Iterator[None]:
    supervision = Supervision(platform.layout)
    hub = [each for each in supervision.declared() if each.name == "hub"]
    with told_otherwise(platform, "hub", PRESSWERK_OIDC_ISSUER="http://localhost:1"):
        supervision.restart("hub")
        supervision.wait_ready(hub)
        try:
            yield
        finally:
            pass
    supervision.restart("hub")
    supervision.wait_ready(hub)


@contextlib.contextmanager
def dies_again_and_again(platform: RunningPlatform) -> Iterator[None]:
    """The stand-in is killed four times; its supervisor starts it again."""
    supervision = Supervision(platform.layout)
    service = [each for each in supervision.declared() if each.name == "ai-stand-in"]
    for _ in range(4):
        killed = next(each for each in supervision.status() if each.name == "ai-stand-in")
        assert killed.pid is not None
        os.kill(killed.pid, signal.SIGKILL)
        _await_another_start(supervision, len(killed.starts))
        supervision.wait_ready(service)
    try:
        yield
    finally:
        supervision.restart("ai-stand-in")
        supervision.wait_ready(service)


def _await_another_start(supervision: Supervision, before: int) -> None:
    until(
        lambda: next(len(each.starts) for each in supervision.status() if each.name == "ai-stand-in") > before,
    )


MAINTENANCE = "status_header( 503 ); wp_die( 'Briefly unavailable for scheduled maintenance.', 'Maintenance', 503 );"
NO_ROUTES = "add_filter( 'rest_endpoints', static fn ( $all ) => array_filter( $all, static fn ( $route ) => ! str_starts_with( $route, '/presswerk' ), ARRAY_FILTER_USE_KEY ) );"  # noqa: E501  one line of PHP

FAULTS: dict[str, tuple[Fault, str, str, str]] = {
    # what is done, whose line turns red, by which check, with which words
    "white page": (on_the_front_page("exit;"), SITE, "site-page", "is empty"),
    "fatal error with 200": (
        # Our PHP prints no error; a plugin may print what it caught.
        on_the_front_page("echo '<br />\\n<b>Fatal error</b>:  Uncaught Error: Call to undefined function call_to_nothing()'; exit;"),  # noqa: E501  one line of PHP
        SITE, "site-page", "call_to_nothing",
    ),
    "fatal error": (on_the_front_page("call_to_nothing();"), SITE, "site-page", "500"),
    "maintenance": (on_the_front_page(MAINTENANCE), SITE, "site-page", "maintenance"),
    "leads elsewhere": (on_the_front_page("header( 'Location: https://parked.example/' ); exit;"), SITE, "site-page",
                        "parked.example"),
    "another site's page": (on_the_front_page("echo '<html><body>Welcome to nginx!</body></html>'; exit;"), SITE,
                            "site-page", "another's"),
    "noise in REST": (in_rest("echo 'Notice: undefined index';"), SITE, "site-rest", "stands before the JSON"),
    "hanging front page": (on_the_front_page("sleep( 20 );"), SITE, "site-page", "does not answer"),
    "ended site": (site_ended(), SITE, "site-page", "502"),
    "frozen PHP": (frozen("php"), SITE, "site-page", "does not answer"),
    "ended PHP": (ended("php"), "php", "process", "does not run"),
    "ended web server": (ended("web"), "web", "process", "does not run"),
    "lost content": (
        moved_away(lambda platform: platform.layout.site("acme") / "database" / "site.sqlite"), SITE, "site-page",
        "its database is empty or not there",
    ),
    "connector without routes": (in_the_site(NO_ROUTES), SITE, "site-connector", "does not answer"),
    "revoked password": (connection_refused, SITE, "site-credentials", "refused"),
    "connector not must-use": (
        moved_away(lambda platform: platform.layout.site("acme") / "content/mu-plugins/presswerk-connector.php"),
        SITE, "site-rest", "no routes of the connector",
    ),
    "database takes nothing": (
        in_the_site("add_filter( 'query', static fn ( $sql ) => str_contains( $sql, 'presswerk_asked' ) && str_starts_with( $sql, 'UPDATE' ) || str_contains( $sql, 'INSERT INTO `wp_options`' ) && str_contains( $sql, 'presswerk_asked' ) ? 'UPDATE no_such_table SET a = 1' : $sql );"),  # noqa: E501  one line of PHP
        SITE, "site-writable", "takes no changes",
    ),
    "frozen chat": (frozen("chat"), "chat", "chat-ready", "does not answer"),
    "frozen identity": (frozen("identity"), "identity", "sign-on-document", "does not answer"),
    "frozen hub": (frozen("hub"), "hub", "hub-ready", "does not answer"),
    "revoked AI key": (ai_answers(Scripted('{"error": "no"}', 401)), "ai", "ai-writes", "401"),
    "AI allowance used up": (ai_answers(Scripted("{}", 402)), "ai", "ai-writes", "402"),
    "AI answers a page": (ai_answers(Scripted("<html>Sign in</html>")), "ai", "ai-writes", "JSON"),
    "hub trusts another": (hub_of_another_provider, "hub", "hub-issuer", "http://localhost:1"),
    "dies again and again": (dies_again_and_again, "ai-stand-in", "process-stays", "restarted 4 times"),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _carried_out(platform: RunningPlatform) -> None:
    """What tests of other files asked for last may be under way still."""
    until(lambda: not _not_green(platform), lambda: _not_green(platform), every_seconds=2)


def _not_green(platform: RunningPlatform) -> list[ServiceLine]:
    return [line for line in look(platform).values() if line.outcome is not Outcome.OK]


@pytest.fixture
def much_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing stands still, a machine that is busy with other tests may be slow."""
    monkeypatch.setattr(bounded, "PATIENCE_SECONDS", 60.0)
    monkeypatch.setattr(bounded, "_PAUSE_SECONDS", 60.0)


# What serves all sites is to blame for what all of them answer.
ROOTS = {"frozen PHP": "php", "ended PHP": "php", "ended web server": "web"}


def test_without_a_fault_everything_is_green(platform: RunningPlatform, much_patience: None) -> None:
    lines = look(platform)

    services = {"hub", "chat", "identity", "php", "web", "cron", "ai-stand-in"}
    assert {*services, SITE, "site-nordlicht", "disk", "memory", "supervisor", "clock"} == set(lines)
    assert [(name, line.results[0].seen) for name, line in lines.items() if line.outcome is not Outcome.OK] == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_part_its_cause_and_a_remedy(
    platform: RunningPlatform, name: str, request: pytest.FixtureRequest
) -> None:
    if FAULTS[name][3] != "does not answer":
        request.getfixturevalue("much_patience")
    fault, service, check, seen = FAULTS[name]

    with fault(platform):
        answers = answers_of(platform)

    lines = {line.service: line for line in by_service(answers)}
    found = lines[service]
    red: list[Result] = [result for result in found.results if result.outcome is Outcome.FAILED]
    assert found.outcome is Outcome.FAILED, lines
    assert check in {result.check for result in red}
    assert seen in " ".join(result.seen for result in red)
    assert all(result.remedy for result in red)
    roots = [each.cause for each in diagnose(answers)]
    assert {cause.service for cause in roots} == {ROOTS.get(name, service)}, roots
    assert lines["disk"].outcome is Outcome.OK


def test_the_hubs_page_says_the_same_and_names_no_tenant(platform: RunningPlatform) -> None:
    with on_the_front_page("exit;")(platform):
        supervision = Supervision(platform.layout)
        supervision.restart("hub")  # a new hub has not looked yet
        supervision.wait_ready([each for each in supervision.declared() if each.name == "hub"])
        page = httpx.get(platform.layout.hub_url, timeout=60, trust_env=False).text

    assert "Something does not work." in page
    assert re.search(r">sites</th><td class=\"bad\">does not work</td><td>1 of 2 work", page)
    assert "acme" not in page.partition("<h2>Health")[2]
