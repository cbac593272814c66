"""What there is to ask of tenants, as far as each has come."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from presswerk.database import connect, migrate
from presswerk.operations.checks.platform import tenants_and_sites
from presswerk.operations.checks.targets import Site
from presswerk.spec import Tenant
from presswerk.tenants import Declarations, Origin, TenantRegistry, Vault, Wanted
from presswerk.wordpress import Connection

ACME = Tenant(id="acme", name="Acme")


@pytest.mark.parametrize(
    ("come_so_far", "under_way"),
    [
        ("declared", "It is being made."),
        ("failed", ""),
        ("carried out", ""),
        ("changed since", ""),
        ("leaving", "It is being removed."),
    ],
)
def test_a_site_that_comes_or_goes_is_under_way(tmp_path: Path, come_so_far: str, under_way: str) -> None:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    vault = Vault.from_setting(Fernet.generate_key().decode())
    declarations, registry = Declarations(engine), TenantRegistry(engine, vault)
    registry.put(ACME, Connection("http://acme", "http://127.0.0.1:1", "presswerk", "x"))
    declarations.add(ACME, Origin.COMMAND)
    if come_so_far == "failed":
        declarations.failed(declarations.get("acme"), "It has no database.")
    elif come_so_far != "declared":
        declarations.carried_out(declarations.get("acme"))
    if come_so_far == "changed since":
        declarations.change(declarations.get("acme"), tenant=Tenant(id="acme", name="Acme News"))
    if come_so_far == "leaving":
        declarations.change(declarations.get("acme"), wanted=Wanted.ABSENT)

    (site,) = [target for target in tenants_and_sites(declarations, registry, "http://id") if isinstance(target, Site)]

    assert site.under_way == under_way
