"""presswerk capacity: what an operator reads, what a program reads, and the status both go by."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner, Result

from presswerk.cli import app
from presswerk.declaration import DeclarationError

EXAMPLE = Path(__file__).parents[3] / "examples" / "platform.yaml"
SMALL = ("--nodes", "2", "--cores", "2", "--ram-gib", "4", "--storage-gib", "20")

_AMOUNT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["cpu_millicores", "memory_mib", "ephemeral_storage_mib", "volumes", "pods"],
    "properties": {
        name: {"type": "integer", "minimum": 0}
        for name in ("cpu_millicores", "memory_mib", "ephemeral_storage_mib", "volumes", "pods")
    },
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("fits", "refused", "resource", "verdict", "pool", "tenants", "nodes", "pending", "more_tenants"),
        *("runs_out_first", "node_lost", "recommendation", "cost"),
    ],
    "properties": {
        "fits": {"type": "boolean"},
        "refused": {"type": "array", "items": {"type": "string"}},
        "resource": {
            "enum": [None, "CPU", "memory", "ephemeral storage", "volumes", "pods", "disk", "taints", "spread"]
        },
        "verdict": {"type": "string", "pattern": "^(FITS|DOES NOT FIT)[^\n]*$"},
        "pool": {"type": "object", "required": ["nodes", "cores", "ram_gib", "storage_gib", "declared_nodes"]},
        "tenants": {"type": "integer"},
        "nodes": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "pods", "allocatable", "requests", "limits", "disk"],
                "properties": {
                    "name": {"type": "string"},
                    "pods": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
                    "allocatable": _AMOUNT,
                    "requests": _AMOUNT,
                    "limits": {"type": "object", "required": ["cpu_millicores", "memory_mib"]},
                    "disk": {"type": "object", "required": ["used_mib", "pressure_from_mib", "pressure", "evicted"]},
                },
            },
        },
        "pending": {"type": "array", "items": {"type": "object", "required": ["pod", "resource", "message"]}},
        "more_tenants": {"type": "object", "required": ["free", "pro", "enterprise"]},
        "runs_out_first": {"type": "object", "required": ["more", "resource"]},
        "node_lost": {"type": "object", "required": ["node", "harmless", "pending", "disk_pressure"]},
        "recommendation": {"type": ["object", "null"], "required": ["pool", "month"]},
        "cost": {"type": "object", "required": ["pool_month", "currency", "as_of", "source", "checked"]},
    },
}


def _run(*arguments: str, config: Path = EXAMPLE) -> Result:
    return CliRunner().invoke(app, ["capacity", "--config", str(config), *arguments], catch_exceptions=False)


def _json(*arguments: str, config: Path = EXAMPLE) -> dict[str, Any]:
    found = json.loads(_run("--json", *arguments, config=config).stdout)
    jsonschema.validate(found, SCHEMA)
    return dict(found)


def _declare(directory: Path, **pool: object) -> Path:
    declared = yaml.safe_load(EXAMPLE.read_text())
    declared["node_pool"] = pool
    file = directory / "platform.yaml"
    file.write_text(yaml.safe_dump(declared))
    return file


def _first_line(result: Result) -> str:
    return result.stdout.splitlines()[0]


def test_the_documented_example_fits_and_the_first_line_says_so() -> None:
    result = _run()

    assert result.exit_code == 0
    assert _first_line(result).startswith(
        "FITS: 3 nodes of 4 cores, 8 GiB RAM and 100 GiB disk carry 3 tenants and the platform's own services."
    )
    assert "NOT checked against the price list" in result.stdout


def test_what_does_not_fit_ends_with_1_and_names_the_resource_first() -> None:
    result = _run(*SMALL)

    assert result.exit_code == 1
    assert _first_line(result).startswith("DOES NOT FIT: memory. ")
    assert "the disk of node-1 is 103% full" in _first_line(result)
    assert "0/2 nodes are available: 2 insufficient memory" in _first_line(result)


def test_a_refused_size_is_explained_by_the_rule_and_by_the_sum() -> None:
    result = _run("--nodes", "3", "--ram-gib", "16", "--storage-gib", "20")

    assert result.exit_code == 1
    assert _first_line(result).startswith("DOES NOT FIT: disk. Pods are evicted, for the disk of node-")
    assert "Refused: platform.yaml takes no such pool. storage_gib: 20 is too small" in result.stdout
    assert "GiB the kubelet evicts pods: " in result.stdout


def test_a_declaration_that_is_refused_for_its_pool_is_reckoned_nevertheless(tmp_path: Path) -> None:
    found = _json(config=_declare(tmp_path, nodes=2, cores=2, ram_gib=4, storage_gib=20))

    assert (found["fits"], found["resource"], found["tenants"]) == (False, "memory", 3)
    assert [each["disk"]["pressure"] for each in found["nodes"]] == [True, True]
    assert "20 is too small" in found["refused"][0]


def test_what_else_is_wrong_with_a_declaration_is_told_as_ever(tmp_path: Path) -> None:
    file = _declare(tmp_path, nodes=2, storage_gib=20)
    file.write_text(file.read_text().replace("tier: pro", "tier: gold"))

    with pytest.raises(DeclarationError, match=r"platform\.yaml:\d+: tenants\.0\.tier"):
        _run(config=file)


@pytest.mark.parametrize("pool", [{"nodes": "many"}, {"nodes": 0}, {"nodes": 101}, {"storage_gib": True}])
def test_a_pool_that_is_no_size_is_told_as_ever(tmp_path: Path, pool: dict[str, object]) -> None:
    with pytest.raises(DeclarationError, match=r"platform\.yaml:\d+: node_pool\."):
        _run(config=_declare(tmp_path, **pool))


def test_a_pool_that_carries_all_but_is_refused_is_not_good(tmp_path: Path) -> None:
    result = _run("--nodes", "6", "--ram-gib", "7")

    assert result.exit_code == 1
    assert _first_line(result).startswith("FITS, BUT IS REFUSED: 6 nodes of 4 cores, 7 GiB RAM")


def test_programs_get_the_same_as_one_object() -> None:
    found = _json()

    assert (found["fits"], found["resource"], found["refused"]) == (True, None, [])
    assert [each["name"] for each in found["nodes"]] == ["node-1", "node-2", "node-3"]
    assert found["verdict"] == _first_line(_run())
    assert [len(each["pods"]) for each in found["nodes"]] == [each["requests"]["pods"] for each in found["nodes"]]
    assert {"tenant-acme/site", "tenant-nordlicht/site", "tenant-bakery/site"} <= {
        pod for each in found["nodes"] for pod in each["pods"]
    }


def test_programs_get_what_is_missing_and_status_1() -> None:
    result = _run("--json", *SMALL)
    found = json.loads(result.stdout)
    jsonschema.validate(found, SCHEMA)

    assert result.exit_code == 1
    assert found["resource"] == "memory"
    assert found["pending"][0]["message"].endswith("0/2 nodes are available: 2 insufficient memory")


def test_sizes_that_are_not_given_are_the_declared_ones() -> None:
    found = _json("--nodes", "5")

    assert {name: found["pool"][name] for name in ("nodes", "cores", "ram_gib", "storage_gib")} == {
        "nodes": 5,
        "cores": 4,
        "ram_gib": 8,
        "storage_gib": 100,
    }


def test_autoscaling_adds_nodes_as_far_as_declared(tmp_path: Path) -> None:
    pool = {"nodes": 1, "cores": 2, "autoscaling": {"min_nodes": 1, "max_nodes": 6}}
    found, told = _json(config=_declare(tmp_path, **pool)), _run(config=_declare(tmp_path, **pool))

    assert (found["fits"], found["pool"]["declared_nodes"]) == (True, 1)
    assert 1 < found["pool"]["nodes"] <= 6
    assert f"(autoscaling adds {found['pool']['nodes'] - 1} of them)" in _first_line(told)
    assert f"takes the pool from 1 to {found['pool']['nodes']} nodes" in told.stdout


def test_a_node_that_can_have_few_volumes_is_what_is_missing() -> None:
    assert _json("--max-volumes", "0")["resource"] == "volumes"


def test_prices_of_one_s_own_are_used(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(
        "as_of: 2026-01-31\nsource: our contract\nchecked: true\ncurrency: EUR\n"
        "core_hour: 0.1\nram_gib_hour: 0\nssd_gib_month: 0\nhdd_gib_month: 0\n"
    )

    found = _json("--prices", str(prices))["cost"]

    assert (found["pool_month"], found["checked"], found["source"]) == ("864.00", True, "our contract")


def test_a_file_that_is_not_there_names_an_example(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"No such file.*examples/platform\.yaml"):
        _run(config=tmp_path / "none.yaml")


def test_it_is_read_in_80_columns() -> None:
    table = [line for line in _run(*SMALL).stdout.splitlines() if line.startswith(("┏", "┃", "│", "└"))]

    assert table
    assert all(len(line) <= 80 for line in table)
