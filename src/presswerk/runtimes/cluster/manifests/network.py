"""Who may talk to a tenant's pods, and whom they may talk to: nobody, plus exactly what a site needs."""

from collections.abc import Iterator, Mapping, Sequence

from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import PlatformService
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant, named
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
    cluster, entry = wanted.cluster, wanted.cluster.entry
    site, cron = names.pod_selector(names.SITE), names.pod_selector(names.CRON)
    proxies, hub, operator = _pods(entry.proxy_namespace), _pods_of(cluster.hub), _pods_of(cluster.operator)
    dns = _rule("to", _pods(cluster.dns_namespace, {"k8s-app": "kube-dns"}), _port(_DNS, "UDP"), _port(_DNS))
    to_database = []
    if database is not None:
        to_database = [_rule("to", {"ipBlock": {"cidr": database_cidr or _LAN}}, _port(database.port))]
    to_identity = []
    if cluster.identity_namespace is not None:
        to_identity = [_rule("to", _pods(cluster.identity_namespace), *map(_port, cluster.identity_ports))]

    # Who proves a domain to the certificate authority is a pod of cert-manager, here for a moment (HTTP-01); nothing
    # else listens at its port, so that it is open for all pods.
    yield _policy(wanted, "default-deny", {}, ingress=[_rule("from", proxies, _port(_SOLVER_PORT))])
    # The hub publishes; the operator asks the connector how it is.
    callers = (proxies, hub, operator, {"podSelector": _match(cron)})
    yield _policy(
        wanted,
        "site",
        _match(site),
        ingress=[_rule("from", each, _port(SITE_PORT)) for each in callers],
        egress=[
            dns,
            _rule("to", hub, _port(cluster.hub.port)),
            # A public address of the platform leads to the entry's proxies, without leaving the cluster.
            _rule("to", proxies, *map(_port, entry.proxy_ports)),
            *to_identity,
            *to_database,
            _rule("to", {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(NOT_THE_INTERNET)}}, _port(_HTTPS)),
        ],
    )
    to_site = _rule("to", {"podSelector": _match(site)}, _port(SITE_PORT))
    yield _policy(wanted, "cron", _match(cron), egress=[dns, to_site])
    yield _policy(wanted, "install", _match(names.pod_selector(INSTALLATION)), egress=[dns, *to_database])


def _pods(namespace: str, labels: Mapping[str, str] | None = None) -> Body:
    peer: Body = {"namespaceSelector": _match({_NAMESPACE_NAME: namespace})}
    return {**peer, "podSelector": _match(labels)} if labels else peer


def _pods_of(service: PlatformService) -> Body:
    return _pods(service.namespace, service.pod_labels)


def _match(labels: Mapping[str, str]) -> Body:
    return {"matchLabels": dict(labels)}


def _rule(direction: str, peer: Body, *ports: Body) -> Body:
    return {direction: [peer], "ports": list(ports)}


def _port(number: int, protocol: str = "TCP") -> Body:
    return {"port": number, "protocol": protocol}


def _policy(
    wanted: DesiredTenant, name: str, pods: Body, *, ingress: Sequence[Body] = (), egress: Sequence[Body] = ()
) -> Body:
    """Whom some pods talk to; what no policy names is refused, both ways."""
    # Also where there is none: a rule that somebody adds is put back like any other change.
    rules = {"ingress": list(ingress), "egress": list(egress)}
    spec = {"podSelector": pods, "policyTypes": ["Ingress", "Egress"], **rules}
    return named(wanted, "networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)
