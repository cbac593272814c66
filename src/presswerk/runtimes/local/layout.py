"""Where the local runtime keeps things, and on which ports it listens."""

from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from presswerk.declaration import Tenant
from presswerk.declaration.addresses import Addresses

_HTTPS = 443


@dataclass(frozen=True)
class Ports:
    """TCP ports on loopback; a site takes `first_site` + its index among the tenants.

    Only `http` and `https` are the internet's: the entry listens there once the platform has a domain.
    """

    hub: int = 8000
    chat: int = 8080
    identity: int = 9000
    ai_stand_in: int = 8090
    first_site: int = 8101
    http: int = 80
    https: int = _HTTPS


def default_cache() -> Path:
    """The user's cache directory for downloads and environments that every state directory shares."""
    return platformdirs.user_cache_path("presswerk")


@dataclass(frozen=True)
class Layout:
    """Directories and addresses of one local installation.

    Attributes:
        state: All of its own state.
        ports: Where its services listen.
        cache: What can be rebuilt at any time.
        public: The names it has on the internet; None for one that only this machine reaches.
    """

    state: Path
    ports: Ports = field(default_factory=Ports)
    cache: Path = field(default_factory=default_cache)
    public: Addresses | None = None

    @property
    def logs(self) -> Path:
        """One log file for each service."""
        return self.state / "logs"

    @property
    def run(self) -> Path:
        """Supervisor's socket, pid file and configuration."""
        return self.state / "run"

    @property
    def environment_files(self) -> Path:
        """One file for each service with its environment, mode 0600: secrets live here and not in any argv."""
        return self.state / "env"

    @property
    def hub(self) -> Path:
        """The hub's databases."""
        return self.state / "hub"

    @property
    def identity(self) -> Path:
        """Canaille's configuration and database."""
        return self.state / "identity"

    @property
    def chat(self) -> Path:
        """Open WebUI's data."""
        return self.state / "chat"

    def site(self, tenant: str) -> Path:
        """All of one tenant's site: configuration, content, database."""
        return self.state / "sites" / tenant

    @property
    def entry(self) -> Path:
        """The entry's certificates."""
        return self.state / "entry"

    @property
    def https_suffix(self) -> str:
        """What stands behind a host in an address on the internet: nothing, unless the port is another than usual."""
        return "" if self.ports.https == _HTTPS else f":{self.ports.https}"

    @property
    def hub_url(self) -> str:
        """The hub as a browser sees it."""
        return self._of_this_machine(self.ports.hub) if self.public is None else self._on_the_internet(self.public.hub)

    @property
    def chat_url(self) -> str:
        """Open WebUI as a browser sees it."""
        public = self.public
        return self._of_this_machine(self.ports.chat) if public is None else self._on_the_internet(public.chat)

    @property
    def identity_url(self) -> str:
        """The identity provider as a browser sees it; also the issuer."""
        public = self.public
        return self._of_this_machine(self.ports.identity) if public is None else self._on_the_internet(public.identity)

    @property
    def ai_stand_in_url(self) -> str:
        """The offline stand-in's OpenAI-compatible base URL."""
        return f"http://localhost:{self.ports.ai_stand_in}/v1"

    def site_url(self, tenant: str, index: int) -> str:
        """A site as a browser sees it: a host of its own, so that its cookies stay its own."""
        if self.public is not None:
            return self._on_the_internet(self.public.site(tenant))
        return self._of_this_machine(self.ports.first_site + index, f"{tenant}.localhost")

    def site_address(self, tenant: Tenant, index: int) -> str:
        """Where a browser opens a tenant's site: at its own first domain, where it has one, else at `site_url`."""
        if not tenant.domains:
            return self.site_url(tenant.id, index)
        if self.public is not None:
            return self._on_the_internet(tenant.domains[0])
        return self._of_this_machine(self.ports.first_site + index, tenant.domains[0])

    def site_internal_url(self, index: int) -> str:
        """A site for server-to-server calls, which most C libraries could not resolve by `*.localhost`."""
        return f"http://127.0.0.1:{self.ports.first_site + index}"

    @staticmethod
    def _of_this_machine(port: int, host: str = "localhost") -> str:
        return f"http://{host}:{port}"

    def _on_the_internet(self, host: str) -> str:
        return f"https://{host}{self.https_suffix}"
