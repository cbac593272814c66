"""The master of the web server: it holds the sockets, and hands them from one Caddy to the next.

It is run as `python web_master.py CONFIGURATION OWNER PROGRAM`; OWNER is `user:group`, or `-` for whoever starts it.

Caddy that reads its configuration again turns readers away: as it shuts its former servers down, a connection is closed
whose request was not read yet, and so is one that waits at a socket of its own. So a running Caddy is never told
anything. Another one is started; once it serves, the kernel gives it every new connection, and the former ends when it
has had time to read what was sent to it. Only the standard library is imported.
"""

import ctypes
import hashlib
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVING, REFUSED = "serving", "refused"
"""Beside the configuration: the digest of what is served, and of what could not be."""

_PLACES = 4
"""Sockets at each address; a Caddy has one of each for itself until it is gone."""
_LEAVING_SECONDS = 2.0
"""Whoever has connected by then has asked; over kept connections the former is heard for so long."""
_START_SECONDS = 60.0
_RETRY_SECONDS = 10.0
STAYING_SECONDS = 2.0
"""One that ends earlier is no accident; whoever started us tries again with growing pauses."""
_POLL_SECONDS = 0.05
_QUEUE = 4096
_ATTACH_REUSEPORT_CBPF = 51  # SO_ATTACH_REUSEPORT_CBPF, socket(7)
_RETURN_CONSTANT = 0x06  # BPF_RET | BPF_K, bpf_common.h
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGCHLD)


class Address:
    """Sockets at one address, of which the kernel gives all new connections to one.

    Args:
        address: Such as `127.0.0.1:8101`, or `:443` for every address of the machine.
        place: Whose turn it is.

    Raises:
        OSError: Somebody else listens there.
    """

    @staticmethod
    def check(address: str) -> None:
        """See that nobody listens at an address.

        Raises:
            OSError: Somebody does.
        """
        _bound(address, shared=False).close()

    def __init__(self, address: str, place: int) -> None:
        # Whoever shared it would shift the positions.
        self.check(address)
        # The kernel counts the sockets in the order in which they listen, and one is to be the first at once.
        self._order = [(place + step) % _PLACES for step in range(_PLACES)]
        self._sockets: list[socket.socket] = []
        with ExitStack() as opened:
            for position in range(_PLACES):
                listener = opened.enter_context(_bound(address, shared=True))
                if position == 0:
                    _steer(listener, position)
                listener.listen(_QUEUE)
                self._sockets.append(listener)
            opened.pop_all()

    def descriptor(self, place: int) -> int:
        """Of the socket at a place."""
        return self._sockets[self._order.index(place)].fileno()

    def steer(self, place: int) -> None:
        """Give every new connection to a place."""
        _steer(self._sockets[0], self._order.index(place))

    def close(self) -> None:
        """Let nobody in any more, whoever else has the sockets."""
        for listener in self._sockets:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


@dataclass
class Generation:
    """A running Caddy.

    Attributes:
        pid: Its process.
        place: Which sockets it has.
        began: When it came to serve, on the monotonic clock.
        notified: Where it says that it serves, and that it stops.
        leaving: When another took over; None while it is the last.
        told: When it was told to end; None before.
    """

    pid: int
    place: int
    began: float
    notified: socket.socket
    leaving: float | None = None
    told: float | None = None


class Master:
    """Keeps one Caddy serving what the configuration says.

    Args:
        configuration: Caddy's, as JSON, with addresses; its directory is the web server's own.
        program: Caddy.
    """

    def __init__(self, configuration: Path, program: str) -> None:
        self._configuration = configuration
        self._program = program
        self._addresses: dict[str, Address] = {}
        self._generations: list[Generation] = []
        self._place = 0
        self._missing: set[str] = set()

    def open(self) -> None:
        """Listen at every address that is configured; what somebody else has is told, and tried again later."""
        self._open(_addresses(json.loads(self._configuration.read_text(encoding="utf-8"))))

    def run(self) -> int:
        """Serve until a signal says that it is enough; another (USR1) has the configuration read.

        Returns:
            The exit code.
        """
        if not self._hand_over():
            return 1
        wanted = False
        while True:
            pause = _POLL_SECONDS if wanted or len(self._generations) > 1 else _RETRY_SECONDS
            received = signal.sigtimedwait(_SIGNALS, pause)
            number = None if received is None else received.si_signo
            if number in {signal.SIGTERM, signal.SIGINT}:
                return self._end()
            died = self._bury()
            if died is not None and time.monotonic() - died.began < STAYING_SECONDS:
                return self._end(1)
            self._send_off()
            wanted = wanted or died is not None or number == signal.SIGUSR1 or self._is_free_again()
            if wanted and self._next_place() is not None:
                wanted = False
                if not self._hand_over() and died is not None:
                    return self._end(1)

    def _is_free_again(self) -> bool:
        for address in self._missing:
            with suppress(OSError):
                Address.check(address)
                return True
        return False

    def _hand_over(self) -> bool:
        """Start a Caddy for the configuration as it is now, and end the former; tells whether it serves."""
        content = self._configuration.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        place = self._next_place()
        assert place is not None  # noqa: S101  whoever calls has seen to it
        wanted = _addresses(json.loads(content))
        former, self._place = self._place, place
        opened = self._open(wanted)
        started = self._start(json.loads(content))
        if started is None:
            _say("the web server does not take its configuration; the former one serves on")
            self._place = former
            self._close(opened)
            self._note(REFUSED, digest)
            return False
        for address in self._addresses.values():
            address.steer(place)
        for generation in self._generations:
            generation.leaving = generation.leaving or time.monotonic()
        self._generations.append(started)
        self._close(self._addresses.keys() - wanted)
        self._note(SERVING, digest)
        return True

    def _next_place(self) -> int | None:
        """A place whose sockets no Caddy has, the last one's where it has died; None so long as each has one."""
        now = time.monotonic()
        taken = {
            generation.place
            for generation in self._generations
            if generation.told is None or now - generation.told < _LEAVING_SECONDS
        }
        places = ((self._place + step) % _PLACES for step in range(_PLACES))
        return next((place for place in places if place not in taken), None)

    def _open(self, wanted: set[str]) -> set[str]:
        opened, self._missing = set(), set()
        for address in sorted(wanted - self._addresses.keys()):
            try:
                self._addresses[address] = Address(address, self._place)
            except OSError as error:
                _say(f"{address}: {error.strerror}; it is tried again")
                self._missing.add(address)
            else:
                opened.add(address)
        return opened

    def _close(self, addresses: set[str]) -> None:
        for address in addresses:
            self._addresses.pop(address).close()

    def _start(self, told: dict[str, Any]) -> Generation | None:
        """Start a Caddy with the sockets of this place; None where it did not come to serve."""
        descriptors = {address: found.descriptor(self._place) for address, found in self._addresses.items()}
        for name, server in list(_servers(told).items()):
            server["listen"] = [f"fd/{descriptors[each]}" for each in server["listen"] if each in descriptors]
            if not server["listen"]:
                del _servers(told)[name]
        file = self._configuration.with_name(f"running-{self._place}.json")
        _write(file, json.dumps(told))
        for descriptor in descriptors.values():
            os.set_inheritable(descriptor, True)
        # It says there of itself that it serves (sd_notify(3)).
        notified, name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), f"presswerk-{os.urandom(16).hex()}"
        notified.bind(f"\0{name}")
        environment = {**os.environ, "NOTIFY_SOCKET": f"@{name}"}
        pid = os.posix_spawn(self._program, [self._program, "run", "--config", str(file)], environment, setsigmask=())
        for descriptor in descriptors.values():
            os.set_inheritable(descriptor, False)
        serves = _comes_to_serve(pid, notified)
        # It has been read, and names tenants who may go.
        file.unlink(missing_ok=True)
        if serves:
            return Generation(pid, self._place, time.monotonic(), notified)
        notified.close()
        return None

    def _send_off(self) -> None:
        now = time.monotonic()
        for generation in self._generations:
            late = generation.leaving is not None and now - generation.leaving > _LEAVING_SECONDS
            if late and generation.told is None:
                generation.told = now
                os.kill(generation.pid, signal.SIGTERM)

    def _bury(self) -> Generation | None:
        """Forget who has ended; returns the one that served, if it has."""
        died: Generation | None = None
        for generation in list(self._generations):
            if os.waitpid(generation.pid, os.WNOHANG)[0]:
                died = generation if generation.leaving is None else died
                generation.notified.close()
                self._generations.remove(generation)
        if died is not None:
            _say("the web server has ended; it is started anew")
        return died

    def _end(self, code: int = 0) -> int:
        for generation in self._generations:
            os.kill(generation.pid, signal.SIGTERM)
        for generation in self._generations:
            os.waitpid(generation.pid, 0)
        return code

    def _note(self, name: str, digest: str) -> None:
        _write(self._configuration.with_name(name), digest)


def main(arguments: list[str]) -> None:
    """Listen, give up what is not needed any more, and serve until a signal ends it."""
    configuration, owner, program = arguments
    _soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    os.umask(0o077)
    master = Master(Path(configuration), program)
    master.open()
    if owner != "-":
        user, _, group = owner.partition(":")
        os.setgroups([])
        os.setresgid(int(group), int(group), int(group))
        os.setresuid(int(user), int(user), int(user))
    sys.exit(master.run())


def _comes_to_serve(pid: int, notified: socket.socket) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if select.select([notified], [], [], _POLL_SECONDS)[0]:
            said = notified.recv(4096)
            if said.startswith(b"READY=1"):
                return True
            # It says that it is ready after an error, too, which it tells first.
            if said.startswith(b"STATUS="):
                break
        elif os.waitpid(pid, os.WNOHANG)[0]:
            return False
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


def _bound(address: str, *, shared: bool) -> socket.socket:
    host, _, port = address.rpartition(":")
    every = not host and socket.has_dualstack_ipv6()
    listener = socket.socket(socket.AF_INET6 if every else socket.AF_INET)
    try:
        if every:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        listener.bind((host, int(port)))
    except OSError:
        listener.close()
        raise
    return listener


def _steer(listener: socket.socket, position: int) -> None:
    """Let the kernel give new connections to the socket at this position of those that share an address."""
    program = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN_CONSTANT, 0, 0, position))
    described = struct.pack("HP", 1, ctypes.addressof(program))  # struct sock_fprog, filter.h
    listener.setsockopt(socket.SOL_SOCKET, _ATTACH_REUSEPORT_CBPF, described)


def _servers(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    servers: dict[str, dict[str, Any]] = told["apps"]["http"]["servers"]
    return servers


def _addresses(told: dict[str, Any]) -> set[str]:
    return {address for server in _servers(told).values() for address in server["listen"]}


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _say(line: str) -> None:
    print(f"presswerk: {line}", file=sys.stderr, flush=True)


def command(configuration: Path, owner: str, program: Path) -> tuple[str, ...]:
    """How it is started, with the arguments of `main`; without what a Python environment brings, it needs less."""
    return (sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(configuration), owner, str(program))


if __name__ == "__main__":
    main(sys.argv[1:])
