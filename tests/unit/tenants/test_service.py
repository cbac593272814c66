"""What an operator asks for: checked, stored once, audited once, and refused with a reason."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from presswerk.database import connect, migrate
from presswerk.declaration import Person, Platform, Tenant, TierName
from presswerk.identity import AuditTrail, Principal
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import (
    ChangedMeanwhile,
    DeclaredElsewhere,
    DeclaredPlatform,
    DesiredState,
    InvalidTenant,
    Origin,
    Phase,
    TenantExists,
    TenantLeaving,
    TenantRegistry,
    TenantService,
    TenantState,
    UnknownTenant,
    Vault,
)
from presswerk.wordpress import Connection

OPERATOR = Principal(issuer="local", subject="root", name="root", operator=True, via="command")
BAKERY = {"id": "bakery", "name": "The Corner Bakery"}
ACME = Tenant(id="acme", name="Acme News")
ADA = Person(user_name="ada", given_name="Ada", family_name="Adler", email="ada@acme.example")
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Office:
    """A service and what it works with; `platform` and `file` are those of the declaration."""

    engine: Engine
    service: TenantService
    runtime: LocalRuntime
    registry: TenantRegistry
    audit: AuditTrail

    def actions(self) -> list[str]:
        return [record.action for record in reversed(self.audit.list())]

    def told(self, tenants: list[Tenant]) -> tuple[str, ...]:
        """What is said of taking over a file's tenants."""
        return tuple(each.told for each in self.runtime.declare(tenants))


Open = Callable[..., Office]


@pytest.fixture
def office(tmp_path: Path) -> Open:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    vault = Vault((Fernet.generate_key().decode(),))

    def opened(file: str | None = None, people: tuple[Person, ...] = ()) -> Office:
        registry, audit = TenantRegistry(engine, vault), AuditTrail(engine)
        declared = DeclaredPlatform(Platform(tenants=(ACME,), people=people), file)
        runtime = LocalRuntime(engine, registry, declared)
        service = TenantService(runtime, declared.platform, audit)
        return Office(engine, service, runtime, registry, audit)

    return opened


def test_a_tenant_is_made_once_and_audited_once(office: Open) -> None:
    found = office()

    made = found.service.create(OPERATOR, BAKERY)
    again = found.service.create(OPERATOR, BAKERY)

    assert again == made
    assert (made.phase, made.origin, made.tenant.tier) == (Phase.PENDING, Origin.COMMAND, TierName.FREE)
    assert found.actions() == ["tenant.create"]


def test_another_tenant_of_the_same_id_is_refused(office: Open) -> None:
    found = office()
    found.service.create(OPERATOR, BAKERY)

    with pytest.raises(TenantExists, match="presswerk tenant update"):
        found.service.create(OPERATOR, {**BAKERY, "name": "Another"})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "No id"}, "id"),
        ({"id": "Not An Id", "name": "x"}, "id"),
        ({"id": "ok"}, "name"),
        ({"id": "ok", "name": "x", "colour": "blue"}, "colour"),
        ({"id": "ok", "name": "x", "tier": "gold"}, "tier"),
        ({"id": "ok", "name": "x", "time_zone": "Mars/Base"}, "time_zone"),
        ({"id": "ok", "name": "x", "domains": ["ok.example"]}, "domains"),
        ({"id": "ok", "name": "x", "overrides": {"storage_gib": 4_000}}, "overrides.storage_gib"),
    ],
)
def test_a_wrong_field_is_named(office: Open, fields: dict[str, object], field: str) -> None:
    found = office()

    with pytest.raises(InvalidTenant) as caught:
        found.service.create(OPERATOR, fields)

    assert [name for name, _ in caught.value.fields] == [field]
    assert found.service.list() == ()
    assert found.actions() == []


def test_a_domain_leads_to_one_tenant_only(office: Open) -> None:
    found = office()
    found.service.create(OPERATOR, {**BAKERY, "tier": "pro", "domains": ["shop.example"]})

    with pytest.raises(InvalidTenant) as caught:
        found.service.create(OPERATOR, {"id": "rival", "name": "Rival", "tier": "pro", "domains": ["shop.example"]})

    assert caught.value.fields == (("domains", "shop.example leads to bakery already; it can lead to one site only"),)


def test_an_update_changes_what_is_named_and_counts_once(office: Open) -> None:
    found = office()
    made = found.service.create(OPERATOR, {**BAKERY, "language": "de"})

    changed = found.service.update(OPERATOR, "bakery", {"name": "Bäckerei"})
    again = found.service.update(OPERATOR, "bakery", {"name": "Bäckerei"})

    assert (changed.tenant.name, changed.tenant.language) == ("Bäckerei", "de")
    assert changed.generation == made.generation + 1 == again.generation
    assert found.actions() == ["tenant.create", "tenant.update"]


def test_an_id_never_changes(office: Open) -> None:
    found = office()
    found.service.create(OPERATOR, BAKERY)

    with pytest.raises(InvalidTenant, match="never changes"):
        found.service.update(OPERATOR, "bakery", {"id": "cafe"})


def test_a_tier_that_does_not_allow_what_a_tenant_has_is_refused(office: Open) -> None:
    found = office()
    found.service.create(OPERATOR, {**BAKERY, "tier": "pro", "domains": ["shop.example"]})

    with pytest.raises(InvalidTenant) as caught:
        found.service.scale(OPERATOR, "bakery", TierName.FREE)

    assert caught.value.fields[0][0] == "domains"
    assert found.service.get("bakery").tenant.tier is TierName.PRO


def test_closing_takes_effect_before_the_runtime_has_done_anything(office: Open) -> None:
    found = office()
    made = found.service.create(OPERATOR, BAKERY)
    found.registry.put(made.tenant, Connection("http://bakery.localhost", "http://127.0.0.1:1", "presswerk", "secret"))

    found.service.suspend(OPERATOR, "bakery")

    assert found.registry.get("bakery").state is TenantState.SUSPENDED
    assert found.service.get("bakery").wanted is DesiredState.SUSPENDED


def test_a_deletion_waits_and_can_be_taken_back(office: Open) -> None:
    found = office()
    found.service.create(OPERATOR, BAKERY)

    leaving = found.service.delete(OPERATOR, "bakery", after=7 * DAY)
    assert leaving.phase is Phase.DELETING
    assert leaving.remove_at is not None
    assert not leaving.is_due(dt.datetime.now(dt.UTC))
    with pytest.raises(TenantLeaving, match="resume bakery"):
        found.service.scale(OPERATOR, "bakery", TierName.PRO)
    with pytest.raises(TenantExists, match="being removed"):
        found.service.create(OPERATOR, BAKERY)

    back = found.service.resume(OPERATOR, "bakery")
    assert (back.wanted, back.remove_at) == (DesiredState.ACTIVE, None)
    assert found.actions() == ["tenant.create", "tenant.delete", "tenant.resume"]


def test_a_second_deletion_may_bring_the_end_nearer_but_never_put_it_off(office: Open) -> None:
    found = office()
    found.service.create(OPERATOR, BAKERY)
    first = found.service.delete(OPERATOR, "bakery", after=2 * DAY, final_backup="/backups")

    assert found.service.delete(OPERATOR, "bakery", after=9 * DAY) == first
    now = found.service.delete(OPERATOR, "bakery", after=dt.timedelta(0))

    assert now.is_due(dt.datetime.now(dt.UTC))
    assert now.final_backup == "/backups"
    with pytest.raises(TenantLeaving, match="has begun"):
        found.service.resume(OPERATOR, "bakery")


def test_what_stands_in_a_file_is_changed_there(office: Open) -> None:
    found = office(file="platform.yaml")
    found.told([ACME])

    requests: tuple[Callable[[], object], ...] = (
        lambda: found.service.update(OPERATOR, "acme", {"name": "x"}),
        lambda: found.service.scale(OPERATOR, "acme", TierName.PRO),
        lambda: found.service.suspend(OPERATOR, "acme"),
        lambda: found.service.delete(OPERATOR, "acme"),
    )
    for request in requests:
        with pytest.raises(DeclaredElsewhere, match=r"platform\.yaml"):
            request()


def test_a_line_lost_from_the_file_closes_a_tenant_and_its_return_opens_it(office: Open) -> None:
    found = office(file="platform.yaml")
    found.told([ACME])

    gone = found.told([])
    assert found.service.get("acme").wanted is DesiredState.SUSPENDED
    back = found.told([ACME])

    assert gone == ("tenant acme: suspended, because it is no longer declared",)
    assert back == ("tenant acme: resumed",)
    assert found.told([ACME]) == ()


def test_a_tenant_that_left_the_file_is_a_commands_to_delete(office: Open) -> None:
    found = office(file="platform.yaml")
    found.told([ACME, Tenant(id="former", name="Former")])
    found.told([ACME])

    leaving = found.service.delete(OPERATOR, "former")

    assert leaving.phase is Phase.DELETING
    assert found.told([ACME]) == ()
    assert found.service.get("former").wanted is DesiredState.ABSENT


def test_a_file_leaves_tenants_made_by_command_alone(office: Open) -> None:
    found = office(file="platform.yaml")
    found.service.create(OPERATOR, BAKERY)

    found.told([ACME])

    assert found.service.get("bakery").wanted is DesiredState.ACTIVE


def test_without_a_file_what_a_command_changed_stays(office: Open) -> None:
    found = office()
    found.told([ACME])
    found.service.scale(OPERATOR, "acme", TierName.PRO)

    assert found.told([ACME]) == ()
    assert found.service.get("acme").tenant.tier is TierName.PRO


def test_of_two_changes_at_once_one_is_told_to_look_again(office: Open) -> None:
    found = office()
    known = found.service.create(OPERATOR, BAKERY)
    found.service.scale(OPERATOR, "bakery", TierName.PRO)

    with pytest.raises(ChangedMeanwhile, match="try again"):
        found.runtime.suspend(known)


def test_work_that_failed_is_told_and_forgotten_once_it_succeeds(office: Open) -> None:
    found = office()
    known = found.service.create(OPERATOR, BAKERY)

    found.runtime.failed(known, "the disk is full")
    assert found.service.get("bakery").phase is Phase.DEGRADED
    found.runtime.carried_out(known)

    assert found.service.get("bakery").phase is Phase.READY
    assert not found.service.get("bakery").needs_work(dt.datetime.now(dt.UTC))


def test_a_change_made_while_the_runtime_works_is_not_taken_for_done(office: Open) -> None:
    found = office()
    known = found.service.create(OPERATOR, BAKERY)
    found.service.suspend(OPERATOR, "bakery")

    found.runtime.carried_out(known)

    assert found.service.get("bakery").needs_work(dt.datetime.now(dt.UTC))


def test_an_unknown_tenant_is_said_to_be_one(office: Open) -> None:
    with pytest.raises(UnknownTenant, match="presswerk tenant list"):
        office().service.get("nobody")


@pytest.mark.parametrize("reserved", ["hub", "chat", "id", "www", "api", "mail"])
def test_no_new_tenant_gets_an_address_of_the_platforms_own(office: Open, reserved: str) -> None:
    with pytest.raises(InvalidTenant) as refused:
        office().service.create(OPERATOR, {"id": reserved, "name": "Reserved"})

    assert refused.value.fields == (
        ("id", f"{reserved}.<domain> is kept for the platform's own addresses; choose another id"),
    )


def test_a_tenant_that_has_such_an_id_already_stays_and_is_changed_like_any(office: Open) -> None:
    found = office()
    found.runtime.apply(Tenant(id="hub", name="Hub News"))

    changed = found.service.update(OPERATOR, "hub", {"name": "Hub Press"})

    assert changed.tenant.name == "Hub Press"


def test_a_house_style_that_the_tier_does_not_include_is_refused(office: Open) -> None:
    found = office()
    style = {"voice": "Plain."}
    with pytest.raises(InvalidTenant) as refused:
        found.service.create(OPERATOR, {**BAKERY, "house_style": style})
    found.service.create(OPERATOR, {**BAKERY, "tier": "pro", "house_style": style})
    with pytest.raises(InvalidTenant):
        found.service.scale(OPERATOR, "bakery", TierName.FREE)

    assert [field for field, _ in refused.value.fields] == ["house_style"]
