"""The supervision with the real supervisor and small real services."""

import os
import signal
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.processes import is_alive, marked_processes
from presswerk.runtimes.local.service_status import ServiceStatus
from presswerk.runtimes.local.supervision import ServiceNotReady, Supervision
from presswerk.runtimes.local.supervisor_client import SupervisorClient, socket_path
from presswerk.runtimes.local.supervisor_config import state_mark
from tests.support.process import free_port
from tests.support.processes import files_holding, small_service, visible_command_lines
from tests.support.waiting import until

pytestmark = pytest.mark.integration

SECRET = "s3cret-value-that-nobody-may-see"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(state=tmp_path / "state", cache=tmp_path / "cache")


@pytest.fixture
def supervision(layout: Layout) -> Iterator[Supervision]:
    found = Supervision(layout, secrets=(SECRET,))
    yield found
    found.shutdown()


def answer(port: int) -> str:
    return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text


def status_of(supervision: Supervision, name: str) -> ServiceStatus:
    return next(found for found in supervision.status() if found.name == name)


def test_services_start_serve_and_stop_without_a_remainder(supervision: Supervision, layout: Layout) -> None:
    services = [small_service(name, free_port(), layout.state / name) for name in ("one", "two")]

    applied = supervision.apply(services)
    supervision.wait_ready(services)

    assert applied.started == ("one", "two")
    assert all(supervision.answers(found.name) and found.pid and found.restarts == 0 for found in supervision.status())
    assert supervision.shutdown() == 3  # the supervisor and its two services
    assert marked_processes(state_mark(layout)) == ()
    assert [found.state for found in supervision.status()] == ["stopped", "stopped"]


def test_a_second_apply_changes_nothing(supervision: Supervision, layout: Layout) -> None:
    services = [small_service("one", free_port(), layout.state / "one")]
    supervision.apply(services)
    supervision.wait_ready(services)
    before = status_of(supervision, "one").pid

    applied = supervision.apply(services)

    assert not applied.changed_anything
    assert applied.unchanged == ("one",)
    assert status_of(supervision, "one").pid == before


def test_a_changed_environment_restarts_only_that_service(supervision: Supervision, layout: Layout) -> None:
    ports = {name: free_port() for name in ("one", "two")}
    supervision.apply([small_service(name, port, layout.state / name) for name, port in ports.items()])
    changed = [
        small_service("one", ports["one"], layout.state / "one"),
        small_service("two", ports["two"], layout.state / "two", COLOUR="blue"),
    ]
    supervision.wait_ready(changed)
    before = status_of(supervision, "one").pid

    applied = supervision.apply(changed)
    supervision.wait_ready(changed)

    assert applied.restarted == ("two",)
    assert answer(ports["two"]) == "blue"
    assert status_of(supervision, "one").pid == before
    assert status_of(supervision, "two").restarts == 0  # on purpose is no crash


def test_what_is_no_longer_declared_is_stopped(supervision: Supervision, layout: Layout) -> None:
    services = [small_service(name, free_port(), layout.state / name) for name in ("one", "two")]
    supervision.apply(services)
    supervision.wait_ready(services)

    applied = supervision.apply(services[:1])

    assert applied.stopped == ("two",)
    assert [found.name for found in supervision.status()] == ["one"]
    assert {found.service for found in marked_processes(state_mark(layout))} == {"", "one"}


def test_ensure_leaves_other_services_alone(supervision: Supervision, layout: Layout) -> None:
    one, two = (small_service(name, free_port(), layout.state / name) for name in ("one", "two"))
    supervision.ensure([one])
    supervision.wait_ready([one])

    applied = supervision.ensure([two])
    supervision.wait_ready([two])

    assert applied.started == ("two",)
    assert {found.name for found in supervision.status() if supervision.answers(found.name)} == {"one", "two"}


def test_a_crash_is_followed_by_a_restart_that_is_counted_and_named(supervision: Supervision, layout: Layout) -> None:
    port = free_port()
    service = small_service("one", port, layout.state / "one")
    supervision.apply([service])
    supervision.wait_ready([service])
    until(lambda: status_of(supervision, "one").state == "running")
    first = status_of(supervision, "one").pid

    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{port}/crash", trust_env=False)
    until(lambda: supervision.answers("one") and status_of(supervision, "one").pid != first)

    found = status_of(supervision, "one")
    assert found.restarts == 1
    assert found.last_exit == "exit status 3"
    assert found.log.read_text().count("serving") == 2


def test_workers_that_outlive_their_parent_make_way_for_the_restart(supervision: Supervision, layout: Layout) -> None:
    service = small_service("one", free_port(), layout.state / "one", WORKER="yes")
    supervision.apply([service])
    supervision.wait_ready([service])
    first = status_of(supervision, "one").pid
    assert first is not None
    worker = next(p.pid for p in marked_processes(state_mark(layout)) if p.service == "one" and p.pid != first)

    os.kill(first, signal.SIGKILL)
    until(lambda: supervision.answers("one") and status_of(supervision, "one").pid != first)

    assert not is_alive(worker)


def test_a_service_that_cannot_start_is_named_with_its_last_words(supervision: Supervision, layout: Layout) -> None:
    service = small_service("one", free_port(), layout.state / "one", COLOUR="fails", TOKEN="not-in-the-secrets-file")
    supervision.apply([service])

    with pytest.raises(ServiceNotReady) as raised:
        supervision.wait_ready([service])

    assert "one ends as soon as it is started" in raised.value.problem
    assert "the colour is wrong; ***" in raised.value.problem
    assert "not-in-the-secrets-file" not in str(raised.value)
    assert "`presswerk logs one`" in raised.value.remedy


def test_a_service_that_was_given_up_is_started_again_by_the_next_apply(
    supervision: Supervision, layout: Layout
) -> None:
    port = free_port()
    broken = small_service("one", port, layout.state / "one", COLOUR="fails")
    supervision.apply([broken])
    with pytest.raises(ServiceNotReady):
        supervision.wait_ready([broken])

    assert supervision.apply([broken]).started == ("one",)
    mended = small_service("one", port, layout.state / "one", COLOUR="green")
    supervision.apply([mended])
    supervision.wait_ready([mended])

    assert answer(port) == "green"


def test_a_service_comes_back_by_itself_when_its_cause_is_mended(supervision: Supervision, layout: Layout) -> None:
    service = small_service("one", free_port(), layout.state / "one", COLOUR="fails")
    supervision.apply([service])
    with pytest.raises(ServiceNotReady):
        supervision.wait_ready([service])

    (service.directory / "mended").touch()

    until(lambda: supervision.answers("one"))
    assert status_of(supervision, "one").restarts >= 3


def test_down_leaves_nothing_even_after_the_supervisor_was_killed(supervision: Supervision, layout: Layout) -> None:
    services = [small_service(name, free_port(), layout.state / name, WORKER="yes") for name in ("one", "two")]
    supervision.apply(services)
    supervision.wait_ready(services)
    supervisor = SupervisorClient(socket_path(layout.run)).pid()
    os.kill(supervisor, signal.SIGKILL)
    until(lambda: not is_alive(supervisor))
    assert len(marked_processes(state_mark(layout))) == 4
    assert [found.state for found in supervision.status()] == ["unwatched"] * 2
    assert not supervision.answers("one")

    # As from another shell: nothing is known but the state directory.
    Supervision(layout).shutdown()

    assert marked_processes(state_mark(layout)) == ()


def test_a_service_that_does_not_end_when_asked_is_killed_in_its_time(supervision: Supervision, layout: Layout) -> None:
    service = replace(small_service("one", free_port(), layout.state / "one", STUBBORN="yes"), stop_timeout_seconds=1)
    supervision.apply([service])
    supervision.wait_ready([service])

    supervision.shutdown()

    assert marked_processes(state_mark(layout)) == ()
    assert "killing 'one'" in (layout.run / "supervisord.log").read_text()


def test_apply_after_the_supervisor_was_killed_takes_the_ports_back(supervision: Supervision, layout: Layout) -> None:
    services = [small_service("one", free_port(), layout.state / "one")]
    supervision.apply(services)
    supervision.wait_ready(services)
    os.kill(SupervisorClient(socket_path(layout.run)).pid(), signal.SIGKILL)

    supervision.apply(services)
    supervision.wait_ready(services)

    assert supervision.answers("one")
    assert len(marked_processes(state_mark(layout))) == 2


def test_a_secret_is_in_the_launch_file_and_the_service_alone(supervision: Supervision, layout: Layout) -> None:
    service = small_service("one", free_port(), layout.state / "one", TOKEN=SECRET)
    supervision.apply([service])
    supervision.wait_ready([service])

    holders = files_holding(layout.state, SECRET)

    # The small service prints its token on purpose: that our own parts add no other place is what is tested here.
    assert holders == [layout.environment_files / "one.json", layout.logs / "one.log"]
    assert all(stat.S_IMODE(holder.stat().st_mode) == 0o600 for holder in holders)
    assert not [line for line in visible_command_lines().values() if SECRET in line]


def test_a_deep_state_directory_works(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-directory-name"] * 5)
    layout = Layout(state=deep, cache=tmp_path / "cache")
    supervision = Supervision(layout)
    service = small_service("one", free_port(), deep / "one")
    try:
        supervision.apply([service])
        supervision.wait_ready([service])
        assert not socket_path(layout.run).is_relative_to(deep)
        assert Supervision(layout).answers("one")
    finally:
        supervision.shutdown()
    assert not socket_path(layout.run).exists()


def test_a_state_directory_may_be_spelled_in_several_ways(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    one, other = (Layout(state=tmp_path / name / "state", cache=tmp_path / "cache") for name in ("real", "link"))
    service = small_service("one", free_port(), one.state / "one")
    try:
        Supervision(one).apply([service])
        Supervision(one).wait_ready([service])
        os.kill(SupervisorClient(socket_path(one.run)).pid(), signal.SIGKILL)
    finally:
        Supervision(other).shutdown()
    assert marked_processes(state_mark(one)) == ()


def test_a_state_directory_with_odd_characters_works(tmp_path: Path) -> None:
    layout = Layout(state=tmp_path / '50% "mine" it\'s', cache=tmp_path / "cache")
    supervision = Supervision(layout)
    service = small_service("one", free_port(), layout.state / "one")
    try:
        supervision.apply([service])
        supervision.wait_ready([service])
    finally:
        supervision.shutdown()
    assert marked_processes(state_mark(layout)) == ()
