"""What a planned infrastructure costs for 30 days: what is paid by size, and what is paid by use."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from presswerk.infrastructure.prices import HOURS_PER_MONTH, PriceTable, ServicePrices

_MIB_PER_GIB = 1024
Resource = Mapping[str, Any]
"""Of `planned_values` in Terraform's plan: `type`, `address` and `values`."""


@dataclass(frozen=True)
class CostLine:
    """What one resource costs.

    Attributes:
        address: Terraform's.
        what: Its size, for a reader.
        month: For 30 days.
    """

    address: str
    what: str
    month: Decimal


@dataclass(frozen=True)
class Estimate:
    """What everything costs.

    Attributes:
        lines: What is paid by its size.
        by_use: What is paid by its use, each with its price; no plan knows how much it will be.
        note: Of when the prices are, and what they are worth.
    """

    lines: tuple[CostLine, ...]
    by_use: tuple[str, ...]
    note: str

    @property
    def month(self) -> Decimal:
        """What is known beforehand, for 30 days."""
        return sum((line.month for line in self.lines), Decimal())

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "month": f"{self.month:.2f}",
            "lines": [
                {"address": line.address, "what": line.what, "month": f"{line.month:.2f}"} for line in self.lines
            ],
            "by_use": list(self.by_use),
            "prices": self.note,
        }


def estimate(resources: Iterable[Resource], prices: PriceTable) -> Estimate:
    """What these resources cost.

    Args:
        resources: As planned.
        prices: By which table.
    """
    planned = tuple(resources)
    return Estimate(tuple(_lines(planned, prices)), tuple(_by_use(planned, prices.services)), prices.note)


def _lines(resources: tuple[Resource, ...], prices: PriceTable) -> Iterator[CostLine]:
    for each in resources:
        if each["type"] == "ionoscloud_k8s_node_pool":
            yield _pool(each, prices)
        elif prices.services is not None and each["type"] in _SERVICES:
            yield _SERVICES[each["type"]](each, prices.services)


def _by_use(resources: tuple[Resource, ...], prices: ServicePrices | None) -> Iterator[str]:
    if prices is None:
        yield "databases, buckets, registry, traffic: the price table has none of them"
        return
    kinds = {each["type"] for each in resources}
    if "ionoscloud_s3_bucket" in kinds:
        yield f"buckets: {prices.object_gib_month} for a GiB kept 30 days, former versions too"
    if "ionoscloud_container_registry" in kinds:
        yield f"container registry: {prices.registry_gib_month} for a GiB kept 30 days"
    if "ionoscloud_k8s_cluster" in kinds:
        yield "volumes of sites: made by the cluster, see presswerk capacity"
        yield f"traffic: {prices.egress_gib} for a GiB that leaves"


def _pool(pool: Resource, prices: PriceTable) -> CostLine:
    values = pool["values"]
    nodes, cores, storage = values["node_count"], values["cores_count"], values["storage_size"]
    ram_gib = values["ram_size"] // _MIB_PER_GIB
    kind = values["storage_type"]
    month = prices.pool_month(nodes=nodes, cores=cores, ram_gib=ram_gib, storage_gib=storage, storage_type=kind)
    return CostLine(pool["address"], f"{nodes} x {cores} cores, {ram_gib} GiB, {storage} GiB {kind}", month)


def _postgres(cluster: Resource, prices: ServicePrices) -> CostLine:
    size = cluster["values"]["instances"]
    rates = prices.postgres_core_hour, prices.postgres_ram_gib_hour, prices.database_gib_month
    return _database(cluster, (size["count"], size["cores"], size["ram"], size["storage_size"]), rates)


def _mariadb(cluster: Resource, prices: ServicePrices) -> CostLine:
    size = cluster["values"]
    rates = prices.mariadb_core_hour, prices.mariadb_ram_gib_hour, prices.database_gib_month
    return _database(cluster, (size["instances"], size["cores"], size["ram"], size["storage_size"]), rates)


def _redis(cluster: Resource, prices: ServicePrices) -> CostLine:
    size = cluster["values"]["instances"]
    rates = prices.redis_core_hour, prices.redis_ram_gib_hour, Decimal()
    return _database(cluster, (size["count"], size["cores"], size["ram"], 0), rates)


def _database(resource: Resource, size: tuple[int, int, int, int], rates: tuple[Decimal, Decimal, Decimal]) -> CostLine:
    (instances, cores, ram_gib, storage_gib), (core, ram, storage) = size, rates
    month = instances * ((cores * core + ram_gib * ram) * HOURS_PER_MONTH + storage_gib * storage)
    disk = f", {storage_gib} GiB" if storage_gib else ""
    return CostLine(resource["address"], f"{instances} x {cores} cores, {ram_gib} GiB{disk}", month)


def _addresses(block: Resource, prices: ServicePrices) -> CostLine:
    size = block["values"]["size"]
    return CostLine(
        block["address"], f"{size} reserved address{'es' if size > 1 else ''}", size * prices.public_address_month
    )


_SERVICES: Mapping[str, Callable[[Resource, ServicePrices], CostLine]] = {
    "ionoscloud_ipblock": _addresses,
    "ionoscloud_pg_cluster_v2": _postgres,
    "ionoscloud_mariadb_cluster": _mariadb,
    "ionoscloud_inmemorydb_cluster_v2": _redis,
}
