"""What kopf does for us: it watches Tenants, agrees with other operators who works, and ends on a signal.

kopf writes nothing to a Tenant: no handler of ours asks it to keep state, so that every write is our own, counted one.
"""

from collections.abc import Callable
from typing import Any

import kopf

from presswerk.kubernetes.kinds import TENANT, Body
from presswerk.runtimes.cluster.operator.tenants import TenantCache, Wake

_PAGE = 250


def registry_for(declared: TenantCache, wake: Callable[[Wake], None]) -> kopf.OperatorRegistry:
    """Handlers that tell of every Tenant seen.

    Args:
        declared: Where Tenants are kept.
        wake: Told who is to be looked at.
    """
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    def sign_in(**told: Any) -> kopf.ConnectionInfo | None:
        # In the order of `presswerk.kubernetes.connection`, so that both speak with the same cluster.
        return kopf.login_with_kubeconfig(**told) or kopf.login_with_service_account(**told)

    @kopf.on.event(TENANT.group, TENANT.version, TENANT.plural, registry=registry)
    async def seen(*, event: kopf.RawEvent, **_: Any) -> None:
        body: Body = {"apiVersion": TENANT.api_version, "kind": TENANT.name, **event["object"]}
        wake(declared.drop(str(body["metadata"]["name"])) if event["type"] == "DELETED" else declared.see(body))

    return registry


def settings_for(peering: str, priority: int) -> kopf.OperatorSettings:
    """How kopf behaves with many objects, and beside other operators.

    Args:
        peering: Name of the ClusterKopfPeering.
        priority: Of two operators the one with the higher one works; those with the same both pause.
    """
    settings = kopf.OperatorSettings()
    settings.peering.name = peering
    settings.peering.priority = priority
    settings.peering.clusterwide = True
    settings.peering.mandatory = True
    settings.peering.stealth = True
    # What became of a tenant stands in its status; an event would be one more write for every one of them.
    settings.posting.enabled = False
    settings.watching.chunk_size = _PAGE
    settings.queueing.worker_limit = 50
    settings.queueing.idle_timeout = 1.0
    settings.networking.enforce_retry_after = True
    return settings
