"""Whether an object does what it is for (pure), by what the cluster says about it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from presswerk.errors import PresswerkError

Body = Mapping[str, Any]


class Failed(PresswerkError):
    """It will not become ready by itself; the message says why."""


def not_ready(body: Body) -> str:
    """What is missing for an object to be ready, in a few words; empty when it is.

    The rules are those of `kubectl rollout status` and of each kind's own conditions.

    Raises:
        Failed: Waiting is of no use.
    """
    check, observed = _CHECKS.get(body["kind"]), body.get("status", {}).get("observedGeneration", 0)
    if body["kind"] in _ROLLED_OUT and observed < body["metadata"].get("generation", 0):
        return "not yet seen by its controller"
    return "" if check is None else check(body)


def is_awaited(kind: str) -> bool:
    """Whether objects of a kind become ready at all; others are as soon as they exist."""
    return kind in _CHECKS


def _deployment(body: Body) -> str:
    wanted, status = body["spec"].get("replicas", 1), body.get("status", {})
    for condition in status.get("conditions", []):
        if condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            raise Failed("its rollout made no progress in time")
    if status.get("updatedReplicas", 0) < wanted:
        return f"{status.get('updatedReplicas', 0)} of {wanted} pods are new"
    if status.get("replicas", 0) > status.get("updatedReplicas", 0):
        return f"{status['replicas'] - status['updatedReplicas']} old pods are still there"
    return _counted(status.get("availableReplicas", 0), wanted)


def _stateful_set(body: Body) -> str:
    wanted, status = body["spec"].get("replicas", 1), body.get("status", {})
    if status.get("updatedReplicas", wanted if _is_settled(status) else 0) < wanted:
        return f"{status.get('updatedReplicas', 0)} of {wanted} pods are new"
    return _counted(status.get("readyReplicas", 0), wanted)


def _is_settled(status: Body) -> bool:
    """Whether the newest revision is the only one: then the count of updated pods is left out."""
    return bool(status.get("currentRevision")) and status.get("currentRevision") == status.get("updateRevision")


def _daemon_set(body: Body) -> str:
    status = body.get("status", {})
    wanted = status.get("desiredNumberScheduled", 0)
    if status.get("updatedNumberScheduled", 0) < wanted:
        return f"{status.get('updatedNumberScheduled', 0)} of {wanted} pods are new"
    return _counted(status.get("numberAvailable", 0), wanted)


def _counted(ready: int, wanted: int) -> str:
    return "" if ready >= wanted else f"{ready} of {wanted} pods are ready"


def _job(body: Body) -> str:
    for condition in body.get("status", {}).get("conditions", []):
        if condition.get("status") == "True" and condition.get("type") == "Failed":
            raise Failed(f"it failed: {condition.get('message', 'no reason given')}")
        if condition.get("status") == "True" and condition.get("type") == "Complete":
            return ""
    return "it still runs"


def _volume_claim(body: Body) -> str:
    phase = body.get("status", {}).get("phase", "Pending")
    if phase == "Lost":
        raise Failed("its volume is lost")
    # A class that binds at first use waits for a pod; the pod says so, if that is what it waits for.
    return "" if phase == "Bound" else f"it is {phase}"


def _condition(wanted: str) -> Callable[[Body], str]:
    def check(body: Body) -> str:
        for condition in body.get("status", {}).get("conditions", []):
            if condition.get("type") == wanted:
                said = condition.get("message") or condition.get("reason") or "no reason given"
                return "" if condition.get("status") == "True" else f"not {wanted}: {said}"
        return f"nothing says yet whether it is {wanted}"

    return check


_ROLLED_OUT = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_CHECKS: Mapping[str, Callable[[Body], str]] = MappingProxyType(
    {
        "Deployment": _deployment,
        "StatefulSet": _stateful_set,
        "DaemonSet": _daemon_set,
        "Job": _job,
        "PersistentVolumeClaim": _volume_claim,
        "Gateway": _condition("Programmed"),
        "CustomResourceDefinition": _condition("Established"),
        "Tenant": _condition("Ready"),
    }
)
