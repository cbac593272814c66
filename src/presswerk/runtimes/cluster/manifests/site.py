"""The site itself: its volume, its pods, how they grow, how they are installed, and its clock."""

import json
from collections.abc import Iterator

from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests.configuration import (
    INSTALLATION_DIRECTORY,
    INSTALLATION_FILE,
    WORDPRESS,
    command_files,
    installation_input,
    serving_files,
)
from presswerk.runtimes.cluster.manifests.network import INSTALLATION, SITE_PORT
from presswerk.runtimes.cluster.manifests.pod import (
    SHUT,
    STOP_SECONDS,
    TEMPORARY_MOUNT,
    container_of,
    environment_of,
    pod_spec,
    secret_volume,
    site_volumes,
    temporary_volume,
)
from presswerk.runtimes.cluster.manifests.resources import (
    CRON_LIMITS,
    CRON_REQUESTS,
    site_resources,
)
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant, named
from presswerk.sites.container import ALIVE_PATH, READY_PATH, WEDGED_SECONDS

_LEAVING_SECONDS = 5
"""Until the entry has noticed that a pod is leaving, requests still come to it."""
_TARGET_CPU_PERCENT = 70
_CLOCK_MINUTES = 5
_FIRST_START_SECONDS = 300


def site_objects(wanted: DesiredTenant, configuration_digest: str) -> Iterator[Body]:
    """Volume, Deployment, Service and what belongs to them, in the order they are applied.

    Args:
        wanted: The tenant.
        configuration_digest: Of the site's configuration: when it changes, the pods are replaced.
    """
    yield volume_claim(wanted)
    yield named(
        wanted,
        "v1",
        "Service",
        names.SITE,
        names.SITE,
        spec={
            "type": "ClusterIP",
            "selector": names.pod_selector(names.SITE),
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
        },
    )
    yield _deployment(wanted, configuration_digest)
    if wanted.can_scale and not wanted.suspended:
        yield _autoscaler(wanted)
        if wanted.cluster.copies[0] > 1:
            budget = {"maxUnavailable": 1, "selector": {"matchLabels": names.pod_selector(names.SITE)}}
            yield named(wanted, "policy/v1", "PodDisruptionBudget", names.SITE, spec=budget)
    if not wanted.suspended:
        yield _installation(wanted)
    yield _clock(wanted)


def volume_claim(wanted: DesiredTenant) -> Body:
    """The claim of the volume that holds the site's files."""
    storage = wanted.cluster.storage
    many = wanted.shares_volume
    spec: Body = {
        "accessModes": ["ReadWriteMany" if many else "ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{wanted.allotment.limits.storage_gib}Gi"}},
    }
    chosen = storage.shared_class if many else storage.block_class
    if chosen is not None:
        spec["storageClassName"] = chosen
    return named(wanted, "v1", "PersistentVolumeClaim", names.VOLUME, names.SITE, spec=spec)


def _deployment(wanted: DesiredTenant, configuration_digest: str) -> Body:
    spec: Body = {
        "selector": {"matchLabels": names.pod_selector(names.SITE)},
        "revisionHistoryLimit": 2,
        "paused": False,
        # A volume that one node mounts, and a file that one process writes, cannot have two pods even for a moment.
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
        if wanted.shares_volume
        else {"type": "Recreate"},
        "template": {
            "metadata": {
                "labels": names.labels(wanted.tenant.id, names.SITE),
                "annotations": {"presswerk.io/configuration": configuration_digest},
            },
            "spec": {
                **pod_spec(),
                "terminationGracePeriodSeconds": STOP_SECONDS,
                "topologySpreadConstraints": [
                    _spread("kubernetes.io/hostname"),
                    _spread("topology.kubernetes.io/zone"),
                ],
                "containers": [_site_container(wanted)],
                "volumes": site_volumes(serving_files(wanted)),
            },
        },
    }
    if wanted.suspended:
        spec["replicas"] = 0
    elif not wanted.can_scale:
        spec["replicas"] = 1
    # With an autoscaler the number of copies is its own to say.
    return named(wanted, "apps/v1", "Deployment", names.SITE, names.SITE, spec=spec)


def _site_container(wanted: DesiredTenant) -> Body:
    host = [{"name": "Host", "value": wanted.hosts[0]}, {"name": "X-Forwarded-Proto", "value": "https"}]
    return {
        **container_of(wanted, names.SITE),
        "ports": [{"name": "http", "containerPort": SITE_PORT, "protocol": "TCP"}],
        "env": environment_of(wanted),
        "resources": site_resources(wanted.allotment.limits),
        # A first start fills the volume, which takes as long as the disk needs.
        # It is asked each second, because a site with a single writer is away until it answers.
        "startupProbe": _probe(ALIVE_PATH, host, period=1, failures=_FIRST_START_SECONDS),
        # The connector's index needs PHP, WordPress, the connector and the database to work; a redirect is no answer.
        "readinessProbe": _probe(READY_PATH, host, period=10, failures=3),
        # Whether a worker answers, no more: a database that is away is not mended by killing who asks it. No request
        # keeps a worker for longer than the image's time limit, which is shorter than this.
        "livenessProbe": _probe(ALIVE_PATH, host, period=20, failures=WEDGED_SECONDS // 20),
        # A single copy leaves at once: no other one takes its requests, so waiting would only make the gap longer.
        **({"lifecycle": {"preStop": {"sleep": {"seconds": _LEAVING_SECONDS}}}} if wanted.shares_volume else {}),
    }


def _probe(path: str, headers: list[Body], *, period: int, failures: int) -> Body:
    return {
        "httpGet": {"path": path, "port": "http", "httpHeaders": headers},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _autoscaler(wanted: DesiredTenant) -> Body:
    least, most = wanted.cluster.copies
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": _TARGET_CPU_PERCENT}},
    }
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": names.SITE},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": [metric],
    }
    return named(wanted, "autoscaling/v2", "HorizontalPodAutoscaler", names.SITE, spec=spec)


def _installation(wanted: DesiredTenant) -> Body:
    """A Job whose name tells its input, so that another input is another Job; what it does can be repeated."""
    told = names.digest(json.dumps([installation_input(wanted), wanted.cluster.wordpress_image, wanted.url]))
    container = {
        **container_of(wanted, names.SITE),
        "command": ["php", "-d", "display_errors=stderr", f"{WORDPRESS}/install.php"],
        "env": [
            *environment_of(wanted),
            {"name": "PRESSWERK_INSTALLATION", "value": f"{INSTALLATION_DIRECTORY}/installation.json"},
        ],
        "resources": site_resources(wanted.allotment.limits),
    }
    container["volumeMounts"] = [
        *container["volumeMounts"],
        {"name": "installation", "mountPath": INSTALLATION_DIRECTORY, "readOnly": True},
    ]
    volumes = [*site_volumes(command_files(wanted)), secret_volume("installation", [INSTALLATION_FILE])]
    pod = {**pod_spec(), "restartPolicy": "Never", "containers": [container], "volumes": volumes}
    if not wanted.shares_volume:
        # The volume is on the site's node, and waits for no pod of ours but the site's to be bound.
        pod["affinity"] = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_beside_the_site()]}}
    spec = {
        "backoffLimit": 6,
        "activeDeadlineSeconds": 900,
        "template": {"metadata": {"labels": names.labels(wanted.tenant.id, INSTALLATION)}, "spec": pod},
    }
    return named(wanted, "batch/v1", "Job", f"{INSTALLATION}-{told}", INSTALLATION, spec=spec)


def _beside_the_site() -> Body:
    return {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": names.pod_selector(names.SITE)},
    }


def _clock(wanted: DesiredTenant) -> Body:
    """WordPress's own clock, each tenant's at a minute of its own, so that not all of them start at once."""
    minute = int(names.digest(wanted.tenant.id), 16) % _CLOCK_MINUTES
    container = {
        "name": "clock",
        "image": wanted.cluster.wordpress_image,
        "imagePullPolicy": wanted.cluster.image_pull_policy,
        "command": ["php", f"{WORDPRESS}/image/cron.php"],
        "env": [
            {"name": "PRESSWERK_SITE_HOST", "value": wanted.hosts[0]},
            {"name": "PRESSWERK_SITE_INTERNAL_URL", "value": f"http://{names.SITE}"},
        ],
        "resources": {"requests": CRON_REQUESTS.as_resources(), "limits": CRON_LIMITS.as_resources()},
        "securityContext": dict(SHUT),
        "volumeMounts": [dict(TEMPORARY_MOUNT)],
    }
    pod = {**pod_spec(), "restartPolicy": "Never", "containers": [container], "volumes": [temporary_volume("16Mi")]}
    job = {
        "backoffLimit": 0,
        "activeDeadlineSeconds": 280,
        "template": {"metadata": {"labels": names.labels(wanted.tenant.id, names.CRON)}, "spec": pod},
    }
    spec = {
        "schedule": f"{minute}-59/{_CLOCK_MINUTES} * * * *",
        "suspend": wanted.suspended,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 200,
        "successfulJobsHistoryLimit": 0,
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {"metadata": {"labels": names.labels(wanted.tenant.id, names.CRON)}, "spec": job},
    }
    return named(wanted, "batch/v1", "CronJob", names.CRON, names.CRON, spec=spec)


def _spread(key: str) -> Body:
    return {
        "topologyKey": key,
        "maxSkew": 1,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": names.pod_selector(names.SITE)},
    }
