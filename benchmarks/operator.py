"""What the operator needs at a thousand tenants: memory, requests to the cluster, and what a restart does.

The cluster is the tests' double on this machine, so the seconds say more about it than about the operator.
"""

import contextlib
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx

from presswerk.declaration import Platform, Tenant, TierName
from presswerk.kubernetes.kinds import LEASE
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster as Layout
from presswerk.runtimes.cluster.operator.process import HealthAddress, Operator
from presswerk.runtimes.cluster.resource import tenant_body
from tests.support.cluster import Cluster, running_cluster
from tests.support.outside import Others
from tests.support.process import free_port

_TENANTS = 1_000
_SETTLE_EVERY_SECONDS = 2.0
_AFTER_RESTART_SECONDS = 20.0
_PLATFORM = Platform(tenants=(Tenant(id="any", name="Any"),), domain="press.example")


def measure(tenants: int = _TENANTS) -> dict[str, float]:
    """Declare many tenants, have them all made, and start a second operator on what the first has left.

    Returns:
        Memory in MB (the highest resident set, as the kernel counts it), and requests.
    """
    with running_cluster() as cluster, tempfile.TemporaryDirectory() as scratch:
        kubeconfig = Path(scratch, "kubeconfig")
        kubeconfig.write_text(cluster.kubeconfig(), encoding="utf-8")
        cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names.PLATFORM_NAMESPACE}})
        tiers = tuple(TierName)
        for number in range(tenants):
            cluster.put(tenant_body(Tenant(id=f"t{number}", name=f"Tenant {number}", tier=tiers[number % len(tiers)])))
        with _operator(kubeconfig) as (process, url):
            began = time.perf_counter()
            while _ready(url) < tenants:
                time.sleep(_SETTLE_EVERY_SECONDS)
                cluster.settle()
            seconds = time.perf_counter() - began
            making = _peak_megabytes(process.pid)
        writes = _writes(cluster)
        cluster.calls.clear()
        with _operator(kubeconfig) as (process, url):
            while _ready(url) < tenants:
                time.sleep(_SETTLE_EVERY_SECONDS)
            time.sleep(_AFTER_RESTART_SECONDS)
            restarted = _peak_megabytes(process.pid)
        busiest = max(Counter(call.key.plural for call in cluster.calls).values(), default=0)
        return {
            f"{tenants} tenants made: peak memory (MB)": making,
            f"{tenants} tenants made: writes a tenant": writes / tenants,
            f"{tenants} tenants made (s)": seconds,
            f"after a restart with {tenants}: peak memory (MB)": restarted,
            f"after a restart with {tenants}: writes": float(_writes(cluster)),
            f"after a restart with {tenants}: requests in all": float(len(cluster.calls)),
            f"after a restart with {tenants}: most requests for one kind": float(busiest),
        }


def _writes(cluster: Cluster) -> int:
    return sum(call.key.plural != LEASE.plural for call in cluster.writes())


@contextlib.contextmanager
def _operator(kubeconfig: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.operator", str(port)]
    process = subprocess.Popen(command, env={"KUBECONFIG": str(kubeconfig), "PATH": "/usr/bin:/bin"})
    url = f"http://127.0.0.1:{port}"
    try:
        while not _answers(f"{url}/health/ready"):
            assert process.poll() is None, "the operator has ended"
            time.sleep(0.1)
        yield process, url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(url, trust_env=False).is_success
    return False


def _ready(url: str) -> int:
    metrics = httpx.get(f"{url}/metrics", trust_env=False, timeout=30).text
    found = re.search(r'^presswerk_tenants\{phase="Ready"\} (\S+)$', metrics, re.MULTILINE)
    return int(float(found[1])) if found else 0


def _peak_megabytes(pid: int) -> float:
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found, "the kernel does not tell"
    return int(found[1]) * 1024 / 1e6


def _serve(port: int) -> None:
    """The operator with everything it loads in production; only whom it asks outside of the cluster answers at once."""
    import presswerk.cli.operator  # noqa: F401, PLC0415 - what a real one has loaded
    from presswerk.web.logs import configure_logs  # noqa: PLC0415

    configure_logs("WARNING")
    from presswerk.kubernetes.connection import KubeContext, open_connection  # noqa: PLC0415

    client = open_connection(KubeContext())
    others = Others()
    address = HealthAddress(port=port)
    Operator(client, Layout.of(_PLATFORM), _PLATFORM, others.outside(), address, traffic=others.traffic()).run()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
