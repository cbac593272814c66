"""The table of docs/capacity.md: `python scripts/capacity_table.py` prints it."""

from collections.abc import Iterator, Sequence

from presswerk.declaration import Platform, Tenant, TierName
from presswerk.infrastructure.capacity.assessment import Demand, assess, demand_of
from presswerk.infrastructure.capacity.buying import Recommendation, cheapest_pool
from presswerk.infrastructure.capacity.model import MIB_PER_GIB, Amount
from presswerk.infrastructure.prices import ASSUMED

NUMBERS = (10, 50, 100, 200)
_OF_TEN = (TierName.FREE,) * 6 + (TierName.PRO,) * 3 + (TierName.ENTERPRISE,)
_HEADINGS = (
    "tenants",
    "pods",
    "CPU requested",
    "memory requested",
    "volumes",
    "pool to buy",
    "EUR in 30 days",
    "EUR a tenant",
    "then runs out first",
)


def of_ten(number: int) -> Platform:
    """A platform of so many tenants: of ten, six are on free, three on pro, one on enterprise."""
    return Platform(
        tenants=tuple(
            Tenant(id=f"tenant-{each}", name=f"Tenant {each}", tier=_OF_TEN[each % len(_OF_TEN)])
            for each in range(number)
        )
    )


def table(numbers: Sequence[int] = NUMBERS) -> str:
    """The table in Markdown, a line for each number of tenants."""
    rows = [_HEADINGS, tuple("---" for _ in _HEADINGS), *_rows(numbers)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _rows(numbers: Sequence[int]) -> Iterator[tuple[str, ...]]:
    for number in numbers:
        demand = demand_of(of_ten(number))
        best = cheapest_pool(demand, ASSUMED)
        if best is None:
            yield (str(number), *("-" for _ in _HEADINGS[1:-1]), "no pool of the catalogue is enough")
        else:
            yield _row(number, demand, best)


def _row(number: int, demand: Demand, best: Recommendation) -> tuple[str, ...]:
    found = assess(demand, best.pool)
    asked = sum((node.requested for node in found.nodes), Amount())
    month = best.month + ASSUMED.disk_month(demand.volume_gib, best.pool.storage_type)
    return (
        str(number),
        str(asked.pods),
        f"{asked.cpu_m / 1_000:.1f}",
        f"{asked.memory_mib / MIB_PER_GIB:.1f} GiB",
        f"{asked.volumes} ({demand.volume_gib} GiB)",
        str(best.pool),
        f"{month:.0f}",
        f"{month / number:.2f}",
        f"{found.next_out.stopped_by}, after {found.next_out.more} more",
    )


if __name__ == "__main__":
    print(table())
