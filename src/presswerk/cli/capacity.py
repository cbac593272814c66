"""presswerk capacity: whether what is declared fits the nodes, what runs out first, and which pool to buy."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from presswerk.cli.options import DEFAULT_CONFIG_FILE, ConfigFile, Json
from presswerk.declaration import DeclarationError, NodePool, Platform, YamlProblem, load_platform, read_yaml
from presswerk.infrastructure.capacity.allocatable import MAX_VOLUMES
from presswerk.infrastructure.capacity.assessment import Demand, assess_scaled, demand_of
from presswerk.infrastructure.capacity.buying import cheapest_pool
from presswerk.infrastructure.capacity.model import PoolSize
from presswerk.infrastructure.capacity.report import (
    NODE_HEADINGS,
    CapacityReport,
    as_json,
    explanations,
    node_rows,
    verdict,
)
from presswerk.infrastructure.prices import ASSUMED, PriceTable, read_prices
from presswerk.runtimes.declaration_file import read_declaration

_SIZES = ("nodes", "cores", "ram_gib", "storage_gib")
_MOST_NODES, _MOST = 100, 100_000


def capacity(
    *,
    config: ConfigFile = DEFAULT_CONFIG_FILE,
    nodes: Annotated[int | None, typer.Option(min=1, max=_MOST_NODES, help="Instead of those declared.")] = None,
    cores: Annotated[int | None, typer.Option(min=1, max=_MOST, help="Of each node, likewise.")] = None,
    ram_gib: Annotated[int | None, typer.Option(min=1, max=_MOST, help="Of each node, likewise.")] = None,
    storage_gib: Annotated[int | None, typer.Option(min=1, max=_MOST, help="Of each node's disk, likewise.")] = None,
    max_volumes: Annotated[
        int,
        typer.Option(min=0, max=_MOST, help="Volumes a node can have attached: see `kubectl get csinodes -o yaml`."),
    ] = MAX_VOLUMES,
    prices: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Prices of your own, as YAML; see docs/capacity.md.")
    ] = None,
    json_output: Json = False,
) -> None:
    """Say whether the declared tenants fit the node pool; status 1, and what is missing, if they do not.

    Every pod is placed as a cluster's scheduler would, after what the system keeps of each node.\n
    What lies on each node's disk is added up: a disk too full evicts pods.\n
    It tells how many more tenants fit, what a lost node means, and which pool to buy.\n
    Nothing is asked of a cluster, so try a size before you declare it.
    """
    given = {"nodes": nodes, "cores": cores, "ram_gib": ram_gib, "storage_gib": storage_gib}
    sizes = {name: size for name, size in given.items() if size is not None}
    platform, pool, refused = _declared(config, sizes)
    table = ASSUMED if prices is None else read_prices(_yaml(prices), source=str(prices))
    report = _report(demand_of(platform), platform, pool, refused, sizes=sizes, max_volumes=max_volumes, prices=table)
    if json_output:
        typer.echo(json.dumps(as_json(report), indent=2))
    else:
        _show(report, Console())
    if not report.good:
        raise typer.Exit(1)


def _report(
    demand: Demand,
    platform: Platform,
    pool: PoolSize,
    refused: tuple[str, ...],
    *,
    sizes: Mapping[str, int],
    max_volumes: int,
    prices: PriceTable,
) -> CapacityReport:
    scaling = None if sizes or refused else platform.node_pool.autoscaling
    most_nodes = None if scaling is None else scaling.max_nodes
    found = assess_scaled(demand, pool, most_nodes, max_volumes=max_volumes)
    best = cheapest_pool(demand, prices, max_volumes=max_volumes, storage_type=pool.storage_type)
    return CapacityReport(demand, found, best, prices, refused, pool.nodes)


def _show(report: CapacityReport, console: Console) -> None:
    console.print(verdict(report), style="bold green" if report.good else "bold red", soft_wrap=True, highlight=False)
    table = Table(*NODE_HEADINGS)
    for row in node_rows(report):
        table.add_row(*row)
    console.print(table)
    for heading, text in explanations(report):
        console.print(f"[bold]{heading}:[/bold] ", end="")
        console.print(text, markup=False, highlight=False, soft_wrap=True)


def _declared(config: Path, sizes: Mapping[str, int]) -> tuple[Platform, PoolSize, tuple[str, ...]]:
    """The platform, the pool to look at, and why that pool is refused in a declaration, if it is.

    Raises:
        DeclarationError: Something else than the size of the pool is wrong.
    """
    text = read_declaration(config)
    try:
        platform = load_platform(text, source=str(config))
        size = PoolSize.of(platform.node_pool)
    except DeclarationError as problem:
        platform, size = _without_pool(text, config, problem)
    wanted = _sized(size, sizes)
    return platform, wanted, _refused(wanted)


def _without_pool(text: str, config: Path, problem: DeclarationError) -> tuple[Platform, PoolSize]:
    """The declaration with a default pool, and the size of the one that it is refused for."""
    try:
        declared: Any = read_yaml(text)[1]
    except YamlProblem:
        raise problem from None
    pool = declared.pop("node_pool", None) if isinstance(declared, dict) else None
    if not isinstance(pool, dict) or not all(_is_size(name, pool.get(name, 1)) for name in _SIZES):
        raise problem from None
    try:
        platform = load_platform(yaml.safe_dump(declared), source=str(config))
    except DeclarationError:
        raise problem from None
    return platform, _sized(PoolSize.of(NodePool()), {name: pool[name] for name in _SIZES if name in pool})


def _sized(pool: PoolSize, sizes: Mapping[str, int]) -> PoolSize:
    nodes, cores, ram_gib, storage_gib = (sizes.get(name, getattr(pool, name)) for name in _SIZES)
    return PoolSize(nodes, cores, ram_gib, storage_gib, pool.storage_type)


def _is_size(name: str, value: object) -> bool:
    most = _MOST_NODES if name == "nodes" else _MOST
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _refused(pool: PoolSize) -> tuple[str, ...]:
    try:
        NodePool.model_validate({name: getattr(pool, name) for name in _SIZES})
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        return tuple(_sentence(problem["loc"], problem["msg"]) for problem in problems)
    return ()


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    told = "; ".join(message.removeprefix("Value error, ").splitlines())
    return f"{'.'.join(map(str, place))}: {told}." if place else f"{told}."


def _yaml(file: Path) -> object:
    try:
        return read_yaml(read_declaration(file))[1]
    except YamlProblem as problem:
        raise DeclarationError(problem.lines(str(file))) from None
