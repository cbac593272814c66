"""What there is to ask of tenants, as far as each has come."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from presswerk.database import connect, migrate
from presswerk.declaration import Platform, Tenant
from presswerk.operations.checks.model import NotAsItShouldBe
from presswerk.operations.checks.sites import address_of_its_own
from presswerk.operations.checks.targets import SiteTarget, TenantTarget
from presswerk.operations.checks.tenant_targets import tenants_and_sites
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import DeclaredPlatform, TenantRegistry, Vault
from presswerk.wordpress import Connection

ACME = Tenant(id="acme", name="Acme")


@pytest.mark.parametrize(
    ("come_so_far", "under_way"),
    [
        ("declared", "It is being made."),
        ("failed", ""),
        ("carried out", ""),
        ("changed since", "It is being changed."),
        ("leaving", "It is being removed."),
    ],
)
@pytest.mark.parametrize("changing", [True, False])
def test_a_site_that_comes_or_goes_is_under_way(
    tmp_path: Path, come_so_far: str, under_way: str, changing: bool
) -> None:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    vault = Vault.from_setting(Fernet.generate_key().decode())
    registry = TenantRegistry(engine, vault)
    tenants = LocalRuntime(engine, registry, DeclaredPlatform(Platform(tenants=(ACME,))))
    registry.put(ACME, Connection("http://acme", "http://127.0.0.1:1", "presswerk", "x"))
    known = tenants.apply(ACME)
    if come_so_far == "failed":
        tenants.failed(known, "It has no database.")
    elif come_so_far != "declared":
        tenants.carried_out(known)
    if come_so_far == "changed since":
        tenants.apply(Tenant(id="acme", name="Acme News"), known)
    if come_so_far == "leaving":
        tenants.remove(known, dt.datetime.now(dt.UTC))

    targets = tenants_and_sites(tenants, registry, "http://id", changing=changing)
    (site,) = [target for target in targets if isinstance(target, SiteTarget)]

    # Whatever is wrong with a site counts while nobody is at it.
    assert site.under_way == ("" if come_so_far == "changed since" and not changing else under_way)


def test_a_tenant_whose_address_is_the_platforms_own_is_a_finding(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    registry = TenantRegistry(engine, Vault.from_setting(Fernet.generate_key().decode()))
    tenants = LocalRuntime(engine, registry, DeclaredPlatform(Platform(tenants=(ACME,))))
    for tenant in (ACME, Tenant(id="hub", name="Hub News")):
        tenants.apply(tenant)
    targets = tenants_and_sites(tenants, registry, "http://id")

    told = {each.service: each for each in targets if isinstance(each, TenantTarget)}

    assert str(address_of_its_own(told["site-acme"])) == "Its address is its own."
    with pytest.raises(NotAsItShouldBe, match=r"hub\.<domain> is kept for the platform itself"):
        address_of_its_own(told["site-hub"])
