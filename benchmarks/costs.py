"""What one person's request costs everybody else: hostile bodies and good ones, and how long another tenant waits.

`python -m benchmarks.costs` prints the table of docs/performance.md.
"""

import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.bodies import HOSTILE, MIB, article, cpu_seconds, good_body
from tests.support.hub import HubClient
from tests.support.issuer import running_issuer
from tests.support.press import Press, running_press
from tests.support.process import NO_AUTHORITIES

_PAUSE_SECONDS = 0.01
_AT_ONCE = 8
_SLOW_SENDERS = 8
_SLOW_BYTES = 36 * MIB
_SLOW_PART = 16 * 1024
_JSON = {"Content-Type": "application/json"}
_INVALID = 422
_KINDS = (
    "two million wrong tags",
    "two million empty tags",
    "unknown fields",
    "unknown fields below the bound of values",
    "one long name",
    "attachments without anything",
    "a markdown of 4 MiB",
    "a markdown of escapes",
    "nested lists",
    "a huge number",
    "quotes only",
    "white space",
    "random bytes",
)


@dataclass(frozen=True)
class Cost:
    """What requests of one kind cost; `seconds` until the last was answered, CPU and memory of the hub."""

    kind: str
    request_mib: float
    status: str
    answer_kib: float
    seconds: float
    cpu_seconds: float
    memory_mib: float
    worst_wait_ms: float


def measure(scratch: Path) -> dict[str, float]:
    """How long another tenant waits at worst, in milliseconds, and how large the largest answer is."""
    costs = list(_costs(scratch / "costs"))
    return {
        **{f"worst wait of another tenant, ms: {cost.kind}": cost.worst_wait_ms for cost in costs},
        "largest answer, KiB": max(cost.answer_kib for cost in costs),
        "most memory, MiB": max(cost.memory_mib for cost in costs),
    }


def _costs(directory: Path) -> Iterator[Cost]:
    directory.mkdir()
    with running_issuer() as issuer, running_press(directory, f"sqlite:///{directory}/hub.db", issuer) as press:
        press.anna.publish("acme", "Warm.")
        yield _cost(press, "nothing (for comparison)", b"", 0)
        for kind in _KINDS:
            yield _cost(press, kind, HOSTILE[kind](), 1)
        yield _cost(press, f"{_AT_ONCE} at once: two million wrong tags", HOSTILE["two million wrong tags"](), _AT_ONCE)
        yield _cost(press, "a good article of 1 MiB", article(markdown="Some words of it.\n\n" * (MIB // 20)), 1)
        good = good_body()
        yield _cost(press, "a good article with 25 MiB", good, 1)
        yield _cost(press, f"{_AT_ONCE} at once: a good article with 25 MiB", good, _AT_ONCE)
        yield _cost_of_slow_senders(press)


def _cost(press: Press, kind: str, body: bytes, times: int) -> Cost:
    def send() -> list[httpx.Response]:
        if not times:
            time.sleep(2)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda _number: _send(press, body), range(times)))

    return _measured(press, kind, body, send)


def _cost_of_slow_senders(press: Press) -> Cost:
    """More bodies of the largest size than memory has room for, as slow as is allowed."""
    people = [press.client(f"slow-{number}", "tenant-acme-author") for number in range(_SLOW_SENDERS)]

    def send() -> list[httpx.Response]:
        with ThreadPoolExecutor(len(people)) as pool:
            return list(pool.map(_trickle, people))

    # The other tenant sends what needs room, too.
    return _measured(press, f"{_SLOW_SENDERS} slow senders", b" " * _SLOW_BYTES, send, article(title="x" * 400 * 1024))


def _trickle(client: HubClient) -> httpx.Response:
    def parts() -> Iterator[bytes]:
        yield b" " * (_SLOW_BYTES - 10 * _SLOW_PART)
        for _ in range(10):
            time.sleep(0.5)
            yield b" " * _SLOW_PART

    return client.request("POST", "/publications", content=parts(), headers=_JSON)


def _measured(
    press: Press, kind: str, body: bytes, send: Callable[[], list[httpx.Response]], others: bytes | None = None
) -> Cost:
    pid = press.hub.pid
    # The most memory it has had is counted from here on.
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    memory, processor, began = _most_memory_mib(pid), cpu_seconds(pid), time.perf_counter()
    with _another_tenant(press, others) as waits:
        answers = send()
        seconds = time.perf_counter() - began
    return Cost(
        kind=kind,
        request_mib=len(body) / MIB,
        status=", ".join(sorted({str(answer.status_code) for answer in answers})),
        answer_kib=max((len(answer.content) for answer in answers), default=0) / 1024,
        seconds=seconds if answers else 0,
        cpu_seconds=cpu_seconds(pid) - processor,
        memory_mib=_most_memory_mib(pid) - memory,
        worst_wait_ms=max(waits) * 1000,
    )


def _send(press: Press, body: bytes) -> httpx.Response:
    return press.anna.request("POST", "/publications", content=body, headers=_JSON)


@contextlib.contextmanager
def _another_tenant(press: Press, body: bytes | None) -> Iterator[list[float]]:
    """Let somebody of another tenant ask all the time, or send a body; how long each answer took, in seconds."""
    waits: list[float] = []
    ended = threading.Event()
    headers = {"Authorization": f"Bearer {press.bert.token}"}

    def ask() -> None:
        with httpx.Client(base_url=press.hub.url, headers=headers, timeout=120, verify=NO_AUTHORITIES) as client:
            while not ended.is_set():
                began = time.perf_counter()
                if body is None:
                    client.get("/api/v1/publications?limit=20").raise_for_status()
                else:
                    assert client.post("/api/v1/publications", content=body, headers=_JSON).status_code == _INVALID
                waits.append(time.perf_counter() - began)
                time.sleep(_PAUSE_SECONDS)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield waits
    finally:
        ended.set()
        thread.join()


def _most_memory_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    """Print the table."""
    # The clients of both tenants are threads of this process: let neither keep the other waiting.
    sys.setswitchinterval(0.001)
    print("| body | request MiB | status | answer KiB | s | CPU s | memory MiB | worst wait of another tenant, ms |")
    print("|---|---:|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as scratch:
        for cost in _costs(Path(scratch) / "costs"):
            print(
                f"| {cost.kind} | {cost.request_mib:.1f} | {cost.status} | {cost.answer_kib:.1f} | {cost.seconds:.2f} "
                f"| {cost.cpu_seconds:.2f} | {cost.memory_mib:.0f} | {cost.worst_wait_ms:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
