"""What is wrong with a tenant, as events of Kubernetes: `kubectl describe tenant` shows them."""

import datetime as dt
from collections.abc import Callable, Iterable

import structlog

from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import AlreadyThere, ClusterError
from presswerk.kubernetes.kinds import EVENT, Body
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.operator.conditions import Condition, Topic

_NAMESPACE = "default"
"""Where events of objects outside of namespaces are, as Kubernetes' own recorder has it."""
_LONGEST_MESSAGE = 1024
_WITHOUT_TROUBLE = frozenset({"Suspended", "Waiting", "Moving"})
# Not yet a failure, but what a person would want to know while it lasts.
_TOLD_EARLY = frozenset({"PodsNotReady", "InstallationWaits"})

_log = structlog.get_logger(__name__)


class EventRecorder:
    """Records each problem once.

    Args:
        api: The cluster.
        now: The time, aware UTC.
    """

    def __init__(self, api: ClusterApi, now: Callable[[], dt.datetime]) -> None:
        self._api = api
        self._now = now

    def record(self, tenant: Body, conditions: Iterable[Condition]) -> None:
        """Record what is wrong and was not said before; that the API refuses is logged, and stops nothing."""
        said = {(each["type"], each["reason"]) for each in tenant.get("status", {}).get("conditions", ())}
        for each in conditions:
            is_new = (each.topic, each.reason) not in said
            if is_new and each.topic != Topic.READY and _is_trouble(each):
                self._create(tenant, each)

    def _create(self, tenant: Body, condition: Condition) -> None:
        metadata, now = tenant["metadata"], self._now()
        moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        about = names.digest(f"{metadata['uid']} {condition.topic} {condition.reason} {moment}")
        event = {
            "apiVersion": EVENT.api_version,
            "kind": EVENT.name,
            "metadata": {"name": f"{metadata['name']}.{about}", "namespace": _NAMESPACE},
            "involvedObject": {
                "apiVersion": tenant["apiVersion"],
                "kind": tenant["kind"],
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
            "type": "Warning",
            "reason": condition.reason,
            "message": f"{condition.topic}: {condition.message}"[:_LONGEST_MESSAGE],
            "source": {"component": names.MANAGER},
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
        }
        try:
            self._api.create(event)
        except AlreadyThere:
            pass
        except ClusterError as error:
            _log.warning("event_not_recorded", tenant=metadata["name"], problem=str(error))


def _is_trouble(condition: Condition) -> bool:
    if condition.reason in _WITHOUT_TROUBLE:
        return False
    return condition.holds is False or condition.reason in _TOLD_EARLY
