"""What is checked before anything is started, and what the person is told."""

import contextlib
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswerk.runtimes.local import listeners
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.preflight import (
    NeededPort,
    NotPossibleHere,
    check_disk,
    check_ports,
    check_state_directory,
)
from presswerk.runtimes.local.processes import STATE_MARK

_LISTEN = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(state=tmp_path / "state", cache=tmp_path / "cache")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def listening_process(environment: dict[str, str]) -> tuple["subprocess.Popen[str]", int]:
    process = subprocess.Popen(
        [sys.executable, "-c", _LISTEN],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_a_port_in_use_is_named_with_its_holder_and_the_setting(layout: Layout, listener: socket.socket) -> None:
    port = port_of(listener)

    with pytest.raises(NotPossibleHere) as raised:
        check_ports(layout, [NeededPort(port, "hub", "--hub-port")])

    assert f"Port {port}, for hub, is in use by process {os.getpid()} (" in raised.value.problem
    assert "`presswerk up --hub-port PORT`" in raised.value.remedy


def test_all_ports_in_use_are_told_at_once(layout: Layout, listener: socket.socket) -> None:
    port = port_of(listener)

    with pytest.raises(NotPossibleHere) as raised:
        check_ports(layout, [NeededPort(port, name, f"--{name}-port") for name in ("hub", "chat")])

    assert raised.value.problem.count("is in use") == 2


def test_what_a_process_has_open_is_read_once_for_all_ports(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    held = listeners._held

    def counted(entry: Path) -> set[str]:
        read.append(entry)
        return held(entry)

    monkeypatch.setattr(listeners, "_held", counted)
    with contextlib.ExitStack() as opened:
        every = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(20)]

        with pytest.raises(NotPossibleHere) as raised:
            check_ports(layout, [NeededPort(port_of(each), "a site", "--first-site-port") for each in every])

    assert raised.value.problem.count(f"process {os.getpid()} (") == 20
    assert len(read) == len(set(read))


def test_a_free_port_is_fine(layout: Layout, listener: socket.socket) -> None:
    port = port_of(listener)
    listener.close()

    check_ports(layout, [NeededPort(port, "hub", "--hub-port")])


def test_our_own_running_service_may_hold_its_port(layout: Layout) -> None:
    process, port = listening_process({STATE_MARK: str(layout.state)})
    try:
        check_ports(layout, [NeededPort(port, "hub", "--hub-port")])
    finally:
        process.communicate("")


def test_another_installation_is_named_with_the_way_to_stop_it(layout: Layout) -> None:
    process, port = listening_process({STATE_MARK: "/somewhere/else"})
    try:
        with pytest.raises(NotPossibleHere, match="presswerk down --state-dir /somewhere/else"):
            check_ports(layout, [NeededPort(port, "hub", "--hub-port")])
    finally:
        process.communicate("")


def test_a_listener_on_ipv6_alone_takes_localhost_too(layout: Layout) -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with listener, pytest.raises(NotPossibleHere, match="is in use"):
        check_ports(layout, [NeededPort(port_of(listener), "hub", "--hub-port")])


def test_the_state_directory_is_made_for_its_owner_alone(layout: Layout) -> None:
    check_state_directory(layout)

    assert stat.S_IMODE(layout.state.stat().st_mode) == 0o700
    assert list(layout.state.iterdir()) == []


def test_a_state_directory_that_cannot_be_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(NotPossibleHere, match="cannot be written: Not a directory") as raised:
        check_state_directory(Layout(state=tmp_path / "file" / "state", cache=tmp_path))

    assert "--state-dir" in raised.value.remedy


def test_too_little_disk_says_how_much_is_needed_and_free(layout: Layout) -> None:
    with pytest.raises(NotPossibleHere, match=r"\d+\.\d GiB of disk are needed at .*, \d+\.\d GiB are free"):
        check_disk(layout, needed_mib=2**40)


def test_enough_disk_is_fine_before_any_directory_exists(layout: Layout) -> None:
    check_disk(layout, needed_mib=1)
