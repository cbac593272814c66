"""The whole platform on free ports: what tests of everything together begin with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx

from presswerk.identity.clients import CLI_CLIENT
from presswerk.identity.relying_party import TokenSet
from presswerk.operations.bringup import UpReport, bring_up, managed_connection
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.identity import clients_of
from presswerk.runtimes.local.installation import Installation
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.login import access_token
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.secrets import Secrets
from presswerk.runtimes.local.supervision import Supervision
from presswerk.wordpress import Connection
from tests.support.process import NO_AUTHORITIES, free_ports


@dataclass(frozen=True)
class RunningPlatform:
    """A platform with the demonstration's tenants and people."""

    installation: Installation
    report: UpReport

    @property
    def layout(self) -> Layout:
        """Where everything is."""
        return self.installation.layout

    @cached_property
    def secrets(self) -> Secrets:
        """All secrets of this run."""
        return Secrets.open(self.layout)

    def password(self, user_name: str) -> str:
        """A person's password."""
        return self.secrets.get(names.person_password(user_name))

    def tokens(self, user_name: str, client_id: str = CLI_CLIENT) -> TokenSet:
        """A person's real tokens for one of the clients."""
        platform = self.installation.platform()
        client = next(c for c in clients_of(self.layout, platform, self.secrets) if c.client_id == client_id)
        return access_token(self.layout.identity_url, user_name, self.password(user_name), client)

    def hub(self, token: str | None = None) -> httpx.Client:
        """The hub's API, as somebody."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.Client(
            base_url=self.layout.hub_url, headers=headers, timeout=30.0, trust_env=False, verify=NO_AUTHORITIES
        )

    def connection(self, tenant: str) -> Connection:
        """A tenant's managed connection."""
        return managed_connection(self.installation, tenant)


@contextmanager
def running_platform(state: Path) -> Iterator[RunningPlatform]:
    """Run the whole platform until the block ends.

    Args:
        state: Its state directory; it stays, for those who want to look into it afterwards.
    """
    first = free_ports(14)
    ports = Ports(hub=first, chat=first + 1, identity=first + 2, ai_stand_in=first + 3, first_site=first + 4)
    installation = Installation(Layout(state, ports))
    try:
        # An empty environment: a key of whoever runs the tests would replace the stand-in.
        yield RunningPlatform(installation, bring_up(installation, {}, silent))
    finally:
        Supervision(installation.layout).shutdown()
