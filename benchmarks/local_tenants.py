"""What tenants cost on one machine: bringing 200 of them up again, and making another beside them."""

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.serving import proportional_mib
from presswerk.operations.bringup import bring_up
from presswerk.operations.reconcile import converge
from presswerk.operations.workspace import exclusive_workspace, operator_here
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.processes import marked_processes
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.site_servers import PHP, WEB
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import state_mark

_TENANTS = 200
_MORE = 5
_PORTS = Ports(hub=23800, chat=23880, identity=23900, ai_stand_in=23890, first_site=23101)
_EVERY_CLOCK_SECONDS = 75.0
"""In so many seconds the clock of each site has gone once at least."""


def measure(scratch: Path, tenants: int = _TENANTS) -> dict[str, float]:
    """Declare tenants on SQLite, bring them up, end everything, bring them up again, and make more one by one.

    Returns:
        Seconds and MiB. Processor time is that of the command and of what it started and waited for; "answering" is
        from the request to the first page of the new site. Memory is proportional set size.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    declaration = scratch / "platform.yaml"
    lines = (f"  - {{id: t{number}, name: Tenant {number}, tier: free}}\n" for number in range(tenants))
    declaration.write_text(f"tenants:\n{''.join(lines)}")
    installation = Installation(Layout(scratch / "tenants", _PORTS), declaration)
    found: dict[str, float] = {}
    try:
        found |= _brought_up(installation, f"{tenants} tenants, first time")
        Supervision(installation.layout).shutdown()
        with _memory_of_sites(installation.layout) as largest:
            found |= _brought_up(installation, f"{tenants} installed tenants, up again")
            time.sleep(_EVERY_CLOCK_SECONDS)
        found["PHP and web server meanwhile, with all clocks, largest (MiB)"] = max(largest)
        found |= _brought_up(installation, f"{tenants} running tenants, up again")
        made = [_seconds_until_it_answers(installation, f"tenant-{number}") for number in range(_MORE)]
    finally:
        Supervision(installation.layout).shutdown()
    ordered = sorted(made)
    return {
        **found,
        f"another tenant beside {tenants} answering, median (s)": ordered[len(ordered) // 2],
        f"another tenant beside {tenants} answering, slowest (s)": ordered[-1],
    }


def _brought_up(installation: Installation, what: str) -> dict[str, float]:
    began, used = time.perf_counter(), _processor_seconds()
    bring_up(installation, {}, silent)
    return {
        f"{what} (s)": time.perf_counter() - began,
        f"{what}, processor time (s)": _processor_seconds() - used,
    }


def _processor_seconds() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


@contextmanager
def _memory_of_sites(layout: Layout) -> Iterator[list[float]]:
    """What the processes that serve sites take, looked at twice a second until the block ends."""
    seen, ended = [0.0], threading.Event()

    def look() -> None:
        while not ended.wait(0.5):
            serving = (each for each in marked_processes(state_mark(layout)) if each.service in {PHP, WEB})
            seen.append(sum(map(proportional_mib, serving)))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


def _seconds_until_it_answers(installation: Installation, tenant: str) -> float:
    began = time.perf_counter()
    with exclusive_workspace(installation.layout.state) as found:
        found.tenants.create(operator_here(), {"id": tenant, "name": tenant, "tier": "free"})
        answered: list[float] = []

        def progress(line: str) -> None:
            if line.startswith(f"site-{tenant} is ready"):
                answered.append(time.perf_counter() - began)

        converge(found, tenant, {}, progress)
        connection = found.registry.connection(tenant)
    host = connection.public_url.removeprefix("http://")
    httpx.get(connection.internal_url, headers={"Host": host}, trust_env=False).raise_for_status()
    return answered[0]
