"""The pods on the cluster: its own and the platform's, which services.yaml lists, and each tenant's site."""

from collections.abc import Mapping
from importlib import resources as package
from typing import Any

import yaml

from presswerk.declaration import Allotment, Platform
from presswerk.infrastructure.capacity.model import Amount, ContainerImage, Workload
from presswerk.runtimes.cluster.manifests import resources

_TOLD: Mapping[str, Any] = yaml.safe_load(package.files(__package__).joinpath("services.yaml").read_text("utf-8"))
_IMAGES = {name: ContainerImage(name, **told) for name, told in _TOLD["images"].items()}
_CHAT_REDIS = "presswerk/redis"
_SITE_WRITES_MIB = 128


def _workload(name: str, told: Mapping[str, Any]) -> Workload:
    rest = {key: value for key, value in told.items() if key not in {"requests", "limits", "beside", "image"}}
    return Workload(
        name,
        Amount(**told["requests"], pods=1),
        Amount(**told.get("limits", {})),
        beside=Amount(**told.get("beside", {})),
        images=(_IMAGES[told["image"]],),
        **rest,
    )


SYSTEM = tuple(_workload(*each) for each in _TOLD["system"].items())
"""The managed cluster's own."""
PLATFORM = tuple(_workload(*each) for each in _TOLD["platform"].items())
"""The platform's own."""


def services_of(platform: Platform) -> tuple[Workload, ...]:
    """The platform's own that run on the cluster by this declaration."""
    return tuple(each for each in PLATFORM if each.name != _CHAT_REDIS or platform.databases.redis is None)


def site_workload(tenant_id: str, allotment: Allotment) -> Workload:
    """A tenant's site, by the very numbers its Deployment says; its volume is on one node, so it is a single copy."""
    asked, most = resources.site_requests(allotment.limits), resources.site_limits(allotment.limits)
    return Workload(
        f"tenant-{tenant_id}/site",
        Amount(asked.cpu_millicores, asked.memory_mib, asked.ephemeral_mib, volumes=1, pods=1),
        Amount(most.cpu_millicores, most.memory_mib, most.ephemeral_mib),
        writes_mib=_SITE_WRITES_MIB,
        images=(_IMAGES["presswerk/wordpress"],),
        volume_gib=allotment.limits.storage_gib,
    )
