"""What rendering tenants' objects costs, and whether it stays linear."""

import time

from presswerk.declaration import DatabaseKind, Platform, Tenant, TierName
from presswerk.runtimes.cluster.cluster import Cluster, Storage
from presswerk.runtimes.cluster.manifests import DesiredTenant, SiteSecrets, tenant_objects
from presswerk.runtimes.cluster.rendering.text import yaml_stream
from presswerk.runtimes.databases import DatabaseAccess, TcpServer

_FEW, _MANY = 100, 1_000
_SALTS = {f"SALT_{number}": "x" * 64 for number in range(8)}


def measure() -> dict[str, float]:
    """Render all objects of many tenants of all tiers to YAML, in one process.

    Returns:
        CPU seconds, which other work on the machine does not change, and the cost of a tenant among many against that
        of one among few.
    """
    few, many = _seconds(_FEW), _seconds(_MANY)
    return {
        f"{_MANY} tenants as YAML (CPU s)": many,
        "a tenant of 1000 against one of 100": (many / _MANY) / (few / _FEW),
    }


def _seconds(count: int) -> float:
    cluster = Cluster("press.example", storage=Storage("block", "shared"))
    tiers = tuple(TierName)
    tenants = tuple(
        Tenant(id=f"tenant-{number}", name=f"Tenant {number}", tier=tiers[number % len(tiers)])
        for number in range(count)
    )
    platform = Platform(tenants=tenants, domain="press.example")
    began = time.process_time()
    size = sum(len(_text(platform, cluster, tenant)) for tenant in tenants)
    seconds = time.process_time() - began
    assert size > count
    return seconds


def _text(platform: Platform, cluster: Cluster, tenant: Tenant) -> str:
    allotment = platform.allotment(tenant)
    access = DatabaseAccess(TcpServer("mariadb.lan"), "site_x", "site_x_a", "p" * 32)
    secrets = SiteSecrets(
        salts=_SALTS,
        application_password="a" * 24,
        issuer="https://id.press.example/",
        client_id=f"site-{tenant.id}",
        client_secret="c" * 32,
        database=None if allotment.database is DatabaseKind.SQLITE else access,
    )
    return yaml_stream(tenant_objects(DesiredTenant(cluster, tenant, allotment), secrets))
