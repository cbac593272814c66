"""Objects go to a cluster's API and come back, and every refusal has a name."""

from collections.abc import Iterator

import pytest

from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.errors import AlreadyThere, ClusterError, GoneMeanwhile
from presswerk.kubernetes.kinds import DEPLOYMENT, NAMESPACE, SECRET, TENANT, Ref
from tests.support.cluster import Cluster, Fault, running_cluster

pytestmark = pytest.mark.integration

_SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tenant-acme", "labels": {"a": "1", "b": "2"}}}
_SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "credentials", "namespace": "tenant-acme"},
    "data": {"password": "cw=="},
}
_TENANT = {
    "apiVersion": TENANT.api_version,
    "kind": "Tenant",
    "metadata": {"name": "acme"},
    "spec": {"name": "Acme"},
}


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


def _api(cluster: Cluster) -> ClusterApi:
    return ClusterApi(cluster.client(timeout_seconds=2))


def test_applying_makes_and_then_changes_an_object(cluster: Cluster) -> None:
    api = _api(cluster)
    api.apply(_SPACE)
    api.apply({**_SPACE, "metadata": {"name": "tenant-acme", "labels": {"a": "3"}}})
    found = api.get(Ref(NAMESPACE, None, "tenant-acme"))
    assert found is not None
    assert found["metadata"]["labels"] == {"a": "3", "kubernetes.io/metadata.name": "tenant-acme"}


def test_applying_keeps_what_others_set(cluster: Cluster) -> None:
    api = _api(cluster)
    api.apply(_SPACE)
    cluster.edit(NAMESPACE, "tenant-acme", "", lambda body: body["metadata"]["labels"].update(team="blue"))
    api.apply(_SPACE)
    found = cluster.get(NAMESPACE, "tenant-acme")
    assert found is not None
    assert found["metadata"]["labels"]["team"] == "blue"


def test_applying_the_same_again_makes_no_new_version(cluster: Cluster) -> None:
    api = _api(cluster)
    first = api.apply(_SPACE)
    assert api.apply(_SPACE)["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_creating_twice_is_refused_by_name(cluster: Cluster) -> None:
    api = _api(cluster)
    api.apply(_SPACE)
    api.create(_SECRET)
    with pytest.raises(AlreadyThere):
        api.create(_SECRET)


def test_what_is_not_there_is_none_and_deletes_to_nothing(cluster: Cluster) -> None:
    ref = Ref(SECRET, "tenant-acme", "credentials")
    assert _api(cluster).get(ref) is None
    assert not _api(cluster).delete(ref)


def test_a_list_goes_over_all_pages_and_says_what_kind_its_items_are(cluster: Cluster) -> None:
    for number in range(300):
        name = f"space-{number}"
        cluster.put({**_SPACE, "metadata": {"name": name, "labels": {"odd": str(number % 2)}}})
    found, version = _api(cluster).list(NAMESPACE, {"odd": "1"})
    assert len(found) == 150
    assert found[0]["kind"] == "Namespace"
    assert int(version) >= 300


def test_a_watch_goes_on_from_a_list(cluster: Cluster) -> None:
    api = _api(cluster)
    api.apply({**_SPACE, "metadata": {"name": "before", "labels": {"ours": "yes"}}})
    _, version = api.list(NAMESPACE, {"ours": None})
    cluster.put({**_SPACE, "metadata": {"name": "other"}})
    cluster.put({**_SPACE, "metadata": {"name": "after", "labels": {"ours": "yes"}}})
    event, body = next(api.watch(NAMESPACE, {"ours": None}, version, 30))
    assert (event, body["metadata"]["name"]) == ("ADDED", "after")


def test_a_watch_from_a_forgotten_version_is_gone(cluster: Cluster) -> None:
    api = _api(cluster)
    _, version = api.list(NAMESPACE, {})
    cluster.put(_SPACE)
    cluster.store.forget_history()
    with pytest.raises(GoneMeanwhile):
        next(api.watch(NAMESPACE, {}, version, 30))


def test_a_refusal_says_how_long_to_wait(cluster: Cluster) -> None:
    cluster.fault = lambda _call: Fault(429, retry_after=7)
    with pytest.raises(ClusterError) as refused:
        _api(cluster).apply(_SPACE)
    assert (refused.value.status, refused.value.retry_after_seconds) == (429, 7.0)
    assert "apply Namespace tenant-acme" in str(refused.value)


def test_no_answer_is_told_from_a_refusal(cluster: Cluster) -> None:
    cluster.fault = lambda _call: Fault()
    with pytest.raises(ClusterError) as silent:
        _api(cluster).get(Ref(DEPLOYMENT, "tenant-acme", "site"))
    assert silent.value.status is None


def test_no_error_carries_what_was_sent(cluster: Cluster) -> None:
    cluster.fault = lambda _call: Fault(500)
    with pytest.raises(ClusterError) as refused:
        _api(cluster).create(_SECRET)
    assert "cw==" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_status_is_applied_beside_the_declaration(cluster: Cluster) -> None:
    cluster.put(_TENANT)
    api = _api(cluster)
    api.apply_tenant_status("acme", {"phase": "Pending", "conditions": [{"type": "Ready", "status": "False"}]})
    api.apply_tenant_status("acme", {"phase": "Ready", "conditions": [{"type": "Ready", "status": "True"}]})
    found = cluster.get(TENANT, "acme")
    assert found is not None
    assert found["status"] == {"phase": "Ready", "conditions": [{"type": "Ready", "status": "True"}]}
    assert found["spec"] == {"name": "Acme"}
    assert found["metadata"]["generation"] == 1


def test_a_status_of_a_tenant_that_is_gone_is_nothing(cluster: Cluster) -> None:
    _api(cluster).apply_tenant_status("acme", {"phase": "Ready"})
    assert cluster.get(TENANT, "acme") is None
