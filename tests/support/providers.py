"""Real identity providers of different makes, each with the same people, groups and clients."""

import contextlib
import html
import json
import re
import secrets
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, Protocol

import httpx
from joserfc.jwk import ECKey, KeyParameters, OKPKey, RSAKey

from presswerk.declaration import OPERATOR_GROUP, GroupsFrom, Person, Platform, demo_platform, parse_groups
from presswerk.identity import ClientCredentials
from presswerk.identity.clients import Client
from presswerk.runtimes.local.identity import Absent, clients_of, seed
from presswerk.runtimes.local.layout import Ports
from presswerk.runtimes.local.login import sign_in
from tests.support.identity import Identity, identity_running
from tests.support.process import free_port
from tests.validation.wordpress import PROJECT, install

HUB, CHAT, CLI, SITE = "presswerk-hub", "presswerk-chat", "presswerk-cli", "site-acme"
AUDIENCES = (HUB, CHAT, CLI)
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "anna": ("tenant-acme-author", "staff"),
    "ada": ("tenant-acme-admin", "tenant-nordlicht-editor"),
    "olivia": ("presswerk-admin",),
    "gast": (),
}
"""Groups by the name a person signs in with."""

LOGGED_OUT = "http://127.0.0.1:9/logged-out"
REDIRECT_URI = "http://127.0.0.1:9/auth/callback"


@dataclass(frozen=True)
class SiteAddresses:
    """Where a real site's people are sent back to, after signing in and out; the provider's client has them besides."""

    url: str

    @property
    def redirect_uri(self) -> str:
        return f"{self.url}/wp-login.php?action=presswerk-callback"

    @property
    def logged_out(self) -> str:
        return f"{self.url}/wp-login.php?loggedout=true"


class IdentityProvider(Protocol):
    """A provider that runs, and what a test may do there."""

    issuer: str
    groups_from: GroupsFrom
    hub: ClientCredentials
    redirect_uri: str
    logged_out: str

    def secret(self, client_id: str) -> str:
        """A client's secret."""
        ...

    def redirect_of(self, client_id: str) -> str:
        """Where a client's people are sent back to."""
        ...

    def sign_in(self, browser: httpx.Client, address: str, user_name: str) -> str:
        """Sign somebody in at the provider's pages; where the browser is sent back to."""
        ...

    def sign_out(self, browser: httpx.Client, address: str) -> str:
        """Follow the provider's pages to the end of its session; where the browser is sent back to."""
        ...

    def set_groups(self, user_name: str, groups: Sequence[str]) -> None:
        """Change somebody's groups at the provider."""
        ...

    def delete(self, user_name: str) -> None:
        """Delete or lock somebody's account at the provider."""
        ...


@dataclass(frozen=True)
class Column:
    """One column of the matrix for `oidc-provider`.

    Attributes:
        groups_in: Where it says groups; ID tokens always carry them.
        no_groups: What it says of somebody who is in none.
        format: Of access tokens; a JWT is typed `at+jwt` and its userinfo takes none, an opaque one only it can read.
        aud: How a JWT names for whom it is.
        algorithm: With which JWTs are signed.
        pairwise_by: Whether subjects differ, and by what.
        stale_groups: What tokens say of groups instead of what holds now.
    """

    groups_in: tuple[Literal["token", "userinfo"], ...] = ("userinfo",)
    no_groups: Literal["missing", "empty", "null"] = "missing"
    format: Literal["opaque", "jwt"] = "opaque"
    aud: Literal["string", "list"] = "string"
    algorithm: Literal["RS256", "PS256", "ES256", "EdDSA"] = "RS256"
    pairwise_by: Literal["platform", "client"] | None = None
    stale_groups: tuple[str, ...] | None = None


STALE = ("presswerk-admin", "tenant-acme-admin")
COLUMNS = {
    "claim missing": Column(no_groups="missing"),
    "authentik": Column(no_groups="empty", pairwise_by="platform"),
    "claim null": Column(no_groups="null", algorithm="ES256"),
    "stale groups in the token": Column(groups_in=("token", "userinfo"), stale_groups=STALE),
    "groups in the token only": Column(groups_in=("token",), format="jwt", algorithm="RS256"),
    "token, null, aud is a list": Column(
        groups_in=("token",), format="jwt", no_groups="null", aud="list", algorithm="PS256"
    ),
    "token, empty, ES256": Column(groups_in=("token",), format="jwt", no_groups="empty", algorithm="ES256"),
    "token, pairwise, EdDSA": Column(
        groups_in=("token",), format="jwt", no_groups="empty", pairwise_by="platform", algorithm="EdDSA"
    ),
}
PROVIDERS = ("canaille", "lemonldap", *COLUMNS)
"""What each suite runs against."""

_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r"""\b(name|value)=(["'])(.*?)\2""")


def form_of(page: httpx.Response) -> dict[str, str]:
    """Names and values of a page's inputs."""
    found = {}
    for tag in _INPUT.findall(page.text):
        attributes = {name: html.unescape(value) for name, _, value in _ATTRIBUTE.findall(tag)}
        if "name" in attributes:
            found[attributes["name"]] = attributes.get("value", "")
    return found


@dataclass
class OidcProvider:
    """npm's `oidc-provider` as a process; one line of JSON changes a person."""

    column: Column
    issuer: str
    groups_from: GroupsFrom
    hub: ClientCredentials
    redirect_uri: str
    secrets: Mapping[str, str] = field(repr=False)
    password: str = field(repr=False)
    process: "subprocess.Popen[str]" = field(repr=False)
    logged_out: str = LOGGED_OUT

    def secret(self, client_id: str) -> str:
        return self.secrets[client_id]

    def redirect_of(self, client_id: str) -> str:
        assert client_id in self.secrets
        return self.redirect_uri

    def sign_in(self, browser: httpx.Client, address: str, user_name: str) -> str:
        return sign_in(browser, address, user_name, self.password)

    def sign_out(self, browser: httpx.Client, address: str) -> str:
        answer = browser.get(address, follow_redirects=False)
        assert answer.status_code == 200, answer.text
        confirmed = f"{self.issuer}/session/end/confirm"
        return str(browser.post(confirmed, data=form_of(answer), follow_redirects=False).headers["location"])

    def set_groups(self, user_name: str, groups: Sequence[str]) -> None:
        self._tell({"subject": user_name, "person": person(user_name, groups, self.password)})

    def delete(self, user_name: str) -> None:
        self._tell({"subject": user_name, "person": None})

    def _tell(self, change: Mapping[str, object]) -> None:
        stdin, stdout = _pipes(self.process)
        stdin.write(json.dumps(change) + "\n")
        stdin.flush()
        assert json.loads(stdout.readline())["done"] == change["subject"]


def person(user_name: str, groups: Sequence[str], password: str) -> dict[str, object]:
    """Somebody as the Node program has them."""
    return {
        "name": user_name.title(),
        "email": f"{user_name}@example.org",
        "password": password,
        "groups": list(groups),
    }


@contextlib.contextmanager
def running_oidc_provider(
    column: Column,
    *,
    redirect_uri: str = REDIRECT_URI,
    logout_uri: str | None = None,
    site: SiteAddresses | None = None,
) -> Iterator[OidcProvider]:
    """`oidc-provider` on a free port until the block ends.

    Args:
        column: How it behaves.
        redirect_uri: The hub's; every client has it.
        logout_uri: Where the hub takes logout tokens.
        site: Of a real site, if there is one.
    """
    install()
    key = _key(column.algorithm)
    made = {client_id: secrets.token_urlsafe(24) for client_id in (*AUDIENCES, SITE)}
    password = secrets.token_urlsafe(12)
    port = free_port()
    clients = [_client(client_id, secret, column, redirect_uri) for client_id, secret in made.items()]
    if site is not None:
        # Pairwise subjects allow addresses of one host only.
        clients[-1] |= {"redirect_uris": [site.redirect_uri], "post_logout_redirect_uris": [site.logged_out]}
    if logout_uri is not None:
        clients[0] |= {"backchannel_logout_uri": logout_uri, "backchannel_logout_session_required": True}
    setup = {
        "port": port,
        "clients": clients,
        "keys": [key.as_dict(private=True)],
        "people": {name: person(name, groups, password) for name, groups in PEOPLE.items()},
        # The longest that counts where the token's own groups do.
        "access_token_seconds": 300,
        **{name: value for name, value in vars(column).items() if value is not None},
    }
    process = subprocess.Popen(
        ["node", "oidc_provider.mjs"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    stdin, stdout = _pipes(process)
    try:
        stdin.write(json.dumps(setup) + "\n")
        stdin.flush()
        told = stdout.readline()
        assert told, process.communicate(timeout=60)[1]
        yield OidcProvider(
            column,
            json.loads(told)["issuer"],
            GroupsFrom.TOKEN if column.format == "jwt" else GroupsFrom.USERINFO,
            ClientCredentials(HUB, made[HUB]),
            redirect_uri,
            made,
            password,
            process,
        )
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _client(client_id: str, secret: str, column: Column, redirect_uri: str) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "client_secret": secret,
        "redirect_uris": [redirect_uri],
        "post_logout_redirect_uris": [LOGGED_OUT],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "id_token_signed_response_alg": column.algorithm,
        "subject_type": "public" if column.pairwise_by is None else "pairwise",
    }


def _key(algorithm: str) -> RSAKey | ECKey | OKPKey:
    parameters: KeyParameters = {"kid": "signs", "use": "sig"}
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", parameters=parameters)
    if algorithm == "EdDSA":
        return OKPKey.generate_key("Ed25519", parameters=parameters)
    return RSAKey.generate_key(2048, parameters=parameters)


@dataclass
class Canaille:
    """The provider of one machine, with the people above beside nobody else."""

    identity: Identity
    issuer: str
    hub: ClientCredentials
    redirect_uri: str
    logged_out: str
    groups_from: GroupsFrom = GroupsFrom.USERINFO
    people: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(PEOPLE))

    def secret(self, client_id: str) -> str:
        return self._client(client_id).secret or ""

    def redirect_of(self, client_id: str) -> str:
        return self._client(client_id).redirect_uris[0]

    def sign_in(self, browser: httpx.Client, address: str, user_name: str) -> str:
        return sign_in(browser, address, user_name, self.identity.password(user_name))

    def sign_out(self, browser: httpx.Client, address: str) -> str:
        answer = browser.get(address, follow_redirects=False)
        assert answer.is_redirect, answer.text
        return str(answer.headers["location"])

    def set_groups(self, user_name: str, groups: Sequence[str]) -> None:
        self.people[user_name] = tuple(groups)
        self._seed()

    def delete(self, user_name: str) -> None:
        del self.people[user_name]
        self._seed(user_name)

    def _client(self, client_id: str) -> Client:
        clients = clients_of(self.identity.layout, self.identity.platform, self.identity.secrets)
        return next(client for client in clients if client.client_id == client_id)

    def _seed(self, *absent: str) -> None:
        platform = _platform(self.people)
        seed(self.identity.layout, platform, self.identity.secrets, self.identity.python, absent=Absent(people=absent))


@contextlib.contextmanager
def running_canaille(state: Path, *, ports: Ports | None = None) -> Iterator[Canaille]:
    """Canaille until the block ends; `ports` are the other services', for its clients' addresses."""
    with identity_running(state, ports=ports, platform=_platform(PEOPLE)) as identity:
        clients = clients_of(identity.layout, identity.platform, identity.secrets)
        hub = next(client for client in clients if client.client_id == HUB)
        yield Canaille(
            identity,
            identity.issuer,
            ClientCredentials(HUB, hub.secret or ""),
            hub.redirect_uris[0],
            hub.post_logout_redirect_uris[0],
        )


def _platform(people: Mapping[str, Sequence[str]]) -> Platform:
    declared = tuple(
        Person(
            user_name=name,
            given_name=name.title(),
            family_name="Test",
            email=f"{name}@example.org",
            operator=OPERATOR_GROUP in groups,
            memberships=parse_groups(groups),
        )
        for name, groups in people.items()
    )
    return demo_platform().model_copy(update={"people": declared})
