import dataclasses
import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, select, update

from presswerk.declaration import Tenant
from presswerk.tenants import CannotOpen, TenantRegistry, TenantState, UnknownTenant, Vault
from presswerk.tenants.tables import tenants
from presswerk.wordpress import Connection

ACME = Tenant(id="acme", name="Acme News")
CONNECTION = Connection("http://acme.localhost:1", "http://127.0.0.1:1", "presswerk", "very secret")


@pytest.fixture
def key() -> str:
    return Fernet.generate_key().decode()


def test_a_tenant_and_its_connection_come_back(engine: Engine, key: str) -> None:
    registry = TenantRegistry(engine, Vault((key,)))
    registered = registry.put(ACME, CONNECTION)
    assert registered.tenant == ACME
    assert registered.state is TenantState.ACTIVE
    assert registry.list() == (registered,)
    assert registry.connection("acme") == CONNECTION


def test_what_is_unset_is_not_stored_for_a_hub_of_before_to_stumble_over(engine: Engine, key: str) -> None:
    TenantRegistry(engine, Vault((key,))).put(ACME, CONNECTION)

    with engine.connect() as database:
        stored = json.loads(database.execute(select(tenants.c.declaration)).scalar_one())

    assert stored.items() >= {("id", "acme"), ("name", "Acme News"), ("language", "en-US")}
    assert "theme" not in stored
    assert None not in stored.values()


def test_the_password_is_sealed_at_rest(engine: Engine, key: str, tmp_path: Path) -> None:
    TenantRegistry(engine, Vault((key,))).put(ACME, CONNECTION)
    engine.dispose()
    assert not [path for path in tmp_path.iterdir() if b"very secret" in path.read_bytes()]


def test_putting_again_replaces_all_but_the_state(engine: Engine, key: str) -> None:
    registry = TenantRegistry(engine, Vault((key,)))
    registry.put(ACME, CONNECTION)
    registry.set_state("acme", TenantState.SUSPENDED)
    changed = dataclasses.replace(CONNECTION, application_password="another")
    registry.put(Tenant(id="acme", name="New name"), changed)
    assert registry.get("acme").tenant.name == "New name"
    assert registry.get("acme").state is TenantState.SUSPENDED
    assert registry.connection("acme") == changed


def test_nobodys_tenant_is_unknown(engine: Engine, key: str) -> None:
    registry = TenantRegistry(engine, Vault((key,)))
    for strange in ("acme", "", "a\0b", "' OR 1=1"):
        with pytest.raises(UnknownTenant):
            registry.get(strange)


def test_keys_rotate(engine: Engine, key: str) -> None:
    new = Fernet.generate_key().decode()
    TenantRegistry(engine, Vault((key,))).put(ACME, CONNECTION)
    assert TenantRegistry(engine, Vault((new, key))).rotate() == 1
    assert TenantRegistry(engine, Vault((new,))).connection("acme") == CONNECTION


def test_another_tenants_connection_is_not_taken(engine: Engine, key: str) -> None:
    registry = TenantRegistry(engine, Vault((key,)))
    registry.put(ACME, CONNECTION)
    registry.put(Tenant(id="beta", name="Beta"), dataclasses.replace(CONNECTION, application_password="theirs"))
    with engine.begin() as database:
        stolen = database.execute(select(tenants.c.sealed_connection).where(tenants.c.id == "beta")).scalar_one()
        database.execute(update(tenants).where(tenants.c.id == "acme").values(sealed_connection=stolen))
    with pytest.raises(CannotOpen, match="another tenant"):
        registry.connection("acme")
