"""The guide for IONOS says what the program says: variables, commands, options and sums."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from presswerk.cli import infra
from presswerk.infrastructure.prices import ASSUMED
from presswerk.infrastructure.terraform.cost import estimate
from presswerk.infrastructure.terraform.secret_values import MARIADB_PASSWORD, REDIS_PASSWORD

GUIDE = (Path(__file__).parents[3] / "docs" / "ionos.md").read_text()
_POOL = r"(\d+) x (\d+) cores?, (\d+) GiB, (\d+) GiB: (\d+)"
_REDIS = r"(\d+) x (\d+) cores?, (\d+) GiB: (\d+)"


@pytest.mark.parametrize(
    "variable", [*infra._OF_IONOS, MARIADB_PASSWORD, REDIS_PASSWORD, *infra._OF_STATE, "PRESSWERK_STATE_BUCKET"]
)
def test_every_variable_that_is_needed_is_set_in_the_guide(variable: str) -> None:
    assert re.search(rf"export.*\b{variable}\b", GUIDE)


def test_every_command_and_option_of_the_guide_exists() -> None:
    commands = get_command(infra.app).commands  # type: ignore[attr-defined]  # a group has them
    used = re.findall(r"presswerk infra ([a-z]+)((?: '?--[a-z-]+)*)", GUIDE)
    assert used
    for verb, options in used:
        known = {option for parameter in commands[verb].params for option in parameter.opts}
        assert {each.strip(" '") for each in options.split()} <= known


def _row(name: str) -> list[str]:
    (line,) = (line for line in GUIDE.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.split("|")[2:-1]]


def _resource(kind: str, **values: Any) -> dict[str, Any]:
    return {"type": f"ionoscloud_{kind}", "address": kind, "values": values}


def _numbers(pattern: str, cell: str) -> list[int]:
    found = re.fullmatch(pattern, cell)
    assert found is not None, cell
    return [int(each) for each in found.groups()]


@pytest.mark.parametrize("column", [0, 1, 2])
def test_the_sums_of_the_guide_are_those_of_the_price_table(column: int) -> None:
    nodes, cores, ram, disk, pool_told = _numbers(_POOL, _row("nodes")[column])
    pg = _numbers(_POOL, _row("PostgreSQL")[column])
    sites = _numbers(_POOL, _row("MariaDB")[column])
    chat = _numbers(_REDIS, _row("Redis")[column])
    pool = {"node_count": nodes, "cores_count": cores, "ram_size": ram * 1024, "storage_size": disk}
    cost = estimate(
        [
            _resource("k8s_node_pool", **pool, storage_type="SSD"),
            _resource("pg_cluster_v2", instances={"count": pg[0], "cores": pg[1], "ram": pg[2], "storage_size": pg[3]}),
            _resource("mariadb_cluster", instances=sites[0], cores=sites[1], ram=sites[2], storage_size=sites[3]),
            _resource("inmemorydb_cluster_v2", instances={"count": chat[0], "cores": chat[1], "ram": chat[2]}),
            _resource("ipblock", size=1),
        ],
        ASSUMED,
    )
    told = [pool_told, pg[4], sites[4], chat[3], int(_row("entry's address")[column])]
    assert told == [round(line.month) for line in cost.lines]
    assert Decimal(_row("**in all**")[column].strip("*")) == round(cost.month)
