"""What tenants cost on one machine: how long each of twenty takes to be made."""

import time
from pathlib import Path

import httpx

from presswerk.operations.bringup import bring_up
from presswerk.operations.reconcile import converge
from presswerk.operations.workspace import exclusive_workspace, operator_here
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.supervision import Supervision

_TENANTS = 20
_PORTS = Ports(hub=23800, chat=23880, identity=23900, ai_stand_in=23890, first_site=23101)


def measure(scratch: Path) -> dict[str, float]:
    """Run the platform and make tenants one after the other.

    Returns:
        Seconds; "answering" is from the request to the first page of the new site.
    """
    installation = Installation(Layout(scratch / "tenants", _PORTS))
    try:
        bring_up(installation, {}, silent)
        made = [_seconds_until_it_answers(installation, f"tenant-{number}") for number in range(_TENANTS)]
    finally:
        Supervision(installation.layout).shutdown()
    ordered = sorted(made)
    return {
        "tenant on SQLite answering, median (s)": ordered[len(ordered) // 2],
        "tenant on SQLite answering, slowest (s)": ordered[-1],
        "last against first": made[-1] / made[0],
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
