"""Whether a site answers, asked as others ask it: through the gateway's Service, and as the hub asks its connector."""

import threading
import time
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from presswerk.certificates import authorities, is_refused
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.kinds import SERVICE
from presswerk.runtimes.cluster.cluster import Entry
from presswerk.runtimes.cluster.operator.outcome import ServiceError
from presswerk.wordpress.client import SiteClient
from presswerk.wordpress.errors import SiteError
from presswerk.wordpress.model import Connection

_TIMEOUT_SECONDS = 10.0
_GATEWAY_IS_FRESH_SECONDS = 300.0
_HTTPS = 443


class TrafficService(Protocol):
    """Asks sites."""

    def ask_entry(self, host: str, public_host: str) -> None:
        """Ask the gateway for a site, as a browser does.

        Args:
            host: The name that the platform gives the site.
            public_host: Where the site sends its readers; the same, or a domain of the tenant's own.

        Raises:
            ServiceError: It does not answer, or with something else than the site.
        """
        ...

    def ask_connector(self, connection: Connection) -> None:
        """Ask a site's connector how it is, as the hub does before it publishes.

        Raises:
            ServiceError: It does not answer, or cannot take articles.
        """
        ...


class ClusterTraffic:
    """Asks from inside the cluster.

    Args:
        api: Of the cluster; asked where the gateway's Service is.
        entry: Where requests come in.
        gateway: Address and port of the gateway, instead of its Service.
    """

    def __init__(self, api: ClusterApi, entry: Entry, gateway: tuple[str, int] | None = None) -> None:
        self._api = api
        self._entry = entry
        self._lock = threading.Lock()
        self._gateway = gateway
        self._looked_up = float("inf") if gateway is not None else float("-inf")

    def ask_entry(self, host: str, public_host: str) -> None:
        """Ask the gateway for a site, as a browser does."""
        address, port = self._where()
        url = httpx.URL(scheme="https", host=address, port=port, path="/", query=b"rest_route=/&_fields=name")
        try:
            # What the certificate must name is the site, not the Service.
            with httpx.Client(verify=authorities(), trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
                answer = client.get(url, headers={"Host": host}, extensions={"sni_hostname": host})
        except httpx.HTTPError as error:
            if is_refused(error):
                told = f"The certificate that the gateway shows for {host} is not trusted: {error}"
                raise ServiceError("CertificateRefused", told) from None
            told = f"The gateway at {address}:{port} does not answer for {host} ({type(error).__name__})."
            raise ServiceError("GatewayUnreachable", told) from None
        if not _is_the_site(answer, host, public_host):
            told = f"The gateway answers {answer.status_code} for https://{host}, and not with the site."
            raise ServiceError("GatewayAnswersOtherwise", told)

    def ask_connector(self, connection: Connection) -> None:
        """Ask a site's connector how it is, as the hub does before it publishes."""
        try:
            with SiteClient(connection, timeout_seconds=_TIMEOUT_SECONDS) as site:
                status = site.status()
        except SiteError as error:
            raise ServiceError(type(error).__name__, str(error)) from None
        if not status.writable:
            raise ServiceError("DatabaseReadOnly", "The site answers, but its database takes no changes.")

    def _where(self) -> tuple[str, int]:
        with self._lock:
            if self._gateway is None or time.monotonic() - self._looked_up > _GATEWAY_IS_FRESH_SECONDS:
                self._gateway, self._looked_up = self._look_up(), time.monotonic()
            return self._gateway

    def _look_up(self) -> tuple[str, int]:
        found, _ = self._api.list(SERVICE, self._entry.service_labels)
        for service in found:
            metadata = service["metadata"]
            ports = [port["port"] for port in service["spec"].get("ports", ())]
            if metadata["namespace"] == self._entry.proxy_namespace and _HTTPS in ports:
                return f"{metadata['name']}.{metadata['namespace']}.svc", _HTTPS
        raise ServiceError(
            "NoGateway",
            f"Namespace {self._entry.proxy_namespace} has no Service of the gateway with port {_HTTPS}; see whether "
            "its controller runs.",
        )


def _is_the_site(answer: httpx.Response, host: str, public_host: str) -> bool:
    if host != public_host:
        return answer.is_redirect and urlsplit(answer.headers.get("Location", "")).hostname == public_host
    try:
        return answer.is_success and "name" in answer.json()
    except (ValueError, TypeError):
        return False
