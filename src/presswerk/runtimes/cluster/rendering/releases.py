"""Which charts an installation is made of, and which version of each. The one place where these stand."""

from dataclasses import dataclass
from types import MappingProxyType

from presswerk import __version__
from presswerk.declaration import Platform
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE

GATEWAY_API_VERSION = "1.6.0"
"""Definitions of the Gateway API, its standard channel; Envoy Gateway's chart brings its own."""
GATEWAY_API_URL = (
    f"https://github.com/kubernetes-sigs/gateway-api/releases/download/v{GATEWAY_API_VERSION}/standard-install.yaml"
)


@dataclass(frozen=True)
class Release:
    """One chart as it is installed.

    Attributes:
        name: Of the release, and of its file of values.
        namespace: Where it goes.
        chart: Its name, or the whole address of one in an OCI registry.
        version: Exactly this one.
        repository: Where the chart is; empty for an OCI registry and for our own.
        purpose: Why it is there.
    """

    name: str
    namespace: str
    chart: str
    version: str
    repository: str
    purpose: str

    @property
    def values_path(self) -> str:
        """Its values, below the rendered directory."""
        return f"values/{self.name}.yaml"

    def command(self) -> str:
        """How to install or upgrade it by hand, from the rendered directory."""
        where = f" --repo {self.repository}" if self.repository else ""
        return (
            f"helm upgrade --install {self.name} {self.chart}{where} --version {self.version} "
            f"--namespace {self.namespace} --values {self.values_path} --wait"
        )


CERT_MANAGER = Release(
    "cert-manager",
    "cert-manager",
    "oci://quay.io/jetstack/charts/cert-manager",
    "v1.21.0",
    "",
    "certificates",
)
ENTRIES = MappingProxyType(
    {
        "envoy-gateway": Release(
            "envoy-gateway",
            "envoy-gateway-system",
            "oci://docker.io/envoyproxy/gateway-helm",
            "v1.9.1",
            "",
            "lets requests in",
        ),
        "traefik": Release(
            "traefik", "traefik", "traefik", "41.3.0", "https://traefik.github.io/charts", "lets requests in"
        ),
    }
)
AUTHENTIK = Release(
    "authentik",
    "authentik",
    "authentik",
    "2026.8.0",
    "https://charts.goauthentik.io",
    "the identity provider",
)
OPEN_WEBUI = Release("open-webui", PLATFORM_NAMESPACE, "open-webui", "16.0.0", "https://helm.openwebui.com", "the chat")
OPEN_WEBUI_VERSION = "0.12.4"
"""The one the Action is tested with; its chart may name another."""
PRESSWERK = Release(
    "presswerk", PLATFORM_NAMESPACE, "deploy/charts/presswerk", __version__, "", "hub, operator, entry and issuer"
)


def releases(platform: Platform) -> tuple[Release, ...]:
    """What a platform consists of, in the order it is installed."""
    return (ENTRIES[platform.entry.controller], CERT_MANAGER, AUTHENTIK, OPEN_WEBUI, PRESSWERK)
