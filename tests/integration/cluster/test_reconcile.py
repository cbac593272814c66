"""A tenant's life on a cluster, with every request refused once and the operator killed before each."""

import base64
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from presswerk.declaration import DatabaseKind, LimitOverrides, Platform, Tenant, TierName
from presswerk.identity.providers.authentik import AuthentikTenants
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.kinds import (
    CERTIFICATE,
    CRON_JOB,
    DEPLOYMENT,
    JOB,
    LISTENER_SET,
    NAMESPACE,
    OWNED,
    POD,
    ROUTE,
    SECRET,
    SERVICE,
    TENANT,
    VOLUME_CLAIM,
    Body,
    Kind,
)
from presswerk.operations.external_services import AuthentikSignOn
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster as Layout
from presswerk.runtimes.cluster.cluster import Storage
from presswerk.runtimes.cluster.operator.cache import ObjectCache
from presswerk.runtimes.cluster.operator.outcome import NotYet, ReconcileOutcome, ServiceError
from presswerk.runtimes.cluster.operator.reconcile import Reconciler
from presswerk.runtimes.cluster.operator.removal import FINALIZER
from presswerk.runtimes.cluster.resource import tenant_body
from tests.support.authentik_double import TOKEN as AUTHENTIK_TOKEN
from tests.support.authentik_double import running_authentik
from tests.support.cluster import Call, Cluster, Fault, running_cluster
from tests.support.outside import Others

pytestmark = pytest.mark.integration

PLATFORM = Platform(tenants=(Tenant(id="any", name="Any"),), domain="press.example")
LAYOUT = Layout("press.example", storage=Storage("block", "shared"))
ACME = Tenant(id="acme", name="Acme News", tier=TierName.PRO)
DOMAINS = ACME.model_copy(update={"domains": ("news.example",)})
BAKERY = Tenant(id="bakery", name="The Corner Bakery")
QUOTA = Kind("v1", "ResourceQuota", "resourcequotas")
_PASSES = 12
_MOST_CHANGES = 80


F = TypeVar("F", bound=Callable[[Call], Fault | None])


@dataclass
class Life:
    """A cluster, everybody outside of it, and an operator that can be replaced at any time."""

    cluster: Cluster
    others: Others = field(default_factory=Others)
    later: dt.timedelta = dt.timedelta()

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.later

    def declare(self, tenant: Tenant, *, suspended: bool = False) -> None:
        self.cluster.put(tenant_body(tenant, suspended=suspended))

    def one_pass(self, tenant_id: str = "acme") -> ReconcileOutcome:
        """A fresh operator looks at the tenant once; then the cluster's own controllers do their part."""
        body = self.body(tenant_id)
        if body is None:
            return ReconcileOutcome(None)
        self.cluster.calls.clear()
        api = ClusterApi(self.cluster.client(timeout_seconds=2))
        outcome = self.operator(api, self.seen()).reconcile(body)
        self.cluster.settle()
        return outcome

    def operator(self, api: ClusterApi, cache: ObjectCache) -> Reconciler:
        services = self.others.outside()
        return Reconciler(api, cache, LAYOUT, PLATFORM, services, traffic=self.others.traffic(), now=lambda: self.now)

    def seen(self) -> ObjectCache:
        """What an operator sees that has just begun; taken from the store, since its lists are not what is tried."""
        mirror, owned = ObjectCache(), {(kind.api_version, kind.plural) for kind in OWNED}
        for key, body in self.cluster.everything().items():
            if (key.api_version, key.plural) in owned and names.LABEL_TENANT in body["metadata"].get("labels", {}):
                mirror.see("ADDED", body)
        return mirror

    def passes_with(self, fault: F) -> F:
        """One pass while requests go wrong as `fault` says."""
        self.cluster.fault = fault
        self.one_pass()
        self.cluster.fault = lambda _call: None
        return fault

    def is_at_rest(self) -> bool:
        """Whether a pass finds nothing to do."""
        return self.body() is None or (self.one_pass().problem is None and not self.cluster.writes())

    def settle(self, tenant_id: str = "acme") -> None:
        """Look until there is nothing to do."""
        for _ in range(_PASSES):
            outcome = self.one_pass(tenant_id)
            if outcome.settled:
                return
        raise AssertionError(f"it does not come to rest: {outcome}, {self.status(tenant_id)}")

    def body(self, tenant_id: str = "acme") -> Body | None:
        return self.cluster.get(TENANT, tenant_id)

    def status(self, tenant_id: str = "acme") -> dict[str, Any]:
        body = self.body(tenant_id)
        assert body is not None
        return dict(body.get("status", {}))

    def condition(self, topic: str, tenant_id: str = "acme") -> dict[str, str]:
        return next(item for item in self.status(tenant_id)["conditions"] if item["type"] == topic)

    def inside(self, kind: Kind, name: str, tenant_id: str = "acme") -> Body | None:
        return self.cluster.get(kind, name, names.tenant_namespace(tenant_id))

    def left(self, tenant_id: str = "acme") -> list[str]:
        here = [str(key) for key in self.cluster.everything() if tenant_id in str(key)]
        return [*here, *self.others.traces(tenant_id)]


@pytest.fixture
def life() -> Iterator[Life]:
    with running_cluster() as cluster:
        cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names.PLATFORM_NAMESPACE}})
        yield Life(cluster)


def test_a_declared_tenant_becomes_ready_in_few_calls(life: Life) -> None:
    life.declare(DOMAINS)
    calls = 0
    for _ in range(_PASSES):
        life.one_pass()
        calls += len(life.cluster.calls)
        if life.status().get("phase") == "Ready":
            break

    assert life.status()["phase"] == "Ready"
    assert [item["status"] for item in life.status()["conditions"]] == ["True"] * 9
    assert life.status()["urls"] == {"site": "https://news.example"}
    # Of these, two are for the domain of its own: a certificate and a route.
    assert calls <= 25 + 2
    body = life.body()
    assert body is not None
    assert FINALIZER in body["metadata"]["finalizers"]
    assert life.others.connections["acme"].internal_url == "http://site.tenant-acme.svc"


@pytest.mark.parametrize("tenant", [ACME, BAKERY], ids=["pro", "free"])
def test_a_pass_that_finds_all_as_wanted_writes_nothing(life: Life, tenant: Tenant) -> None:
    life.declare(tenant)
    life.settle(tenant.id)

    for _ in range(3):
        assert life.one_pass(tenant.id).problem is None
        assert life.cluster.writes() == []
        assert life.cluster.calls == []


@pytest.mark.parametrize(
    ("idle", "topic", "reason"),
    [
        ("deployments", "SiteReady", "Starting"),
        ("jobs", "SiteReady", "Installing"),
        ("certificates", "EntryReady", "CertificateNotReady"),
        ("listenersets", "EntryReady", "ListenerNotAccepted"),
        ("httproutes", "EntryReady", "RouteNotAccepted"),
    ],
)
def test_a_tenant_is_not_ready_before_all_that_traffic_depends_on(
    life: Life, idle: str, topic: str, reason: str
) -> None:
    life.cluster.idle.add(idle)
    life.declare(ACME)
    for _ in range(4):
        life.one_pass()
    early = life.condition(topic)
    life.later = dt.timedelta(minutes=11)
    life.one_pass()

    assert (early["status"], early["reason"]) == ("Unknown", reason)
    assert life.condition("Ready")["reason"] == reason
    assert life.condition("Ready")["status"] == ("Unknown" if topic == "SiteReady" else "False")
    life.cluster.idle.clear()
    life.one_pass()
    life.settle()
    assert life.status()["phase"] == "Ready"


def _pod(status: dict[str, Any]) -> Body:
    metadata = {"name": "site-1", "namespace": "tenant-acme", "labels": names.labels("acme", names.SITE)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": []}, "status": status}


PODS = {
    "image": (
        {
            "containerStatuses": [
                {"name": "site", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
            ]
        },
        "site waits: ImagePullBackOff: no such image",
    ),
    "node": (
        {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3"}]},
        "no node takes pod site-1: 0/3",
    ),
    "crash": (
        {
            "containerStatuses": [
                {
                    "name": "site",
                    "restartCount": 4,
                    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
                }
            ]
        },
        "site ends out of memory, again and again (4 times)",
    ),
}


@pytest.mark.parametrize("why", PODS)
def test_pods_that_take_long_have_their_reason_told(life: Life, why: str) -> None:
    status, told = PODS[why]
    life.cluster.idle.add("deployments")
    life.declare(ACME)
    life.one_pass()
    life.cluster.put(_pod({}))
    life.cluster.tell(POD, "site-1", "tenant-acme", lambda body: body.update(status=status))
    early = life.one_pass()
    calls = list(life.cluster.calls)
    life.later = dt.timedelta(seconds=30)
    life.one_pass()

    assert early.problem is None
    assert [call for call in calls if call.key.plural == "pods"] == []
    assert life.condition("SiteReady")["reason"] == "PodsNotReady"
    assert told in life.condition("SiteReady")["message"]


def test_a_certificate_that_is_refused_says_why(life: Life) -> None:
    life.cluster.idle.add("certificates")
    life.declare(ACME)
    life.one_pass()

    def refuse(body: Body) -> None:
        body["status"] = {
            "conditions": [{"type": "Ready", "status": "False", "message": "no such host acme.press.example"}]
        }

    life.cluster.tell(CERTIFICATE, "site", "tenant-acme", refuse)
    life.later = dt.timedelta(minutes=11)
    life.one_pass()

    assert "no such host acme.press.example" in life.condition("EntryReady")["message"]
    assert life.condition("EntryReady")["status"] == "False"


def test_a_domain_of_its_own_has_a_condition_that_does_not_hold_the_tenant_back(life: Life) -> None:
    life.declare(DOMAINS)
    life.settle()
    certificate = names.certificate("news.example")

    def refuse(body: Body) -> None:
        body["status"] = {"conditions": [{"type": "Ready", "status": "False", "message": "no such host"}]}

    life.cluster.idle.add("certificates")
    life.cluster.tell(CERTIFICATE, certificate, "tenant-acme", refuse)
    life.later = dt.timedelta(minutes=11)
    life.one_pass()

    assert life.condition("news.example/DomainReady")["status"] == "False"
    assert "no such host" in life.condition("news.example/DomainReady")["message"]
    assert (life.status()["phase"], life.condition("EntryReady")["status"]) == ("Ready", "True")
    secrets = {
        each["hostname"]: each["tls"]["certificateRefs"][0]["name"]
        for each in (life.inside(LISTENER_SET, "site") or {})["spec"]["listeners"]
    }
    assert secrets == {"news.example": certificate, "acme.press.example": "site-certificate"}


@pytest.mark.parametrize(("what", "topic"), [("connector", "ConnectionReady"), ("entry", "EntryReady")])
def test_a_site_that_does_not_answer_is_not_ready(life: Life, what: str, topic: str) -> None:
    def unwilling(asked: str) -> None:
        if asked == what:
            raise ServiceError("DoesNotAnswer", f"{what} answers 302")

    life.others.before = unwilling
    life.declare(ACME)
    life.later = dt.timedelta(minutes=11)
    for _ in range(3):
        outcome = life.one_pass()

    assert (life.condition(topic)["status"], life.condition(topic)["message"]) == ("False", f"{what} answers 302")
    assert life.condition("Ready")["status"] == "False"
    assert outcome.failed
    life.others.before = lambda _what: None
    life.settle()
    assert life.status()["phase"] == "Ready"


def test_a_clock_that_fails_is_said_and_heals(life: Life) -> None:
    life.declare(ACME)
    life.settle()
    failed = {"conditions": [{"type": "Failed", "status": "True", "lastTransitionTime": life.now.isoformat()}]}
    run = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "site-cron-1",
            "namespace": "tenant-acme",
            "labels": names.labels("acme", names.CRON),
            "ownerReferences": [{"kind": "CronJob", "name": "site-cron"}],
        },
        "spec": {"template": {"spec": {"containers": [{"name": "clock"}]}}},
    }
    life.cluster.idle.add("jobs")
    life.cluster.put(run)
    life.cluster.tell(JOB, "site-cron-1", "tenant-acme", lambda body: body.update(status=failed))
    outcome = life.one_pass()

    assert life.condition("ClockReady")["reason"] == "ClockFails"
    assert "Job site-cron-1 in tenant-acme" in life.condition("Ready")["message"]
    assert not outcome.settled
    good = (life.now + dt.timedelta(minutes=5)).isoformat()
    life.cluster.tell(
        CRON_JOB, "site-cron", "tenant-acme", lambda body: body.update(status={"lastSuccessfulTime": good})
    )
    life.settle()
    assert life.condition("ClockReady")["status"] == "True"


@pytest.mark.parametrize("what", ["namespace", "volume"])
def test_a_loss_of_content_stays_told_until_somebody_says_that_it_is_back(life: Life, what: str) -> None:
    life.declare(BAKERY)
    life.settle("bakery")
    first = life.status("bakery")["volume"]

    if what == "namespace":
        life.cluster.delete(NAMESPACE, "tenant-bakery")
        life.cluster.settle()
    else:
        life.cluster.delete(VOLUME_CLAIM, names.VOLUME, "tenant-bakery")
    life.settle("bakery")
    life.settle("bakery")

    lost = life.condition("ContentKept", "bakery")
    volume = life.status("bakery")["volume"]
    assert volume != first
    assert (lost["status"], lost["reason"], life.status("bakery")["phase"]) == ("False", "ContentLost", "Degraded")
    assert "all its content" in lost["message"]
    assert life.condition("Ready", "bakery")["reason"] == "ContentLost"
    command = f"kubectl annotate tenant bakery presswerk.io/restored={volume} --overwrite"
    assert lost["message"].endswith(command)
    life.cluster.edit(
        TENANT, "bakery", "", lambda body: body["metadata"].update(annotations={"presswerk.io/restored": volume})
    )
    life.settle("bakery")
    assert life.status("bakery")["phase"] == "Ready"


def test_a_loss_of_content_is_no_less_while_something_else_is_wrong(life: Life) -> None:
    life.declare(BAKERY)
    life.settle("bakery")
    life.cluster.delete(VOLUME_CLAIM, names.VOLUME, "tenant-bakery")
    life.settle("bakery")

    life.cluster.edit(TENANT, "bakery", "", lambda body: body["spec"].update(timeZone="Mars/Base"))
    life.one_pass("bakery")
    invalid = life.condition("ContentKept", "bakery")
    life.cluster.edit(TENANT, "bakery", "", lambda body: body["spec"].pop("timeZone"))
    life.settle("bakery")

    assert life.condition("Ready", "bakery")["reason"] == "ContentLost"
    assert (invalid["status"], life.condition("ContentKept", "bakery")["reason"]) == ("False", "ContentLost")


def test_while_a_namespace_ends_nothing_is_asked_for_in_vain(life: Life) -> None:
    life.declare(ACME)
    life.settle()
    life.cluster.idle.add("namespaces")
    life.cluster.delete(NAMESPACE, "tenant-acme")
    inside = [key for key in life.cluster.everything() if key.namespace == "tenant-acme"]
    life.one_pass()
    told = life.condition("SiteReady")
    for key in inside:
        life.cluster.remove(key)
        life.one_pass()
        assert life.cluster.calls == []

    assert (told["status"], told["reason"]) == ("Unknown", "NamespaceEnding")
    life.cluster.idle.clear()
    life.cluster.settle()
    life.settle()
    assert life.condition("Ready")["reason"] == "ContentLost"


def test_a_tenant_whose_namespace_was_deleted_keeps_the_keys_to_its_database(life: Life) -> None:
    """As after the admission policy was overridden: of a database cluster nobody tells the administrator's password."""
    life.declare(ACME.model_copy(update={"tier": TierName.ENTERPRISE}))
    life.settle()
    before = life.inside(SECRET, names.CREDENTIALS)

    life.cluster.delete(NAMESPACE, "tenant-acme")
    life.cluster.settle()
    life.settle()

    after = life.inside(SECRET, names.CREDENTIALS)
    assert before is not None
    assert after is not None
    assert after["data"] == before["data"]
    assert life.condition("DatabaseReady")["status"] == "True"
    life.cluster.delete(TENANT, "acme")
    while life.body() is not None:
        life.one_pass()
    assert life.left() == []


def test_keys_of_an_installation_made_before_are_kept_elsewhere_too_and_follow_the_content(life: Life) -> None:
    life.declare(ACME)
    life.settle()
    life.cluster.delete(SECRET, "credentials-acme", names.PLATFORM_NAMESPACE)
    life.settle()
    life.declare(ACME.model_copy(update={"tier": TierName.ENTERPRISE}))
    life.settle()
    life.settle()

    held, kept = life.inside(SECRET, names.CREDENTIALS), life.cluster.get(SECRET, "credentials-acme", "presswerk")
    assert held is not None
    assert kept is not None
    assert kept["data"] == held["data"]
    assert kept["metadata"]["annotations"] == held["metadata"]["annotations"]
    assert '"own-mariadb"' in str(kept["metadata"]["annotations"])


def test_what_somebody_changed_by_hand_is_put_back(life: Life) -> None:
    life.declare(ACME)
    life.settle()

    def loosen(body: Body) -> None:
        body["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"] = False

    life.cluster.edit(DEPLOYMENT, "site", "tenant-acme", loosen)
    life.cluster.delete(ROUTE, "site", "tenant-acme")
    life.settle()

    deployment = life.inside(DEPLOYMENT, "site")
    assert deployment is not None
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert life.inside(ROUTE, "site") is not None


def _site(body: Body) -> Body:
    container: Body = body["spec"]["template"]["spec"]["containers"][0]
    return container


# What somebody makes of an object with `kubectl edit`, and that applying alone would not undo: a list's item whose key
# was changed stays beside ours, and the API refuses two of the same name.
EDITS: dict[str, tuple[Kind, Callable[[Body], object]]] = {
    "container port number": (DEPLOYMENT, lambda body: _site(body)["ports"][0].update(containerPort=9090)),
    "container port protocol": (DEPLOYMENT, lambda body: _site(body)["ports"][0].update(protocol="UDP")),
    "container port name": (DEPLOYMENT, lambda body: _site(body)["ports"][0].update(name="web")),
    "container port added": (
        DEPLOYMENT,
        lambda body: _site(body)["ports"].append({"name": "web", "containerPort": 9090, "protocol": "TCP"}),
    ),
    "container name": (DEPLOYMENT, lambda body: _site(body).update(name="other")),
    "service port": (SERVICE, lambda body: body["spec"]["ports"][0].update(port=81)),
    "service port name": (SERVICE, lambda body: body["spec"]["ports"][0].update(name="web")),
    "listener name": (LISTENER_SET, lambda body: body["spec"]["listeners"][0].update(name="web")),
    "listener host": (LISTENER_SET, lambda body: body["spec"]["listeners"][0].update(hostname="other.example")),
    "listeners added": (
        LISTENER_SET,
        lambda body: body["spec"]["listeners"].append({"name": "web", "port": 80, "protocol": "HTTP"}),
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_list_is_put_back_and_so_is_all_that_comes_after_it(life: Life, edit: str) -> None:
    kind, change = EDITS[edit]
    life.declare(ACME)
    life.settle()
    before = life.inside(kind, "site")

    life.cluster.edit(kind, "site", "tenant-acme", change)
    life.cluster.delete(ROUTE, "site", "tenant-acme")
    life.settle()

    after = life.inside(kind, "site")
    assert before is not None
    assert after is not None
    assert after["spec"] == before["spec"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert life.inside(ROUTE, "site") is not None
    assert life.one_pass().settled
    assert life.cluster.writes() == []


def test_what_cannot_be_changed_into_what_is_wanted_is_made_anew(life: Life) -> None:
    life.declare(ACME)
    life.settle()
    before = life.inside(DEPLOYMENT, "site")
    assert before is not None

    others = {**before, "metadata": {name: before["metadata"][name] for name in ("name", "namespace", "labels")}}
    others["spec"] = {**before["spec"], "selector": {"matchLabels": {"app": "site"}}}
    life.cluster.delete(DEPLOYMENT, "site", "tenant-acme")
    life.cluster.put(others)
    life.settle()

    after = life.inside(DEPLOYMENT, "site")
    assert after is not None
    assert after["spec"]["selector"] == before["spec"]["selector"]


# The class of volumes for one node and of those for many, before and after the platform's values changed.
CLASSES = {
    "shared": (Storage("a", "a"), Storage("b", "b")),
    "block": (Storage("a"), Storage("b")),
    "the cluster's own": (Storage(), Storage("b")),
    "declared no more": (Storage("a"), Storage()),
    "shared no more": (Storage("a", "a"), Storage("b")),
    "shared now": (Storage("a"), Storage("b", "b")),
}


@pytest.mark.parametrize("case", CLASSES)
def test_a_volume_keeps_its_class_when_another_is_declared(
    life: Life, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    before, after = CLASSES[case]
    monkeypatch.setattr(f"{__name__}.LAYOUT", Layout("press.example", storage=before))
    life.declare(ACME)
    life.settle()
    claim = life.inside(VOLUME_CLAIM, names.VOLUME)
    assert claim is not None
    has = claim["spec"]["storageClassName"]
    monkeypatch.setattr(f"{__name__}.LAYOUT", Layout("press.example", storage=after))

    assert life.one_pass().problem is None
    life.settle()

    assert (life.inside(VOLUME_CLAIM, names.VOLUME) or {})["spec"] == claim["spec"]
    assert life.status()["phase"] == "Ready"
    told = f"It keeps its storage class {has}, as a volume does for good; b is for new ones."
    is_told = after.shared_class if case.startswith("shared") and case != "shared now" else after.block_class
    assert (told in life.condition("ContentKept")["message"]) == (is_told is not None)
    life.declare(ACME.model_copy(update={"overrides": LimitOverrides(storage_gib=60)}))
    life.settle()
    grown = life.inside(VOLUME_CLAIM, names.VOLUME) or {}
    assert grown["spec"]["resources"]["requests"]["storage"] == "60Gi"
    assert life.status()["phase"] == "Ready"


def test_what_is_wrong_in_itself_takes_nothing_away(life: Life) -> None:
    life.declare(ACME)
    life.settle()
    before = life.inside(SERVICE, "site")
    life.cluster.edit(SERVICE, "site", "tenant-acme", lambda body: body["spec"]["ports"][0].update(targetPort=1))
    life.cluster.fault = lambda call: (
        Fault(422) if call.verb in {"apply", "create"} and call.key.plural == "services" else None
    )
    life.one_pass()

    after = life.inside(SERVICE, "site")
    assert before is not None
    assert after is not None
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert life.condition("SiteReady")["status"] == "False"


def test_what_the_api_does_not_take_holds_up_nothing_else_and_is_said(life: Life) -> None:
    life.cluster.fault = lambda call: Fault(422) if call.is_write and call.key.plural == "services" else None
    life.declare(ACME)
    for _ in range(3):
        life.one_pass()

    assert life.inside(ROUTE, "site") is not None
    assert life.condition("SiteReady")["status"] == "False"
    assert "apply Service tenant-acme/site: 422" in life.condition("SiteReady")["message"]


def test_secrets_are_made_once_and_are_nowhere_else(life: Life) -> None:
    life.declare(ACME)
    life.settle()
    before = life.inside(SECRET, names.CREDENTIALS)

    life.declare(ACME.model_copy(update={"name": "Acme Times"}))
    life.settle()

    assert before == life.inside(SECRET, names.CREDENTIALS)
    password = life.others.connections["acme"].application_password
    (in_database,) = life.others.databases["acme"].values()
    shown = [str(body) for key, body in life.cluster.everything().items() if key.plural != "secrets"]
    assert not [text for text in shown if password in text or in_database in text]


def test_a_suspended_tenant_runs_nothing_and_comes_back(life: Life) -> None:
    life.declare(ACME)
    life.settle()

    life.declare(ACME, suspended=True)
    life.settle()
    deployment = life.inside(DEPLOYMENT, "site")
    assert deployment is not None
    assert (life.status()["phase"], deployment["spec"]["replicas"]) == ("Suspended", 0)
    assert "acme" in life.others.closed
    assert life.inside(VOLUME_CLAIM, names.VOLUME) is not None

    life.declare(ACME)
    life.settle()
    assert life.status()["phase"] == "Ready"
    assert "acme" not in life.others.closed
    assert not [key for key in life.cluster.everything() if key.plural == "referencegrants"]


def test_a_higher_tier_has_more_and_a_lower_one_loses_what_it_has_not(life: Life) -> None:
    life.declare(ACME)
    life.settle()
    scalers = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
    assert life.inside(scalers, "site") is not None

    life.declare(ACME.model_copy(update={"features": frozenset()}))
    life.settle()

    assert life.inside(scalers, "site") is None
    assert life.status()["phase"] == "Ready"


def test_a_volume_that_cannot_grow_is_told_and_holds_up_nothing_else(life: Life) -> None:
    """As Kubernetes' admission refuses it where the storage class has no `allowVolumeExpansion`."""
    free = BAKERY.model_copy(update={"id": "acme"})
    life.declare(free)
    life.settle()
    size = PLATFORM.allotment(free).limits.storage_gib
    memory = (life.inside(QUOTA, "tier") or {})["spec"]["hard"]["limits.memory"]
    pro = free.model_copy(update={"tier": TierName.PRO})

    def grown_nowhere(call: Call) -> Fault | None:
        return Fault(403) if call.is_write and call.key.plural == "persistentvolumeclaims" else None

    life.cluster.fault = lambda call: Fault(422) if grown_nowhere(call) else None
    life.declare(pro)
    life.one_pass()
    assert (life.condition("SiteReady")["status"], life.condition("SiteReady")["reason"]) == (
        "Unknown",
        "VolumeNotBound",
    )

    life.cluster.fault = grown_nowhere
    life.cluster.edit(SERVICE, "site", "tenant-acme", lambda body: body["spec"]["ports"][0].update(port=81))
    life.one_pass()
    service = life.inside(SERVICE, "site")

    told = life.condition("SiteReady")
    assert told["reason"] == "VolumeCannotGrow"
    assert f"spec.overrides.storageGib: {size};" in told["message"]
    assert life.status()["phase"] == "Degraded"
    # All else is as the tier has it, also what somebody changes; the content stays where it is.
    assert service is not None
    assert [port["port"] for port in service["spec"]["ports"]] == [80]
    assert (life.inside(QUOTA, "tier") or {})["spec"]["hard"]["limits.memory"] != memory
    assert life.others.databases == {}
    life.one_pass()
    assert {call.key.plural for call in life.cluster.writes()} == {"persistentvolumeclaims"}

    life.declare(pro.model_copy(update={"overrides": LimitOverrides(storage_gib=size)}))
    life.settle()
    assert life.status()["phase"] == "Ready"
    assert database_of(life) == "shared-mariadb"


def test_a_newer_operator_brings_jobs_anew_that_it_words_otherwise(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    life.declare(ACME)
    life.settle()
    monkeypatch.setattr(f"{__name__}.LAYOUT", dataclasses.replace(LAYOUT, image_pull_policy="Always"))

    life.settle()

    assert life.status()["phase"] == "Ready"
    (job,) = [body for key, body in life.cluster.everything().items() if key.plural == "jobs"]
    assert job["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == "Always"


def database_of(life: Life) -> str:
    """What the site's configuration says of its database."""
    secret = life.inside(SECRET, names.CONFIGURATION)
    assert secret is not None
    text = base64.b64decode(secret["data"]["config.php"]).decode()
    return next(
        kind for kind in DatabaseKind if f"{kind}.lan.example" in text or (kind == "sqlite" and "DB_DIR" in text)
    )


def test_content_moves_with_the_tier_and_no_pod_runs_meanwhile(life: Life) -> None:
    free = BAKERY.model_copy(update={"id": "acme"})
    life.declare(free)
    life.settle()
    jobs, places = [], [database_of(life)]

    for tier in (TierName.PRO, TierName.ENTERPRISE, TierName.FREE):
        life.declare(free.model_copy(update={"tier": tier}))
        while not life.one_pass().settled:
            running = [key.name for key in life.cluster.everything() if key.name.startswith("site-move-")]
            if running and running[0] not in jobs:
                jobs += running
                deployment = life.inside(DEPLOYMENT, names.SITE)
                assert deployment is not None
                assert deployment["spec"]["replicas"] == 0
                assert database_of(life) == places[-1]
                assert life.condition("SiteReady")["reason"] == "Moving"
        assert life.status()["phase"] == "Ready"
        places.append(database_of(life))

    assert jobs == ["site-move-0", "site-move-1", "site-move-2"]
    assert places == ["sqlite", "shared-mariadb", "own-mariadb", "sqlite"]
    assert life.others.databases == {}
    assert [str(key) for key in life.cluster.everything() if "move" in key.name or "arriving" in key.name] == []


def test_a_tier_that_is_set_back_while_content_moves_changes_nothing(life: Life) -> None:
    life.declare(ACME)
    life.settle()
    life.declare(ACME.model_copy(update={"tier": TierName.ENTERPRISE}))
    life.one_pass()
    assert set(life.others.databases["acme"]) == {DatabaseKind.SHARED, DatabaseKind.OWN}

    life.declare(ACME)
    life.settle()
    life.settle()

    assert database_of(life) == "shared-mariadb"
    assert set(life.others.databases["acme"]) == {DatabaseKind.SHARED}
    assert life.status()["phase"] == "Ready"


def test_a_move_that_fails_says_so_keeps_the_content_and_can_be_taken_back(life: Life) -> None:
    life.declare(ACME)
    life.settle()
    life.declare(ACME.model_copy(update={"tier": TierName.ENTERPRISE}))
    life.one_pass()
    with life.cluster.lock:
        life.cluster.jobs_fail = True
    while life.one_pass().problem is None and life.condition("SiteReady")["reason"] != "MoveFailed":
        pass

    assert "site-move-0" in life.condition("SiteReady")["message"]
    assert set(life.others.databases["acme"]) == {DatabaseKind.SHARED, DatabaseKind.OWN}
    with life.cluster.lock:
        life.cluster.jobs_fail = False
    life.declare(ACME)
    life.settle()
    assert life.status()["phase"] == "Ready"
    assert database_of(life) == "shared-mariadb"


def test_a_file_is_never_put_on_a_volume_that_many_nodes_mount(life: Life) -> None:
    life.declare(ACME)
    life.settle()
    life.declare(ACME.model_copy(update={"tier": TierName.FREE}))
    life.one_pass()

    assert life.condition("DatabaseReady")["reason"] == "VolumeIsShared"
    assert database_of(life) == "shared-mariadb"
    deployment = life.inside(DEPLOYMENT, names.SITE)
    assert deployment is not None
    assert deployment["spec"].get("replicas") != 0


def test_a_volume_is_never_made_smaller_and_the_status_says_so(life: Life) -> None:
    life.declare(ACME.model_copy(update={"overrides": LimitOverrides(storage_gib=50)}))
    life.settle()

    life.declare(ACME.model_copy(update={"overrides": LimitOverrides(storage_gib=20)}))
    life.one_pass()

    claim = life.inside(VOLUME_CLAIM, names.VOLUME)
    assert claim is not None
    assert claim["spec"]["resources"]["requests"]["storage"] == "50Gi"
    assert life.condition("SiteReady")["reason"] == "VolumeOnlyGrows"
    assert life.status()["phase"] == "Degraded"


def test_a_declaration_that_cannot_be_is_told_by_its_field(life: Life) -> None:
    body = tenant_body(BAKERY)
    body["spec"]["domains"] = ["shop.example"]
    life.cluster.put(body)

    life.one_pass("bakery")

    ready = life.condition("Ready", "bakery")
    assert (ready["status"], ready["reason"]) == ("False", "Invalid")
    assert ready["message"].startswith("spec.domains:")


def test_an_address_of_the_platforms_own_is_taken_on_no_more_and_kept_where_it_was(life: Life) -> None:
    body = tenant_body(Tenant(id="hub", name="Hub News"))
    life.cluster.put(body)
    life.one_pass("hub")
    refused = life.condition("Ready", "hub")
    life.cluster.put({**body, "metadata": {"name": "hub", "finalizers": [FINALIZER]}})
    life.one_pass("hub")

    assert (refused["status"], refused["reason"]) == ("False", "Invalid")
    assert refused["message"].startswith("metadata.name: hub.press.example is kept for the platform's own addresses")
    assert life.condition("Ready", "hub")["reason"] != "Invalid"


def test_a_database_cluster_that_takes_its_time_is_waited_for_without_blocking(life: Life) -> None:
    def slow(what: str) -> None:
        if what == "database.ensure":
            raise NotYet("Creating", "the cluster is being made", again_in_seconds=60.0)

    life.others.before = slow
    life.declare(ACME)
    outcome = life.one_pass()
    assert outcome.again_in_seconds == 60.0
    assert life.condition("DatabaseReady")["status"] == "Unknown"
    assert life.condition("DatabaseReady")["message"] == "the cluster is being made"
    assert life.status()["phase"] == "Pending"

    life.others.before = lambda _what: None
    life.settle()
    assert life.status()["phase"] == "Ready"


@pytest.mark.parametrize("what", ["database.ensure", "sign-on.ensure", "chat.ensure", "connection.register"])
def test_whoever_refuses_is_named_and_asked_again(life: Life, what: str) -> None:
    def unwilling(asked: str) -> None:
        if asked == what:
            raise ServiceError("Unavailable", f"{what} does not answer; see whether it runs")

    life.others.before = unwilling
    life.declare(ACME)
    for _ in range(3):
        life.one_pass()
    ready = life.condition("Ready")
    assert (ready["status"], ready["reason"]) == ("False", "Unavailable")
    assert f"{what} does not answer" in ready["message"]

    life.others.before = lambda _what: None
    life.settle()
    assert life.status()["phase"] == "Ready"


def test_a_deleted_tenant_leaves_nothing_and_its_database_goes_last(life: Life) -> None:
    life.declare(ACME)
    life.declare(BAKERY)
    life.settle()
    life.settle("bakery")
    life.others.asked.clear()

    life.cluster.delete(TENANT, "acme")
    while life.body() is not None:
        life.one_pass()

    assert life.left() == []
    order = list(dict.fromkeys(life.others.asked))
    assert order[0] == "connection.close"
    assert order[-2:] == ["database.remove", "connection.forget"]
    assert life.status("bakery")["phase"] == "Ready"


@pytest.mark.parametrize("whole", [True, False], ids=["tenant", "namespace"])
def test_a_namespace_that_does_not_go_says_what_keeps_it(life: Life, whole: bool) -> None:
    life.declare(ACME)
    life.settle()
    life.cluster.idle.add("namespaces")
    life.cluster.delete(*((TENANT, "acme") if whole else (NAMESPACE, "tenant-acme")))
    life.one_pass()
    stays = {
        "type": "NamespaceFinalizersRemaining",
        "status": "True",
        "message": "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
    }
    life.cluster.tell(NAMESPACE, "tenant-acme", "", lambda body: body["status"].update(conditions=[stays]))
    life.one_pass()
    early = life.condition("Ready")["message"]
    life.later = dt.timedelta(minutes=3)
    life.one_pass()
    outcome = life.one_pass()

    assert "example.com/hold" not in early
    assert "example.com/hold in 1 resource instances" in life.condition("Ready")["message"]
    assert life.condition("Ready")["status"] == "Unknown"
    assert not outcome.failed
    assert [call for call in life.cluster.writes() if call.verb == "status"] == []


def test_each_object_that_goes_with_a_namespace_repeats_nothing(life: Life) -> None:
    with running_authentik() as authentik:
        identity = AuthentikSignOn(AuthentikTenants(authentik.url, AUTHENTIK_TOKEN))
        services = dataclasses.replace(life.others.outside(), sign_on=identity)
        life.declare(ACME)
        life.settle()
        life.others.clients.clear()
        identity.ensure(ACME, "https://acme.press.example")
        authentik.requests.clear()
        life.others.asked.clear()
        cache = life.seen()
        operator = Reconciler(
            ClusterApi(life.cluster.client(timeout_seconds=2)),
            cache,
            LAYOUT,
            PLATFORM,
            services,
            traffic=life.others.traffic(),
        )

        life.cluster.delete(TENANT, "acme")
        looks = 1
        deleting = life.body()
        assert deleting is not None
        operator.reconcile(deleting)
        namespace = life.cluster.get(NAMESPACE, "tenant-acme")
        assert namespace is not None
        cache.see("MODIFIED", namespace)
        for key, body in life.cluster.everything().items():
            if key.namespace == "tenant-acme":
                life.cluster.remove(key)
                cache.see("DELETED", body)
                life.cluster.calls.clear()
                operator.reconcile(deleting)
                looks += 1
                assert life.cluster.calls == []
        life.cluster.settle()
        cache.see("DELETED", namespace)
        operator.reconcile(deleting)

    assert looks > 15
    assert life.left() == []
    assert len(authentik.requests) <= 25
    assert [each for each in life.others.asked if life.others.asked.count(each) > 1] == []


def test_an_operator_that_is_behind_does_not_bring_a_deleted_tenant_back(life: Life) -> None:
    life.declare(BAKERY)
    life.settle("bakery")
    behind = life.body("bakery")
    assert behind is not None
    behind["metadata"].pop("finalizers")
    life.cluster.delete(TENANT, "bakery")
    while life.body("bakery") is not None:
        life.one_pass("bakery")

    api = ClusterApi(life.cluster.client(timeout_seconds=2))
    outcome = life.operator(api, ObjectCache()).reconcile(behind)

    assert outcome.problem is not None
    assert life.left("bakery") == []


def whole_life(life: Life) -> list[Callable[[], None]]:
    """What is asked of a tenant from its beginning to its end."""
    return [
        lambda: life.declare(ACME),
        lambda: life.declare(ACME.model_copy(update={"name": "Acme Times", "domains": ("acme.example",)})),
        lambda: life.declare(ACME, suspended=True),
        lambda: life.declare(ACME),
        lambda: life.declare(ACME.model_copy(update={"tier": TierName.ENTERPRISE})),
        lambda: life.cluster.delete(TENANT, "acme"),
    ]


def passes_until_rest(life: Life) -> None:
    for _ in range(_PASSES):
        if life.body() is None:
            return
        outcome = life.one_pass()
        if outcome.settled:
            return
    raise AssertionError(f"it does not come to rest: {life.status()}")


def test_killed_before_every_request_a_new_operator_goes_on(life: Life) -> None:
    kills = 0
    for ask in whole_life(life):
        ask()
        # Each operator makes one change and dies with the next, so that it happens before every one of them.
        for _ in range(_MOST_CHANGES):
            step = life.passes_with(_Countdown(1))
            kills += step.over
            if not step.over and life.is_at_rest():
                break
        passes_until_rest(life)
        if life.body() is not None:
            assert life.status()["phase"] in {"Ready", "Suspended"}

    assert kills >= 30
    assert life.left() == []


@dataclass
class _Countdown:
    """Takes so many changes and then answers nothing any more, as to an operator that is gone."""

    left: int
    over: bool = False

    def __call__(self, call: Call) -> Fault | None:
        if self.over or (call.is_write and self.left == 0):
            self.over = True
            return Fault(status=None)
        self.left -= call.is_write
        return None


FAULTS = {
    "conflict": Fault(409),
    "gone": Fault(410),
    "too many": Fault(429, retry_after=1),
    "error": Fault(500),
    "no answer": Fault(None),
    "error, but done": Fault(500, done=True),
    "no answer, but done": Fault(None, done=True),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_at_any_request_is_overcome(life: Life, name: str) -> None:
    faults = 0
    for ask in whole_life(life):
        ask()
        # One of the first three requests goes wrong, then one change is let through, so that each has its turn.
        for number in range(_MOST_CHANGES):
            faults += life.passes_with(_Nth(number % 3, FAULTS[name])).hit
            if not life.passes_with(_Countdown(1)).over and life.is_at_rest():
                break
        passes_until_rest(life)

    assert faults >= 20
    assert life.left() == []
    assert life.cluster.get(NAMESPACE, "tenant-acme") is None


@dataclass
class _Nth:
    """Lets one request go wrong, counted from 0."""

    number: int
    fault: Fault
    seen: int = 0
    hit: bool = False

    def __call__(self, _call: Call) -> Fault | None:
        self.seen += 1
        self.hit = self.hit or self.seen == self.number + 1
        return self.fault if self.seen == self.number + 1 else None
