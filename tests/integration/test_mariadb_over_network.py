"""Tenants' databases on a real MariaDB server over the network: encrypted, and only on a server that proves itself."""

import contextlib
import dataclasses
import datetime
import ipaddress
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from presswerk.runtimes.databases import (
    DatabaseAccess,
    DatabaseProblem,
    DatabaseRefused,
    DatabaseUnreachable,
    Encryption,
    MariaDbAdmin,
    TcpServer,
    UserLimits,
    rotate,
)
from presswerk.runtimes.local.artifacts import ensure_php
from tests.support.databases import new_password, run_in
from tests.support.mariadb import MariaDbServer, running_mariadb
from tests.support.process import free_port

pytestmark = pytest.mark.integration

LIMITS = UserLimits(connections=12)


@dataclasses.dataclass(frozen=True)
class TlsServer:
    """A server on a port of this machine, and the authority that signed its certificate."""

    admin: MariaDbAdmin
    port: int
    authority: Path
    other_authority: Path


@pytest.fixture(scope="module")
def tls(running: tuple[TlsServer, MariaDbServer]) -> TlsServer:
    return running[0]


@pytest.fixture(scope="module")
def server(running: tuple[TlsServer, MariaDbServer]) -> MariaDbServer:
    return running[1]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TlsServer, MariaDbServer]]:
    home, port, password = tmp_path_factory.mktemp("tls"), free_port(), new_password()
    authority, certificate, key = new_certificates(home, "127.0.0.1")
    other_authority, _certificate, _key = new_certificates(home, "127.0.0.2")
    # The server runs as another user, who may not enter pytest's directories, and so reads what is open already.
    with (
        open_files(certificate, key) as (certificate_file, key_file),
        running_mariadb(
            "--skip-networking=0",
            "--bind-address=127.0.0.1",
            f"--port={port}",
            f"--ssl-cert={certificate_file}",
            f"--ssl-key={key_file}",
        ) as server,
    ):
        server.execute(
            f"CREATE USER manager IDENTIFIED BY '{password}'", "GRANT ALL ON *.* TO manager WITH GRANT OPTION"
        )
        admin = MariaDbAdmin(TcpServer("127.0.0.1", port, authority), "manager", password)
        yield TlsServer(admin, port, authority, other_authority), server


@contextlib.contextmanager
def open_files(*files: Path) -> Iterator[list[Path]]:
    """Copies in a directory that everybody may read."""
    place = Path(tempfile.mkdtemp(prefix="presswerk-tls-", dir="/tmp"))
    try:
        place.chmod(0o755)
        copies = [Path(shutil.copy(file, place)) for file in files]
        for copy in copies:
            copy.chmod(0o644)
        yield copies
    finally:
        shutil.rmtree(place)


def new_certificates(home: Path, host: str) -> tuple[Path, Path, Path]:
    """An authority, and a certificate of it for a host, and that one's key, as files."""
    now = datetime.datetime.now(datetime.UTC)
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority of {host}")])
    authority_key, host_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    usual = (
        x509.CertificateBuilder()
        .issuer_name(authority_name)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
    )
    authority = (
        usual.subject_name(authority_name)
        .serial_number(x509.random_serial_number())
        .public_key(authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        usual.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
        .serial_number(x509.random_serial_number())
        .public_key(host_key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key = host_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files = tuple(home / f"{host}-{name}.pem" for name in ("authority", "certificate", "key"))
    for file, content in zip(files, (authority.public_bytes(pem), certificate.public_bytes(pem), key), strict=True):
        file.write_bytes(content)
    return files[0], files[1], files[2]


def test_over_the_network_a_tenant_works_encrypted_and_only_so(tls: TlsServer) -> None:
    access = tls.admin.ensure("acme", new_password(), LIMITS)
    encrypted = ssl.create_default_context(cafile=str(tls.authority))
    with pymysql.connect(
        host="127.0.0.1",
        port=tls.port,
        user=access.user,
        password=access.password,
        ssl=encrypted,
        database=access.name,
    ) as connection:
        assert run_in(connection, "SELECT DATABASE()") == [("site_acme",)]
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        pymysql.connect(host="127.0.0.1", port=tls.port, user=access.user, password=access.password, ssl_disabled=True)
    assert tls.admin.ensure("acme", access.password, LIMITS) == access
    tls.admin.drop("acme")
    assert tls.admin.users("acme") == ()


@pytest.mark.parametrize("problem", ["signed by another authority", "made for another host", "no TLS at all"])
def test_no_password_is_sent_to_a_server_that_does_not_prove_who_it_is(tls: TlsServer, problem: str) -> None:
    where = TcpServer("127.0.0.1", tls.port, tls.authority)
    if problem == "signed by another authority":
        where = dataclasses.replace(where, ca_file=tls.other_authority)
    elif problem == "made for another host":
        where = dataclasses.replace(where, host="localhost")
    else:
        port = free_port()
        with running_mariadb("--skip-networking=0", "--bind-address=127.0.0.1", f"--port={port}", "--skip-ssl"):
            refused = dataclasses.replace(tls.admin, server=dataclasses.replace(where, port=port))
            with pytest.raises(DatabaseUnreachable, match="SSL"):
                refused.exists("acme")
        return
    with pytest.raises(DatabaseUnreachable, match="certificate verify failed"):
        dataclasses.replace(tls.admin, server=where).exists("acme")


_PHP_CONNECTS = """
mysqli_report( MYSQLI_REPORT_OFF );
$link = mysqli_init();
$host = explode( ':', getenv( 'DB_HOST' ) );
$flags = (int) getenv( 'MYSQL_CLIENT_FLAGS' );
$done = @mysqli_real_connect(
    $link, $host[0], getenv( 'DB_USER' ), getenv( 'DB_PASSWORD' ), getenv( 'DB_NAME' ), (int) $host[1], null, $flags
);
echo $done ? mysqli_fetch_row( mysqli_query( $link, "SHOW STATUS LIKE 'Ssl_version'" ) )[1] : mysqli_connect_error();
"""


def php_connects(access: DatabaseAccess, authority: Path) -> str:
    """Sign in as WordPress does, and say by which TLS or why not."""
    constants = {name: str(value) for name, value in access.wordpress_constants.items()}
    done = subprocess.run(
        [str(ensure_php()), "-d", f"openssl.cafile={authority}", "-r", _PHP_CONNECTS],
        env={"PATH": os.environ.get("PATH", ""), **constants},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_wordpress_is_told_to_encrypt_and_to_verify(tls: TlsServer) -> None:
    access = tls.admin.ensure("acme", new_password(), LIMITS)
    assert php_connects(access, tls.authority).startswith("TLSv1.")
    assert php_connects(access, tls.other_authority) == "Cannot connect to MySQL using SSL"


def test_in_a_network_of_its_own_a_server_may_do_without_tls() -> None:
    port, password = free_port(), new_password()
    with running_mariadb("--skip-networking=0", "--bind-address=127.0.0.1", f"--port={port}", "--skip-ssl") as server:
        server.execute(
            f"CREATE USER manager IDENTIFIED BY '{password}'", "GRANT ALL ON *.* TO manager WITH GRANT OPTION"
        )
        place = TcpServer("127.0.0.1", port, encryption=Encryption.PRIVATE_NETWORK)
        admin = MariaDbAdmin(place, "manager", password)
        access = admin.ensure("acme", new_password(), LIMITS)
        assert admin.ensure("acme", access.password, LIMITS) == access
        assert php_connects(access, Path("/dev/null")) == ""


_IONOS_RIGHTS = (
    "ALTER, ALTER ROUTINE, CONNECTION ADMIN, CREATE, CREATE ROUTINE, CREATE TEMPORARY TABLES, CREATE USER, CREATE VIEW,"
    " DELETE, DELETE HISTORY, DROP, EXECUTE, INDEX, INSERT, LOCK TABLES, PROCESS, REFERENCES, SELECT, SET USER,"
    " SHOW DATABASES, SHOW VIEW, SLAVE MONITOR, TRIGGER, UPDATE"
)


def test_the_rights_that_ionos_gives_a_clusters_first_user_are_enough(tls: TlsServer, server: MariaDbServer) -> None:
    """As listed at https://docs.ionos.com/cloud/databases/mariadb/overview/user-privileges."""
    password = new_password()
    server.execute(
        f"CREATE USER presswerk IDENTIFIED BY '{password}'",
        f"GRANT {_IONOS_RIGHTS} ON *.* TO presswerk WITH GRANT OPTION",
    )
    admin = MariaDbAdmin(tls.admin.server, "presswerk", password)
    first = admin.ensure("acme", new_password(), LIMITS)
    second = rotate(admin, "acme", first, new_password(), limits=LIMITS, switch=lambda _access: None, quiet_seconds=0.1)
    verified = ssl.create_default_context(cafile=str(tls.authority))
    with pymysql.connect(
        host="127.0.0.1", port=tls.port, user=second.user, password=second.password, database=second.name, ssl=verified
    ) as held:
        run_in(held, "CREATE TABLE posts (id INT)", "BEGIN", "SELECT * FROM posts")
        admin.drop("acme")
    assert not admin.exists("acme")
    assert admin.users("acme") == ()


@pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "no-pem"])
def test_an_authority_that_cannot_be_read_is_said(tmp_path: Path, content: str | None) -> None:
    authority = tmp_path / "authority.pem"
    if content is not None:
        authority.write_text(content)
    with pytest.raises(DatabaseProblem, match=r"authority\.pem cannot be used to verify db\.invalid"):
        MariaDbAdmin(TcpServer("db.invalid", ca_file=authority), "manager", new_password()).exists("acme")


def test_an_administrators_password_that_cannot_be_sent_is_refused_untold() -> None:
    with pytest.raises(DatabaseRefused, match="ASCII") as caught:
        MariaDbAdmin(TcpServer("db.invalid"), "manager", "пароль-пароль-пароль").exists("acme")
    assert "пароль" not in repr(caught.value)
