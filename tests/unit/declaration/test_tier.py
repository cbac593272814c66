"""Tiers: what they allow, and what a tenant has in the end."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from presswerk.declaration import DEFAULT_TIERS, DatabaseKind, Feature, LimitOverrides, Platform, Tenant, Tier, TierName


def _platform(tenant: Tenant) -> Platform:
    return Platform(tenants=(tenant,))


def test_each_higher_tier_gives_at_least_as_much_of_everything() -> None:
    rising = [DEFAULT_TIERS[name].limits.model_dump() for name in (TierName.FREE, TierName.PRO, TierName.ENTERPRISE)]

    for lower, higher in itertools.pairwise(rising):
        assert all(higher[name] >= lower[name] for name in lower)


def test_the_kinds_of_database_are_those_of_the_design() -> None:
    assert [DEFAULT_TIERS[name].database for name in TierName] == [
        DatabaseKind.SQLITE,
        DatabaseKind.SHARED,
        DatabaseKind.OWN,
    ]


@given(st.sampled_from(TierName), st.data())
def test_overrides_within_the_maximum_are_what_a_tenant_gets_and_all_else_is_the_tiers(
    name: TierName, data: st.DataObject
) -> None:
    tier = DEFAULT_TIERS[name]
    storage = data.draw(st.integers(1, tier.maximum.storage_gib))
    tenant = Tenant(id="acme", name="Acme", tier=name, overrides=LimitOverrides(storage_gib=storage))

    limits = _platform(tenant).allotment(tenant).limits

    assert limits.model_dump() == {**tier.limits.model_dump(), "storage_gib": storage}


@given(st.sampled_from(TierName), st.integers(1, 3000))
def test_one_more_than_the_maximum_is_refused(name: TierName, more: int) -> None:
    most = DEFAULT_TIERS[name].maximum.storage_gib
    overrides = LimitOverrides(storage_gib=min(4096, most + more))

    with pytest.raises(ValidationError, match=f"{name} allows at most {most}"):
        _platform(Tenant(id="acme", name="Acme", tier=name, overrides=overrides))


def test_a_tenant_may_leave_features_out_but_not_add_any() -> None:
    without = Tenant(id="acme", name="Acme", tier=TierName.PRO, features=frozenset())
    beyond = Tenant(id="acme", name="Acme", features=frozenset({Feature.AUTOSCALING}))

    assert _platform(without).allotment(without).features == frozenset()
    with pytest.raises(ValidationError, match=r"tenants\.acme\.features: the free tier does not include autoscaling"):
        _platform(beyond)


def test_one_domain_leads_to_one_site() -> None:
    tenants = tuple(
        Tenant(id=name, name=name, tier=TierName.PRO, domains=("news.example",)) for name in ("acme", "globex")
    )

    with pytest.raises(ValidationError, match=r"two of them have the domain news\.example"):
        Platform(tenants=tenants)


def test_a_tier_that_gives_more_than_its_maximum_is_no_tier() -> None:
    free = DEFAULT_TIERS[TierName.FREE].model_dump()
    free["limits"]["storage_gib"] = 6

    with pytest.raises(ValidationError, match=r"limits\.storage_gib: 6 is more than maximum\.storage_gib, 5"):
        Tier.model_validate(free)


def test_a_tier_of_the_platforms_own_stands_beside_the_others() -> None:
    free = DEFAULT_TIERS[TierName.FREE].model_copy(update={"database": DatabaseKind.SHARED})
    platform = Platform(tiers={TierName.FREE: free}, tenants=(Tenant(id="acme", name="Acme"),))

    assert platform.tiers[TierName.FREE].database is DatabaseKind.SHARED
    assert platform.tiers[TierName.PRO] == DEFAULT_TIERS[TierName.PRO]
