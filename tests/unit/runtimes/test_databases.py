"""Names, limits and sizes of tenants' databases, over all tenants and limits there can be."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from presswerk.declaration import TenantId
from presswerk.declaration.tier import Limits
from presswerk.runtimes.databases import (
    DatabaseAccess,
    Encryption,
    TcpServer,
    UnixSocketServer,
    UserLimits,
    database_name,
    limits_for,
    user_names,
)
from presswerk.runtimes.databases.ionos import size_for
from presswerk.runtimes.databases.shared import password_hash

SOCKET = Path("/run/presswerk/mariadb.sock")
LONGEST_DATABASE_NAME = 64
LONGEST_USER_NAME = 80
LONGEST_IONOS_DATABASE_NAME = 63

tenant_ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,18}[a-z0-9]", fullmatch=True)
any_limits = st.builds(
    Limits,
    cpu_millicores=st.integers(50, 64_000),
    memory_mib=st.integers(128, 65_536),
    storage_gib=st.integers(1, 4_096),
    php_workers=st.integers(2, 64),
    publications_per_month=st.integers(1),
    api_requests_per_day=st.integers(1),
)


@given(tenant_ids, tenant_ids)
def test_no_two_tenants_share_a_database_or_a_user(one: str, other: str) -> None:
    names = [{database_name(tenant), *user_names(tenant)} for tenant in (one, other)]
    assert len(names[0]) == 3
    if one != other:
        assert database_name(one) != database_name(other)
        assert not set(user_names(one)) & set(user_names(other))


@given(tenant_ids)
def test_every_name_is_one_that_mariadb_and_ionos_take_unquoted(tenant: str) -> None:
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in (database_name(tenant), *user_names(tenant)))
    assert len(database_name(tenant)) <= min(LONGEST_DATABASE_NAME, LONGEST_IONOS_DATABASE_NAME)
    assert max(map(len, user_names(tenant))) <= LONGEST_USER_NAME


@given(st.text(max_size=25))
def test_what_is_no_tenant_id_gets_no_name(text: str) -> None:
    try:
        TypeAdapter(TenantId).validate_python(text)
    except ValidationError:
        with pytest.raises(ValueError, match="no tenant id"):
            database_name(text)
    else:
        assert database_name(text)


@given(any_limits)
def test_any_limits_make_a_user_and_a_cluster_that_can_be_had(limits: Limits) -> None:
    assert limits_for(limits).connections > limits.php_workers
    size = size_for(limits)
    assert size["ram"] >= 4
    assert size["ram"] * 1024 >= limits.memory_mib
    assert size["storageSize"] >= limits.storage_gib


@pytest.mark.parametrize("connections", [0, -1])
def test_a_limit_that_the_server_would_read_as_none_is_refused(connections: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        UserLimits(connections=connections)


def test_a_password_is_hashed_as_mariadb_does() -> None:
    # SELECT PASSWORD('correct-horse-battery') on MariaDB 10.11.
    assert password_hash("correct-horse-battery") == "*3EE9F23773B00B12326F2A3D2CBC8CD7956CACC7"


def test_a_site_on_this_machine_is_told_nothing_of_tls() -> None:
    access = DatabaseAccess(UnixSocketServer(SOCKET), "site_acme", "site_acme_a", "a-secret-password")
    assert dict(access.wordpress_constants) == {
        "DB_NAME": "site_acme",
        "DB_USER": "site_acme_a",
        "DB_PASSWORD": "a-secret-password",
        "DB_HOST": f"localhost:{SOCKET}",
        "DB_CHARSET": "utf8mb4",
        "DB_COLLATE": "",
    }
    assert "a-secret-password" not in repr(access)


@pytest.mark.parametrize(
    ("encryption", "flags"), [(Encryption.VERIFIED, 0x40000800), (Encryption.PRIVATE_NETWORK, None)]
)
def test_a_site_on_the_network_encrypts_unless_it_is_private(encryption: Encryption, flags: int | None) -> None:
    server = TcpServer("db.example", encryption=encryption)
    access = DatabaseAccess(server, "site_acme", "site_acme_a", "a-secret-password")
    assert access.wordpress_constants.get("MYSQL_CLIENT_FLAGS") == flags
    assert access.wordpress_constants["DB_HOST"] == "db.example:3306"
