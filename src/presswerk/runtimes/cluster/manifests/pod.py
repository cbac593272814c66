"""What all pods of a site have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

from presswerk.kubernetes.kinds import Body
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests.configuration import (
    CONFIGURATION_DIRECTORY,
    FILES,
    site_environment,
)
from presswerk.runtimes.cluster.manifests.shape import DesiredTenant

_USER = 10_001
STOP_SECONDS = 60
"""How long a pod that ends may still be answering."""

SHUT: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}

TEMPORARY_MOUNT: Mapping[str, Any] = {"name": "temporary", "mountPath": "/tmp"}  # noqa: S108 - the container's own
"""Every container has one: nothing else of it can be written to."""


def pod_spec() -> Body:
    """Of a pod: no root, no token of the cluster."""
    return {
        "serviceAccountName": names.SITE,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def container_of(wanted: DesiredTenant, name: str) -> Body:
    """A container of the site's image, with the site's files and configuration."""
    return {
        "name": name,
        "image": wanted.cluster.wordpress_image,
        "imagePullPolicy": wanted.cluster.image_pull_policy,
        "securityContext": dict(SHUT),
        "volumeMounts": [
            {"name": "files", "mountPath": FILES},
            {"name": "configuration", "mountPath": CONFIGURATION_DIRECTORY, "readOnly": True},
            dict(TEMPORARY_MOUNT),
        ],
    }


def environment_of(wanted: DesiredTenant) -> list[Body]:
    """Where the image's scripts find what they work on."""
    return [{"name": name, "value": value} for name, value in site_environment(wanted).items()]


def site_volumes(files: Sequence[str]) -> list[Body]:
    """What `container_of` mounts.

    Args:
        files: Of the site's Secret.
    """
    return [
        {"name": "files", "persistentVolumeClaim": {"claimName": names.VOLUME}},
        secret_volume("configuration", files),
        temporary_volume("512Mi"),
    ]


def temporary_volume(size: str) -> Body:
    """What `TEMPORARY_MOUNT` mounts."""
    return {"name": "temporary", "emptyDir": {"sizeLimit": size}}


def secret_volume(name: str, files: Sequence[str], secret: str = names.CONFIGURATION) -> Body:
    """Files of a Secret, the site's own unless another is named."""
    items = [{"key": file, "path": file} for file in files]
    return {"name": name, "secret": {"secretName": secret, "defaultMode": 0o440, "items": items}}
