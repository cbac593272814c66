"""Processes that a test starts, waits for and stops."""

import os
import random
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from presswerk.runtimes.local.service import Service
from tests.support.waiting import until

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of plain HTTP on loopback: to read every authority of the web takes 30 ms of CPU a client."""


def free_port() -> int:
    """A TCP port that nobody listens on, for this test process alone."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of so many such ports in a row.

    Below those the system gives to outgoing connections. A process reserves a stretch at a time and gives out each port
    once, so that nobody takes one between this answer and its use: no other process of a parallel run, and no other run
    on this machine.
    """
    while True:
        row = range(_stretch.start, _stretch.start + count)
        if row.stop > _stretch.stop:
            _reserve_stretch()
            continue
        free = next((port for port in reversed(row) if not _is_free(port)), None)
        _use_from(row.stop if free is None else free + 1)
        if free is None:
            return row.start


_STRETCH = 100
_stretch = range(0)
_reservations: list[socket.socket] = []


def _reserve_stretch() -> None:
    """Take a stretch of ports that no other process has, until this one ends."""
    global _stretch  # noqa: PLW0603  # one a process, as the ports are
    for first in random.sample(range(10_000, 32_700, _STRETCH), k=227):
        reservation = socket.socket(socket.AF_UNIX)
        try:
            # An abstract name: it belongs to the machine's network, as ports do, and goes with the process.
            reservation.bind(f"\0presswerk-test-ports-{first}")
        except OSError:
            reservation.close()
            continue
        _reservations.append(reservation)
        _stretch = range(first, first + _STRETCH)
        return
    raise AssertionError("other test runs on this machine have reserved every port")


def _use_from(port: int) -> None:
    global _stretch  # noqa: PLW0603  # as above
    _stretch = range(port, _stretch.stop)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


@contextmanager
def running(service: Service, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a service in a process group of its own until the block ends; entered once it is healthy.

    Raises:
        AssertionError: It ended or did not become healthy in time; its log's end is in the message.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**_inherited(), **service.environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            service.command,
            cwd=service.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await_health(service, process, log)
        yield process
    finally:
        _stop(process)


def _inherited() -> Mapping[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def _await_health(service: Service, process: subprocess.Popen[bytes], log: Path) -> None:
    headers = {"Host": service.health_host} if service.health_host else {}
    with httpx.Client(headers=headers, timeout=5.0, trust_env=False, verify=NO_AUTHORITIES) as http:

        def healthy() -> bool:
            assert process.poll() is None, f"{service.name} ended with {process.returncode}:\n{_end(log)}"
            try:
                return service.health_url is None or http.get(service.health_url).status_code == 200
            except httpx.HTTPError:
                return False

        until(healthy, lambda: f"{service.name} was not healthy in time:\n{_end(log)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            continue
        break
    process.wait(timeout=20)


def _end(log: Path) -> str:
    return log.read_text(errors="replace")[-4000:]
