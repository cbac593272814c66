"""The database that each tier gives: a real shared server, and a stand-in of IONOS's API for clusters."""

import ipaddress
from collections.abc import Iterator

import pytest
from ionoscloud_dbaas_mariadb.models.mariadb_cluster_states import MariadbClusterStates as State

from presswerk.declaration.tier import DEFAULT_TIERS, DatabaseKind, TierName
from presswerk.operations.external_services import DatabasesByTier
from presswerk.runtimes.cluster.operator.credentials import Credentials
from presswerk.runtimes.cluster.operator.outcome import NotYet, ServiceError
from presswerk.runtimes.databases import MariaDbAdmin, UnixSocketServer
from presswerk.runtimes.databases.ionos import ClusterPlace, IonosDatabases
from tests.support.databases import new_password, run, works
from tests.support.ionos_double import TOKEN, IonosDouble, running_ionos_double
from tests.support.mariadb import MariaDbServer, running_mariadb

pytestmark = pytest.mark.integration

FREE, PRO, ENTERPRISE = (DEFAULT_TIERS[name] for name in TierName)
PLACE = ClusterPlace("de/txl", "0c1f2a3b-dc", "2", ipaddress.IPv4Interface("10.7.222.100/24"))


@pytest.fixture(scope="module")
def server() -> Iterator[MariaDbServer]:
    with running_mariadb() as running:
        yield running


@pytest.fixture
def api() -> Iterator[IonosDouble]:
    with running_ionos_double() as double:
        yield double


@pytest.fixture
def databases(server: MariaDbServer, api: IonosDouble) -> DatabasesByTier:
    password = new_password()
    server.execute(
        f"CREATE OR REPLACE USER manager@localhost IDENTIFIED BY '{password}'",
        "GRANT ALL ON *.* TO manager@localhost WITH GRANT OPTION",
    )
    shared = MariaDbAdmin(UnixSocketServer(server.socket), "manager", password)
    return DatabasesByTier(shared, IonosDatabases("press.example", PLACE, TOKEN, api.url))


def test_a_site_on_sqlite_needs_no_server(databases: DatabasesByTier, api: IonosDouble) -> None:
    assert databases.ensure("acme", FREE.database, FREE.limits, Credentials.new()) is None
    assert api.requests == []


def test_a_site_on_the_shared_server_works_at_once(databases: DatabasesByTier, api: IonosDouble) -> None:
    access = databases.ensure("acme", PRO.database, PRO.limits, Credentials.new())
    assert access is not None
    assert run(access, "SELECT @@max_user_connections") == [(12,)]
    assert api.requests == []
    databases.remove("acme", DatabaseKind.OWN)
    assert works(access)
    databases.remove("acme", DatabaseKind.SHARED)
    assert not works(access)


def test_a_cluster_of_its_own_is_waited_for_and_then_signed_in_to(databases: DatabasesByTier, api: IonosDouble) -> None:
    credentials = Credentials.new()
    wanted = (ENTERPRISE.database, ENTERPRISE.limits, credentials)
    with pytest.raises(NotYet, match="making the tenant's database cluster \\(PROVISIONING\\)") as pending:
        databases.ensure("acme", *wanted)
    assert pending.value.again_in_seconds == 60
    api.become(State.AVAILABLE)
    # Nothing of that name is on the network, which is what a cluster that has just come up is like.
    with pytest.raises(ServiceError) as silent:
        databases.ensure("acme", *wanted)
    assert silent.value.reason == "DatabaseUnreachable"
    assert list(api.passwords.values()) == [credentials.cluster_admin_password]
    with pytest.raises(NotYet, match="removing the tenant's database cluster"):
        databases.remove("acme")
    api.become(State.AVAILABLE)
    databases.remove("acme")


@pytest.mark.parametrize("kind", [DatabaseKind.SHARED, DatabaseKind.OWN])
def test_a_kind_that_is_not_configured_is_said(kind: DatabaseKind) -> None:
    credentials = Credentials.new()
    with pytest.raises(ServiceError, match="configured") as missing:
        DatabasesByTier().ensure("acme", kind, PRO.limits, credentials)
    assert missing.value.reason == "DatabaseProblem"
    assert credentials.database_password not in str(missing.value)
    DatabasesByTier().remove("acme")


def test_passwords_are_not_shown(databases: DatabasesByTier) -> None:
    assert databases.shared is not None
    assert databases.shared.password not in repr(databases)
