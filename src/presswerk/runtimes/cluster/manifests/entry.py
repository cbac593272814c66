"""How requests reach a site: its names, their certificate, and where each leads."""

from collections.abc import Iterator, Sequence

from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant, named

_GATEWAY_API = "gateway.networking.k8s.io"
_HTTPS = 443
_NAMES_PER_ROUTE = 16  # as many as an HTTPRoute may have


def entry_objects(wanted: DesiredTenant) -> Iterator[Body]:
    """Certificates, listeners, routes; of a suspended site also the leave to lead to the platform's closed page."""
    for host in wanted.hosts:
        yield _certificate(wanted, host)
    yield _listeners(wanted)
    if wanted.suspended:
        yield _leave(wanted)
    yield _route(wanted, names.SITE, wanted.hosts[:1], {"backendRefs": [_backend(wanted)]})
    others = wanted.hosts[1:]
    for number, start in enumerate(range(0, len(others), _NAMES_PER_ROUTE)):
        # Not for good: a domain can be given up.
        there = {"type": "RequestRedirect", "requestRedirect": {"hostname": wanted.hosts[0], "statusCode": 302}}
        chunk = others[start : start + _NAMES_PER_ROUTE]
        yield _route(wanted, f"{names.SITE}-other-{number}", chunk, {"filters": [there]})


def certificate_of(wanted: DesiredTenant, host: str) -> tuple[str, str]:
    """The names of a host's Certificate and of its Secret."""
    if host == wanted.platform_host:
        return names.SITE, names.CERTIFICATE_SECRET
    return names.certificate(host), names.certificate(host)


def _certificate(wanted: DesiredTenant, host: str) -> Body:
    """One for each name: a domain whose DNS does not lead here yet must not keep the others from having theirs."""
    name, secret = certificate_of(wanted, host)
    spec = {
        "secretName": secret,
        "dnsNames": [host],
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "issuerRef": {
            "group": "cert-manager.io",
            "kind": "ClusterIssuer",
            "name": wanted.cluster.entry.certificate_issuer,
        },
    }
    return named(wanted, "cert-manager.io/v1", "Certificate", name, spec=spec)


def _listeners(wanted: DesiredTenant) -> Body:
    entry = wanted.cluster.entry
    listeners = [
        {
            "name": f"host-{number}",
            "hostname": host,
            "port": _HTTPS,
            "protocol": "HTTPS",
            "tls": {"mode": "Terminate", "certificateRefs": [{"name": certificate_of(wanted, host)[1]}]},
            "allowedRoutes": {"namespaces": {"from": "Same"}},
        }
        for number, host in enumerate(wanted.hosts)
    ]
    parent = {"group": _GATEWAY_API, "kind": "Gateway", "name": entry.gateway, "namespace": entry.namespace}
    return named(
        wanted, f"{_GATEWAY_API}/v1", "ListenerSet", names.SITE, spec={"parentRef": parent, "listeners": listeners}
    )


def _route(wanted: DesiredTenant, name: str, hosts: Sequence[str], rule: Body) -> Body:
    parent = {"group": _GATEWAY_API, "kind": "ListenerSet", "name": names.SITE}
    spec = {"parentRefs": [parent], "hostnames": list(hosts), "rules": [rule]}
    return named(wanted, f"{_GATEWAY_API}/v1", "HTTPRoute", name, spec=spec)


def _backend(wanted: DesiredTenant) -> Body:
    if not wanted.suspended:
        return {"name": names.SITE, "port": 80}
    page = wanted.cluster.closed_page
    return {"name": page.name, "namespace": page.namespace, "port": page.port}


def _leave(wanted: DesiredTenant) -> Body:
    """A route may lead into another namespace only where that namespace says so; it is the one object outside ours."""
    page = wanted.cluster.closed_page
    leave = named(
        wanted,
        f"{_GATEWAY_API}/v1",
        "ReferenceGrant",
        wanted.namespace,
        spec={
            "from": [{"group": _GATEWAY_API, "kind": "HTTPRoute", "namespace": wanted.namespace}],
            "to": [{"group": "", "kind": "Service", "name": page.name}],
        },
    )
    leave["metadata"]["namespace"] = page.namespace
    return leave
