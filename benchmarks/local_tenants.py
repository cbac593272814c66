"""What tenants cost on one machine: how long one takes to be made, and the memory of twenty."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from presswerk.operations.bringup import bring_up
from presswerk.operations.reconcile import converge
from presswerk.operations.workspace import exclusive_workspace, operator_here
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.processes import marked_processes
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import state_mark

_TENANTS = 20
_PORTS = Ports(hub=23800, chat=23880, identity=23900, ai_stand_in=23890, first_site=23101)


def measure(scratch: Path) -> dict[str, float]:
    """Run the platform, make tenants one after the other, and look at what their processes hold.

    Memory is proportional set size: pages that processes share, such as PHP's own, count once among all of them.

    Returns:
        Seconds and MiB; "answering" is from the request to the first page of the new site.
    """
    installation = Installation(Layout(scratch / "tenants", _PORTS))
    try:
        bring_up(installation, {}, silent)
        made = [_seconds_until_it_answers(installation, f"tenant-{number}") for number in range(_TENANTS)]
        memory = sorted(_memory_mib(installation))
    finally:
        Supervision(installation.layout).shutdown()
    ordered = sorted(made)
    return {
        "tenant on SQLite answering, median (s)": ordered[len(ordered) // 2],
        "tenant on SQLite answering, slowest (s)": ordered[-1],
        "last against first": made[-1] / made[0],
        f"memory of a site, median of {_TENANTS} (MiB)": memory[len(memory) // 2],
        f"memory of a site, largest of {_TENANTS} (MiB)": memory[-1],
    }


def _seconds_until_it_answers(installation: Installation, tenant: str) -> float:
    began = time.perf_counter()
    with exclusive_workspace(installation.layout.state) as found:
        found.tenants.create(operator_here(), {"id": tenant, "name": tenant})
        answered: list[float] = []

        def progress(line: str) -> None:
            if line.startswith(f"site-{tenant} is ready"):
                answered.append(time.perf_counter() - began)

        converge(found, tenant, {}, progress)
        connection = found.registry.connection(tenant)
    host = connection.public_url.removeprefix("http://")
    httpx.get(connection.internal_url, headers={"Host": host}, trust_env=False).raise_for_status()
    return answered[0]


def _memory_mib(installation: Installation) -> Iterator[float]:
    found = marked_processes(state_mark(installation.layout))
    for service in {process.service for process in found if process.service.startswith("site-tenant-")}:
        yield sum(_proportional_kib(process.pid) for process in found if process.service == service) / 1024


def _proportional_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
