"""A certificate authority on this machine: Debian's Pebble, which asks names by a name server of its own."""

import contextlib
import datetime as dt
import ipaddress
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from presswerk.runtimes.local.service import Service
from tests.support.process import NO_AUTHORITIES, free_port, running
from tests.support.waiting import until


@dataclass(frozen=True)
class CertificateAuthority:
    """A running Pebble.

    Attributes:
        directory: Its ACME directory's address.
        trust: The file with the certificate that it shows itself.
        authorities: The file with whom to trust of what it issues, beside `trust`.
        names: The name server's management address.
    """

    directory: str
    trust: Path
    authorities: Path
    names: str

    def context(self) -> ssl.SSLContext:
        """For clients that trust what it issues, and nothing else."""
        return ssl.create_default_context(cafile=str(self.authorities))

    def lose(self, host: str) -> None:
        """Let a name lead nowhere."""
        self._names("set-servfail", host)

    def find(self, host: str) -> None:
        """Let a name lead to this machine again."""
        self._names("clear-servfail", host)

    def _names(self, what: str, host: str) -> None:
        with httpx.Client(trust_env=False, verify=NO_AUTHORITIES) as client:
            client.post(f"{self.names}/{what}", json={"host": host}).raise_for_status()


@contextlib.contextmanager
def running_authority(directory: Path, *, http_port: int, https_port: int) -> Iterator[CertificateAuthority]:
    """Run a certificate authority to which every name leads to this machine.

    Args:
        directory: Where its files go.
        http_port: Where it asks for `http-01`, instead of at 80.
        https_port: Where it asks for `tls-alpn-01`, instead of at 443.
    """
    names, names_management, listen, management = (free_port() for _ in range(4))
    certificate, key = directory / "pebble.pem", directory / "pebble.key"
    _own_certificate(certificate, key)
    configuration = directory / "pebble.json"
    configuration.write_text(
        json.dumps(
            {
                "pebble": {
                    "listenAddress": f"127.0.0.1:{listen}",
                    "managementListenAddress": f"127.0.0.1:{management}",
                    "certificate": str(certificate),
                    "privateKey": str(key),
                    "httpPort": http_port,
                    "tlsPort": https_port,
                }
            }
        )
    )
    server = ["-dns01", f"127.0.0.1:{names}", "-management", f"127.0.0.1:{names_management}", "-defaultIPv6", ""]
    unused = ["-http01", "", "-https01", "", "-tlsalpn01", ""]
    pebble = ["pebble", "-config", str(configuration), "-dnsserver", f"127.0.0.1:{names}"]
    quick = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    with (
        running(Service("names", ("pebble-challtestsrv", *server, *unused), directory), directory / "names.log"),
        running(Service("pebble", tuple(pebble), directory, environment=quick), directory / "pebble.log"),
    ):
        trust = ssl.create_default_context(cafile=str(certificate))
        root = _first_answer(f"https://127.0.0.1:{management}/roots/0", trust)
        authorities = directory / "authorities.pem"
        authorities.write_text(root + certificate.read_text())
        yield CertificateAuthority(
            f"https://127.0.0.1:{listen}/dir", certificate, authorities, f"http://127.0.0.1:{names_management}"
        )


def _first_answer(address: str, trust: ssl.SSLContext) -> str:
    with httpx.Client(verify=trust, trust_env=False) as client:

        def answer() -> str | None:
            try:
                return client.get(address).raise_for_status().text
            except httpx.ConnectError:
                return None

        return str(until(answer, lambda: "Pebble does not answer"))


def _own_certificate(certificate: Path, key_file: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pebble")])
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([here]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
