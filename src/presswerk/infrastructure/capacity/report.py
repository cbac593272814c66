"""An assessment in words and as JSON."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from presswerk.infrastructure.capacity.assessment import Assessment, Demand, Headroom, NodeUse
from presswerk.infrastructure.capacity.buying import HEAD_ROOM_PERCENT, Recommendation
from presswerk.infrastructure.capacity.disk import DiskUse
from presswerk.infrastructure.capacity.model import MIB_PER_GIB, Amount, Resource
from presswerk.infrastructure.prices import PriceTable

_SHOWN_PODS = 5
NODE_HEADINGS = ("node", "pods", "CPU", "memory", "ephemeral", "volumes", "limits", "disk")
"""Of CPU, memory and ephemeral storage what is requested; `limits` are those of memory: above 100% not all pods may use
what they may use at a time."""


@dataclass(frozen=True)
class CapacityReport:
    """Everything there is to say.

    Attributes:
        demand: What is to run.
        assessment: How it fits.
        recommendation: What to buy; None if nothing of the catalogue is enough.
        prices: What sums are from.
        refused: Why a declaration with this pool is refused, if it is.
        declared_nodes: How many nodes were declared; the pool has more if autoscaling adds some.
    """

    demand: Demand
    assessment: Assessment
    recommendation: Recommendation | None
    prices: PriceTable
    refused: tuple[str, ...] = ()
    declared_nodes: int | None = None

    @property
    def good(self) -> bool:
        """Whether it fits and may be declared so."""
        return self.assessment.fits and not self.refused

    @property
    def month(self) -> Decimal:
        """The pool's cost for 30 days, without the volumes."""
        return self.prices.pool_month(self.assessment.pool)

    @property
    def volumes_month(self) -> Decimal:
        """The persistent volumes' cost for 30 days."""
        return self.prices.disk_month(self.demand.volume_gib, self.assessment.pool.storage_type)


def verdict(report: CapacityReport) -> str:
    """One line: whether it fits, and why."""
    found, sites = report.assessment, len(report.demand.sites)
    who = f"{_count(sites, 'tenant')} and the platform's own services"
    if found.pending:
        first = found.pending[0]
        total = sum(node.requested.pods for node in found.nodes) + len(found.pending)
        also = f" and {_full(found.under_pressure)}" if found.under_pressure else ""
        return f"DOES NOT FIT: {first.resource}. {len(found.pending)} of {total} pods find no node{also}. {first}."
    if found.under_pressure:
        return f"DOES NOT FIT: {Resource.DISK}. Pods are evicted, for {_full(found.under_pressure)}."
    if report.refused:
        return f"FITS, BUT IS REFUSED: {found.pool} carry {who} today, and nothing that comes on top."
    added = found.pool.nodes - (report.declared_nodes or found.pool.nodes)
    scaled = f" (autoscaling adds {added} of them)" if added else ""
    return f"FITS: {found.pool}{scaled} carry {who}. {_next_out(found.next_out)}"


def explanations(report: CapacityReport) -> tuple[tuple[str, str], ...]:
    """What follows the verdict, as (heading, text)."""
    found, told = report.assessment, []
    if report.refused:
        told.append(("Refused", "platform.yaml takes no such pool. " + " ".join(report.refused)))
    declared = report.declared_nodes
    if declared is not None and declared != found.pool.nodes:
        told.append(("Autoscaling", f"takes the pool from {declared} to {found.pool.nodes} nodes for this."))
    if found.pending:
        told.append(("Pending", _some([str(pending) for pending in found.pending])))
    told.extend(("Disk pressure", _pressed(disk)) for disk in found.under_pressure)
    told.append(("Each node offers", _offers(found.nodes[0])))
    told.append(("More tenants", _room(report)))
    told.append(("A node lost", _loss(report)))
    told.append(("To buy", _to_buy(report)))
    told.append(
        (
            "Cost",
            f"{_money(report.month, report.prices)} for 30 days of this pool, and"
            f" {_money(report.volumes_month, report.prices)} for {report.demand.volume_gib} GiB of volumes"
            f" ({report.prices.note}).",
        )
    )
    return tuple(told)


def node_rows(report: CapacityReport) -> tuple[tuple[str, ...], ...]:
    """A row per node, as headed by `NODE_HEADINGS`: what is in use, of what there is."""
    return tuple(_row(node) for node in report.assessment.nodes)


def as_json(report: CapacityReport) -> dict[str, Any]:
    """The whole, for programs; amounts carry their unit in the name."""
    found, best = report.assessment, report.recommendation
    return {
        "fits": found.fits,
        "refused": list(report.refused),
        "resource": None if found.missing is None else found.missing.value,
        "verdict": verdict(report),
        "pool": asdict(report.assessment.pool) | {"declared_nodes": report.declared_nodes or found.pool.nodes},
        "tenants": len(report.demand.sites),
        "nodes": [
            {
                "name": node.name,
                "pods": list(node.pods),
                "allocatable": _amount(node.allocatable),
                "requests": _amount(node.requested),
                "limits": {"cpu_millicores": node.limits.cpu_m, "memory_mib": node.limits.memory_mib},
                "disk": _disk(node.disk),
            }
            for node in found.nodes
        ],
        "pending": [
            {"pod": str(each.pod), "resource": each.resource.value, "message": str(each)} for each in found.pending
        ],
        "more_tenants": {
            tier.value: {"more": room.more, "stopped_by": room.stopped_by.value} for tier, room in found.room.items()
        },
        "runs_out_first": {"more": found.next_out.more, "resource": found.next_out.stopped_by.value},
        "node_lost": {
            "node": found.loss.node,
            "harmless": found.loss.harmless,
            "pending": [str(each.pod) for each in found.loss.pending],
            "disk_pressure": [disk.node for disk in found.loss.under_pressure],
        },
        "recommendation": None
        if best is None
        else {"pool": asdict(best.pool), "month": str(best.month.quantize(Decimal("0.01")))},
        "cost": {
            "pool_month": str(report.month.quantize(Decimal("0.01"))),
            "volumes_month": str(report.volumes_month.quantize(Decimal("0.01"))),
            "currency": report.prices.currency,
            "as_of": report.prices.as_of.isoformat(),
            "source": report.prices.source,
            "checked": report.prices.checked,
        },
    }


def _pressed(disk: DiskUse) -> str:
    gone = _some([f"{each.pod} ({each.writes_mib} MiB)" for each in disk.evicted], ", ")
    return (
        f"{disk.node} needs {disk}; above {disk.full_mib / MIB_PER_GIB:.1f} GiB the kubelet evicts pods"
        f"{': ' + gone if gone else ''}."
    )


def _full(disks: tuple[DiskUse, ...]) -> str:
    named = [f"the disk of {disk.node} is {disk.percent}% full" for disk in disks]
    return _some(named, ", ")


def _room(report: CapacityReport) -> str:
    found = report.assessment
    if not found.fits:
        return f"none; what is declared does not fit as it is ({found.missing})."
    each = ", ".join(f"{room.more} {tier} ({room.stopped_by})" for tier, room in found.room.items())
    return f"{each}, of one tier alone. {_next_out(found.next_out)}"


def _next_out(room: Headroom) -> str:
    if not room.more:
        return f"No room for one more: {_runs_out(room.stopped_by)} out."
    return f"Room for {_count(room.more, 'more tenant')} like these, then {_runs_out(room.stopped_by)} out."


def _runs_out(resource: Resource) -> str:
    several = resource in {Resource.VOLUMES, Resource.PODS}
    return f"{resource} {'run' if several else 'runs'}"


def _loss(report: CapacityReport) -> str:
    loss = report.assessment.loss
    if loss.harmless:
        return "everything goes on; the other nodes take its pods."
    told = []
    if loss.pending:
        told.append(
            f"{_count(len(loss.pending), 'pod')} pend if {loss.node} goes: "
            + _some([f"{each.pod} ({each.resource})" for each in loss.pending], ", ")
        )
    told.extend(f"the disk of {disk.node} fills: {disk}" for disk in loss.under_pressure)
    return "; ".join(told) + "."


def _to_buy(report: CapacityReport) -> str:
    best = report.recommendation
    if best is None:
        return "no pool of the catalogue is enough, even with 100 nodes; a single site may be larger than a node."
    cost = _money(best.month, report.prices)
    return f"{best.pool}, {cost} for 30 days: {HEAD_ROOM_PERCENT}% stay free, and any one node may be lost."


def _row(node: NodeUse) -> tuple[str, ...]:
    asked, has = node.requested, node.allocatable
    return (
        node.name,
        str(asked.pods),
        _percent(asked.cpu_m, has.cpu_m),
        _percent(asked.memory_mib, has.memory_mib),
        _percent(asked.ephemeral_mib, has.ephemeral_mib),
        str(asked.volumes),
        _percent(node.limits.memory_mib, has.memory_mib),
        f"{node.disk.percent}%{' FULL' if node.disk.under_pressure else ''}",
    )


def _percent(part: int, whole: int) -> str:
    """Rounded up, so that what is full never reads as if it were not."""
    return f"{-(-part * 100 // max(whole, 1))}%"


def _offers(node: NodeUse) -> str:
    has = node.allocatable
    return (
        f"{has.cpu_m}m CPU, {has.memory_mib} MiB memory, {has.ephemeral_mib} MiB ephemeral storage, {has.volumes}"
        f" volumes and {has.pods} pods, after what the system keeps."
    )


def _some(things: list[str], between: str = "; ") -> str:
    more = f"{between}and {len(things) - _SHOWN_PODS} more" if len(things) > _SHOWN_PODS else ""
    return between.join(things[:_SHOWN_PODS]) + more


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _money(sum_: Decimal, prices: PriceTable) -> str:
    return f"{sum_:.2f} {prices.currency}"


def _amount(amount: Amount) -> dict[str, int]:
    names = ("cpu_millicores", "memory_mib", "ephemeral_storage_mib", "volumes", "pods")
    return dict(zip(names, amount.counted(), strict=True))


def _disk(disk: DiskUse) -> dict[str, Any]:
    return {
        "size_mib": disk.disk_mib,
        "pressure_from_mib": disk.full_mib,
        "used_mib": disk.used_mib,
        "system_mib": disk.system_mib,
        "images_mib": disk.images_mib,
        "logs_mib": disk.logs_mib,
        "writes_mib": disk.writes_mib,
        "pressure": disk.under_pressure,
        "evicted": [str(each.pod) for each in disk.evicted],
    }
