"""The database that each tier gives: a real shared server, and a stand-in of IONOS's API for clusters."""

import ipaddress
from collections.abc import Iterator

import pytest
from ionoscloud_dbaas_mariadb.models.mariadb_cluster_states import MariadbClusterStates as State

from presswerk.declaration.tier import DEFAULT_TIERS, DatabaseKind, TierName
from presswerk.operations.external_services import DatabasesByTier
from presswerk.runtimes.cluster.operator.credentials import Credentials
from presswerk.runtimes.cluster.operator.outcome import NotYet, ServiceError
from presswerk.runtimes.databases import (
    DatabaseAccess,
    DatabaseProblem,
    DatabaseUnreachable,
    MariaDbAdmin,
    UnixSocketServer,
)
from presswerk.runtimes.databases.by_tier import DatabasePasswords, TenantDatabases
from presswerk.runtimes.databases.ionos import ClusterPlace, IonosDatabases, Pending
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
def databases(server: MariaDbServer, api: IonosDouble) -> TenantDatabases:
    password = new_password()
    server.execute(
        f"CREATE OR REPLACE USER manager@localhost IDENTIFIED BY '{password}'",
        "GRANT ALL ON *.* TO manager@localhost WITH GRANT OPTION",
    )
    shared = MariaDbAdmin(UnixSocketServer(server.socket), "manager", password)
    return TenantDatabases(shared, IonosDatabases("press.example", PLACE, TOKEN, api.url))


def new_passwords() -> DatabasePasswords:
    return DatabasePasswords(site=new_password(), cluster_admin=new_password())


def test_a_site_on_sqlite_needs_no_server(databases: TenantDatabases, api: IonosDouble) -> None:
    assert databases.ensure("acme", FREE.database, FREE.limits, new_passwords()) is None
    assert api.requests == []


def test_a_site_on_the_shared_server_works_at_once(databases: TenantDatabases, api: IonosDouble) -> None:
    access = databases.ensure("acme", PRO.database, PRO.limits, new_passwords())
    assert isinstance(access, DatabaseAccess)
    assert run(access, "SELECT @@max_user_connections") == [(12,)]
    assert api.requests == []
    assert databases.drop("acme")
    assert not works(access)


def test_a_cluster_of_its_own_is_pending_and_then_signed_in_to(databases: TenantDatabases, api: IonosDouble) -> None:
    passwords = new_passwords()
    wanted = (ENTERPRISE.database, ENTERPRISE.limits, passwords)
    assert databases.ensure("acme", *wanted) == Pending("PROVISIONING")
    api.become(State.AVAILABLE)
    # Nothing of that name is on the network, which is what a cluster that has just come up is like.
    with pytest.raises(DatabaseUnreachable):
        databases.ensure("acme", *wanted)
    assert list(api.passwords.values()) == [passwords.cluster_admin]
    assert not databases.drop("acme")
    api.become(State.AVAILABLE)
    assert databases.drop("acme")


@pytest.mark.parametrize("kind", [DatabaseKind.SHARED, DatabaseKind.OWN])
def test_a_kind_that_is_not_configured_is_said(kind: DatabaseKind) -> None:
    with pytest.raises(DatabaseProblem, match="configured"):
        TenantDatabases().ensure("acme", kind, PRO.limits, new_passwords())
    assert TenantDatabases().drop("acme")


def test_passwords_are_not_shown(databases: TenantDatabases) -> None:
    passwords = new_passwords()
    assert passwords.site not in repr(passwords)
    assert passwords.cluster_admin not in repr(passwords)
    assert databases.shared is not None
    assert databases.shared.password not in repr(databases)


def test_the_operator_is_told_what_takes_its_time_and_what_goes_wrong(
    databases: TenantDatabases, api: IonosDouble
) -> None:
    outside, credentials = DatabasesByTier(databases), Credentials.new()

    with pytest.raises(NotYet, match="making the tenant's database cluster") as pending:
        outside.ensure("large", ENTERPRISE.database, ENTERPRISE.limits, credentials)
    access = outside.ensure("small", PRO.database, PRO.limits, credentials)
    nowhere = DatabasesByTier(TenantDatabases())
    with pytest.raises(ServiceError, match="none is configured") as missing:
        nowhere.ensure("small", PRO.database, PRO.limits, credentials)

    assert pending.value.again_in_seconds == 60
    assert access is not None
    assert works(access)
    assert missing.value.reason == "DatabaseProblem"
    assert credentials.database_password not in str(missing.value)
    outside.remove("small", DatabaseKind.OWN)
    assert works(access)
    outside.remove("small", DatabaseKind.SHARED)
    assert not works(access)
