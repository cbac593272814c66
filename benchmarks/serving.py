"""What serving sites costs on one machine: processor time of a request, memory of idle sites, time until all answer."""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from presswerk.declaration import DEFAULT_TIERS, Tenant, TierName
from presswerk.runtimes.local import site_cron
from presswerk.runtimes.local.accounts import accounts_for
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.processes import MarkedProcess, marked_processes
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.site_cron import CronTarget
from presswerk.runtimes.local.site_servers import PHP, SiteServers
from presswerk.runtimes.local.supervision import Supervision
from presswerk.runtimes.local.supervisor_config import state_mark
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.sites.memory import PhpMemory

_SITES = 200
_PORTS = Ports(hub=24800, first_site=24101)
_REQUESTS = 60
_TICKS_A_SECOND = 100
_MINUTE_SECONDS = 75
"""In so many seconds every site's clock has gone once at least."""


@dataclass(frozen=True)
class _House:
    """Sites of one installation, and what keeps their processes running."""

    sites: Sequence[LocalSite]
    supervision: Supervision

    def serve(self, sites: Sequence[LocalSite]) -> float:
        began = time.perf_counter()
        servers = SiteServers(sites[0].layout, sites, sites[0].accounts)
        servers.apply(self.supervision)
        servers.wait_ready(sites)
        return time.perf_counter() - began

    def processes(self) -> tuple[MarkedProcess, ...]:
        every = marked_processes(state_mark(self.sites[0].layout))
        return tuple(found for found in every if found.service)

    def memory_mib(self) -> float:
        return sum(map(proportional_mib, self.processes()))


def measure(scratch: Path) -> dict[str, float]:
    """Serve 200 installed sites; root is needed for user ids of their own, without which there is no first ratio.

    Memory is proportional set size: pages that processes share count once among all of them.

    Returns:
        Ratios, MiB and seconds.
    """
    with _house(scratch / "sites") as house:
        found: dict[str, float] = {}
        first, second = house.sites[0], house.sites[1]
        house.serve([first])
        if first.accounts is not None:
            own = _processor_seconds(house, first)
            house.supervision.shutdown()
            confined = replace(first, layout=replace(first.layout), accounts=None)
            confined.write_files(confined.files())
            house.serve([confined])
            found["processor time of a request, own ids against open_basedir"] = own / _processor_seconds(
                house, confined
            )
            house.supervision.shutdown()
            first.write_files(first.files())
        house.serve([first])
        time.sleep(15)
        base = house.memory_mib()
        found["memory with one idle site (MiB)"] = base
        found["one more site, until it answers (s)"] = house.serve([first, second])
        house.supervision.shutdown()
        found[f"{_SITES} installed sites, until all answer (s)"] = house.serve(house.sites)
        time.sleep(15)
        idle = house.memory_mib()
        found[f"memory with {_SITES} idle sites (MiB)"] = idle
        found["memory of an idle site beyond the first (MiB)"] = (idle - base) / (_SITES - 1)
        found[f"memory with {_SITES} sites whose clocks go, largest (MiB)"] = _with_clocks(house)
    return found


@contextmanager
def _house(directory: Path) -> Iterator[_House]:
    directory.mkdir(parents=True)
    layout = Layout(directory / "state", _PORTS)
    memory = PhpMemory.of(DEFAULT_TIERS[TierName.FREE].limits)
    sites = [
        LocalSite(
            layout, Tenant(id=f"t{place}", name=f"Tenant {place}"), place, accounts=accounts_for(layout), memory=memory
        )
        for place in range(_SITES)
    ]
    sites[0].ensure(silent)
    for site in sites[1:]:
        # Its addresses are constants, so that a copy of a database is an installed site.
        site.write_files(site.files())
        target = site.directory / "database" / "site.sqlite"
        with sqlite3.connect(sites[0].directory / "database" / "site.sqlite") as made, sqlite3.connect(target) as copy:
            made.backup(copy)
        owner = target.parent.stat()
        shutil.chown(target, owner.st_uid, owner.st_gid)
    supervision = Supervision(layout)
    try:
        yield _House(sites, supervision)
    finally:
        supervision.shutdown()


def _processor_seconds(house: _House, site: LocalSite) -> float:
    """Of PHP, for requests of the connector's status route, after a warm-up."""
    with httpx.Client(headers={"Host": site.host}, timeout=60, trust_env=False) as http:
        for _ in range(10):
            http.get(site.health_url)
        before = _ticks(house)
        for _ in range(_REQUESTS):
            http.get(site.health_url).raise_for_status()
        return (_ticks(house) - before) / _TICKS_A_SECOND


def _ticks(house: _House) -> int:
    """Of PHP's living processes and of those that have ended; see proc(5)."""
    total = 0
    for process in house.processes():
        if process.service == PHP:
            fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total


def _with_clocks(house: _House) -> float:
    targets = [CronTarget(site.host, site.internal_url).argument() for site in house.sites]
    with subprocess.Popen([sys.executable, "-m", site_cron.__name__, *targets]) as clock:
        largest, until = 0.0, time.monotonic() + _MINUTE_SECONDS
        while time.monotonic() < until:
            largest = max(largest, house.memory_mib())
            time.sleep(0.5)
        clock.terminate()
    return largest


def proportional_mib(process: MarkedProcess) -> float:
    """What a process takes, with its part of the pages that it shares; nothing once it has ended."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
