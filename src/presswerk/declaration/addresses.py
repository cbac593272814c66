"""Under which names people reach the platform's own services (pure)."""

from dataclasses import dataclass

from presswerk.declaration.platform import Platform
from presswerk.errors import PresswerkError


class NoDomain(PresswerkError):
    """The platform declares no domain, so nobody could reach it on a cluster."""

    remedy = "For example `domain: press.example`."

    def __init__(self) -> None:
        super().__init__("domain: is missing; on a cluster every site is <tenant>.<domain>, so declare it")


@dataclass(frozen=True)
class Addresses:
    """Host names; every one of them is served over https.

    Attributes:
        domain: Every site without a domain of its own is `<tenant>.<domain>`.
        hub: The console and the API.
        chat: Open WebUI.
        identity: The identity provider.
    """

    domain: str
    hub: str
    chat: str
    identity: str

    def site(self, tenant_id: str) -> str:
        """The host of a tenant's site, which also a site with a domain of its own keeps."""
        return f"{tenant_id}.{self.domain}"

    @property
    def hub_url(self) -> str:
        """The hub as a browser sees it."""
        return f"https://{self.hub}"

    @property
    def chat_url(self) -> str:
        """Open WebUI as a browser sees it."""
        return f"https://{self.chat}"

    @property
    def identity_url(self) -> str:
        """The identity provider as a browser sees it."""
        return f"https://{self.identity}"


def addresses_of(platform: Platform) -> Addresses:
    """The names a platform's services have.

    Raises:
        NoDomain: It declares no domain.
    """
    if platform.domain is None:
        raise NoDomain
    return Addresses(
        domain=platform.domain,
        hub=f"hub.{platform.domain}",
        chat=f"chat.{platform.domain}",
        identity=platform.identity.host or f"id.{platform.domain}",
    )
