"""Group names of the identity provider and the roles they carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.declaration import OPERATOR_GROUP, Role, group_name, parse_groups

tenant_ids = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,18}[a-z0-9]\Z")


@given(tenant_ids, st.sampled_from(Role))
def test_a_group_made_for_a_tenant_is_read_back(tenant: str, role: Role) -> None:
    assert parse_groups([group_name(tenant, role)]) == {tenant: role}


@given(tenant_ids, st.lists(st.sampled_from(Role), min_size=1))
def test_the_highest_role_wins_in_any_order(tenant: str, roles: list[Role]) -> None:
    highest = max(roles, key=lambda role: role.rank)

    assert parse_groups(group_name(tenant, role) for role in roles) == {tenant: highest}


@pytest.mark.parametrize(
    "group",
    [
        OPERATOR_GROUP,
        "tenant-acme",
        "tenant-acme-owner",
        "Tenant-acme-admin",
        "tenant-acme-admin\n",
        "xtenant-acme-admin",
        "tenant--acme-admin",
        "tenant-a-admin",
        "tenant-" + "a" * 21 + "-admin",
    ],
)
def test_a_group_that_is_not_a_tenants_gives_nothing(group: str) -> None:
    assert parse_groups([group]) == {}


def test_a_tenant_whose_id_ends_like_a_role_keeps_its_own_group() -> None:
    assert parse_groups(["tenant-acme-admin-author"]) == {"acme-admin": Role.AUTHOR}


def test_roles_include_those_below() -> None:
    assert Role.ADMIN.includes(Role.EDITOR)
    assert Role.EDITOR.includes(Role.AUTHOR)
    assert not Role.AUTHOR.includes(Role.EDITOR)
