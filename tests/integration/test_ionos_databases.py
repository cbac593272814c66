"""Clusters of tenants' own at IONOS, against a stand-in of its API over HTTP."""

import dataclasses
import ipaddress
import secrets
from collections.abc import Iterator

import pytest
from ionoscloud_dbaas_mariadb.models.mariadb_cluster_states import MariadbClusterStates as State

from presswerk.declaration import TierName
from presswerk.declaration.tier import DEFAULT_TIERS
from presswerk.runtimes.databases import (
    DatabaseBusy,
    DatabaseProblem,
    DatabaseRefused,
    DatabaseUnreachable,
    TcpServer,
)
from presswerk.runtimes.databases.errors import ClusterFailed, ForeignCluster, InvalidCluster, QuotaExceeded
from presswerk.runtimes.databases.ionos import (
    ClusterPlace,
    IonosDatabases,
    Pending,
    size_for,
)
from tests.support.ionos_double import LARGEST_PAGE, TOKEN, Fault, IonosDouble, error_body, running_ionos_double

pytestmark = pytest.mark.integration

PLACE = ClusterPlace("de/txl", "0c1f2a3b-dc", "2", ipaddress.IPv4Interface("10.7.222.100/24"))
SIZE = {"count": 1, "cores": 1, "ram": 4, "storageSize": 50}
PASSWORD = secrets.token_urlsafe(24)


@pytest.fixture
def api() -> Iterator[IonosDouble]:
    with running_ionos_double() as double:
        yield double


@pytest.fixture
def databases(api: IonosDouble) -> IonosDatabases:
    return IonosDatabases("press.example", PLACE, TOKEN, api.url)


def test_a_cluster_is_made_waited_for_and_then_used(api: IonosDouble, databases: IonosDatabases) -> None:
    assert databases.ensure("acme", PASSWORD, SIZE) == Pending("PROVISIONING")
    assert databases.ensure("acme", PASSWORD, SIZE) == Pending("PROVISIONING")
    api.become(State.AVAILABLE)
    found = databases.ensure("acme", PASSWORD, SIZE)
    ((cluster_id, cluster),) = api.clusters.items()
    assert isinstance(found, TcpServer)
    assert found.host.endswith(".ionos.invalid")
    assert api.writes() == ["POST"]
    assert cluster.properties is not None
    assert cluster.properties.connection is not None
    assert cluster.properties.connection.primary_instance_address == "10.7.222.100/24"
    assert api.passwords[cluster_id] == PASSWORD


def test_each_tenant_gets_a_cluster_and_an_address_of_its_own(api: IonosDouble, databases: IonosDatabases) -> None:
    for tenant in ("acme", "acme-a", "bolt"):
        databases.ensure(tenant, PASSWORD, SIZE)
    addresses = [
        cluster.properties.connection.primary_instance_address
        for cluster in api.clusters.values()
        if cluster.properties and cluster.properties.connection
    ]
    assert addresses == ["10.7.222.100/24", "10.7.222.101/24", "10.7.222.102/24"]


def test_a_lan_without_a_free_address_is_said(api: IonosDouble, databases: IonosDatabases) -> None:
    full = dataclasses.replace(
        databases, place=dataclasses.replace(PLACE, first_address=ipaddress.IPv4Interface("10.7.222.254/24"))
    )
    full.ensure("acme", PASSWORD, SIZE)
    with pytest.raises(InvalidCluster, match="no address is free"):
        full.ensure("bolt", PASSWORD, SIZE)


def test_a_cluster_on_a_later_page_is_found(api: IonosDouble, databases: IonosDatabases) -> None:
    dataclasses.replace(databases, platform="other.example").ensure("other", PASSWORD, SIZE)
    (others,) = api.clusters.values()
    for number in range(LARGEST_PAGE):
        api.clusters[f"other-{number}"] = others.model_copy(update={"id": f"other-{number}"})
    databases.ensure("acme", PASSWORD, SIZE)
    assert databases.ensure("acme", PASSWORD, SIZE) == Pending("PROVISIONING")
    assert api.writes() == ["POST", "POST"]


@pytest.mark.parametrize("carried_out", [True, False], ids=["made", "not-made"])
@pytest.mark.parametrize("status", [None, 500, 502, 503], ids=str)
def test_a_lost_answer_never_makes_a_second_cluster(
    api: IonosDouble, databases: IonosDatabases, status: int | None, carried_out: bool
) -> None:
    api.faults.append(Fault("POST", status, "{}", carried_out))
    with pytest.raises(DatabaseUnreachable):
        databases.ensure("acme", PASSWORD, SIZE)
    assert api.writes() == ["POST"]
    assert databases.ensure("acme", PASSWORD, SIZE) == Pending("PROVISIONING")
    assert len(api.clusters) == 1


def test_of_two_clusters_made_all_the_same_the_older_stays_the_one_in_use(
    api: IonosDouble, databases: IonosDatabases
) -> None:
    databases.ensure("acme", PASSWORD, SIZE)
    ((first_id, first),) = api.clusters.items()
    second = first.model_copy(deep=True, update={"id": "another"})
    assert second.metadata is not None
    assert second.metadata.created_date is not None
    second.metadata.created_date = second.metadata.created_date.replace(year=2027)
    api.clusters = {"another": second, first_id: first}
    api.become(State.AVAILABLE)
    found = databases.ensure("acme", PASSWORD, SIZE)
    assert isinstance(found, TcpServer)
    assert found.host.startswith(f"mdb-{first_id[:8]}.")


def test_a_larger_tier_grows_the_cluster_and_storage_never_shrinks(api: IonosDouble, databases: IonosDatabases) -> None:
    databases.ensure("acme", PASSWORD, SIZE)
    api.become(State.AVAILABLE)
    grown = {"count": 2, "cores": 4, "ram": 16, "storageSize": 20}
    assert isinstance(databases.ensure("acme", PASSWORD, grown), TcpServer)
    # While it grows it goes on serving, and is not asked again.
    assert isinstance(databases.ensure("acme", PASSWORD, grown), TcpServer)
    assert api.writes() == ["POST", "PUT"]
    api.become(State.AVAILABLE)
    databases.ensure("acme", PASSWORD, grown)
    assert api.writes() == ["POST", "PUT"]
    (cluster,) = api.clusters.values()
    assert cluster.properties is not None
    assert cluster.properties.instances is not None
    assert cluster.properties.instances.to_dict() == {"count": 2, "cores": 4, "ram": 16, "storageSize": 50}


def test_a_removed_cluster_is_waited_for_and_may_be_asked_for_again(
    api: IonosDouble, databases: IonosDatabases
) -> None:
    databases.ensure("acme", PASSWORD, SIZE)
    databases.ensure("bolt", PASSWORD, SIZE)
    assert not databases.delete("acme")
    assert not databases.delete("acme")
    assert api.writes().count("DELETE") == 1
    assert databases.ensure("acme", PASSWORD, SIZE) == Pending("DESTROYING")
    api.become(State.AVAILABLE)
    assert databases.delete("acme")
    assert len(api.clusters) == 1
    assert databases.ensure("acme", PASSWORD, SIZE) == Pending("PROVISIONING")


def test_a_cluster_that_goes_while_it_is_removed_is_no_error(api: IonosDouble, databases: IonosDatabases) -> None:
    databases.ensure("acme", PASSWORD, SIZE)
    api.faults.append(Fault("DELETE", 404, error_body(404, "paas-resource-2", "not found"), carried_out=True))
    assert not databases.delete("acme")
    api.become(State.AVAILABLE)
    assert databases.delete("acme")


def test_a_cluster_that_ionos_gave_up_says_why(api: IonosDouble, databases: IonosDatabases) -> None:
    databases.ensure("acme", PASSWORD, SIZE)
    api.become(State.FAILED, "no capacity in this zone")
    with pytest.raises(ClusterFailed, match="no capacity in this zone"):
        databases.ensure("acme", PASSWORD, SIZE)
    assert api.writes() == ["POST"]


def test_a_cluster_without_our_mark_is_neither_used_nor_made_twice(api: IonosDouble, databases: IonosDatabases) -> None:
    databases.ensure("acme", PASSWORD, SIZE)
    (cluster,) = api.clusters.values()
    assert cluster.properties is not None
    cluster.properties.description = "somebody wrote over it"
    for act in (lambda: databases.ensure("acme", PASSWORD, SIZE), lambda: databases.delete("acme")):
        with pytest.raises(ForeignCluster, match="presswerk-acme"):
            act()
    assert api.writes() == ["POST"]


def test_two_platforms_of_one_contract_keep_apart(api: IonosDouble, databases: IonosDatabases) -> None:
    other = dataclasses.replace(databases, platform="press.example.org")
    databases.ensure("acme", PASSWORD, SIZE)
    other.ensure("acme", PASSWORD, SIZE)
    assert len(api.clusters) == 2
    other.delete("acme")
    assert api.writes().count("DELETE") == 1


@dataclasses.dataclass(frozen=True)
class Refusal:
    status: int
    code: str
    message: str
    kind: type[DatabaseProblem]
    retryable: bool = False


REFUSALS = [
    Refusal(401, "paas-auth-1", "Unauthorized", DatabaseRefused),
    Refusal(403, "paas-auth-2", "Forbidden", DatabaseRefused),
    Refusal(403, "paas-quota-1", "quota exceeded for cores", QuotaExceeded),
    Refusal(422, "paas-quota-1", "The contract's quota for mariadb clusters is reached", QuotaExceeded),
    Refusal(402, "paas-x", "payment", QuotaExceeded),
    Refusal(409, "paas-conflict-1", "busy", DatabaseBusy, retryable=True),
    Refusal(429, "paas-rate-1", "too many requests", DatabaseUnreachable, retryable=True),
    Refusal(500, "paas-internal-1", "internal error", DatabaseUnreachable, retryable=True),
    Refusal(418, "paas-x", "teapot", DatabaseProblem),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: f"{one.status}-{one.code}")
def test_each_refusal_has_a_kind_that_says_what_to_do(
    api: IonosDouble, databases: IonosDatabases, refusal: Refusal
) -> None:
    body = error_body(refusal.status, refusal.code, refusal.message)
    api.faults.append(Fault("POST", refusal.status, body, headers=(("Retry-After", "7"),)))
    with pytest.raises(DatabaseProblem, match=refusal.message) as caught:
        databases.ensure("acme", PASSWORD, SIZE)
    assert type(caught.value) is refusal.kind
    assert caught.value.retryable is refusal.retryable
    if isinstance(caught.value, DatabaseUnreachable):
        assert caught.value.retry_after_seconds == 7


def test_what_ionos_says_of_a_refused_value_is_told(api: IonosDouble, databases: IonosDatabases) -> None:
    message = "properties.instances.ram: must be at least 4"
    api.faults.append(Fault("POST", 422, error_body(422, "paas-validation-1", message)))
    with pytest.raises(InvalidCluster, match=message):
        databases.ensure("acme", PASSWORD, SIZE)


def test_clusters_of_others_that_look_otherwise_do_not_hinder_ours(api: IonosDouble, databases: IonosDatabases) -> None:
    odd: list[dict[str, object]] = [{}, {"id": 7, "properties": [], "metadata": "?"}, {"properties": {"connection": 1}}]
    taken = {"connection": {"primaryInstanceAddress": "10.7.222.100/24"}, "instances": {"count": 99}}
    api.others += [*odd, {"id": "x", "properties": taken}]
    assert databases.ensure("acme", PASSWORD, SIZE) == Pending("PROVISIONING")
    (cluster,) = api.clusters.values()
    assert cluster.properties is not None
    assert cluster.properties.connection is not None
    assert cluster.properties.connection.primary_instance_address == "10.7.222.101/24"


@pytest.mark.parametrize("body", ["", "<html>proxy</html>", '{"items": 7}', '{"items": ["cluster"]}', "[]"])
def test_an_answer_of_something_else_is_no_crash(api: IonosDouble, databases: IonosDatabases, body: str) -> None:
    api.faults.append(Fault("GET", 200, body))
    with pytest.raises(DatabaseProblem, match="in a way its API does not"):
        databases.ensure("acme", PASSWORD, SIZE)
    assert api.writes() == []


def test_neither_token_nor_password_is_ever_told(api: IonosDouble, databases: IonosDatabases) -> None:
    echo = error_body(422, "paas-validation-1", f"{PASSWORD} and Bearer {TOKEN} are no good")
    api.faults.append(Fault("POST", 422, echo))
    with pytest.raises(InvalidCluster) as caught:
        databases.ensure("acme", PASSWORD, SIZE)
    wrong = dataclasses.replace(databases, token="another-token-that-is-wrong")
    with pytest.raises(DatabaseRefused) as refused:
        wrong.ensure("acme", PASSWORD, SIZE)
    told = f"{caught.value!r} {refused.value!r} {databases!r} {wrong!r} {databases._api!r}"
    assert PASSWORD not in told
    assert TOKEN not in told
    assert "another-token" not in told
    assert caught.value.__cause__ is None


def test_without_a_token_nothing_is_asked() -> None:
    with pytest.raises(DatabaseRefused, match="IONOS_TOKEN is not set"):
        IonosDatabases.from_environment("press.example", PLACE, {})
    assert IonosDatabases.from_environment("press.example", PLACE, {"IONOS_TOKEN": TOKEN}).token == TOKEN


def test_every_tier_has_a_size_that_ionos_sells() -> None:
    enterprise = DEFAULT_TIERS[TierName.ENTERPRISE]
    assert size_for(enterprise.limits) == {"count": 1, "cores": 1, "ram": 4, "storageSize": 50}
    assert size_for(enterprise.maximum) == {"count": 1, "cores": 8, "ram": 16, "storageSize": 1000}
    assert size_for(DEFAULT_TIERS[TierName.FREE].limits)["storageSize"] == 10


def test_a_place_that_ionos_does_not_have_is_refused_before_asking() -> None:
    with pytest.raises(ValueError, match="first_address"):
        ClusterPlace("de/txl", "dc", "2", ipaddress.IPv4Interface("10.233.0.5/24"))
    assert PLACE.api_url == "https://mariadb.de-txl.ionos.com/v2"
