"""Where tenants live, on one machine and on a cluster: the same requests, answers and refusals, by the same tests."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from presswerk.database import connect, migrate
from presswerk.declaration import Platform, Tenant, TierName
from presswerk.identity import AuditTrail, Principal
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.kinds import OWNED, TENANT
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster as Layout
from presswerk.runtimes.cluster.operator.cache import ObjectCache
from presswerk.runtimes.cluster.operator.outcome import ServiceError
from presswerk.runtimes.cluster.operator.reconcile import Reconciler
from presswerk.runtimes.cluster.resource import tenant_body
from presswerk.runtimes.cluster.tenants import DELETE, REMOVE_AT, ClusterRuntime
from presswerk.runtimes.local.tenants import LocalRuntime
from presswerk.tenants import (
    ChangedMeanwhile,
    DeclaredElsewhere,
    DeclaredPlatform,
    DesiredState,
    InvalidTenant,
    KeptAtProvider,
    Origin,
    Phase,
    TenantExists,
    TenantLeaving,
    TenantRegistry,
    TenantRuntime,
    TenantService,
    TenantsUnavailable,
    UnknownTenant,
    Vault,
)
from presswerk.wordpress import Connection
from tests.support.cluster import Cluster, Fault, running_cluster
from tests.support.outside import Others

pytestmark = pytest.mark.integration

OPERATOR = Principal(issuer="local", subject="root", name="root", operator=True, via="command")
DAY = dt.timedelta(days=1)
ACME = Tenant(id="acme", name="Acme News")
PLATFORM = Platform(tenants=(ACME,), domain="press.example")
BAKERY: dict[str, object] = {"id": "bakery", "name": "The Corner Bakery", "tier": "pro", "domains": ["shop.example"]}
DECLARED = DeclaredPlatform(PLATFORM, "platform.yaml")


class Place(Protocol):
    """A runtime with what carries out what it keeps."""

    @property
    def runtime(self) -> TenantRuntime: ...

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
    others: Others = field(default_factory=Others)

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
        services, traffic = self.others.outside(), self.others.traffic()
        return Reconciler(api, cache, Layout.of(PLATFORM), PLATFORM, services, traffic=traffic)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    return engine


@pytest.fixture
def on_a_cluster() -> Iterator[OnACluster]:
    with running_cluster() as cluster:
        cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names.PLATFORM_NAMESPACE}})
        yield OnACluster(ClusterRuntime(ClusterApi(cluster.client()), DECLARED), cluster)


@pytest.fixture(params=["one machine", "a cluster"])
def place(request: pytest.FixtureRequest, engine: Engine) -> Place:
    if request.param == "a cluster":
        found: OnACluster = request.getfixturevalue("on_a_cluster")
        return found
    registry = TenantRegistry(engine, Vault((Fernet.generate_key().decode(),)))
    return OneMachine(LocalRuntime(engine, registry, DECLARED), registry)


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
    with pytest.raises(KeptAtProvider):
        on_a_cluster.runtime.members("acme")
