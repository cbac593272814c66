"""What the objects of a tenant need to know of the cluster they live in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from presswerk import __version__
from presswerk.declaration import GroupsFrom, Platform
from presswerk.declaration.addresses import addresses_of
from presswerk.runtimes.cluster import names

_WORDPRESS = "presswerk/wordpress"
_ENTRY_NAMESPACES = MappingProxyType({"envoy-gateway": "envoy-gateway-system", "traefik": "traefik"})
_ENVOY_SERVICE = MappingProxyType(
    {
        "gateway.envoyproxy.io/owning-gateway-name": "presswerk",
        "gateway.envoyproxy.io/owning-gateway-namespace": names.PLATFORM_NAMESPACE,
    }
)
_ENTRY_SERVICES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"envoy-gateway": _ENVOY_SERVICE, "traefik": MappingProxyType({"app.kubernetes.io/name": "traefik"})}
)


@dataclass(frozen=True)
class Storage:
    """Which volumes the cluster offers.

    Attributes:
        block_class: Storage class of volumes that one node mounts at a time (ReadWriteOnce); None for the cluster's
            default. SQLite always lives on one: its locks do not hold on a network file system.
        shared_class: Storage class of volumes that many nodes mount (ReadWriteMany); None if the cluster has none, and
            then every site is a single copy.
    """

    block_class: str | None = None
    shared_class: str | None = None


@dataclass(frozen=True)
class Entry:
    """Where requests come in.

    Attributes:
        gateway: Name of the platform's Gateway; it must allow ListenerSets from the tenants' namespaces.
        namespace: Where that Gateway lives.
        proxy_namespace: Where the controller runs the proxies that open connections to the sites.
        proxy_ports: What those proxies listen on inside the cluster: a site that calls a public address of the
            platform arrives there without leaving the cluster.
        certificate_issuer: Name of cert-manager's ClusterIssuer.
        service_labels: What the Service of those proxies has.
    """

    gateway: str = "presswerk"
    namespace: str = names.PLATFORM_NAMESPACE
    proxy_namespace: str = "envoy-gateway-system"
    proxy_ports: tuple[int, ...] = (443, 8443, 10443)
    certificate_issuer: str = "presswerk"
    service_labels: Mapping[str, str] = field(default_factory=lambda: _ENVOY_SERVICE)


@dataclass(frozen=True)
class PlatformService:
    """One of the platform's own services, and which pods are behind it."""

    name: str
    port: int
    pod_labels: Mapping[str, str]
    namespace: str = names.PLATFORM_NAMESPACE


def _service(name: str, port: int) -> PlatformService:
    labels = {"app.kubernetes.io/name": "presswerk", names.LABEL_COMPONENT: name.removeprefix("presswerk-")}
    return PlatformService(name, port, MappingProxyType(labels))


@dataclass(frozen=True)
class Cluster:
    """A cluster as tenants see it.

    Attributes:
        domain: Sites are `<tenant>.<domain>`.
        wordpress_image: The site's container.
        registry_credentials: What its registry asks for, as a Docker configuration file in JSON holds it; None if it
            asks for nothing.
        image_pull_policy: As Kubernetes calls it.
        storage: Which volumes there are.
        entry: Where requests come in.
        hub: The hub.
        operator: The operator.
        closed_page: Answers every request for a suspended site: 503 and a page.
        hub_url: The hub as a browser sees it.
        chat_url: Open WebUI as a browser sees it.
        identity_namespace: Where the identity provider runs; None if it is outside of the cluster.
        identity_ports: What its pods listen on.
        groups_from: Where sites read a person's groups.
        dns_namespace: Where the cluster's resolver runs.
        copies: The least and the most copies of a site that scales.
        authorities: Certificates (PEM) of every authority that sites trust; None for the public ones.
    """

    domain: str
    wordpress_image: str = f"{_WORDPRESS}:{__version__}"
    registry_credentials: str | None = field(default=None, repr=False)
    image_pull_policy: str = "IfNotPresent"
    storage: Storage = Storage()
    entry: Entry = Entry()
    hub: PlatformService = field(default_factory=lambda: _service("presswerk-hub", 8000))
    operator: PlatformService = field(default_factory=lambda: _service("presswerk-operator", 8081))
    closed_page: PlatformService = field(default_factory=lambda: _service("presswerk-closed-page", 8080))
    hub_url: str = ""
    chat_url: str = ""
    identity_namespace: str | None = "authentik"
    identity_ports: tuple[int, ...] = (9000, 9443)
    groups_from: GroupsFrom = GroupsFrom.USERINFO
    dns_namespace: str = "kube-system"
    copies: tuple[int, int] = (2, 4)
    authorities: str | None = None

    @classmethod
    def of(cls, platform: Platform) -> Self:
        """The cluster a platform declares, by this release's own image; what else is known of it is replaced.

        Raises:
            NoDomain: The platform has no domain.
        """
        known = addresses_of(platform)
        return cls(
            domain=known.domain,
            wordpress_image=f"{platform.images.name(_WORDPRESS)}:{__version__}",
            entry=Entry(
                proxy_namespace=_ENTRY_NAMESPACES[platform.entry.controller],
                service_labels=_ENTRY_SERVICES[platform.entry.controller],
            ),
            hub_url=known.hub_url,
            chat_url=known.chat_url,
            groups_from=platform.identity.groups_from,
        )
