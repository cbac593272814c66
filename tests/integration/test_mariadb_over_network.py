"""Tenants' databases on a real MariaDB server over the network: encrypted, and only on a server that proves itself."""

import contextlib
import dataclasses
import datetime
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from presswerk.runtimes.databases import DatabaseUnreachable, MariaDbAdmin, TcpServer, UserLimits
from tests.support.databases import new_password, run_in
from tests.support.mariadb import running_mariadb
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
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    home, port, password = tmp_path_factory.mktemp("tls"), free_port(), new_password()
    authority, certificate, key = new_certificates(home, "localhost")
    other_authority, _certificate, _key = new_certificates(home, "elsewhere")
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
        admin = MariaDbAdmin(TcpServer("localhost", port, authority), "manager", password)
        yield TlsServer(admin, port, authority, other_authority)


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
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
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
    encrypted.check_hostname = False
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
    where = TcpServer("localhost", tls.port, tls.authority)
    if problem == "signed by another authority":
        where = dataclasses.replace(where, ca_file=tls.other_authority)
    elif problem == "made for another host":
        where = dataclasses.replace(where, host="127.0.0.1")
    else:
        port = free_port()
        with running_mariadb("--skip-networking=0", "--bind-address=127.0.0.1", f"--port={port}", "--skip-ssl"):
            refused = dataclasses.replace(tls.admin, server=dataclasses.replace(where, port=port))
            with pytest.raises(DatabaseUnreachable, match="SSL"):
                refused.exists("acme")
        return
    with pytest.raises(DatabaseUnreachable, match="certificate verify failed"):
        dataclasses.replace(tls.admin, server=where).exists("acme")
