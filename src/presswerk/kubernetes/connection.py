"""Which cluster is meant, and a client of its API: the same for commands and for the operator."""

import os
from dataclasses import dataclass
from pathlib import Path

import httpx2
import yaml
from lightkube import KubeConfig
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.kubeconfig import SERVICE_ACCOUNT, SingleConfig
from lightkube.core.exceptions import ConfigError

from presswerk.kubernetes.api import DELIVERY_MANAGER, ClusterApi
from presswerk.kubernetes.errors import NoCluster

_TIMEOUT_SECONDS = 15.0
# What a file can be instead of a kubeconfig: not there, no YAML, of another shape, or with keys that are none.
_UNREADABLE = (ConfigError, yaml.YAMLError, OSError, AttributeError, KeyError, TypeError, ValueError)


@dataclass(frozen=True)
class KubeContext:
    """Which cluster.

    Attributes:
        kubeconfig: A file; None for what KUBECONFIG names, else the user's own, else the cluster this runs in.
        context: Of that file; None for its current one.
    """

    kubeconfig: Path | None = None
    context: str | None = None


def connect(target: KubeContext, *, field_manager: str = DELIVERY_MANAGER) -> ClusterApi:
    """A client of a cluster's API.

    Raises:
        NoCluster: There is no such file or context, or it cannot be read.
    """
    return ClusterApi(open_connection(target), field_manager=field_manager)


def open_connection(target: KubeContext, *, timeout_seconds: float = _TIMEOUT_SECONDS) -> httpx2.Client:
    """Open a connection to the API server; nothing is asked yet.

    Whom it trusts is what the kubeconfig says, and the proxy is the environment's (HTTPS_PROXY, NO_PROXY).

    Args:
        target: Which cluster.
        timeout_seconds: Of each call.

    Raises:
        NoCluster: There is no such file or context, or it cannot be read.
    """
    try:
        single = _chosen(target)
        if single.user is None:
            raise ConfigError("the context names no user")
        return Client(single, ConnectionParams(timeout=httpx2.Timeout(timeout_seconds)))
    except _UNREADABLE as error:
        raise NoCluster(
            f"No cluster can be found: {' '.join(str(error).split())}.",
            "Name a kubeconfig with --kubeconfig or KUBECONFIG, and one of its contexts with --context; "
            "`presswerk infra kubeconfig` writes one.",
        ) from None


def _chosen(target: KubeContext) -> SingleConfig:
    """By the rules of helm: both must mean the same cluster."""
    file = target.kubeconfig or _usual_file()
    named = target != KubeContext() or os.environ.get("KUBECONFIG")
    within = not named and not file.is_file() and Path(SERVICE_ACCOUNT).is_dir()
    found = KubeConfig.from_service_account() if within else KubeConfig.from_file(file)
    single = found.get(target.context)
    if single is None:
        raise ConfigError("the context names no user")
    return single


def _usual_file() -> Path:
    named = os.environ.get("KUBECONFIG", "")
    if os.pathsep in named:
        raise ConfigError(f"KUBECONFIG names several files ({named})")
    return Path(named) if named else Path.home() / ".kube" / "config"
