"""The hub as a process of its own, on a free port, and a small client for its API."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet

from presswerk.database import connect, migrate
from presswerk.declaration import Tenant, TierName, demo_platform
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import DeclaredPlatform, TenantRegistry, Vault
from presswerk.wordpress.model import Connection
from tests.support.process import NO_AUTHORITIES, free_port
from tests.support.waiting import PATIENCE_SECONDS, until

SERVE = ("-m", "presswerk.cli", "hub", "serve")
_RATES = tuple(
    f"PRESSWERK_{name}_PER_MINUTE"
    for name in ("PERSON_REQUESTS", "TENANT_REQUESTS", "STRANGER_REQUESTS", "FAILED_SIGN_INS")
)
FINAL = frozenset({"held", "drafted", "published", "failed", "cancelled"})


@dataclass
class HubProcess:
    """A hub that can be started, killed and started again on the same databases.

    Attributes:
        directory: Its own; the log is in it.
        environment: Its configuration.
        command: What Python runs.
    """

    directory: Path
    environment: Mapping[str, str]
    command: Sequence[str] = SERVE
    process: subprocess.Popen[bytes] | None = None
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> str:
        """Everything it wrote so far."""
        path = self.directory / f"{self.environment['PRESSWERK_EXECUTOR_ID']}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self, **changes: str) -> None:
        """Start it and wait until it is ready; `changes` are further variables."""
        self.spawn(**changes)
        self.await_ready()

    def spawn(self, **changes: str) -> None:
        """Start it."""
        names = ("PATH", "HOME", "LANG", "TMPDIR")
        inherited = {name: os.environ[name] for name in names if name in os.environ}
        variables = {**inherited, **self.environment, "PRESSWERK_HUB_PORT": str(self.port), **changes}
        with (self.directory / f"{self.environment['PRESSWERK_EXECUTOR_ID']}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def await_ready(self) -> None:
        """Wait until it is ready."""

        def ready() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, f"the hub ended with {self.process.returncode}:\n{self.log[-4000:]}"
            try:
                return httpx.get(f"{self.url}/health/ready", timeout=5, verify=NO_AUTHORITIES).status_code == 200
            except httpx.HTTPError:
                return False

        until(ready, lambda: f"the hub was not ready in time:\n{self.log[-4000:]}")

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)

    def await_death(self) -> int:
        """Wait until it has ended by itself; its exit status."""
        assert self.process is not None
        return self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> int | None:
        """Ask it to stop, and wait; its exit status."""
        if self.process is None:
            return None
        self.process.terminate()
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the hub did not stop in time:\n{self.log[-4000:]}") from None

    def client(self, token: str) -> "HubClient":
        """A client that signs in with a token."""
        return HubClient(self.url, token)


@dataclass(frozen=True)
class HubClient:
    """Calls the API as one person."""

    url: str
    token: str

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send a request below /api/v1."""
        headers = {"Authorization": f"Bearer {self.token}", **arguments.pop("headers", {})}
        address = f"{self.url}/api/v1{path}"
        return httpx.request(method, address, headers=headers, timeout=60, verify=NO_AUTHORITIES, **arguments)

    def publish(self, tenant: str, markdown: str, *, key: str | None = None, **fields: Any) -> dict[str, Any]:
        """Hand in an article; the publication."""
        headers = {"Idempotency-Key": key} if key else {}
        body = {"tenant": tenant, "markdown": markdown, **fields}
        return _json(self.request("POST", "/publications", json=body, headers=headers), 202)

    def revise(self, publication: str, tenant: str, markdown: str, **fields: Any) -> dict[str, Any]:
        """Hand in a newer version; the publication."""
        body = {"tenant": tenant, "markdown": markdown, **fields}
        return _json(self.request("PUT", f"/publications/{publication}", json=body), 202)

    def get(self, publication: str) -> dict[str, Any]:
        """Look at a publication."""
        return _json(self.request("GET", f"/publications/{publication}"), 200)

    def act(self, publication: str, act: str, **fields: Any) -> dict[str, Any]:
        """Retry or cancel; the publication."""
        body = {"json": fields} if fields else {}
        return _json(self.request("POST", f"/publications/{publication}/{act}", **body), 202)

    def site_state(self, publication: str) -> dict[str, Any]:
        """What the site holds of a publication now."""
        return _json(self.request("GET", f"/publications/{publication}/site"), 200)

    def await_state(self, publication: str, *states: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Wait until the publication is in one of the states, or in any final one when none is named."""
        return self.await_that(publication, lambda found: found["state"] in (states or FINAL), seconds=seconds)

    def await_that(
        self, publication: str, condition: Callable[[dict[str, Any]], bool], *, seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """Wait until the publication fulfils a condition."""
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(httpx.TransportError):
                found = self.get(publication)
                if condition(found):
                    return found
                assert time.monotonic() < deadline, f"did not happen in time: {found}"
            assert time.monotonic() < deadline, "the hub did not answer in time"
            time.sleep(0.1)

    def events(self, publication: str, after: int = 0, limit: int | None = None) -> list[tuple[int, str, Any]]:
        """Follow the stream to its end, or for so many events: id, kind, data."""
        headers = {"Authorization": f"Bearer {self.token}", "Last-Event-ID": str(after)}
        address = f"{self.url}/api/v1/publications/{publication}/events"
        found: list[tuple[int, str, Any]] = []
        with httpx.stream("GET", address, headers=headers, timeout=60, verify=NO_AUTHORITIES) as response:
            assert response.status_code == 200, response.read()
            assert response.headers["content-type"].startswith("text/event-stream")
            fields: dict[str, str] = {}
            for line in response.iter_lines():
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                elif "data" in fields:
                    found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
                    fields = {}
                    if limit is not None and len(found) >= limit:
                        break
        return found


def _json(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    found: dict[str, Any] = response.json()
    return found


def hub_environment(database_url: str, issuer: str, *, executor_id: str = "hub-0", **more: str) -> dict[str, str]:
    """A hub's configuration for tests: short waits between tries."""
    return {
        "PRESSWERK_DATABASE_URL": database_url,
        "PRESSWERK_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "PRESSWERK_OIDC_ISSUER": issuer,
        "PRESSWERK_EXECUTOR_ID": executor_id,
        "PRESSWERK_RETRY_FIRST_DELAY_SECONDS": "0.5",
        "PRESSWERK_RETRY_LONGEST_DELAY_SECONDS": "2",
        # One person of a test asks as often as a hundred do.
        **dict.fromkeys(_RATES, "1000000"),
        **more,
    }


def register(environment: Mapping[str, str], connections: Mapping[str, Connection]) -> TenantRegistry:
    """Put tenants into a hub's database, as provisioning does."""
    engine = connect(environment["PRESSWERK_DATABASE_URL"])
    migrate(engine)
    registry = TenantRegistry(engine, Vault.from_setting(environment["PRESSWERK_ENCRYPTION_KEYS"]))
    for tenant, connection in connections.items():
        # More articles than the lowest tier allows a month are made in a single test.
        registry.put(Tenant(id=tenant, name=f"{tenant.title()} News", tier=TierName.ENTERPRISE), connection)
    return registry


def local_tenants(environment: Mapping[str, str]) -> LocalRuntime:
    """What is wanted of a hub's tenants, in its database."""
    engine = connect(environment["PRESSWERK_DATABASE_URL"])
    registry = TenantRegistry(engine, Vault.from_setting(environment["PRESSWERK_ENCRYPTION_KEYS"]))
    return LocalRuntime(engine, registry, DeclaredPlatform(demo_platform()))


@contextlib.contextmanager
def running_hub(
    directory: Path, environment: Mapping[str, str], command: Sequence[str] = SERVE
) -> Iterator[HubProcess]:
    """Run a hub until the block ends."""
    hub = HubProcess(directory, environment, command)
    try:
        hub.start()
        yield hub
    finally:
        hub.stop()
