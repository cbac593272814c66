"""Keep services running: start, restart what changed, wait for health, tell how they are, stop without a remainder."""

import os
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from presswerk.certificates import authorities
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.launch import inherited_environment
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.logs import last_lines
from presswerk.runtimes.local.private_files import write_private
from presswerk.runtimes.local.processes import STATE_MARK, is_alive, marked_processes, stop_processes
from presswerk.runtimes.local.progress import Progress, silent
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.service_status import ServiceStatus, read_status
from presswerk.runtimes.local.supervisor_client import SupervisorClient, SupervisorGone, socket_path
from presswerk.runtimes.local.supervisor_config import (
    configuration,
    declared_services,
    launch_file,
    launch_text,
    log_file,
    starts_file,
    starts_of,
    state_mark,
)

_POLL_SECONDS = 0.1
_SOCKET_TIMEOUT_SECONDS = 5.0
_SECRET_WORDS = ("KEY", "SECRET", "PASSWORD", "TOKEN")
_SHORTEST_SECRET = 8  # what is shorter is a switch or a number, and hiding it would make the log unreadable
_SUPERVISOR_START_SECONDS = 20.0
_SUPERVISOR_STOP_SECONDS = 60.0
_SHOWN_LINES = 15
_GIVEN_UP = frozenset({"FATAL", "EXITED", "STOPPED", "UNKNOWN"})
_NOT_RUNNING = _GIVEN_UP | {"BACKOFF"}
_TRIES = 3
"""So often a service may end before `wait_ready` gives up on it; the supervisor itself is more patient."""


class ServiceNotReady(LocalRuntimeError):
    """A service does not serve; the message has its last log lines, without secrets."""


@dataclass(frozen=True)
class Applied:
    """What was done to services, by name."""

    started: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    reloaded: tuple[str, ...] = ()
    """Of those unchanged, which were told of another configuration while they ran on."""

    @property
    def changed_anything(self) -> bool:
        """Whether a process was started or stopped."""
        return bool(self.started or self.restarted or self.stopped)


class Supervision:
    """The services of one state directory.

    Args:
        layout: Where launch files, logs and the supervisor's own files are.
        secrets: Values that no message may show, besides those in the services' own settings.
    """

    def __init__(self, layout: Layout, secrets: Collection[str] = ()) -> None:
        self._layout = layout
        self._secrets = frozenset(secrets)

    def apply(self, services: Sequence[Service]) -> Applied:
        """Make exactly these services run: start new ones, restart changed ones, stop all others."""
        return self._bring(services, stop_others=frozenset(self._names()) - {service.name for service in services})

    def ensure(self, services: Sequence[Service]) -> Applied:
        """Make these services run as described and leave all others alone."""
        return self._bring(services, stop_others=frozenset())

    def stop(self, names: Collection[str]) -> None:
        """Stop these services and keep their logs; others are left alone."""
        known = frozenset(names) & frozenset(self._names())
        if known and self.is_running():
            self._bring((), stop_others=known)

    def retire(self, names: Collection[str]) -> None:
        """Stop these services and forget that there were any, with their logs; others are left alone."""
        self.stop(names)
        for name in names:
            launch_file(self._layout, name).unlink(missing_ok=True)
            self._forget_starts(name)
            for log in self._layout.logs.glob(f"{name}.log*"):
                log.unlink(missing_ok=True)

    def wait_ready(self, services: Iterable[Service], progress: Progress = silent) -> None:
        """Wait until each service serves.

        Raises:
            ServiceNotReady: One was given up by the supervisor, or did not answer in its time.
        """
        began = time.monotonic()
        waiting = {service.name: service for service in services}
        with httpx.Client(timeout=5.0, verify=authorities(), trust_env=False) as http:
            while waiting:
                states = {str(info["name"]): info for info in self._processes()}
                for name, service in list(waiting.items()):
                    if name not in states:
                        raise self._not_ready(service, "is known to no running supervisor")
                    state = str(states[name]["statename"])
                    if is_healthy(service, state, http):
                        del waiting[name]
                        progress(f"{name} is ready ({time.monotonic() - began:.1f} s)")
                    elif self._keeps_ending(name, state):
                        raise self._not_ready(service, "ends as soon as it is started")
                    elif time.monotonic() - began > service.ready_timeout_seconds:
                        raise self._not_ready(service, f"does not answer after {service.ready_timeout_seconds} s")
                if waiting:
                    time.sleep(_POLL_SECONDS)

    def status(self) -> tuple[ServiceStatus, ...]:
        """How each declared service is, in start order; works from any process."""
        infos = {str(info["name"]): info for info in self._processes()}
        left = {} if infos else self._unwatched()
        return tuple(
            read_status(self._layout, service, infos.get(service.name), left.get(service.name))
            for service in self.declared()
        )

    def answers(self, name: str) -> bool:
        """Whether a service runs and answers at its own health address or socket, where it has one."""
        states = {str(info["name"]): str(info["statename"]) for info in self._processes()}
        with httpx.Client(timeout=5.0, verify=authorities(), trust_env=False) as http:
            return any(
                is_healthy(service, states.get(name, "STOPPED"), http)
                for service in self.declared()
                if service.name == name
            )

    def restart(self, name: str) -> None:
        """Start a service anew, also one that was given up.

        Raises:
            LocalRuntimeError: No supervisor runs, or it does not know the service.
        """
        try:
            self._forget_starts(name)
            self._client().restart(name)
        except SupervisorGone:
            raise LocalRuntimeError("Nothing runs here.", "Start it with `presswerk up`.") from None
        except xmlrpc.client.Fault:
            raise LocalRuntimeError(f"{name} could not be started.", f"Read `presswerk logs {name}`.") from None

    def signal(self, name: str, signal: str) -> None:
        """Send a service a signal, such as `USR1`; one that does not run needs none."""
        with suppress(SupervisorGone, xmlrpc.client.Fault):
            self._client().signal(name, signal)

    def declared(self) -> tuple[Service, ...]:
        """The services that were last applied."""
        return declared_services(self._layout)

    def settings_of(self, name: str, prefix: str) -> dict[str, str]:
        """What a service was last told under variables that begin so; nothing where there is none."""
        return {
            variable: value
            for service in self.declared()
            if service.name == name
            for variable, value in service.environment.items()
            if variable.startswith(prefix)
        }

    def is_running(self) -> bool:
        """Whether a supervisor answers."""
        return self.pid() is not None

    def shutdown(self) -> int:
        """Stop every service and the supervisor, also what a killed supervisor has left behind.

        Returns:
            How many processes ran before.
        """
        before = len(marked_processes(state_mark(self._layout)))
        self._shut_supervisor_down()
        while left := {found.pid for found in marked_processes(state_mark(self._layout))}:
            stop_processes(left)
        socket_path(self._layout.run).unlink(missing_ok=True)
        return before

    def log_tail(self, name: str, lines: int = _SHOWN_LINES) -> str:
        """The end of a service's log, without secrets."""
        return "\n".join(last_lines(log_file(self._layout, name), lines, self.hidden()))

    def hidden(self) -> tuple[str, ...]:
        """What no log may show, the longest first, so that no part of a longer one stays."""
        return tuple(sorted(filter(None, self._secrets | self._settings_that_are_secret()), key=len, reverse=True))

    def _settings_that_are_secret(self) -> frozenset[str]:
        """Such as the AI endpoint's key, which is the person's own and not among the installation's secrets."""
        return frozenset(
            value
            for service in self.declared()
            for name, value in service.environment.items()
            if len(value) >= _SHORTEST_SECRET and any(word in name for word in _SECRET_WORDS)
        )

    def _bring(self, services: Sequence[Service], stop_others: frozenset[str]) -> Applied:
        for directory in (self._layout.state, self._layout.run, self._layout.logs, self._layout.environment_files):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in stop_others:
            launch_file(self._layout, name).unlink(missing_ok=True)
        for service in services:
            self._describe(service)
        write_private(
            self._layout.run / "supervisord.conf",
            configuration(self._layout, self.declared(), socket_path(self._layout.run)),
        )
        names = tuple(service.name for service in services)
        if not self.is_running():
            self._start_supervisor()
            return Applied(started=names, stopped=tuple(sorted(stop_others)))
        return self._reload(names)

    def _describe(self, service: Service) -> None:
        path, text = launch_file(self._layout, service.name), launch_text(self._layout, service)
        service.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_private(path, text)

    def _reload(self, names: tuple[str, ...]) -> Applied:
        client = self._client()
        added, changed, removed = client.reload()
        given_up = {str(info["name"]) for info in client.processes() if info["statename"] in _NOT_RUNNING}
        revived = sorted((given_up & set(names)) - {*added, *changed, *removed})
        for name in (*removed, *changed):
            client.remove(name)
        for name in (*changed, *added):
            self._forget_starts(name)
            client.add(name)
        for name in revived:
            self._forget_starts(name)
            client.restart(name)
        touched = {*added, *changed, *revived}
        return Applied(
            started=(*added, *revived),
            restarted=tuple(changed),
            stopped=tuple(removed),
            unchanged=tuple(name for name in names if name not in touched),
        )

    def _shut_supervisor_down(self) -> None:
        """Let the supervisor stop its services in order; what it does not manage in time is ended afterwards."""
        pid = self.pid()
        if pid is None:
            return
        with suppress(SupervisorGone):
            self._client().shutdown()
        deadline = time.monotonic() + _SUPERVISOR_STOP_SECONDS
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)

    def _start_supervisor(self) -> None:
        # What a killed supervisor left would hold the ports.
        if left := {found.pid for found in marked_processes(state_mark(self._layout))}:
            stop_processes(left)
        socket_path(self._layout.run).unlink(missing_ok=True)
        for service in self.declared():
            self._forget_starts(service.name)
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._layout.run / "supervisord.conf")]
        environment = {**inherited_environment(os.environ), STATE_MARK: state_mark(self._layout)}
        ended = subprocess.run(
            command, env=environment, cwd=self._layout.state, capture_output=True, text=True, check=False
        )
        if ended.returncode != 0:
            raise LocalRuntimeError(
                f"The supervisor did not start: {(ended.stderr or ended.stdout).strip()}",
                f"See {self._layout.run / 'supervisord.log'}.",
            )
        deadline = time.monotonic() + _SUPERVISOR_START_SECONDS
        while not self.is_running():
            if time.monotonic() > deadline:
                raise LocalRuntimeError(
                    f"The supervisor does not answer after {_SUPERVISOR_START_SECONDS:.0f} s.",
                    f"See {self._layout.run / 'supervisord.log'}.",
                )
            time.sleep(0.02)

    def _forget_starts(self, name: str) -> None:
        path = starts_file(self._layout, name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)

    def _names(self) -> tuple[str, ...]:
        return tuple(service.name for service in self.declared())

    def _client(self) -> SupervisorClient:
        return SupervisorClient(socket_path(self._layout.run))

    def pid(self) -> int | None:
        """The supervisor's process; None where none answers."""
        try:
            return self._client().pid()
        except SupervisorGone:
            return None

    def _processes(self) -> list[dict[str, object]]:
        try:
            return self._client().processes()
        except SupervisorGone:
            return []

    def _unwatched(self) -> dict[str, int]:
        """The first process of each service that a killed supervisor has left."""
        found = sorted(marked_processes(state_mark(self._layout)), key=lambda process: process.pid, reverse=True)
        return {process.service: process.pid for process in found}

    def _keeps_ending(self, name: str, state: str) -> bool:
        return state in _GIVEN_UP or (state == "BACKOFF" and len(starts_of(self._layout, name)) >= _TRIES)

    def _not_ready(self, service: Service, what: str) -> ServiceNotReady:
        tail = self.log_tail(service.name)
        shown = f" The end of its log:\n{tail}" if tail else ""
        return ServiceNotReady(
            f"{service.name} {what}.{shown}",
            f"Read all of it with `presswerk logs {service.name}`, fix the cause, and repeat `presswerk up`.",
        )


def is_healthy(service: Service, state: str, http: httpx.Client) -> bool:
    """Whether a service runs and, where it has a health address or socket, answers there."""
    if state not in {"RUNNING", "STARTING"}:
        return False
    if service.health_url is not None:
        headers = {"Host": service.health_host} if service.health_host else {}
        try:
            # No redirection either: WordPress leads to its installation while it does not find its tables.
            return http.get(service.health_url, headers=headers).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False
    if service.health_socket is not None:
        return _speaks(service.health_socket)
    return state == "RUNNING"


def _speaks(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_SOCKET_TIMEOUT_SECONDS)
        try:
            probe.connect(str(path))
            return bool(probe.recv(1))
        except OSError:
            return False
