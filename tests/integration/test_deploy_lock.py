"""One delivery at a time: the lease in the cluster, its renewal, and what becomes of a holder that died."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from presswerk.infrastructure.delivery.records import KEPT, DeliveryState, Record, Records
from presswerk.infrastructure.delivery.tools import DURATION_SECONDS, LEASE, Locked, locked
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.lease import Held, LeaseLost, new_identity
from tests.support.cluster_kinds import LEASE as LEASES
from tests.support.cluster_server import Fault
from tests.support.delivery import FakeClock, connected, lease
from tests.support.delivery_cluster import DeliveryCluster, running_delivery_cluster
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.integration


@pytest.fixture
def cluster() -> Iterator[DeliveryCluster]:
    with running_delivery_cluster() as running:
        running.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "presswerk"}})
        yield running


@pytest.fixture
def connection(cluster: DeliveryCluster, tmp_path: Path) -> Iterator[ClusterApi]:
    with connected(cluster, tmp_path) as connection:
        yield connection


def _held_by(cluster: DeliveryCluster, identity: str) -> None:
    cluster.put(lease(identity))


def _holder(cluster: DeliveryCluster) -> str | None:
    found = cluster.get(LEASES, LEASE.name, "presswerk")
    return None if found is None else str(found["spec"]["holderIdentity"])


def _dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def _of_process(number: int) -> str:
    user_and_machine = new_identity().partition(":")[0]
    return f"{user_and_machine}:{number}:abc"


def _held(connection: ClusterApi, *, duration_seconds: float) -> AbstractContextManager[Held]:
    """A lease that is renewed often; a test says how long it is sure of one renewal."""
    return locked(connection, FakeClock(), lambda _text: None, "me", duration_seconds=duration_seconds)


def _waited_for(cluster: DeliveryCluster, connection: ClusterApi, holder: str) -> float:
    """How many seconds it takes until what somebody holds is ours."""
    _held_by(cluster, holder)
    clock = FakeClock()
    with locked(connection, clock, lambda _text: None, "me"):
        assert _holder(cluster) == "me"
    return clock.seconds


def test_it_is_held_while_the_block_lasts(cluster: DeliveryCluster, connection: ClusterApi) -> None:
    with locked(connection, FakeClock(), lambda _text: None, "me") as held:
        during = _holder(cluster)
        held.check()

    assert during == "me"
    assert _holder(cluster) is None


def test_a_holder_that_died_on_this_machine_is_replaced_at_once(
    cluster: DeliveryCluster, connection: ClusterApi
) -> None:
    assert _waited_for(cluster, connection, _of_process(_dead_process())) == 0


def test_a_living_process_of_this_machine_is_not_replaced_at_once(
    cluster: DeliveryCluster, connection: ClusterApi
) -> None:
    assert _waited_for(cluster, connection, _of_process(os.getpid())) >= DURATION_SECONDS


def test_a_process_of_a_container_that_has_this_machines_name_is_not_replaced_at_once(
    cluster: DeliveryCluster, connection: ClusterApi
) -> None:
    elsewhere = f"ops@{socket.gethostname()}/0badc0de:{_dead_process()}:abc"

    assert _waited_for(cluster, connection, elsewhere) >= DURATION_SECONDS


def test_of_two_that_want_it_at_the_same_time_one_gets_it(cluster: DeliveryCluster, connection: ClusterApi) -> None:
    def other_first(call: object) -> None:
        if getattr(call, "verb", "") == "create":
            cluster.fault = lambda _call: None
            _held_by(cluster, "quicker@elsewhere:1:a")

    cluster.fault = other_first

    with pytest.raises(Locked, match="quicker@elsewhere"), locked(connection, FakeClock(), lambda _text: None, "me"):
        pass

    assert _holder(cluster) == "quicker@elsewhere:1:a"


def test_it_is_renewed_and_its_loss_is_noticed(cluster: DeliveryCluster, connection: ClusterApi) -> None:
    with _held(connection, duration_seconds=0.2) as held:
        held.sure_seconds = 30
        first = cluster.get(LEASES, LEASE.name, "presswerk")
        while (now := cluster.get(LEASES, LEASE.name, "presswerk")) == first:
            pass
        held.check()
        _held_by(cluster, "somebody@elsewhere:1:a")
        assert held.lost.wait(PATIENCE_SECONDS)
        with pytest.raises(LeaseLost, match="was lost"):
            held.check()

    assert now is not None
    assert now["spec"]["holderIdentity"] == "me"
    # What has gone to somebody else is not given back in their name.
    assert _holder(cluster) == "somebody@elsewhere:1:a"


def test_without_a_renewal_it_counts_as_lost_before_anybody_else_may_take_it(
    cluster: DeliveryCluster, connection: ClusterApi
) -> None:
    asked = threading.Event()

    def gone(_call: object) -> Fault:
        asked.set()
        return Fault()

    with _held(connection, duration_seconds=0.1) as held:
        held.sure_seconds = DURATION_SECONDS - 15
        cluster.fault = gone
        assert asked.wait(PATIENCE_SECONDS)
        held.check()
        held.renewed -= DURATION_SECONDS - 15
        with pytest.raises(LeaseLost, match="the cluster did not answer"):
            held.check()
        cluster.fault = lambda _call: None


def test_every_run_is_somebody_else() -> None:
    assert new_identity() != new_identity()


def test_only_the_last_records_are_kept_and_read_as_they_were_written(connection: ClusterApi) -> None:
    records = Records(connection)
    objects = ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "ä" * 500}},)
    made = [
        Record(
            number, "deploy", DeliveryState.DONE, "0.1.0", "2026-11-23", "me", {"presswerk": number}, objects=objects
        )
        for number in range(1, KEPT + 3)
    ]

    for record in made:
        records.write(record)

    assert records.all() == tuple(made[-KEPT:])
