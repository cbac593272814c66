"""A hub with two tenants on site doubles and people of each role: what tests of publishing begin with."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from presswerk.tenants import TenantRegistry
from tests.support.hub import HubClient, HubProcess, hub_environment, register, running_hub
from tests.support.issuer import Issuer
from tests.support.site_double import SiteDouble, running_site_double

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)
"""One pixel."""


@dataclass
class Press:
    """Everything that runs."""

    hub: HubProcess
    issuer: Issuer
    acme: SiteDouble
    beta: SiteDouble
    environment: Mapping[str, str]
    registry: TenantRegistry

    def client(self, name: str, *groups: str) -> HubClient:
        """Somebody signed in, with these groups."""
        return self.hub.client(self.issuer.access_token(name, groups=groups))

    @property
    def anna(self) -> HubClient:
        """An author of acme."""
        return self.client("anna", "tenant-acme-author")

    @property
    def emil(self) -> HubClient:
        """An editor of acme."""
        return self.client("emil", "tenant-acme-editor")

    @property
    def ada(self) -> HubClient:
        """An admin of acme."""
        return self.client("ada", "tenant-acme-admin")

    @property
    def bert(self) -> HubClient:
        """An editor of beta."""
        return self.client("bert", "tenant-beta-editor")

    @property
    def olivia(self) -> HubClient:
        """An operator."""
        return self.client("olivia", "presswerk-admin")

    def heal(self) -> None:
        """Let the sites behave again."""
        for site in (self.acme, self.beta):
            site.faults.clear()
            site.down = False
            site.filter_content = str
            site.release.set()


@contextlib.contextmanager
def running_press(directory: Path, database_url: str, issuer: Issuer, **variables: str) -> Iterator[Press]:
    """Run a hub and its two sites until the block ends."""
    environment = hub_environment(database_url, issuer.url, **variables)
    with running_site_double() as acme, running_site_double() as beta:
        registry = register(environment, {"acme": acme.connection, "beta": beta.connection})
        with running_hub(directory, environment) as hub:
            yield Press(hub, issuer, acme, beta, environment, registry)
