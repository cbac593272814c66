"""Who may do what to a tenant's people: the own tenant's admins, operators, and nobody else."""

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import Engine, select, update

from presswerk.database import connect, migrate
from presswerk.declaration import Person, Platform, Role, Tenant
from presswerk.identity import AuditTrail, Principal
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import (
    INVITATION_LIFE,
    Account,
    Accounts,
    DeclaredPlatform,
    InvalidTenant,
    InvitationOver,
    Invitations,
    InvitationState,
    KeptAtProvider,
    Member,
    Members,
    MembershipService,
    TenantRegistry,
    TooManyInvitations,
    UnknownInvitation,
    UnknownTenant,
    Vault,
    effective_people,
)
from presswerk.tenants.invitations import MAX_OPEN_INVITATIONS
from presswerk.tenants.membership import CANNOT_BE_USED
from presswerk.tenants.tables import tenant_invitations

ISSUER = "http://id.example"
A, B = "acme", "bakery"
NEW = {"given_name": "Greta", "family_name": "Garten", "email": "greta@new.example"}


def person(user_name: str, **memberships: Role) -> Person:
    names = {"given_name": user_name.title(), "family_name": "Test", "email": f"{user_name}@one.example"}
    return Person(user_name=user_name, **names, memberships=memberships)


DECLARED = (
    person("ada", acme=Role.ADMIN),
    person("anna", acme=Role.AUTHOR),
    person("bea", bakery=Role.ADMIN),
    person("bert", bakery=Role.EDITOR),
    person("both", acme=Role.AUTHOR, bakery=Role.EDITOR),
    person("olivia").model_copy(update={"operator": True}),
)
PLATFORM = DeclaredPlatform(Platform(tenants=(Tenant(id=A, name="Acme"), Tenant(id=B, name="Bakery")), people=DECLARED))


def principal(user_name: str, **roles: Role) -> Principal:
    return Principal(ISSUER, user_name, user_name.title(), roles=MappingProxyType(roles))


OPERATOR = Principal(ISSUER, "olivia", "Olivia", operator=True)
ADMIN_A = principal("ada", acme=Role.ADMIN)
ADMIN_B = principal("bea", bakery=Role.ADMIN)


@dataclass(frozen=True)
class Office:
    """The service on an empty database with two tenants."""

    engine: Engine
    service: MembershipService
    audit: AuditTrail

    def everybody(self) -> Mapping[str, Person]:
        people = effective_people(DECLARED, Accounts(self.engine).list(), Members(self.engine).list())
        return {each.user_name: each for each in people}

    def member(self, tenant: str, user_name: str) -> Member | None:
        return next((each for each in self.service.members(tenant) if each.user_name == user_name), None)

    def expire_invitations(self) -> None:
        with self.engine.begin() as database:
            past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
            database.execute(update(tenant_invitations).values(expires_at=past))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    tenants = (Tenant(id=A, name="Acme"), Tenant(id=B, name="Bakery"))
    runtime = local_tenants(engine)
    for tenant in tenants:
        runtime.apply(tenant)
    return Office(engine, serving(engine), AuditTrail(engine))


def local_tenants(engine: Engine) -> LocalRuntime:
    return LocalRuntime(engine, TenantRegistry(engine, Vault((Fernet.generate_key().decode(),))), PLATFORM)


def serving(engine: Engine, *, kept_at: str | None = None) -> MembershipService:
    runtime = local_tenants(engine)
    return MembershipService(
        runtime=runtime,
        touch=runtime.touch,
        members=Members(engine),
        accounts=Accounts(engine),
        invitations=Invitations(engine),
        audit=AuditTrail(engine),
        declared=PLATFORM,
        kept_at=kept_at,
    )


def test_where_the_provider_decides_nothing_is_stored_and_the_group_is_named(office: Office) -> None:
    _, token = office.service.invite(ADMIN_A, A, Role.EDITOR, None)
    before, service = office.everybody(), serving(office.engine, kept_at=ISSUER)
    requests: list[Callable[[], object]] = [
        lambda: service.put(OPERATOR, Member(A, "anna", Role.ADMIN)),
        lambda: service.put(ADMIN_A, Member(A, "greta", Role.AUTHOR, **NEW)),
        lambda: service.remove(ADMIN_A, A, "anna"),
        lambda: service.invite(ADMIN_A, A, Role.AUTHOR, None),
        lambda: service.invitations(A),
        lambda: service.accept(ADMIN_B, token),
    ]
    for request in requests:
        with pytest.raises(KeptAtProvider, match=f"{ISSUER}.*tenant-{A}-author, -editor or -admin"):
            request()
    assert office.everybody() == before
    assert [each.state for each in office.service.invitations(A)] == [InvitationState.OPEN]


def refused(office: Office, caller: Principal, member: Member) -> dict[str, str]:
    """The fields of a refusal, after which everything is as it was."""
    before = office.everybody()
    with pytest.raises(InvalidTenant) as caught:
        office.service.put(caller, member)
    assert office.everybody() == before
    return dict(caught.value.fields)


# Whom an admin of acme, one of bakery, and an operator may give a role in acme without asking them.
TARGETS = ("new", "anna", "bert", "both", "olivia")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("given", [{}, NEW], ids=["role alone", "with names"])
@pytest.mark.parametrize("caller", [ADMIN_A, OPERATOR], ids=["admin", "operator"])
def test_put(office: Office, caller: Principal, target: str, given: dict[str, str]) -> None:
    user_name = "greta" if target == "new" else target
    before = office.everybody()
    in_acme = target in {"anna", "both"}
    member = Member(A, user_name, Role.EDITOR, **given)

    if target == "new" and not given:
        assert set(refused(office, caller, member)) == {"user_name", "given_name", "family_name", "email"}
    elif target == "new":
        assert office.service.put(caller, member).made
        assert office.everybody()["greta"].memberships == {A: Role.EDITOR}
    elif given and target in before and (caller.operator or target == "anna"):
        # Names of declared people are the file's.
        assert set(refused(office, caller, member)) == set(NEW)
    elif given and in_acme:
        assert set(refused(office, caller, member)) == set(NEW)
    elif caller.operator or in_acme:
        assert office.service.put(caller, member).changed
        assert office.everybody()[user_name].memberships == {**before[user_name].memberships, A: Role.EDITOR}
    elif given:
        assert refused(office, caller, member) == {"user_name": CANNOT_BE_USED}
    else:
        assert set(refused(office, caller, member)) == {"user_name", "given_name", "family_name", "email"}
    for name, known in before.items():
        now = office.everybody()[name]
        assert (now.given_name, now.family_name, now.email) == (known.given_name, known.family_name, known.email)


@pytest.mark.parametrize("known", ["bert", "bea", "olivia"])
@pytest.mark.parametrize("given", [{}, {"given_name": "x"}, {"email": "x@x.example"}, {"email": "wrong"}])
def test_somebody_known_elsewhere_is_answered_like_nobody(office: Office, known: str, given: dict[str, str]) -> None:
    assert refused(office, ADMIN_A, Member(A, known, Role.AUTHOR, **given)) == refused(
        office, ADMIN_A, Member(A, "nobody-at-all", Role.AUTHOR, **given)
    )


@pytest.mark.parametrize("address", ["bert@one.example", "BERT@One.Example", "olivia@one.example", "ada@one.example"])
@pytest.mark.parametrize("caller", [ADMIN_A, OPERATOR], ids=["admin", "operator"])
def test_no_two_people_share_an_address_and_nobody_is_told_whose_it_is(
    office: Office, caller: Principal, address: str
) -> None:
    told = refused(office, caller, Member(A, "greta", Role.AUTHOR, **{**NEW, "email": address}))

    assert told == {"email": CANNOT_BE_USED}


def test_an_address_is_free_again_when_its_account_is_forgotten(office: Office) -> None:
    office.service.put(ADMIN_A, Member(A, "greta", Role.AUTHOR, **NEW))
    assert refused(office, ADMIN_B, Member(B, "gerd", Role.AUTHOR, **NEW)) == {"email": CANNOT_BE_USED}
    office.service.remove(ADMIN_A, A, "greta")
    Accounts(office.engine).forget("greta")

    assert office.service.put(ADMIN_B, Member(B, "gerd", Role.AUTHOR, **NEW)).made


def test_an_admin_changes_names_of_who_is_theirs_alone(office: Office) -> None:
    office.service.put(ADMIN_A, Member(A, "greta", Role.AUTHOR, **NEW))

    changed = office.service.put(ADMIN_A, Member(A, "greta", Role.AUTHOR, family_name="Gärtner"))
    again = office.service.put(ADMIN_A, Member(A, "greta", Role.AUTHOR, family_name="Gärtner"))

    assert (changed.changed, again.changed) == (True, False)
    assert office.everybody()["greta"].name == "Greta Gärtner"
    assert refused(office, ADMIN_A, Member(A, "greta", Role.AUTHOR, email="bert@one.example")) == {
        "email": CANNOT_BE_USED
    }
    # Whoever asks for many addresses can be found.
    assert [each.action for each in office.audit.list()].count("member.refuse") == 1


def test_who_has_joined_another_tenant_is_no_longer_theirs_to_change_or_to_read(office: Office) -> None:
    office.service.put(ADMIN_A, Member(A, "greta", Role.AUTHOR, **NEW))
    _, token = office.service.invite(ADMIN_B, B, Role.EDITOR, None)
    office.service.accept(principal("greta", acme=Role.AUTHOR), token)

    assert set(refused(office, ADMIN_A, Member(A, "greta", Role.EDITOR, given_name="Eve"))) == {"given_name"}
    shown = {each.user_name: each.email for each in office.service.shown_to(ADMIN_A, A)}
    assert shown == {"ada": "ada@one.example", "anna": "anna@one.example", "both": "", "greta": ""}
    assert office.service.put(ADMIN_A, Member(A, "greta", Role.EDITOR)).changed
    assert office.everybody()["greta"].memberships == {A: Role.EDITOR, B: Role.EDITOR}


def test_an_operator_reads_and_changes_everybody(office: Office) -> None:
    office.service.put(ADMIN_A, Member(A, "greta", Role.AUTHOR, **NEW))
    office.service.put(OPERATOR, Member(B, "greta", Role.AUTHOR))

    assert office.service.put(OPERATOR, Member(B, "greta", Role.AUTHOR, given_name="Margarete")).changed
    assert all(each.email for each in office.service.shown_to(OPERATOR, A))


@pytest.mark.parametrize("tenant", [A, B])
def test_removing_takes_the_membership_of_one_tenant(office: Office, tenant: str) -> None:
    admin = ADMIN_A if tenant == A else ADMIN_B

    assert office.service.remove(admin, tenant, "both")
    assert not office.service.remove(admin, tenant, "both")
    assert not office.service.remove(admin, tenant, "nobody")

    assert set(office.everybody()["both"].memberships) == {A, B} - {tenant}
    assert [record.action for record in office.audit.list()] == ["member.remove"]


@pytest.mark.parametrize("user_name", ["anna", "greta"])
def test_who_was_theirs_alone_may_be_put_back_by_the_same_tenant_only(office: Office, user_name: str) -> None:
    if user_name == "greta":
        office.service.put(ADMIN_A, Member(A, "greta", Role.AUTHOR, **NEW))
    office.service.remove(ADMIN_A, A, user_name)

    assert set(refused(office, ADMIN_B, Member(B, user_name, Role.AUTHOR))) == {
        "user_name",
        "given_name",
        "family_name",
        "email",
    }
    assert office.service.put(ADMIN_A, Member(A, user_name, Role.EDITOR)).changed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_name", ""),
        ("user_name", "A"),
        ("user_name", "../etc"),
        ("user_name", "x" * 80),
        ("user_name", "with space"),
        ("user_name", "nul\x00"),
        ("email", "no-address"),
        ("email", "a@b"),
        ("email", "a b@c.example"),
        ("email", "a@c.example\r\nBcc: x@y.example"),
        ("email", "a\x00@c.example"),
        ("email", "\ud800@c.example"),
        ("email", f"{'a' * 65}@c.example"),
        ("email", f"a@{'c' * 250}.example"),
        ("email", "a@-c.example"),
        ("email", "a..b@c.example"),
        ("email", "<a@c.example>"),
        ("given_name", "two\nlines"),
        ("given_name", "nul\x00"),
        ("given_name", "\ud800"),
        ("family_name", "x" * 101),
        ("family_name", "right\u202eleft"),
        ("family_name", " "),
    ],
)
@pytest.mark.parametrize("caller", [ADMIN_A, OPERATOR], ids=["admin", "operator"])
def test_a_field_no_account_could_have_is_named(office: Office, caller: Principal, field: str, value: str) -> None:
    fields = {"user_name": "greta", **NEW, field: value}
    user_name = fields.pop("user_name")

    told = refused(office, caller, Member(A, user_name, Role.AUTHOR, **fields))

    assert field in told
    assert value not in told[field] or not value.strip()


@given(st.text(max_size=30))
def test_a_name_holds_nothing_invisible(text: str) -> None:
    try:
        taken = Person(user_name="greta", given_name=text, family_name="Test", email="a@b.example")
    except ValidationError:
        return
    assert taken.given_name == text.strip()
    invisible = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert all(unicodedata.category(each) not in invisible or each in "\u200c\u200d" for each in taken.given_name)


@pytest.mark.parametrize(
    "name", ["Søren", "Nguyễn Thị", "O'Brien", "van der Berg", "李小龍", "نسرین\u200cپور", "Ὀδυσσεύς"]
)
def test_names_of_people_are_names(name: str) -> None:
    assert Person(user_name="xx", given_name=name, family_name=name, email="a@b.example").given_name == name


def test_accounts_of_one_address_at_the_same_time_are_one(office: Office) -> None:
    accounts = Accounts(office.engine)
    accounts.add(Account(person("one"), A, by_operator=False))

    with pytest.raises(Exception, match="just now"):
        accounts.add(Account(person("two").model_copy(update={"email": "ONE@one.example"}), B, by_operator=False))


def test_an_invitation_says_the_same_whether_or_not_somebody_exists(office: Office) -> None:
    made = [
        office.service.invite(ADMIN_A, A, Role.AUTHOR, address)[0]
        for address in ("bert@one.example", "nobody@nowhere.example")
    ]

    shapes = [{name for name, value in vars(each).items() if value is not None} for each in made]
    assert shapes[0] == shapes[1]
    assert all(each.expires_at - each.created_at == INVITATION_LIFE for each in made)


def test_a_link_is_stored_nowhere(office: Office) -> None:
    _, token = office.service.invite(ADMIN_A, A, Role.AUTHOR, None)
    with office.engine.connect() as database:
        stored = " ".join(str(value) for row in database.execute(select(tenant_invitations)) for value in row)

    assert token not in stored
    assert token not in str([vars(record) for record in office.audit.list()])


@pytest.mark.parametrize("user_name", ["bert", "both", "olivia", "anna"])
def test_whoever_is_signed_in_is_bound(office: Office, user_name: str) -> None:
    _, token = office.service.invite(ADMIN_A, A, Role.EDITOR, "somebody-else@one.example")
    before = office.everybody()[user_name]
    caller = principal(user_name, **before.memberships)

    invitation = office.service.accept(caller, token)

    assert invitation.state is InvitationState.ACCEPTED
    assert (invitation.accepted_issuer, invitation.accepted_subject) == (ISSUER, user_name)
    assert office.everybody()[user_name].memberships == {**before.memberships, A: Role.EDITOR}


def test_a_link_is_good_once(office: Office) -> None:
    _, token = office.service.invite(ADMIN_A, A, Role.EDITOR, None)
    office.service.accept(principal("bert"), token)
    office.service.accept(principal("bert"), token)

    with pytest.raises(InvitationOver):
        office.service.accept(principal("bea"), token)
    assert office.member(A, "bea") is None


def test_who_may_do_as_much_already_uses_nothing_up(office: Office) -> None:
    _, token = office.service.invite(ADMIN_A, A, Role.AUTHOR, None)

    assert office.service.accept(ADMIN_A, token).state is InvitationState.OPEN
    assert office.member(A, "ada") == Member(A, "ada", Role.ADMIN, "Ada", "Test", "ada@one.example")
    assert office.service.accept(principal("bert"), token).state is InvitationState.ACCEPTED


@pytest.mark.parametrize("end", ["revoke", "expire", "inviter leaves"])
def test_a_link_that_is_over_binds_nobody(office: Office, end: str) -> None:
    invitation, token = office.service.invite(ADMIN_A, A, Role.EDITOR, None)
    ends: dict[str, Callable[[], object]] = {
        "revoke": lambda: office.service.revoke(ADMIN_A, A, invitation.id),
        "expire": office.expire_invitations,
        "inviter leaves": lambda: Invitations(office.engine).revoke_of(ISSUER, "ada", A),
    }
    ends[end]()

    with pytest.raises(InvitationOver):
        office.service.accept(principal("bert"), token)
    assert office.member(A, "bert") is None


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "é" * 43, "\x00" * 43, "../" * 20])
def test_a_link_nobody_made_is_none(office: Office, token: str) -> None:
    office.service.invite(ADMIN_A, A, Role.EDITOR, None)

    with pytest.raises(UnknownInvitation):
        office.service.accept(principal("bert"), token)


@pytest.mark.parametrize("invitation_id", ["", "0" * 16, "\x00", "é"])
def test_another_tenants_invitation_is_none(office: Office, invitation_id: str) -> None:
    made, token = office.service.invite(ADMIN_A, A, Role.EDITOR, None)

    for each in (made.id, invitation_id):
        with pytest.raises(UnknownInvitation):
            office.service.revoke(ADMIN_B, B, each)
    assert office.service.invitation(token).state is InvitationState.OPEN
    assert office.service.invitations(B) == ()


def test_open_links_of_a_tenant_are_bounded(office: Office) -> None:
    for _ in range(MAX_OPEN_INVITATIONS):
        office.service.invite(ADMIN_A, A, Role.AUTHOR, None)

    with pytest.raises(TooManyInvitations):
        office.service.invite(ADMIN_A, A, Role.AUTHOR, None)
    assert office.service.invite(ADMIN_B, B, Role.AUTHOR, None)


@pytest.mark.parametrize("address", ["wrong", "a@b", "a\x00@b.example", ""])
def test_an_address_to_send_to_is_checked(office: Office, address: str) -> None:
    with pytest.raises(InvalidTenant) as caught:
        office.service.invite(ADMIN_A, A, Role.AUTHOR, address)
    assert [field for field, _ in caught.value.fields] == ["email"]


def test_an_unknown_tenant_is_said_to_be_one(office: Office) -> None:
    for request in (office.service.members, office.service.invitations):
        with pytest.raises(UnknownTenant):
            request("nobody")


def test_what_commands_gave_and_took_lies_over_what_is_declared() -> None:
    declared = (person("ada", acme=Role.ADMIN, bakery=Role.AUTHOR),)
    members = (Member("acme", "ada", None), Member("bakery", "ada", Role.EDITOR), Member("acme", "gone", Role.ADMIN))

    (ada,) = effective_people(declared, (), members)

    assert ada.memberships == {"bakery": Role.EDITOR}
