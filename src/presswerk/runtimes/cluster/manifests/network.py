"""Who may talk to a tenant's pods, and whom they may talk to: nobody, plus exactly what a site needs."""

from collections.abc import Iterator, Mapping, Sequence

from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests.shape import Body, DesiredTenant, named
from presswerk.runtimes.databases import TcpServer

SITE_PORT = 8080
_HTTPS = 443
_DNS = 53
_SOLVER_PORT = 8089
_LAN = "10.0.0.0/8"
"""Where the cloud's database servers are, as long as nobody says it more exactly."""
INSTALLATION = "site-install"
_NAMESPACE_NAME = "kubernetes.io/metadata.name"
# Addresses that are not the internet: private (RFC 1918), carrier-grade NAT (RFC 6598), link-local with the clouds'
# metadata services (RFC 3927), loopback, and what IANA keeps for special purposes.
NOT_THE_INTERNET = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
)


def network_objects(wanted: DesiredTenant, database: TcpServer | None, database_cidr: str | None) -> Iterator[Body]:
    """The policies.

    Args:
        wanted: The tenant.
        database: Where its content is; None for a file.
        database_cidr: The addresses that server can have, since a policy knows no names.
    """
    yield _policy(wanted, "default-deny", {}, ingress=[_challenge(wanted)])
    dns = _to_dns(wanted)
    to_site = _rule([{"podSelector": _match(_site())}], SITE_PORT)
    yield _policy(
        wanted,
        "site",
        _match(_site()),
        ingress=[_from_entry(wanted), *_from_platform(wanted), _from_cron()],
        egress=[dns, *_site_destinations(wanted, database, database_cidr)],
    )
    yield _policy(wanted, "cron", _match(names.pod_selector(names.CRON)), egress=[dns, to_site])
    to_database = [dns, *_database(database, database_cidr)]
    yield _policy(wanted, "install", _match(names.pod_selector(INSTALLATION)), egress=to_database)


def _challenge(wanted: DesiredTenant) -> Body:
    """The entry reaches who proves a domain: pods that cert-manager runs here for a moment (HTTP-01).

    Nothing else listens at their port, so that it is open for all pods.
    """
    return {"from": [_pods(wanted.cluster.entry.proxy_namespace, {})], "ports": [_port(_SOLVER_PORT)]}


def _site_destinations(wanted: DesiredTenant, database: TcpServer | None, cidr: str | None) -> Iterator[Body]:
    hub = wanted.cluster.hub
    yield _rule([_pods(hub.namespace, hub.pod_labels)], hub.port)
    entry = wanted.cluster.entry
    # A public address of the platform leads to the entry's proxies, without leaving the cluster.
    yield _rule([_pods(entry.proxy_namespace, {})], *entry.proxy_ports)
    if wanted.cluster.identity_namespace is not None:
        yield _rule([_pods(wanted.cluster.identity_namespace, {})], *wanted.cluster.identity_ports)
    yield from _database(database, cidr)
    yield _rule([{"ipBlock": {"cidr": "0.0.0.0/0", "except": list(NOT_THE_INTERNET)}}], _HTTPS)


def _database(database: TcpServer | None, cidr: str | None) -> Iterator[Body]:
    if database is not None:
        yield _rule([{"ipBlock": {"cidr": cidr or _LAN}}], database.port)


def _from_entry(wanted: DesiredTenant) -> Body:
    return {"from": [_pods(wanted.cluster.entry.proxy_namespace, {})], "ports": [_port(SITE_PORT)]}


def _from_platform(wanted: DesiredTenant) -> Iterator[Body]:
    """The hub publishes; the operator asks the connector how it is."""
    for service in (wanted.cluster.hub, wanted.cluster.operator):
        yield {"from": [_pods(service.namespace, service.pod_labels)], "ports": [_port(SITE_PORT)]}


def _from_cron() -> Body:
    return {"from": [{"podSelector": _match(names.pod_selector(names.CRON))}], "ports": [_port(SITE_PORT)]}


def _to_dns(wanted: DesiredTenant) -> Body:
    ports = [_port(_DNS, "UDP"), _port(_DNS)]
    return {"to": [_pods(wanted.cluster.dns_namespace, {"k8s-app": "kube-dns"})], "ports": ports}


def _site() -> dict[str, str]:
    return names.pod_selector(names.SITE)


def _pods(namespace: str, labels: Mapping[str, str]) -> Body:
    peer: Body = {"namespaceSelector": _match({_NAMESPACE_NAME: namespace})}
    return {**peer, "podSelector": _match(labels)} if labels else peer


def _match(labels: Mapping[str, str]) -> Body:
    return {"matchLabels": dict(labels)}


def _rule(peers: list[Body], *ports: int) -> Body:
    return {"to": peers, "ports": [_port(port) for port in ports]}


def _port(number: int, protocol: str = "TCP") -> Body:
    return {"port": number, "protocol": protocol}


def _policy(
    wanted: DesiredTenant, name: str, pods: Body, *, ingress: Sequence[Body] = (), egress: Sequence[Body] = ()
) -> Body:
    """Whom some pods talk to; what no policy names is refused, both ways."""
    rules = {way: list(found) for way, found in (("ingress", ingress), ("egress", egress)) if found}
    spec = {"podSelector": pods, "policyTypes": ["Ingress", "Egress"], **rules}
    return named(wanted, "networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)
