"""A real Canaille with the demonstration's people, groups and clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from presswerk.declaration import Platform, demo_platform
from presswerk.identity.clients import CLI_CLIENT
from presswerk.identity.relying_party import TokenSet
from presswerk.openwebui.session import ProviderLogin
from presswerk.runtimes.local import secrets as names
from presswerk.runtimes.local.environments import ensure_environment
from presswerk.runtimes.local.identity import clients_of, identity_service, seed
from presswerk.runtimes.local.layout import Layout, Ports
from presswerk.runtimes.local.login import access_token, provider_login
from presswerk.runtimes.local.progress import silent
from presswerk.runtimes.local.secrets import Secrets
from tests.support.process import free_port, running


@dataclass(frozen=True)
class Identity:
    """A running identity provider, and what a test needs to sign people in."""

    layout: Layout
    platform: Platform
    secrets: Secrets = field(repr=False)
    python: Path

    @property
    def issuer(self) -> str:
        """Its issuer, without a trailing slash."""
        return self.layout.identity_url

    def password(self, user_name: str) -> str:
        """A person's password."""
        return self.secrets.get(names.person_password(user_name))

    def login(self, user_name: str) -> ProviderLogin:
        """Signs a person in through Canaille's pages."""
        return provider_login(user_name, self.password(user_name))

    def tokens(self, user_name: str, client_id: str = CLI_CLIENT) -> TokenSet:
        """A person's real tokens for one of the clients."""
        client = next(c for c in clients_of(self.layout, self.platform, self.secrets) if c.client_id == client_id)
        return access_token(self.issuer, user_name, self.password(user_name), client)


@contextmanager
def identity_running(
    state: Path, *, ports: Ports | None = None, platform: Platform | None = None
) -> Iterator[Identity]:
    """Canaille on a free port, seeded, until the block ends.

    Args:
        state: The state directory; made when it is not there.
        ports: Where the other services will be, for the clients' addresses; its `identity` is used too.
        platform: Whose people; the demonstration's when None.
    """
    used = ports if ports is not None else Ports(identity=free_port(), hub=free_port(), chat=free_port())
    layout = Layout(state, used)
    declared = platform if platform is not None else demo_platform()
    secrets = Secrets.open(layout)
    python = ensure_environment("canaille", layout, silent)
    seed(layout, declared, secrets, python)
    with running(identity_service(layout, secrets, python), layout.logs / "identity.log"):
        yield Identity(layout, declared, secrets, python)
