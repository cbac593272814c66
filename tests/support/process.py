"""Processes that a test starts, waits for and stops."""

import os
import random
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from presswerk.runtimes.local.service import Service

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of plain HTTP on loopback: to read every authority of the web takes 30 ms of CPU a client."""


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now, and that this test process has not given out yet.

    Below those the system gives to outgoing connections, and each process of a parallel run has ports of its own: so
    nobody takes one between this answer and its use.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = range(10_240 + worker * 2_000, 12_240 + worker * 2_000)
    while True:
        port = random.choice(ports)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given_out:
            _given_out.add(port)
            return port


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        first = free_port()
        row = range(first + 1, first + count)
        if not _given_out & set(row) and all(_is_free(port) for port in row):
            _given_out.update(row)
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


_given_out: set[int] = set()


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
    deadline = time.monotonic() + service.ready_timeout_seconds
    headers = {"Host": service.health_host} if service.health_host else {}
    with httpx.Client(headers=headers, timeout=5.0, trust_env=False, verify=NO_AUTHORITIES) as http:
        while service.health_url is not None:
            assert process.poll() is None, f"{service.name} ended with {process.returncode}:\n{_end(log)}"
            assert time.monotonic() < deadline, f"{service.name} was not healthy in time:\n{_end(log)}"
            try:
                if http.get(service.health_url).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)


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
