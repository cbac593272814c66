"""What a platform's declaration accepts and refuses."""

import pytest
from pydantic import ValidationError

from presswerk.declaration import Person, Platform, Role, Tenant, demo_platform


def _person(user_name: str, **memberships: Role) -> Person:
    return Person(
        user_name=user_name, given_name="A", family_name="B", email="a@b.localhost", memberships=dict(memberships)
    )


def test_the_demonstration_has_two_tenants_with_every_role_and_someone_in_both() -> None:
    platform = demo_platform()

    assert [tenant.id for tenant in platform.tenants] == ["acme", "nordlicht"]
    for tenant in platform.tenants:
        assert {p.memberships[tenant.id] for p in platform.people if tenant.id in p.memberships} == set(Role)
    assert any(len(person.memberships) == 2 for person in platform.people)
    assert [person.user_name for person in platform.people if person.operator] == ["olivia"]


@pytest.mark.parametrize("tenant_id", ["", "a", "Acme", "-acme", "acme-", "a_b", "a" * 21, "acme\n", "ümlaut"])
def test_a_tenant_id_outside_the_rule_is_refused(tenant_id: str) -> None:
    with pytest.raises(ValidationError, match="id"):
        Tenant(id=tenant_id, name="X")


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="colour"):
        Tenant.model_validate({"id": "acme", "name": "Acme", "colour": "red"})


def test_a_repeated_tenant_is_refused() -> None:
    with pytest.raises(ValidationError, match="every id must be used once"):
        Platform(tenants=(Tenant(id="acme", name="A"), Tenant(id="acme", name="B")))


def test_a_repeated_person_is_refused() -> None:
    with pytest.raises(ValidationError, match="every user_name must be used once"):
        Platform(tenants=(Tenant(id="acme", name="A"),), people=(_person("anna"), _person("anna")))


def test_a_membership_in_an_undeclared_tenant_names_person_and_tenant() -> None:
    with pytest.raises(ValidationError, match=r"people\.anna\.memberships: no tenant globex"):
        Platform(tenants=(Tenant(id="acme", name="A"),), people=(_person("anna", globex=Role.AUTHOR),))
