"""What a planned infrastructure costs for 30 days: what is paid by size, and what is paid by use."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from presswerk.infrastructure.capacity.model import PoolSize
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
    ram_gib = values["ram_size"] // _MIB_PER_GIB
    size = PoolSize(
        values["node_count"], values["cores_count"], ram_gib, values["storage_size"], values["storage_type"]
    )
    told = f"{size.nodes} x {size.cores} cores, {ram_gib} GiB, {size.storage_gib} GiB {size.storage_type}"
    return CostLine(pool["address"], told, prices.pool_month(size))


def _database(resource: Resource, prices: ServicePrices, core: Decimal, ram: Decimal) -> CostLine:
    """A cluster of a database's: its size is among its values, or under `instances`; Redis has no disk."""
    values = resource["values"]
    size = values["instances"] if isinstance(values["instances"], Mapping) else {**values, "count": values["instances"]}
    instances, cores, ram_gib, storage_gib = size["count"], size["cores"], size["ram"], size.get("storage_size", 0)
    month = instances * ((cores * core + ram_gib * ram) * HOURS_PER_MONTH + storage_gib * prices.database_gib_month)
    disk = f", {storage_gib} GiB" if storage_gib else ""
    return CostLine(resource["address"], f"{instances} x {cores} cores, {ram_gib} GiB{disk}", month)


def _addresses(block: Resource, prices: ServicePrices) -> CostLine:
    size = block["values"]["size"]
    return CostLine(
        block["address"], f"{size} reserved address{'es' if size > 1 else ''}", size * prices.public_address_month
    )


_SERVICES: Mapping[str, Callable[[Resource, ServicePrices], CostLine]] = {
    "ionoscloud_ipblock": _addresses,
    "ionoscloud_pg_cluster_v2": lambda each, prices: _database(
        each, prices, prices.postgres_core_hour, prices.postgres_ram_gib_hour
    ),
    "ionoscloud_mariadb_cluster": lambda each, prices: _database(
        each, prices, prices.mariadb_core_hour, prices.mariadb_ram_gib_hour
    ),
    "ionoscloud_inmemorydb_cluster_v2": lambda each, prices: _database(
        each, prices, prices.redis_core_hour, prices.redis_ram_gib_hour
    ),
}
