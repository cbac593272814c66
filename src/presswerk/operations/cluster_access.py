"""Which cluster a hub or a command speaks with."""

from pathlib import Path

import httpx2
import yaml
from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ConfigError

from presswerk.errors import PresswerkError
from presswerk.kubernetes.api import ClusterApi

_TIMEOUT_SECONDS = 15.0
# What a file can be instead of a kubeconfig: not there, no YAML, of another shape, or with keys that are none.
_UNREADABLE = (ConfigError, yaml.YAMLError, OSError, AttributeError, KeyError, TypeError, ValueError)


class NoCluster(PresswerkError):
    """No cluster is named, or what names it cannot be read."""


def cluster_api(kubeconfig: Path | None = None) -> ClusterApi:
    """The cluster's API; nothing is asked yet.

    Args:
        kubeconfig: A file; None for the cluster this runs in, or else what KUBECONFIG names.

    Raises:
        NoCluster: There is none.
    """
    try:
        config = KubeConfig.from_env() if kubeconfig is None else KubeConfig.from_file(kubeconfig)
        return ClusterApi(Client(config=config, timeout=httpx2.Timeout(_TIMEOUT_SECONDS)))
    except _UNREADABLE as error:
        told = " ".join(str(error).split())
        raise NoCluster(
            f"No cluster can be found: {told}.", "Name a kubeconfig, with --kubeconfig or KUBECONFIG."
        ) from None
