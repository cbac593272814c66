"""A tenant's namespace and what bounds everything inside: Pod Security, quota, default limits, no API access."""

import base64
from collections.abc import Iterator

from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests.resources import (
    CRON_LIMITS,
    Amounts,
    most_copies,
    site_limits,
)
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant, named

_LEVEL = "restricted"
_SMALL = Amounts(100, 64, 64)
"""The most of a pod that only calls or proves something; as much CPU as cert-manager gives its own."""
_JOBS_AT_ONCE = 2
"""A run of the site's clock, and one more that is just ending."""


def namespace_objects(wanted: DesiredTenant) -> Iterator[Body]:
    """Namespace, quota, limit range, service account, and what its pods show to the registry of their image."""
    levels = {f"pod-security.kubernetes.io/{mode}": _LEVEL for mode in ("enforce", "audit", "warn")}
    labels = {**names.labels(wanted.tenant.id), **levels}
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": wanted.namespace, "labels": labels}}
    yield _quota(wanted)
    yield _limit_range(wanted)
    credentials = wanted.cluster.registry_credentials
    if credentials is None:
        yield named(wanted, "v1", "ServiceAccount", names.SITE, automountServiceAccountToken=False)
        return
    data = {".dockerconfigjson": base64.b64encode(credentials.encode()).decode()}
    yield named(wanted, "v1", "Secret", names.REGISTRY, type="kubernetes.io/dockerconfigjson", data=data)
    pull = [{"name": names.REGISTRY}]
    yield named(wanted, "v1", "ServiceAccount", names.SITE, automountServiceAccountToken=False, imagePullSecrets=pull)


def _quota(wanted: DesiredTenant) -> Body:
    """Room for every copy, as many that are still leaving when a site is resumed, and the Jobs; nothing beyond."""
    limits = site_limits(wanted.allotment.limits)
    # A pod counts until it has ended, and a copy that is refused meanwhile is tried again only after a minute. The
    # last one is the installation.
    pods = 2 * most_copies(wanted) + 1
    # Each name is proven to the certificate authority by a pod and a Service of its own, for a moment.
    names_to_prove = len(wanted.hosts)
    small = _JOBS_AT_ONCE + names_to_prove
    hard = {
        "limits.cpu": f"{pods * limits.cpu_millicores + small * _SMALL.cpu_millicores}m",
        "limits.memory": f"{pods * limits.memory_mib + small * _SMALL.memory_mib}Mi",
        "limits.ephemeral-storage": f"{pods * limits.ephemeral_mib + small * _SMALL.ephemeral_mib}Mi",
        "pods": str(pods + small),
        "persistentvolumeclaims": "1",
        "requests.storage": f"{wanted.allotment.limits.storage_gib}Gi",
        "services": str(1 + names_to_prove),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }
    return named(wanted, "v1", "ResourceQuota", "tier", spec={"hard": hard})


def _limit_range(wanted: DesiredTenant) -> Body:
    """What a container gets that says nothing, so that the quota refuses no pod for saying nothing."""
    limits = site_limits(wanted.allotment.limits)
    item = {
        "type": "Container",
        "max": limits.as_resources(),
        "default": CRON_LIMITS.as_resources(),
        "defaultRequest": CRON_LIMITS.as_resources(),
    }
    return named(wanted, "v1", "LimitRange", "tier", spec={"limits": [item]})
