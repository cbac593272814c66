"""The operator as it runs: it sees Tenants, and what is declared comes to be in spite of everything."""

import contextlib
import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from presswerk.declaration import Platform, Tenant, TierName
from presswerk.kubernetes.kinds import DEPLOYMENT, EVENT, LEASE, TENANT
from presswerk.kubernetes.lease import LeaseLost
from presswerk.runtimes.cluster import names
from presswerk.runtimes.cluster.cluster import Cluster as Layout
from presswerk.runtimes.cluster.operator.outcome import ServiceError
from presswerk.runtimes.cluster.operator.process import OPERATOR_LEASE, HealthAddress, Operator
from presswerk.runtimes.cluster.operator.worker import Pace
from presswerk.runtimes.cluster.resource import tenant_body
from tests.support.cluster import Call, Cluster, Fault, running_cluster
from tests.support.outside import Others
from tests.support.process import free_port
from tests.support.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]

PLATFORM = Platform(tenants=(Tenant(id="any", name="Any"),), domain="press.example")


@dataclass
class World:
    """A cluster whose own controllers work, and everybody outside of it."""

    cluster: Cluster
    others: Others = field(default_factory=Others)
    lost: list[LeaseLost] = field(default_factory=list)

    def declare(self, tenant: Tenant) -> None:
        self.cluster.put(tenant_body(tenant))

    def phase(self, name: str) -> str | None:
        body = self.cluster.get(TENANT, name)
        return None if body is None else body.get("status", {}).get("phase")

    @contextlib.contextmanager
    def operator(self, *, identity: str = "one", waits: bool = False) -> Iterator[str]:
        """An operator until the block ends; yields where it tells of itself.

        Args:
            identity: Its name.
            waits: Whether another one works, and this one does not.
        """
        port, stop, ready = free_port(), threading.Event(), threading.Event()
        operator = Operator(
            self.cluster.client(),
            Layout.of(PLATFORM),
            PLATFORM,
            self.others.outside(),
            HealthAddress(port=port),
            traffic=self.others.traffic(),
            pace=Pace(first_seconds=0.01),
            identity=identity,
            lease_seconds=4.0,
        )
        thread = threading.Thread(target=self._run, args=(operator, stop, ready))
        thread.start()
        url = f"http://127.0.0.1:{port}"
        try:
            until(lambda: waits or ready.is_set())
            until(lambda: _is_ready(url))
            yield url
        finally:
            stop.set()
            thread.join()

    def _run(self, operator: Operator, stop: threading.Event, ready: threading.Event) -> None:
        try:
            operator.run(stop, ready)
        except LeaseLost as lost:
            self.lost.append(lost)

    def lease(self, holder: str) -> dict[str, Any]:
        """The Lease as another operator holds it, which it says it has renewed just now."""
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "apiVersion": LEASE.api_version,
            "kind": LEASE.name,
            "metadata": {"name": OPERATOR_LEASE.name, "namespace": OPERATOR_LEASE.namespace},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 1, "acquireTime": now, "renewTime": now},
        }


def _is_ready(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{url}/health/ready").is_success
    return False


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with running_cluster() as cluster:
        cluster.controllers = True
        cluster.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": names.PLATFORM_NAMESPACE}})
        (tmp_path / "kubeconfig").write_text(cluster.kubeconfig())
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        yield World(cluster)


def test_a_tenants_life_from_declaration_to_deletion(world: World) -> None:
    with world.operator():
        world.declare(Tenant(id="acme", name="Acme News", tier=TierName.PRO))
        until(lambda: world.phase("acme") == "Ready")
        world.cluster.put(tenant_body(Tenant(id="acme", name="Acme News", tier=TierName.PRO), suspended=True))
        until(lambda: world.phase("acme") == "Suspended")
        world.cluster.delete(TENANT, "acme")
        until(lambda: world.phase("acme") is None)

    assert [str(key) for key in world.cluster.everything() if "acme" in str(key)] == []
    assert world.others.traces("acme") == []


def test_it_writes_nothing_more_once_all_is_as_wanted_and_heals_what_somebody_deletes(world: World) -> None:
    world.declare(Tenant(id="acme", name="Acme News"))
    with world.operator():
        until(lambda: world.phase("acme") == "Ready")
    world.cluster.calls.clear()
    with world.operator(identity="two") as url:
        until(lambda: 'passes_total{result="settled"} 1.0' in httpx.get(f"{url}/metrics").text)
        writes = [call for call in world.cluster.writes() if call.key.plural != LEASE.plural]
        world.cluster.delete(DEPLOYMENT, "site", "tenant-acme")
        until(lambda: world.cluster.get(DEPLOYMENT, "site", "tenant-acme") is not None)
        until(lambda: world.phase("acme") == "Ready")

    assert writes == []


def test_refusals_of_every_kind_are_outlived(world: World) -> None:
    faults = [Fault(409), Fault(410), Fault(429, retry_after=0), Fault(500), Fault(None), Fault(None, done=True)]

    def every_third(call: Call) -> Fault | None:
        is_ours = call.is_write and call.key.plural != LEASE.plural
        return faults.pop() if is_ours and faults and len(world.cluster.calls) % 3 == 0 else None

    world.cluster.fault = every_third
    with world.operator():
        world.declare(Tenant(id="acme", name="Acme News"))
        until(lambda: world.phase("acme") == "Ready")


def test_while_somebody_outside_does_not_answer_the_cluster_is_still_kept_as_declared(world: World) -> None:
    def refuse(what: str) -> None:
        if what == "sign-on.ensure":
            raise ServiceError("Unavailable", "the identity provider does not answer")

    world.declare(Tenant(id="acme", name="Acme News"))
    with world.operator():
        until(lambda: world.phase("acme") == "Ready")
        world.others.before = refuse
        world.cluster.delete(DEPLOYMENT, "site", "tenant-acme")
        until(lambda: world.cluster.get(DEPLOYMENT, "site", "tenant-acme") is not None)
        until(lambda: world.phase("acme") == "Degraded")
        body = world.cluster.get(TENANT, "acme")
        world.others.before = lambda _what: None
        until(lambda: world.phase("acme") == "Ready")

    assert body is not None
    said = {item["type"]: item["message"] for item in body["status"]["conditions"]}
    assert "the identity provider does not answer" in said["Ready"]


def test_a_deletion_that_does_not_get_on_says_why(world: World) -> None:
    def refuse(what: str) -> None:
        if what == "sign-on.remove":
            raise ServiceError("NotAllowed", "the token lacks authentik_core.delete_group")

    world.declare(Tenant(id="acme", name="Acme News"))
    with world.operator():
        until(lambda: world.phase("acme") == "Ready")
        world.others.before = refuse
        world.cluster.delete(TENANT, "acme")
        until(lambda: "the token lacks" in str((world.cluster.get(TENANT, "acme") or {}).get("status")))
        world.others.before = lambda _what: None
        until(lambda: world.phase("acme") is None)


def test_a_domain_leads_to_whom_it_was_given_first_and_to_the_next_when_that_one_is_gone(world: World) -> None:
    with world.operator():
        world.declare(Tenant(id="acme", name="Acme", tier=TierName.PRO, domains=("shop.example",)))
        until(lambda: world.phase("acme") == "Ready")
        world.declare(Tenant(id="bakery", name="Bakery", tier=TierName.PRO, domains=("shop.example",)))
        until(lambda: world.phase("bakery") == "Degraded")
        body = world.cluster.get(TENANT, "bakery")
        world.cluster.delete(TENANT, "acme")
        until(lambda: world.phase("bakery") == "Ready")

    assert body is not None
    assert "shop.example leads to acme already" in body["status"]["conditions"][-1]["message"]


def passes_of(url: str) -> list[str]:
    """What an operator tells of its looks at tenants."""
    return [line for line in httpx.get(f"{url}/metrics").text.splitlines() if "passes_total{" in line]


def test_of_two_operators_only_one_works_and_the_other_takes_over_when_it_ends(world: World) -> None:
    gone = Tenant(id="gone", name="Gone")
    with contextlib.ExitStack() as second:
        with world.operator(identity="first"):
            waiting = second.enter_context(world.operator(identity="second", waits=True))
            world.declare(gone)
            until(lambda: world.phase("gone") == "Ready")
            world.cluster.delete(TENANT, "gone")
            until(lambda: world.phase("gone") is None)
            world.declare(Tenant(id="acme", name="Acme News"))
            until(lambda: world.phase("acme") == "Ready")
            assert passes_of(waiting) == []
            assert "presswerk_operator_paused 1.0" in httpx.get(f"{waiting}/metrics").text
        until(lambda: "presswerk_operator_paused 0.0" in httpx.get(f"{waiting}/metrics").text)
        # The one that waited knows that this one went.
        assert 'presswerk_tenants{phase="Ready"} 1.0' in httpx.get(f"{waiting}/metrics").text
        world.declare(Tenant(id="bakery", name="The Corner Bakery"))
        until(lambda: world.phase("bakery") == "Ready")
    assert world.cluster.get(LEASE, OPERATOR_LEASE.name, names.PLATFORM_NAMESPACE) is None


def test_an_operator_that_loses_its_lease_ends(world: World) -> None:
    with world.operator():
        world.declare(Tenant(id="acme", name="Acme News"))
        until(lambda: world.phase("acme") == "Ready")
        world.cluster.put(world.lease("another"))
        until(lambda: bool(world.lost))

    lease = world.cluster.get(LEASE, OPERATOR_LEASE.name, names.PLATFORM_NAMESPACE)
    assert lease is not None
    assert lease["spec"]["holderIdentity"] == "another"


def test_it_tells_whether_it_lives_and_is_ready(world: World) -> None:
    with world.operator() as url:
        assert httpx.get(f"{url}/health/live").status_code == 200
        assert httpx.get(f"{url}/health/ready").text == "ok\n"
        assert httpx.get(f"{url}/").status_code == 404


def test_an_operator_that_is_dead_is_waited_out(world: World) -> None:
    world.cluster.put(world.lease("dead@another-machine:1:aa"))
    world.declare(Tenant(id="acme", name="Acme News"))
    with world.operator():
        until(lambda: world.phase("acme") == "Ready")


def test_why_pods_are_not_ready_is_said_and_recorded(world: World) -> None:
    message = 'pods "site-5d" is forbidden: exceeded quota: tier'
    world.cluster.idle.add("deployments")
    with world.operator():
        world.declare(Tenant(id="acme", name="Acme News"))
        until(lambda: world.cluster.get(DEPLOYMENT, "site", "tenant-acme") is not None)
        failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}
        world.cluster.tell(
            DEPLOYMENT, "site", "tenant-acme", lambda body: body.update(status={"conditions": [failure]})
        )
        until(lambda: message in str((world.cluster.get(TENANT, "acme") or {}).get("status")))
        until(lambda: bool(events_of(world)))

    (event,) = events_of(world)
    assert (event["type"], event["reason"], event["involvedObject"]["name"]) == ("Warning", "PodsNotReady", "acme")
    assert message in event["message"]


def events_of(world: World) -> list[dict[str, Any]]:
    """The events that there are."""
    with world.cluster.lock:
        return [body for key, body in world.cluster.store.objects.items() if key.plural == EVENT.plural]
