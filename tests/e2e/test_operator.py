"""The operator as a process of its own, with a real Open WebUI and the database of a running hub.

The cluster and Authentik are doubles; databases on a server are asked for in `test_databases_by_tier`. No site runs, so
that the tenant's connector does not answer; everything before that is as it is in production.
"""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from presswerk.database import connect
from presswerk.declaration import Tenant
from presswerk.identity.tables import audit_records
from presswerk.kubernetes.kinds import TENANT, Body
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.resource import tenant_body
from presswerk.runtimes.local.service import Service
from presswerk.runtimes.local.stack import CHAT_ADMIN_EMAIL, hub_database_url
from presswerk.tenants import TenantRegistry, TenantState, UnknownTenant, Vault
from tests.support.authentik_double import TOKEN, AuthentikDouble, running_authentik
from tests.support.cluster import Cluster, running_cluster
from tests.support.platform import RunningPlatform
from tests.support.process import free_port, running
from tests.support.waiting import until

pytestmark = pytest.mark.e2e

PLATFORM_YAML = """
domain: press.example
tenants:
  - {id: any, name: Any}
"""
ACME = Tenant(id="on-cluster", name="Acme News")
_NAMESPACE: Body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names.PLATFORM_NAMESPACE}}


@dataclass(frozen=True)
class World:
    cluster: Cluster
    authentik: AuthentikDouble
    registry: TenantRegistry
    engine: Engine
    log: Path
    secrets: tuple[str, ...]

    def phase(self) -> str | None:
        body = self.cluster.get(TENANT, ACME.id)
        return None if body is None else body.get("status", {}).get("phase")

    def connector_is_awaited(self) -> bool:
        """Whether the operator has done all its part, and says that the site does not answer."""
        body = self.cluster.get(TENANT, ACME.id) or {}
        conditions = {each["type"]: each for each in body.get("status", {}).get("conditions", ())}
        return bool(conditions.get("ConnectionReady", {}).get("reason") == "SiteUnavailable")

    def state(self) -> TenantState | None:
        with contextlib.suppress(UnknownTenant):
            return self.registry.get(ACME.id).state
        return None


@pytest.fixture
def world(platform: RunningPlatform, tmp_path: Path) -> Iterator[World]:
    key, database = platform.secrets.get("encryption-key"), hub_database_url(platform.layout)
    engine = connect(database)
    (tmp_path / "platform.yaml").write_text(PLATFORM_YAML)
    chat_password = platform.secrets.get("chat-admin-password")
    with running_cluster() as cluster, running_authentik() as authentik:
        cluster.controllers = True
        cluster.put(_NAMESPACE)
        (tmp_path / "kubeconfig").write_text(cluster.kubeconfig())
        port = free_port()
        service = Service(
            name="operator",
            command=(sys.executable, "-m", "presswerk.cli", "operator", "run"),
            directory=tmp_path,
            environment={
                "KUBECONFIG": str(tmp_path / "kubeconfig"),
                "PRESSWERK_PLATFORM_FILE": str(tmp_path / "platform.yaml"),
                "PRESSWERK_DATABASE_URL": database,
                "PRESSWERK_ENCRYPTION_KEYS": key,
                "PRESSWERK_OIDC_ISSUER": f"{authentik.url}/",
                "PRESSWERK_AUTHENTIK_TOKEN": TOKEN,
                "PRESSWERK_CHAT_URL": platform.layout.chat_url,
                "PRESSWERK_CHAT_ADMIN_EMAIL": CHAT_ADMIN_EMAIL,
                "PRESSWERK_CHAT_ADMIN_PASSWORD": chat_password,
                "PRESSWERK_OPERATOR_PORT": str(port),
            },
            health_url=f"http://127.0.0.1:{port}/health/ready",
        )
        with running(service, tmp_path / "operator.log"):
            registry = TenantRegistry(engine, Vault.from_setting(key))
            yield World(cluster, authentik, registry, engine, tmp_path / "operator.log", (key, TOKEN, chat_password))
    engine.dispose()


def test_a_tenants_life_reaches_everybody_and_leaves_nothing(world: World, platform: RunningPlatform) -> None:
    with OpenWebUIClient(platform.layout.chat_url) as chat:
        chat.use_token((platform.layout.run / "chat-administrator-session").read_text())
        groups = {group.name for group in chat.groups()}

        world.cluster.put(tenant_body(ACME))
        until(world.connector_is_awaited)
        connection = world.registry.connection(ACME.id)
        known_to_authentik = str(world.authentik.store)
        world.cluster.put(tenant_body(ACME, suspended=True))
        until(lambda: world.phase() == "Suspended")
        closed = world.state()
        world.cluster.delete(TENANT, ACME.id)
        until(lambda: world.phase() is None)

        assert connection.public_url == "https://on-cluster.press.example"
        assert ACME.id in known_to_authentik
        assert closed is TenantState.SUSPENDED
        assert world.state() is None
        assert ACME.id not in str(world.authentik.store)
        assert {group.name for group in chat.groups()} == groups
        assert [record.id for record in chat.model_records() if ACME.id in record.id] == []
        assert [str(key) for key in world.cluster.everything() if ACME.id in str(key)] == []
        with world.engine.connect() as database:
            mine = select(audit_records.c.action).where(audit_records.c.tenant == ACME.id).order_by(audit_records.c.id)
            acts = list(database.execute(mine).scalars())
        assert acts == ["tenant.create", "tenant.suspend", "tenant.delete"]
        told = world.log.read_text()
        assert [secret for secret in (*world.secrets, connection.application_password) if secret in told] == []
