"""What stands between people and the platform, asked when an endpoint does not answer: address and certificates."""

from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import CERTIFICATE, GATEWAY, Body, Ref
from presswerk.runtimes.cluster.cluster import Entry
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE

_GATEWAY = Ref(GATEWAY, PLATFORM_NAMESPACE, Entry().gateway)


def entry_problems(connection: ClusterApi) -> tuple[str, ...]:
    """Sentences on the Gateway's address and on certificates that are not there; none when nothing is known."""
    try:
        gateway = connection.get(_GATEWAY)
        certificates, _ = connection.list(CERTIFICATE, namespace=PLATFORM_NAMESPACE)
    except ClusterError:
        return ()
    return (*_address(gateway), *(told for each in certificates if (told := _certificate(each))))


def _address(gateway: Body | None) -> tuple[str, ...]:
    if gateway is None:
        return ()
    found = [each["value"] for each in gateway.get("status", {}).get("addresses", [])]
    if not found:
        return ("the Gateway has no address yet: the cloud has given it no load balancer",)
    return (f"the Gateway's address is {', '.join(found)}: DNS must lead there",)


def _certificate(body: Body) -> str:
    ready = [each for each in body.get("status", {}).get("conditions", []) if each.get("type") == "Ready"]
    if not ready or ready[0].get("status") == "True":
        return ""
    return f"Certificate {body['metadata']['name']} is not ready: {ready[0].get('message', 'no reason given')}"
