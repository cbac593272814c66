"""The pods that are there without any tenant: the cluster's own and the platform's, with what each asks for.

The one table of these numbers. Requests and limits are what `presswerk render` gives the charts; sizes of images are
rounded up from what such images are known to take, packed and unpacked, and are an assumption: `crictl images` and
`du -s /var/lib/containerd` on a node show the truth.
"""

from presswerk.declaration import Platform
from presswerk.infrastructure.capacity.model import CRITICAL_PRIORITY, Amount, ContainerImage, Workload

_SYSTEM_NODE = CRITICAL_PRIORITY + 1_000  # system-node-critical
_SYSTEM_CLUSTER = CRITICAL_PRIORITY  # system-cluster-critical

WORDPRESS_IMAGE = ContainerImage("presswerk/wordpress", 1_300, releases=2)
_HUB_IMAGE = ContainerImage("presswerk/hub", 900, releases=2)
_AUTHENTIK_IMAGE = ContainerImage("authentik/server", 1_900)
_ENVOY_IMAGE = ContainerImage("envoyproxy/envoy", 350)


def _asks(cpu_m: int, memory_mib: int, ephemeral_mib: int = 64) -> Amount:
    return Amount(cpu_m, memory_mib, ephemeral_mib, pods=1)


def _at_most(memory_mib: int, ephemeral_mib: int = 0, cpu_m: int = 0) -> Amount:
    return Amount(cpu_m, memory_mib, ephemeral_mib)


SYSTEM: tuple[Workload, ...] = (
    Workload(
        "kube-system/calico-node",
        _asks(150, 128, 0),
        images=(ContainerImage("calico", 700),),
        on_every_node=True,
        priority=_SYSTEM_NODE,
    ),
    Workload(
        "kube-system/kube-proxy",
        _asks(50, 64, 0),
        images=(ContainerImage("kube-proxy", 130),),
        on_every_node=True,
        priority=_SYSTEM_NODE,
    ),
    Workload(
        "kube-system/csi-node",
        _asks(30, 96, 0),
        images=(ContainerImage("csi-driver", 350),),
        containers=3,
        on_every_node=True,
        priority=_SYSTEM_NODE,
    ),
    Workload(
        "kube-system/konnectivity-agent",
        _asks(20, 64, 0),
        images=(ContainerImage("konnectivity", 50),),
        on_every_node=True,
        priority=_SYSTEM_NODE,
    ),
    Workload(
        "kube-system/coredns",
        _asks(100, 70, 0),
        _at_most(170),
        copies=2,
        images=(ContainerImage("coredns", 100),),
        priority=_SYSTEM_CLUSTER,
    ),
    Workload(
        "kube-system/metrics-server",
        _asks(100, 200, 0),
        images=(ContainerImage("metrics-server", 100),),
        priority=_SYSTEM_CLUSTER,
    ),
)
"""The managed cluster's own. An assumption: `kubectl get pods -n kube-system` shows what a cluster of one's own has."""

_CHAT_REDIS = "presswerk/redis"
PLATFORM: tuple[Workload, ...] = (
    Workload(
        "presswerk/hub",
        _asks(250, 512, 512),
        _at_most(1_024, 2_048, 1_000),
        writes_mib=300,
        copies=2,
        images=(_HUB_IMAGE,),
    ),
    Workload("presswerk/operator", _asks(100, 256, 128), _at_most(512, 512, 500), writes_mib=20, images=(_HUB_IMAGE,)),
    Workload("presswerk/closed-page", _asks(10, 32), _at_most(64, 128, 100), images=(WORDPRESS_IMAGE,)),
    Workload(
        "presswerk/open-webui",
        _asks(250, 768, 1_024),
        _at_most(1_536, 4_096, 1_000),
        writes_mib=800,
        copies=2,
        images=(ContainerImage("open-webui (slim)", 3_000),),
    ),
    Workload(_CHAT_REDIS, _asks(50, 64), _at_most(128, 128, 250), images=(ContainerImage("redis", 200),)),
    Workload(
        "authentik/server",
        _asks(200, 768, 256),
        _at_most(1_280, 1_024, 1_000),
        writes_mib=100,
        copies=2,
        images=(_AUTHENTIK_IMAGE,),
    ),
    Workload(
        "authentik/worker",
        _asks(100, 640, 256),
        _at_most(1_024, 1_024, 1_000),
        writes_mib=100,
        images=(_AUTHENTIK_IMAGE,),
    ),
    Workload(
        "gateway/controller", _asks(100, 256), _at_most(1_024, 256), images=(ContainerImage("envoy-gateway", 250),)
    ),
    Workload(
        "gateway/proxy",
        _asks(100, 512),
        _at_most(1_024, 512),
        copies=2,
        images=(_ENVOY_IMAGE,),
        containers=2,
        # Envoy Gateway's shutdown manager, by its defaults (`api/v1alpha1/shared_types.go`).
        beside=Amount(10, 32),
    ),
    Workload("cert-manager/controller", _asks(20, 96), _at_most(256), images=(ContainerImage("cert-manager", 120),)),
    Workload(
        "cert-manager/webhook", _asks(10, 48), _at_most(128), images=(ContainerImage("cert-manager-webhook", 100),)
    ),
    Workload(
        "cert-manager/cainjector", _asks(10, 64), _at_most(256), images=(ContainerImage("cert-manager-cainjector", 90),)
    ),
)
"""The platform's own. Databases and object storage are services of the cloud and take nothing from the nodes."""


def services_of(platform: Platform) -> tuple[Workload, ...]:
    """The platform's own that run on the cluster by this declaration."""
    return tuple(each for each in PLATFORM if each.name != _CHAT_REDIS or platform.databases.redis is None)
