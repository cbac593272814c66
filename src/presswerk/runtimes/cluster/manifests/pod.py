"""What all pods of a site have in common."""

from collections.abc import Mapping
from typing import Any

from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.manifests.configuration import CONFIGURATION_DIRECTORY, CONFIGURATION_FILE, FILES
from presswerk.runtimes.cluster.manifests.shape import Body, Wanted

_USER = 10_001
WORDPRESS = "/srv/wordpress"
"""Where the image has WordPress (`core`) and the scripts that work on a site from outside."""
STOP_SECONDS = 60
"""How long a pod that ends may still be answering."""

SHUT: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


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


def container_of(wanted: Wanted, name: str) -> Body:
    """A container of the site's image, with the site's files and configuration."""
    return {
        "name": name,
        "image": wanted.cluster.wordpress_image,
        "imagePullPolicy": wanted.cluster.image_pull_policy,
        "securityContext": dict(SHUT),
        "volumeMounts": [
            {"name": "files", "mountPath": FILES},
            {"name": "configuration", "mountPath": CONFIGURATION_DIRECTORY, "readOnly": True},
            {"name": "temporary", "mountPath": "/tmp"},  # noqa: S108 - the container's own
        ],
    }


def environment_of(wanted: Wanted) -> list[Body]:
    """Where the image's scripts find what they work on."""
    values = {
        "PRESSWERK_SITE_CONFIG": f"{CONFIGURATION_DIRECTORY}/config.php",
        "PRESSWERK_SITE_CONTENT": f"{FILES}/content",
        "PRESSWERK_SITE_HOST": wanted.hosts[0],
        "PRESSWERK_WORDPRESS": f"{WORDPRESS}/core",
    }
    return [{"name": name, "value": value} for name, value in values.items()]


def site_volumes() -> list[Body]:
    """What `container_of` mounts."""
    return [
        {"name": "files", "persistentVolumeClaim": {"claimName": names.VOLUME}},
        secret_volume("configuration", CONFIGURATION_FILE),
        {"name": "temporary", "emptyDir": {"sizeLimit": "512Mi"}},
    ]


def secret_volume(name: str, file: str, secret: str = names.CONFIGURATION) -> Body:
    """One file of a Secret, the site's own unless another is named."""
    item = {"key": file, "path": file}
    return {"name": name, "secret": {"secretName": secret, "defaultMode": 0o440, "items": [item]}}
