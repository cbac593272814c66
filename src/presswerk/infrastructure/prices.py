"""What infrastructure costs a month, from a table that says of when it is and where it is from."""

import datetime as dt
from decimal import Decimal
from importlib import resources
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from presswerk.declaration import DeclarationError
from presswerk.infrastructure.capacity.model import PoolSize

HOURS_PER_MONTH = 720
"""30 days, as IONOS bills."""

_Price = Annotated[Decimal, Field(ge=0, le=1_000)]


class ServicePrices(BaseModel):
    """Prices of what IONOS runs beside the nodes, without taxes.

    Attributes:
        postgres_core_hour: A core of an instance of a PostgreSQL cluster.
        postgres_ram_gib_hour: A GiB of its RAM.
        mariadb_core_hour: A core of an instance of a MariaDB cluster.
        mariadb_ram_gib_hour: A GiB of its RAM.
        redis_core_hour: A core of a replica of an in-memory database.
        redis_ram_gib_hour: A GiB of its RAM.
        database_gib_month: A GiB of a database instance's storage.
        object_gib_month: A GiB kept in buckets.
        registry_gib_month: A GiB kept in the container registry.
        public_address_month: A reserved address, as the entry's load balancer takes one.
        egress_gib: A GiB that leaves IONOS's network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    postgres_core_hour: _Price
    postgres_ram_gib_hour: _Price
    mariadb_core_hour: _Price
    mariadb_ram_gib_hour: _Price
    redis_core_hour: _Price
    redis_ram_gib_hour: _Price
    database_gib_month: _Price
    object_gib_month: _Price
    registry_gib_month: _Price
    public_address_month: _Price
    egress_gib: _Price


class PriceTable(BaseModel):
    """Prices without taxes.

    Attributes:
        as_of: The day of the table.
        source: Where the numbers are from.
        checked: Whether somebody has compared them with the price list of that day.
        currency: ISO 4217.
        core_hour: A dedicated core.
        ram_gib_hour: A GiB of RAM.
        ssd_gib_month: A GiB of SSD for 30 days.
        hdd_gib_month: A GiB of HDD for 30 days.
        services: Databases, buckets, registry; None where a table of one's own has no prices for them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: dt.date
    source: str
    checked: bool = False
    currency: str = "EUR"
    core_hour: _Price
    ram_gib_hour: _Price
    ssd_gib_month: _Price
    hdd_gib_month: _Price
    services: ServicePrices | None = None

    def pool_month(self, pool: PoolSize) -> Decimal:
        """A pool's cost for 30 days; the control plane of managed Kubernetes is taken to be free."""
        hourly = pool.cores * self.core_hour + pool.ram_gib * self.ram_gib_hour
        return pool.nodes * (hourly * HOURS_PER_MONTH + self.disk_month(pool.storage_gib, pool.storage_type))

    def disk_month(self, gib: int, storage_type: str) -> Decimal:
        """A disk's cost for 30 days."""
        return gib * (self.hdd_gib_month if storage_type == "HDD" else self.ssd_gib_month)

    @property
    def note(self) -> str:
        """What a reader has to know before relying on a sum."""
        told = "checked against the price list" if self.checked else "NOT checked against the price list"
        return f"{self.source}, {self.as_of}, without tax, {told}"


_FILE = resources.files(__package__).joinpath("prices.yaml")
ASSUMED = PriceTable.model_validate(yaml.safe_load(_FILE.read_text("utf-8")))
"""What is reckoned with unless somebody gives a table of their own."""


def read_prices(declared: object, *, source: str) -> PriceTable:
    """Read a table of one's own.

    Args:
        declared: What the file says.
        source: The file's name, for messages.

    Raises:
        DeclarationError: A price is missing, unknown or wrong.
    """
    try:
        return PriceTable.model_validate(declared)
    except ValidationError as error:
        raise DeclarationError(
            tuple(
                f"{source}: {'.'.join(map(str, item['loc'])) or 'prices'}: {item['msg']}"
                for item in error.errors(include_url=False, include_input=False)
            )
        ) from None
