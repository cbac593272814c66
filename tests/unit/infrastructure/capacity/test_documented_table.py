"""The page in docs says what the model says today."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from presswerk.declaration import TierName
from presswerk.infrastructure.capacity.model import PoolSize
from presswerk.infrastructure.prices import ASSUMED
from tests.unit.infrastructure.capacity import test_incident as incident

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "capacity.md"
COMMAND = "python scripts/capacity_table.py"


@pytest.fixture(scope="module")
def printed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("capacity_table", ROOT / "scripts" / "capacity_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_its_command_prints(printed: ModuleType) -> None:
    _, _, rest = PAGE.read_text().partition(f"<!-- table: {COMMAND} -->\n")
    shown, _, _ = rest.partition("\n<!-- end of table -->")

    assert shown == printed.table(), f"docs/capacity.md is old: put what `{COMMAND}` prints between its comments"


def test_it_is_about_10_50_100_and_200_tenants(printed: ModuleType) -> None:
    assert printed.NUMBERS == (10, 50, 100, 200)
    tiers = [tenant.tier for tenant in printed.of_ten(50).tenants]
    assert [tiers.count(tier) for tier in (TierName.FREE, TierName.PRO, TierName.ENTERPRISE)] == [30, 15, 5]


@pytest.mark.parametrize("name", ["core_hour", "ram_gib_hour", "ssd_gib_month", "hdd_gib_month"])
def test_the_example_of_prices_is_the_assumed_table(name: str) -> None:
    assert f"\n{name}: {getattr(ASSUMED, name).normalize()}" in PAGE.read_text()


def test_the_page_says_that_nobody_checked_the_prices() -> None:
    assert ASSUMED.checked or "**The sums are not a quotation.**" in PAGE.read_text()


def test_the_incident_is_told_with_the_numbers_of_its_test() -> None:
    small = incident.reckoned(PoolSize(2, 2, 4, 20))
    large = incident.reckoned(PoolSize(3, 4, 8, 100))

    page = PAGE.read_text()
    assert "disks need {} and {} of 19.0 GiB".format(*small.disks_gib) in page
    assert f"Requests were met to {small.cpu_percent}% of CPU and {small.memory_percent}% of memory" in page
    assert f"| CPU | 15% | {large.cpu_percent}% requested |" in page
    assert f"| memory | 20% | {large.memory_percent}% requested |" in page
    assert f"| storage | 30% | {large.disk_percent}%: " in page
