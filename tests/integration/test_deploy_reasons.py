"""Why something is not ready, as a cluster's own objects tell it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.clock import Deadline
from presswerk.kubernetes.connection import KubeContext, connect
from presswerk.kubernetes.errors import ClusterError, NoCluster
from presswerk.kubernetes.kinds import DEPLOYMENT, Ref
from presswerk.kubernetes.reasons import Reasons
from presswerk.kubernetes.rollout import NotReady, Waiter
from tests.support.cluster_server import Call, Fault
from tests.support.cluster_store import Body
from tests.support.delivery import FakeClock, connected
from tests.support.delivery_cluster import DeliveryCluster, Trouble, running_delivery_cluster

pytestmark = pytest.mark.integration

APP = Ref(DEPLOYMENT, "presswerk", "app")


@pytest.fixture
def cluster() -> Iterator[DeliveryCluster]:
    with running_delivery_cluster() as running:
        running.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "presswerk"}})
        yield running


@pytest.fixture
def connection(cluster: DeliveryCluster, tmp_path: Path) -> Iterator[ClusterApi]:
    with connected(cluster, tmp_path) as connection:
        yield connection


def _run(cluster: DeliveryCluster, trouble: Trouble | None, volumes: tuple[Body, ...] = ()) -> None:
    cluster.trouble = lambda _body: trouble
    labels = {"app": "app"}
    cluster.put(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "app", "namespace": "presswerk"},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "main", "image": "app:1"}], "volumes": list(volumes)},
                },
            },
        }
    )
    cluster.settle()


def _reason(connection: ClusterApi, patience_seconds: float = 10) -> str:
    clock, told = FakeClock(), list[str]()
    waiter = Waiter(connection, Reasons(connection, ["a-secret"]), told.append)
    with pytest.raises(NotReady) as problem:
        waiter.until_ready([APP], Deadline.after(patience_seconds, clock))
    assert any("Deployment presswerk/app" in line for line in told)
    return problem.value.problem


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (
            Trouble(waiting="ImagePullBackOff", message='Back-off pulling image "app:1"'),
            'pod app-0: main waits: ImagePullBackOff: Back-off pulling image "app:1"',
        ),
        (
            Trouble(waiting="CrashLoopBackOff", message="back-off", log="Traceback:\nModuleNotFoundError: no 'x'\n\n"),
            "pod app-0: main ends with 1, again and again (4 times); it last wrote: ModuleNotFoundError: no 'x'",
        ),
        (
            Trouble(waiting="CrashLoopBackOff", message="back-off", log="x a-secret https://me:mine@host/ y"),
            "it last wrote: x *** https://***@host/ y",
        ),
        (
            Trouble(waiting="CreateContainerConfigError", message='secret "app" not found'),
            'main waits: CreateContainerConfigError: secret "app" not found',
        ),
        (
            Trouble(unschedulable="0/3 nodes are available: 3 Insufficient memory."),
            "no node takes pod app-0: 0/3 nodes are available: 3 Insufficient memory.",
        ),
        (Trouble(no_pods='pods "app-0" is forbidden: quota'), 'FailedCreate: pods "app-0" is forbidden: quota'),
        (Trouble(), "0 of 1 pods are ready; pod app-0 runs and is not ready"),
    ],
)
def test_a_workload_that_is_not_ready_is_explained(
    cluster: DeliveryCluster, connection: ClusterApi, trouble: Trouble, told: str
) -> None:
    _run(cluster, trouble)

    assert told in _reason(connection)


def test_a_claim_that_no_volume_is_bound_to_is_named_with_its_event(
    cluster: DeliveryCluster, connection: ClusterApi
) -> None:
    claim = {"name": "data", "namespace": "presswerk"}
    cluster.put({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": claim, "spec": {}})
    cluster.put(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "data.1", "namespace": "presswerk"},
            "involvedObject": {"kind": "PersistentVolumeClaim", "name": "data"},
            "type": "Warning",
            "reason": "ProvisioningFailed",
            "message": 'storageclass "fast" not found',
        }
    )
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    _run(cluster, Trouble(unschedulable="pod has unbound immediate PersistentVolumeClaims"), (volume,))

    told = 'volume claim data is not bound: ProvisioningFailed: storageclass "fast" not found'
    assert told in _reason(connection)


def test_it_waits_as_long_as_patience_lasts_and_no_longer(cluster: DeliveryCluster, connection: ClusterApi) -> None:
    _run(cluster, Trouble())
    clock = FakeClock()
    waiter = Waiter(connection, Reasons(connection), lambda _text: None)

    with pytest.raises(NotReady):
        waiter.until_ready([APP], Deadline.after(100, clock))

    assert clock.seconds == pytest.approx(100, abs=0.1)


def test_what_becomes_ready_meanwhile_is_enough(cluster: DeliveryCluster, connection: ClusterApi) -> None:
    _run(cluster, Trouble())

    class Mending(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.seconds > 20:
                cluster.trouble = lambda _body: None
                cluster.settle()

    clock = Mending()
    waiter = Waiter(connection, Reasons(connection), lambda _text: None)
    waiter.until_ready([APP], Deadline.after(100, clock))

    assert 20 < clock.seconds < 30


@pytest.mark.parametrize("fault", [Fault(), Fault(429), Fault(503)])
def test_an_api_server_that_goes_away_for_a_moment_is_waited_for(
    cluster: DeliveryCluster, connection: ClusterApi, fault: Fault
) -> None:
    _run(cluster, None)
    lost = iter([fault] * 3)
    cluster.fault = lambda _call: next(lost, None)

    Waiter(connection, Reasons(connection), lambda _text: None).until_ready([APP], Deadline.after(100, FakeClock()))

    assert next(lost, None) is None


def test_a_refusal_is_told_at_once_with_its_remedy(cluster: DeliveryCluster, connection: ClusterApi) -> None:
    def refused(call: Call) -> Fault | None:
        return Fault(403) if call.key.plural == "deployments" else None

    cluster.fault = refused

    with pytest.raises(ClusterError, match="refused to get Deployment presswerk/app: 403") as problem:
        connection.get(APP)
    assert "administrator" in problem.value.remedy


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not: a kubeconfig", "No cluster can be found"),
        ("{clusters: [], contexts: [], users: []}", "No cluster can be found: No current context set"),
        ("[", "No cluster can be found"),
        ("- a list", "No cluster can be found"),
        (
            "{current-context: a, contexts: [{name: a, context: {cluster: a}}], clusters: [{name: a, cluster: {}}]}",
            "the context names no user",
        ),
    ],
)
def test_a_file_that_is_no_kubeconfig_is_told_with_its_remedy(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(NoCluster, match=told) as problem:
        connect(KubeContext(file))
    assert "--kubeconfig" in problem.value.remedy
