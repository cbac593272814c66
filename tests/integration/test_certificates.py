"""A company's own authority: everything that fetches trusts what `SSL_CERT_FILE` names, and a refusal says so."""

import asyncio
import datetime as dt
import ipaddress
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from presswerk import certificates
from presswerk.ai import AiEndpoint
from presswerk.errors import PresswerkError
from presswerk.identity import IdentityProviderUnavailable, TokenVerifier, TrustedIssuer
from presswerk.identity.providers.authentik_api import AuthentikApi
from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.functions import publish
from presswerk.operations.checks import CHECKS, ask
from presswerk.operations.checks.targets import SignOnTarget
from presswerk.operations.hub_client import HubClient
from presswerk.operations.sign_in import sign_in
from presswerk.runtimes.local import artifacts, environments
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.launch import inherited_environment
from presswerk.wordpress import Connection, SiteClient
from tests.support.serving import serving

pytestmark = pytest.mark.integration


@dataclass
class Company:
    """A server of a company with an authority of its own; `asked` is what reached it."""

    url: str
    authority: Path
    asked: list[str]


def _signed(
    name: str,
    issuer: x509.Name,
    signer: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    addresses = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .sign(signer, hashes.SHA256())
    )


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    directory = tmp_path_factory.mktemp("company")
    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A company")])
    authority, server_file = directory / "authority.pem", directory / "server.pem"
    authority.write_bytes(
        _signed("A company", issuer, root, root, is_authority=True).public_bytes(serialization.Encoding.PEM)
    )
    server_file.write_bytes(
        own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + _signed("localhost", issuer, root, own, is_authority=False).public_bytes(serialization.Encoding.PEM)
    )
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield Company(f"https://localhost:{server.server_address[1]}", authority, asked)


@pytest.fixture(autouse=True)
def _read_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        monkeypatch.delenv(name, raising=False)
    # The tests' clients share what was read once; here it must be read anew.
    monkeypatch.setattr("httpx._transports.default.create_ssl_context", httpx.create_ssl_context)
    certificates.authorities.cache_clear()
    yield
    certificates.authorities.cache_clear()


def by_uv(company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, f"{company.url}/simple")
    target = str(tmp_path / "into")
    environments._uv(
        "canaille", "pip", "install", "--no-config", "--target", target, "--python", sys.executable, "nothing-of-ours"
    )


def by_npm(company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("npm_config_registry", company.url)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setattr(artifacts, "_RETRIES", ("--fetch-retries=0",))
    artifacts._download(tmp_path)


def by_site(company: Company, _monkeypatch: pytest.MonkeyPatch, _tmp_path: Path) -> None:
    with SiteClient(Connection(company.url, company.url, "presswerk", "secret")) as client:
        client.status()


def by_ai(company: Company, _monkeypatch: pytest.MonkeyPatch, _tmp_path: Path) -> None:
    with AiEndpoint(f"{company.url}/v1", "key") as endpoint:
        endpoint.models()


def by_hub(company: Company, _monkeypatch: pytest.MonkeyPatch, _tmp_path: Path) -> None:
    HubClient(company.url, "token").call("GET", "/me")


def by_sign_in(company: Company, _monkeypatch: pytest.MonkeyPatch, _tmp_path: Path) -> None:
    sign_in("http://hub", company.url, print)


def by_chat(company: Company, _monkeypatch: pytest.MonkeyPatch, _tmp_path: Path) -> None:
    with OpenWebUIClient(company.url) as chat:
        chat.sign_in("a@example.org", "password")


def by_authentik(company: Company, _monkeypatch: pytest.MonkeyPatch, _tmp_path: Path) -> None:
    with AuthentikApi(company.url, "token", attempts=1) as api:
        api.send("GET", "/core/users/", "any")


def by_provider(company: Company, _monkeypatch: pytest.MonkeyPatch, _tmp_path: Path) -> None:
    try:
        with TokenVerifier([TrustedIssuer(company.url, ("hub",))]) as verifier:
            verifier.provider(company.url).endpoints()
    except IdentityProviderUnavailable as outage:
        raise PresswerkError(outage.cause) from None


def by_check(company: Company, _monkeypatch: pytest.MonkeyPatch, _tmp_path: Path) -> None:
    entries = [check for check in CHECKS if check.id == "sign-on-document"]
    (result,) = ask(entries, [SignOnTarget(service="identity", address=company.url)])
    raise LocalRuntimeError(result.seen, result.remedy)


Fetch = Callable[[Company, pytest.MonkeyPatch, Path], None]
FETCHERS: tuple[Fetch, ...] = (
    by_uv, by_npm, by_site, by_ai, by_hub, by_sign_in, by_chat, by_authentik, by_provider, by_check,
)  # fmt: skip


@pytest.mark.parametrize("fetch", FETCHERS, ids=[fetch.__name__ for fetch in FETCHERS])
def test_a_refused_certificate_is_told_as_one(
    fetch: Fetch, company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(PresswerkError) as raised:
        fetch(company, monkeypatch, tmp_path)

    said = f"{raised.value} {getattr(raised.value, 'remedy', '')}"
    assert "certificate" in said
    assert "SSL_CERT_FILE" in said
    assert "network" not in said.replace(certificates.REMEDY, "")


@pytest.mark.parametrize("fetch", FETCHERS, ids=[fetch.__name__ for fetch in FETCHERS])
def test_the_authority_that_is_named_is_trusted(
    fetch: Fetch, company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(company.authority))
    company.asked.clear()

    with pytest.raises(PresswerkError) as raised:  # there is nothing to be had
        fetch(company, monkeypatch, tmp_path)

    assert company.asked, raised.value
    assert "certificate" not in str(raised.value)


@pytest.mark.parametrize("named", [True, False])
def test_the_button_in_the_chat_trusts_the_authority_that_is_named(
    named: bool, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    if named:
        monkeypatch.setenv("SSL_CERT_FILE", str(company.authority))
    company.asked.clear()
    publish.authorities.cache_clear()

    async def ask_hub() -> None:
        async with publish.HubCalls(company.url, "token", publish.Words()) as hub:
            await hub.publication("one")

    with pytest.raises(publish.Stopped) as stopped:  # there is nothing to be had
        asyncio.run(ask_hub())

    publish.authorities.cache_clear()
    assert bool(company.asked) == named
    assert ("SSL_CERT_FILE of Open WebUI" in str(stopped.value)) == (not named)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"])
def test_every_child_is_told(variable: str, company: Company) -> None:
    told = inherited_environment({"PATH": "/bin", "SSL_CERT_FILE": str(company.authority)})

    assert told[variable] == str(company.authority)


def test_a_child_that_is_python_trusts_it(company: Company) -> None:
    told = inherited_environment({"PATH": "/bin", "SSL_CERT_FILE": str(company.authority)})
    program = f"import httpx; print(httpx.get({company.url!r}).status_code)"

    done = subprocess.run([sys.executable, "-c", program], env=told, capture_output=True, text=True, check=False)

    assert done.stdout.strip() == str(int(httpx.codes.NOT_FOUND)), done.stderr


def test_without_a_word_the_machines_own_authorities_are_trusted_beside_the_public_ones(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What `update-ca-certificates` does: OpenSSL's own store has the company's authority, and no variable names it.
    def of_this_machine(*_: object, **__: object) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(company.authority)
        return context

    monkeypatch.setattr("ssl.create_default_context", of_this_machine)

    trusted = certificates.authorities()

    assert httpx.get(company.url, verify=trusted).status_code == httpx.codes.NOT_FOUND
    assert len(trusted.get_ca_certs()) > 50
