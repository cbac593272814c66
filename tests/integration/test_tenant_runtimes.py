"""Where tenants live, on one machine and on a cluster: the same requests, answers and refusals, by the same tests."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, cast

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from presswerk.database import connect, migrate
from presswerk.declaration import Person, Platform, Role, Tenant, TierName, group_name
from presswerk.identity import AuditTrail, Principal
from presswerk.identity.providers.authentik import AuthentikTenants, DesiredMember
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.kinds import OWNED, TENANT
from presswerk.operations.external_services import AuthentikSignOn
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster as Layout
from presswerk.runtimes.cluster.operator.cache import ObjectCache
from presswerk.runtimes.cluster.operator.outcome import ServiceError
from presswerk.runtimes.cluster.operator.reconcile import Reconciler
from presswerk.runtimes.cluster.operator.services import SiteSignOn
from presswerk.runtimes.cluster.resource import tenant_body
from presswerk.runtimes.cluster.tenants import DELETE, REMOVE_AT, ClusterRuntime
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import (
    Accounts,
    ChangedMeanwhile,
    DeclaredElsewhere,
    DeclaredPlatform,
    DesiredState,
    InvalidTenant,
    InvitationOver,
    Invitations,
    InvitationState,
    KeptAtProvider,
    Member,
    MemberRuntime,
    Members,
    MembershipService,
    Origin,
    Phase,
    TenantExists,
    TenantLeaving,
    TenantRegistry,
    TenantService,
    TenantsUnavailable,
    UnknownTenant,
    Vault,
)
from presswerk.tenants.departing import MemberDepartures
from presswerk.tenants.provider_people import AuthentikPeople
from presswerk.wordpress import Connection
from tests.support.authentik_double import TOKEN, AuthentikDouble, running_authentik
from tests.support.authentik_double import Fault as AuthentikFault
from tests.support.cluster import Cluster, Fault, running_cluster
from tests.support.outside import Others

pytestmark = pytest.mark.integration

OPERATOR = Principal(issuer="local", subject="root", name="root", operator=True, via="command")
DAY = dt.timedelta(days=1)
ACME = Tenant(id="acme", name="Acme News")
PLATFORM = Platform(tenants=(ACME,), domain="press.example")
BAKERY: dict[str, object] = {"id": "bakery", "name": "The Corner Bakery", "tier": "pro", "domains": ["shop.example"]}


ISSUER = "https://id.press.example/"
PEOPLE = tuple(
    Person(
        user_name=name, given_name=name.title(), family_name="A", email=f"{name}@example.com", memberships=memberships
    )
    for name, memberships in (
        ("ada", {"bakery": Role.ADMIN}),
        ("anna", {"bakery": Role.AUTHOR}),
        ("ben", {"acme": Role.EDITOR}),
        ("olivia", {}),
    )
)


# People of the file are at the local provider; those of a cluster are at Authentik already.
DECLARED = DeclaredPlatform(PLATFORM.model_copy(update={"people": PEOPLE}), "platform.yaml")


class Place(Protocol):
    """A runtime with what carries out what it keeps."""

    @property
    def runtime(self) -> MemberRuntime: ...

    @property
    def accounts(self) -> Accounts | None:
        """Those of this platform; None where they are the provider's."""

    def subject(self, user_name: str) -> str:
        """What a person's tokens call them."""

    def carry_out(self) -> None:
        """Do all that is wanted, as it is done in the background."""

    def fail(self, why: str) -> None:
        """Try to do it, while something that it needs refuses."""

    def deliver(self, tenant: Tenant) -> None:
        """Bring a tenant of the platform's file."""


@dataclass
class OneMachine:
    """The hub's database.

    Its worker is a double here: what it does on a machine, processes and files, is tested where they are. It notes what
    it has done as `operations/reconcile.py` does.
    """

    runtime: LocalRuntime
    registry: TenantRegistry
    accounts: Accounts

    def subject(self, user_name: str) -> str:
        return user_name

    def carry_out(self) -> None:
        for known in self.runtime.list():
            if known.is_due(dt.datetime.now(dt.UTC)):
                self.registry.forget(known.id)
                self.runtime.forget(known)
            else:
                address = known.tenant.domains[0] if known.tenant.domains else f"{known.id}.press.example"
                self.registry.put(
                    known.tenant, Connection(f"https://{address}", "http://127.0.0.1:9", "presswerk", "x")
                )
                self.runtime.carried_out(known)

    def fail(self, why: str) -> None:
        for known in self.runtime.list():
            self.runtime.failed(known, why)

    def deliver(self, tenant: Tenant) -> None:
        self.runtime.declare([tenant])


@dataclass
class OnACluster:
    """Tenant resources at the emulated API, and the operator's own code."""

    runtime: ClusterRuntime
    cluster: Cluster
    authentik: AuthentikDouble
    others: Others = field(default_factory=Others)
    accounts: None = None

    def subject(self, user_name: str) -> str:
        users = self.authentik.store.users.values()
        return str(next(user["uid"] for user in users if user["username"] == user_name))

    def groups(self) -> set[tuple[str, str]]:
        """Who is in which group at the provider."""
        store = self.authentik.store
        names = {pk: group["name"] for pk, group in store.groups.items()}
        users = {pk: user["username"] for pk, user in store.users.items()}
        return {(users[user], names[group]) for group, inside in store.members.items() for user in inside}

    def carry_out(self) -> None:
        self.runtime.remove_due()
        for known in self.runtime.list():
            for _ in range(12):
                body = self.cluster.get(TENANT, known.id)
                if body is None:
                    break
                self._reconciler().reconcile(body)
                self.cluster.settle()

    def fail(self, why: str) -> None:
        def refuse(what: str) -> None:
            if what == "sign-on.ensure":
                raise ServiceError("Refused", why)

        self.others.before = refuse
        self.carry_out()
        self.others.before = lambda _what: None

    def deliver(self, tenant: Tenant) -> None:
        self.cluster.put(tenant_body(tenant), manager="presswerk-deploy")

    def _reconciler(self) -> Reconciler:
        cache, owned = ObjectCache(), {(kind.api_version, kind.plural) for kind in OWNED}
        for key, body in self.cluster.everything().items():
            if (key.api_version, key.plural) in owned and names.LABEL_TENANT in body["metadata"].get("labels", {}):
                cache.see("ADDED", body)
        api = ClusterApi(self.cluster.client())
        with_people = AuthentikSignOn(AuthentikTenants(self.authentik.url, TOKEN))
        sign_on = _SignOn(with_people, self.others)
        services, traffic = replace(self.others.outside(), sign_on=sign_on), self.others.traffic()
        return Reconciler(api, cache, Layout.of(PLATFORM), PLATFORM, services, traffic=traffic)


@dataclass(frozen=True)
class _SignOn:
    """Authentik, which refuses what the others are to refuse."""

    real: AuthentikSignOn
    others: Others

    def ensure(self, tenant: Tenant, site_url: str) -> SiteSignOn:
        self.others.ask("sign-on.ensure")
        return self.real.ensure(tenant, site_url)

    def ensure_members(self, tenant_id: str, members: tuple[DesiredMember, ...]) -> tuple[str, ...]:
        return self.real.ensure_members(tenant_id, members)

    def remove(self, tenant_id: str) -> None:
        self.real.remove(tenant_id)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    return engine


@pytest.fixture
def on_a_cluster() -> Iterator[OnACluster]:
    with running_cluster() as cluster, running_authentik() as authentik:
        cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names.PLATFORM_NAMESPACE}})
        store = authentik.store
        for person in PEOPLE:
            user = store.user(person.user_name)
            for tenant, role in person.memberships.items():
                name = group_name(tenant, role)
                group = store.group_named(name) or store.make_group({"name": name})
                store.members.setdefault(group["pk"], set()).add(user["pk"])
        people = AuthentikPeople(AuthentikTenants(authentik.url, TOKEN, attempts=1))
        yield OnACluster(ClusterRuntime(ClusterApi(cluster.client()), DECLARED, people), cluster, authentik)


@pytest.fixture(params=["one machine", "a cluster"])
def place(request: pytest.FixtureRequest, engine: Engine) -> Place:
    if request.param == "a cluster":
        found: OnACluster = request.getfixturevalue("on_a_cluster")
        return found
    registry = TenantRegistry(engine, Vault((Fernet.generate_key().decode(),)))
    return OneMachine(LocalRuntime(engine, registry, DECLARED), registry, Accounts(engine))


class TestTenantRuntime:
    """What holds wherever tenants live."""

    @pytest.fixture
    def audit(self, engine: Engine) -> AuditTrail:
        return AuditTrail(engine)

    @pytest.fixture
    def service(self, place: Place, audit: AuditTrail) -> TenantService:
        return TenantService(place.runtime, PLATFORM, audit)

    def test_a_new_tenant_is_pending_and_then_ready(self, place: Place, service: TenantService) -> None:
        made = service.create(OPERATOR, BAKERY)
        place.carry_out()
        ready = service.get("bakery")

        assert (made.phase, made.wanted, made.origin) == (Phase.PENDING, DesiredState.ACTIVE, Origin.COMMAND)
        assert (made.tenant, made.url if isinstance(place, OneMachine) else None) == (ready.tenant, None)
        assert (ready.phase, ready.problem, ready.url) == (Phase.READY, None, "https://shop.example")
        assert service.list() == (ready,)

    def test_what_is_wanted_already_changes_nothing(
        self, place: Place, service: TenantService, audit: AuditTrail
    ) -> None:
        service.create(OPERATOR, BAKERY)
        place.carry_out()
        before = service.get("bakery")

        again = (
            service.create(OPERATOR, BAKERY),
            service.update(OPERATOR, "bakery", {"name": "The Corner Bakery"}),
            service.scale(OPERATOR, "bakery", TierName.PRO),
            service.resume(OPERATOR, "bakery"),
        )

        assert again == (before,) * 4
        assert [record.action for record in audit.list()] == ["tenant.create"]

    def test_an_update_changes_what_is_named_and_takes_away_what_is_empty(
        self, place: Place, service: TenantService
    ) -> None:
        service.create(OPERATOR, {**BAKERY, "category": "News", "house_style": {"voice": "warm", "audience": "all"}})

        changes: dict[str, object] = {
            "name": "Bäckerei",
            "domains": [],
            "category": None,
            "house_style": {"voice": "plain"},
        }
        service.update(OPERATOR, "bakery", changes)
        place.carry_out()
        found = service.get("bakery")

        assert (found.tenant.name, found.tenant.domains, found.tenant.category) == ("Bäckerei", (), None)
        assert (found.tenant.house_style.voice, found.tenant.house_style.audience) == ("plain", None)
        assert found.tenant.tier is TierName.PRO
        assert found.phase is Phase.READY

    def test_wrong_fields_are_named_and_nothing_is_made(self, service: TenantService) -> None:
        service.create(OPERATOR, BAKERY)

        with pytest.raises(InvalidTenant) as rival:
            service.create(OPERATOR, {"id": "rival", "name": "R", "tier": "pro", "domains": ["shop.example"]})
        with pytest.raises(InvalidTenant) as lower:
            service.scale(OPERATOR, "bakery", TierName.FREE)
        with pytest.raises(TenantExists):
            service.create(OPERATOR, {**BAKERY, "name": "Another"})

        assert (rival.value.fields[0][0], lower.value.fields[0][0]) == ("domains", "domains")
        assert [known.id for known in service.list()] == ["bakery"]

    def test_nobody_overwrites_anybody(self, place: Place, service: TenantService) -> None:
        seen = service.create(OPERATOR, BAKERY)
        service.update(OPERATOR, "bakery", {"name": "First"})

        changes: tuple[Callable[[], object], ...] = (
            lambda: place.runtime.apply(seen.tenant.model_copy(update={"name": "Second"}), seen),
            lambda: place.runtime.suspend(seen),
            lambda: place.runtime.remove(seen, dt.datetime.now(dt.UTC)),
            lambda: place.runtime.apply(seen.tenant),
        )
        for change in changes:
            with pytest.raises(ChangedMeanwhile, match="try again"):
                change()
        assert (service.get("bakery").tenant.name, service.get("bakery").wanted) == ("First", DesiredState.ACTIVE)

    def test_a_tenant_closes_and_opens(self, place: Place, service: TenantService) -> None:
        service.create(OPERATOR, BAKERY)
        place.carry_out()

        asked = service.suspend(OPERATOR, "bakery")
        place.carry_out()
        closed = service.get("bakery")
        service.resume(OPERATOR, "bakery")
        place.carry_out()

        assert (asked.phase, asked.wanted) == (Phase.PENDING, DesiredState.SUSPENDED)
        assert (closed.phase, closed.problem) == (Phase.SUSPENDED, None)
        assert service.get("bakery").phase is Phase.READY

    def test_a_suspended_tenant_stays_so_when_it_is_declared_otherwise(
        self, place: Place, service: TenantService
    ) -> None:
        service.create(OPERATOR, BAKERY)
        service.suspend(OPERATOR, "bakery")

        service.update(OPERATOR, "bakery", {"name": "Bäckerei"})
        place.carry_out()

        assert service.get("bakery").phase is Phase.SUSPENDED

    def test_a_deletion_waits_and_can_be_taken_back(self, place: Place, service: TenantService) -> None:
        service.create(OPERATOR, BAKERY)
        place.carry_out()

        leaving = service.delete(OPERATOR, "bakery", after=7 * DAY)
        later = service.delete(OPERATOR, "bakery", after=9 * DAY)
        place.carry_out()
        with pytest.raises(TenantLeaving):
            service.scale(OPERATOR, "bakery", TierName.ENTERPRISE)
        with pytest.raises(TenantExists, match="being removed"):
            service.create(OPERATOR, BAKERY)
        waiting = service.get("bakery")
        back = service.resume(OPERATOR, "bakery")
        place.carry_out()

        assert (leaving.phase, waiting.phase) == (Phase.DELETING, Phase.DELETING)
        assert leaving.remove_at is not None
        assert later.remove_at == waiting.remove_at == leaving.remove_at
        assert abs(leaving.remove_at - dt.datetime.now(dt.UTC) - 7 * DAY) < dt.timedelta(minutes=1)
        assert (back.wanted, back.remove_at) == (DesiredState.ACTIVE, None)
        assert service.get("bakery").phase is Phase.READY

    def test_a_tenant_whose_time_has_come_goes_with_everything(self, place: Place, service: TenantService) -> None:
        service.create(OPERATOR, BAKERY)
        place.carry_out()

        service.delete(OPERATOR, "bakery", after=7 * DAY)
        service.delete(OPERATOR, "bakery", after=dt.timedelta(0))
        place.carry_out()

        with pytest.raises(UnknownTenant, match="presswerk tenant list"):
            service.get("bakery")
        assert service.list() == ()

    def test_why_it_is_not_as_wanted_is_told_until_it_is(self, place: Place, service: TenantService) -> None:
        service.create(OPERATOR, BAKERY)

        place.fail("the provider refuses")
        failed = service.get("bakery")
        place.carry_out()

        assert failed.phase is Phase.DEGRADED
        assert "the provider refuses" in (failed.problem or "")
        assert (service.get("bakery").phase, service.get("bakery").problem) == (Phase.READY, None)

    def test_what_stands_in_the_platforms_file_is_changed_there(
        self, place: Place, service: TenantService, audit: AuditTrail
    ) -> None:
        place.deliver(ACME)

        requests: tuple[Callable[[], object], ...] = (
            lambda: service.update(OPERATOR, "acme", {"name": "x"}),
            lambda: service.scale(OPERATOR, "acme", TierName.PRO),
            lambda: service.suspend(OPERATOR, "acme"),
            lambda: service.resume(OPERATOR, "acme"),
            lambda: service.delete(OPERATOR, "acme"),
        )
        for request in requests:
            with pytest.raises(DeclaredElsewhere, match=r"platform\.yaml"):
                request()
        place.carry_out()
        assert (service.get("acme").origin, service.get("acme").phase) == (Origin.FILE, Phase.READY)
        assert audit.list() == ()

    def test_an_id_that_nobody_has_is_said_to_be_one(self, service: TenantService) -> None:
        with pytest.raises(UnknownTenant, match="presswerk tenant list"):
            service.get("nobody")


MARKS = {
    "Flux's Kustomization tenants": {"labels": {"kustomize.toolkit.fluxcd.io/name": "tenants"}},
    "Flux's HelmRelease tenants": {"labels": {"helm.toolkit.fluxcd.io/name": "tenants"}},
    "Argo CD's application tenants": {
        "annotations": {"argocd.argoproj.io/tracking-id": "tenants:tenants.presswerk.io/Tenant:/bakery"}
    },
    "the Helm release tenants": {"annotations": {"meta.helm.sh/release-name": "tenants"}},
}


@pytest.mark.parametrize("tool", MARKS)
def test_what_a_repository_declares_is_changed_there(on_a_cluster: OnACluster, tool: str) -> None:
    body = tenant_body(Tenant.model_validate(BAKERY))
    on_a_cluster.cluster.put({**body, "metadata": {**body["metadata"], **MARKS[tool]}})
    service = TenantService(on_a_cluster.runtime, PLATFORM)

    with pytest.raises(DeclaredElsewhere, match=f"by {tool}: change it in the repository"):
        service.suspend(OPERATOR, "bakery")

    assert service.get("bakery").origin is Origin.REPOSITORY
    assert [call.verb for call in on_a_cluster.cluster.writes()] == []


def test_a_resource_that_is_no_tenant_hides_no_other(on_a_cluster: OnACluster) -> None:
    body = tenant_body(ACME)
    on_a_cluster.cluster.put({**body, "spec": {**body["spec"], "timeZone": "Mars/Base"}})
    on_a_cluster.runtime.apply(Tenant.model_validate(BAKERY))

    acme, bakery = on_a_cluster.runtime.list()

    assert (acme.phase, bakery.phase) == (Phase.DEGRADED, Phase.PENDING)
    assert "spec.timeZone" in (acme.problem or "")


def test_whoever_opens_a_leaving_tenant_by_hand_takes_its_removal_back(on_a_cluster: OnACluster) -> None:
    known = on_a_cluster.runtime.apply(Tenant.model_validate(BAKERY))
    on_a_cluster.runtime.remove(known, dt.datetime.now(dt.UTC) + DAY)
    on_a_cluster.cluster.edit(TENANT, "bakery", "", lambda body: body["spec"].update(suspended=False))
    body = on_a_cluster.cluster.get(TENANT, "bakery")

    assert body is not None
    assert REMOVE_AT in body["metadata"]["annotations"]
    assert on_a_cluster.runtime.get("bakery").wanted is DesiredState.ACTIVE


def test_what_the_operator_says_of_a_tenant_is_no_change_of_it(on_a_cluster: OnACluster) -> None:
    known = on_a_cluster.runtime.apply(Tenant.model_validate(BAKERY))
    on_a_cluster.carry_out()

    changed = on_a_cluster.runtime.suspend(known)

    assert (changed.wanted, changed.generation) == (DesiredState.SUSPENDED, known.generation + 1)


def test_it_says_the_tenants_name_before_it_deletes(on_a_cluster: OnACluster) -> None:
    known = on_a_cluster.runtime.apply(Tenant.model_validate(BAKERY))
    on_a_cluster.cluster.edit(TENANT, "bakery", "", lambda body: body["metadata"].update(finalizers=["a/b"]))
    on_a_cluster.runtime.remove(on_a_cluster.runtime.get(known.id), dt.datetime.now(dt.UTC))
    body = on_a_cluster.cluster.get(TENANT, "bakery")

    assert body is not None
    assert body["metadata"]["annotations"][DELETE] == "bakery"
    assert "deletionTimestamp" in body["metadata"]


def test_a_cluster_writes_no_last_backup(on_a_cluster: OnACluster) -> None:
    service = TenantService(on_a_cluster.runtime, PLATFORM)
    service.create(OPERATOR, BAKERY)

    with pytest.raises(InvalidTenant) as refused:
        service.delete(OPERATOR, "bakery", final_backup="/backups")

    assert refused.value.fields[0][0] == "final_backup"
    assert service.get("bakery").wanted is DesiredState.ACTIVE


@pytest.mark.parametrize("fault", [Fault(403), Fault(429), Fault(500), Fault(None)])
def test_a_cluster_that_does_not_answer_is_said_to_be_one(on_a_cluster: OnACluster, fault: Fault) -> None:
    known = on_a_cluster.runtime.apply(Tenant.model_validate(BAKERY))
    on_a_cluster.cluster.fault = lambda _call: fault

    requests: tuple[Callable[[], object], ...] = (
        on_a_cluster.runtime.list,
        lambda: on_a_cluster.runtime.get("bakery"),
        lambda: on_a_cluster.runtime.suspend(known),
        lambda: on_a_cluster.runtime.apply(ACME),
    )
    for request in requests:
        with pytest.raises(TenantsUnavailable, match="try again soon"):
            request()


def test_who_belongs_to_a_tenant_only_the_provider_knows(on_a_cluster: OnACluster) -> None:
    runtime = ClusterRuntime(ClusterApi(on_a_cluster.cluster.client()), DECLARED)

    with pytest.raises(KeptAtProvider):
        runtime.members("acme")


Told = list[tuple[str, str, Role | None, Role | None]]


@dataclass
class Departed:
    """Notes who is told to have another role."""

    told: Told = field(default_factory=list)

    def changed(self, tenant_id: str, subject: str, before: Role | None, after: Role | None) -> None:
        self.told.append((tenant_id, subject, before, after))


class TestMembers:
    """Who belongs to a tenant, wherever tenants live: its admin touches its people only."""

    @pytest.fixture
    def departed(self) -> Departed:
        return Departed()

    @pytest.fixture
    def service(self, place: Place, engine: Engine, departed: Departed) -> MembershipService:
        place.runtime.apply(Tenant.model_validate(BAKERY))
        place.runtime.apply(ACME)
        place.carry_out()
        runtime = place.runtime
        return MembershipService(
            runtime=runtime,
            touch=runtime.touch if isinstance(runtime, LocalRuntime) else lambda _tenant_id: None,
            members=Members(engine),
            accounts=place.accounts,
            invitations=Invitations(engine),
            audit=AuditTrail(engine),
            declared=DECLARED,
            departures=cast(MemberDepartures, departed),
        )

    @staticmethod
    def caller(place: Place, user_name: str, **roles: Role) -> Principal:
        return Principal(ISSUER, place.subject(user_name), user_name.title(), roles=roles)

    def admin(self, place: Place) -> Principal:
        return self.caller(place, "ada", bakery=Role.ADMIN)

    @staticmethod
    def roles(service: MembershipService, tenant: str = "bakery") -> dict[str, Role | None]:
        return {each.user_name: each.role for each in service.members(tenant)}

    def test_a_role_is_given_changed_and_taken_and_each_is_told_at_once(
        self, place: Place, service: MembershipService, departed: Departed
    ) -> None:
        admin, anna = self.admin(place), place.subject("anna")

        raised = service.put(admin, Member("bakery", "anna", Role.EDITOR))
        again = service.put(admin, Member("bakery", "anna", Role.EDITOR))
        between = self.roles(service)
        place.carry_out()
        after = self.roles(service)
        lowered = service.put(admin, Member("bakery", "anna", Role.AUTHOR))
        gone = service.remove(admin, "bakery", "anna")
        gone_already = service.remove(admin, "bakery", "anna")

        assert (raised.changed, again.changed, lowered.changed, gone, gone_already) == (True, False, True, True, False)
        assert between == after == {"ada": Role.ADMIN, "anna": Role.EDITOR}
        assert self.roles(service) == {"ada": Role.ADMIN}
        place.carry_out()
        assert self.roles(service) == {"ada": Role.ADMIN}
        assert departed.told == [
            ("bakery", anna, Role.AUTHOR, Role.EDITOR),
            ("bakery", anna, Role.EDITOR, Role.AUTHOR),
            ("bakery", anna, Role.AUTHOR, None),
        ]

    def test_an_admin_adds_nobody_without_asking_and_learns_nothing_of_them(
        self, place: Place, service: MembershipService
    ) -> None:
        admin, answers = self.admin(place), []
        for somebody in ("ben", "olivia", "nobody"):
            with pytest.raises(InvalidTenant) as refused:
                service.put(admin, Member("bakery", somebody, Role.AUTHOR))
            answers.append((str(refused.value).replace(somebody, "X"), refused.value.fields))

        assert answers[0] == answers[1] == answers[2]
        assert self.roles(service) == {"ada": Role.ADMIN, "anna": Role.AUTHOR}

    def test_an_address_of_somebody_known_elsewhere_is_shown_to_operators_only(
        self, place: Place, service: MembershipService
    ) -> None:
        service.put(OPERATOR, Member("bakery", "ben", Role.AUTHOR))
        place.carry_out()
        (to_admin,) = (each for each in service.shown_to(self.admin(place), "bakery") if each.user_name == "ben")
        (to_operator,) = (each for each in service.shown_to(OPERATOR, "bakery") if each.user_name == "ben")

        assert (to_admin.email, to_operator.email) == ("", "ben@example.com")
        assert self.roles(service, "acme")["ben"] is Role.EDITOR

    def test_an_invitation_binds_whoever_accepts_it_once(
        self, place: Place, service: MembershipService, departed: Departed
    ) -> None:
        ben, olivia = self.caller(place, "ben", acme=Role.EDITOR), self.caller(place, "olivia")
        made, token = service.invite(self.admin(place), "bakery", Role.EDITOR, "olivia@example.com")

        accepted = service.accept(ben, token)
        with pytest.raises(InvitationOver):
            service.accept(olivia, token)
        before = self.roles(service)
        place.carry_out()

        assert (accepted.id, accepted.state) == (made.id, InvitationState.ACCEPTED)
        assert before == self.roles(service) == {"ada": Role.ADMIN, "anna": Role.AUTHOR, "ben": Role.EDITOR}
        assert (service.has(ben, "bakery"), service.has(olivia, "bakery")) == (True, False)
        assert departed.told == [("bakery", place.subject("ben"), None, Role.EDITOR)]

    def test_a_link_that_was_used_lets_nobody_back_in(self, place: Place, service: MembershipService) -> None:
        ben, admin = self.caller(place, "ben", acme=Role.EDITOR), self.admin(place)
        _, token = service.invite(admin, "bakery", Role.EDITOR, None)
        service.accept(ben, token)
        place.carry_out()
        service.remove(admin, "bakery", "ben")
        place.carry_out()

        service.accept(ben, token)

        assert "ben" not in self.roles(service)
        assert not service.has(ben, "bakery")

    def test_a_stranger_to_the_provider_accepts_nothing(self, place: Place, service: MembershipService) -> None:
        _, token = service.invite(self.admin(place), "bakery", Role.EDITOR, None)

        with pytest.raises(InvitationOver):
            service.accept(Principal(ISSUER, "nobody-of-ours", "N"), token)

        assert service.invitation(token).state is InvitationState.OPEN

    def test_a_tenant_that_is_declared_otherwise_keeps_its_people(
        self, place: Place, service: MembershipService
    ) -> None:
        service.put(OPERATOR, Member("bakery", "ben", Role.AUTHOR))
        known = place.runtime.get("bakery")

        place.runtime.apply(known.tenant.model_copy(update={"name": "Another"}), known)
        place.runtime.suspend(place.runtime.get("bakery"))
        place.carry_out()

        assert self.roles(service)["ben"] is Role.AUTHOR

    def test_nobody_is_added_to_a_tenant_that_leaves(self, place: Place, service: MembershipService) -> None:
        place.runtime.remove(place.runtime.get("bakery"), dt.datetime.now(dt.UTC) + DAY)
        place.carry_out()

        with pytest.raises(TenantLeaving):
            service.put(OPERATOR, Member("bakery", "ben", Role.AUTHOR))
        with pytest.raises(TenantLeaving):
            service.invite(self.admin(place), "bakery", Role.AUTHOR, None)


@pytest.fixture
def members_on_a_cluster(on_a_cluster: OnACluster, engine: Engine) -> MembershipService:
    on_a_cluster.runtime.apply(Tenant.model_validate(BAKERY))
    on_a_cluster.carry_out()
    return MembershipService(
        runtime=on_a_cluster.runtime,
        touch=lambda _tenant_id: None,
        members=Members(engine),
        accounts=None,
        invitations=Invitations(engine),
        audit=AuditTrail(engine),
        declared=DECLARED,
    )


def _entries(place: OnACluster) -> dict[str, str]:
    body = place.cluster.get(TENANT, "bakery")
    assert body is not None
    return {each["userName"]: each["role"] for each in body["spec"].get("members", ())}


def test_the_operator_carries_members_to_the_providers_groups(
    on_a_cluster: OnACluster, members_on_a_cluster: MembershipService
) -> None:
    before = on_a_cluster.groups()
    members_on_a_cluster.put(OPERATOR, Member("bakery", "anna", Role.ADMIN))
    members_on_a_cluster.put(OPERATOR, Member("bakery", "ben", Role.EDITOR))
    on_a_cluster.carry_out()
    given = on_a_cluster.groups()
    members_on_a_cluster.remove(OPERATOR, "bakery", "ben")
    taken = _entries(on_a_cluster)
    on_a_cluster.carry_out()
    members_on_a_cluster.put(OPERATOR, Member("bakery", "olivia", Role.AUTHOR))

    changed = {("anna", "tenant-bakery-admin"), ("ben", "tenant-bakery-editor")}
    assert given == before - {("anna", "tenant-bakery-author")} | changed
    assert on_a_cluster.groups() == given - {("ben", "tenant-bakery-editor")}
    # Whoever was taken out is named until they are out, and no longer.
    assert taken == {"anna": "admin", "ben": "none"}
    assert _entries(on_a_cluster) == {"anna": "admin", "olivia": "author"}


def test_whom_the_provider_alone_has_in_its_groups_stays(
    on_a_cluster: OnACluster, members_on_a_cluster: MembershipService
) -> None:
    members_on_a_cluster.put(OPERATOR, Member("bakery", "ben", Role.EDITOR))
    on_a_cluster.carry_out()

    assert ("anna", "tenant-bakery-author") in on_a_cluster.groups()
    assert [each.user_name for each in members_on_a_cluster.members("bakery")] == ["ada", "anna", "ben"]


def test_accounts_are_the_providers(members_on_a_cluster: MembershipService, on_a_cluster: OnACluster) -> None:
    new = Member("bakery", "new", Role.AUTHOR, "N", "N", "n@example.com")
    for caller in (OPERATOR, Principal(ISSUER, on_a_cluster.subject("ada"), "Ada", roles={"bakery": Role.ADMIN})):
        with pytest.raises(InvalidTenant) as refused:
            members_on_a_cluster.put(caller, new)
        assert {field for field, _ in refused.value.fields} == {"given_name", "family_name", "email"}
    assert _entries(on_a_cluster) == {}


@pytest.mark.parametrize("silent", ["provider", "cluster"])
def test_nothing_is_half_done_while_somebody_does_not_answer(
    on_a_cluster: OnACluster, members_on_a_cluster: MembershipService, silent: str
) -> None:
    _, token = members_on_a_cluster.invite(OPERATOR, "bakery", Role.EDITOR, None)
    ben = Principal(ISSUER, on_a_cluster.subject("ben"), "Ben")
    if silent == "provider":
        on_a_cluster.authentik.fault = lambda *_asked: AuthentikFault(503)
    else:
        on_a_cluster.cluster.fault = lambda call: Fault(500) if call.is_write else None

    for request in (
        lambda: members_on_a_cluster.put(OPERATOR, Member("bakery", "ben", Role.EDITOR)),
        lambda: members_on_a_cluster.accept(ben, token),
    ):
        with pytest.raises(TenantsUnavailable):
            request()

    assert members_on_a_cluster.invitation(token).state is InvitationState.OPEN
    assert _entries(on_a_cluster) == {}


def test_a_member_whom_the_provider_does_not_have_is_named(
    on_a_cluster: OnACluster, members_on_a_cluster: MembershipService
) -> None:
    on_a_cluster.cluster.edit(
        TENANT, "bakery", "", lambda body: body["spec"].update(members=[{"userName": "typo", "role": "admin"}])
    )
    on_a_cluster.carry_out()
    body = on_a_cluster.cluster.get(TENANT, "bakery")

    assert body is not None
    identity = next(each for each in body["status"]["conditions"] if each["type"] == "IdentityReady")
    assert (identity["status"], body["status"]["phase"]) == ("True", "Ready")
    assert "nobody called typo" in identity["message"]
    assert "typo" not in {each.user_name for each in members_on_a_cluster.members("bakery")}


def test_people_of_a_tenant_that_a_repository_declares_are_changed_there(
    on_a_cluster: OnACluster, members_on_a_cluster: MembershipService
) -> None:
    marks = MARKS["Flux's Kustomization tenants"]
    on_a_cluster.cluster.edit(TENANT, "bakery", "", lambda body: body["metadata"].update(marks))

    for request in (
        lambda: members_on_a_cluster.put(OPERATOR, Member("bakery", "ben", Role.EDITOR)),
        lambda: members_on_a_cluster.remove(OPERATOR, "bakery", "anna"),
        lambda: members_on_a_cluster.invite(OPERATOR, "bakery", Role.EDITOR, None),
    ):
        with pytest.raises(DeclaredElsewhere, match="repository"):
            request()
