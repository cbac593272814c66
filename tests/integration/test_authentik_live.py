"""Tenants at a real Authentik; runs when `AUTHENTIK_URL` and `AUTHENTIK_TOKEN` are set, and cleans up behind itself.

Use an Authentik for trying things out: tenants are made and removed in it, under ids that begin with `live-`. The token
needs the permissions docs/identity-authentik.md lists, and the platform's blueprint must be applied. With
`AUTHENTIK_USER` (a user name), membership is tried too.
"""

import os
import secrets
from collections.abc import Iterator

import httpx
import pytest

from presswerk.declaration import Role, Tenant
from presswerk.identity.providers.authentik import AuthentikTenants, DesiredMember, SignOnClient
from presswerk.identity.providers.errors import NotSignedIn, TenantNotPrepared
from tests.support.authentik_double import drift

URL = os.environ.get("AUTHENTIK_URL", "")
TOKEN = os.environ.get("AUTHENTIK_TOKEN", "")
USER = os.environ.get("AUTHENTIK_USER", "")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not (URL and TOKEN), reason="no live Authentik: set AUTHENTIK_URL and AUTHENTIK_TOKEN to try one"
    ),
]

SITE = "https://live.example.com"
CALLBACK = f"{SITE}/wp-login.php?action=presswerk-callback"


@pytest.fixture(scope="module")
def tenants() -> Iterator[AuthentikTenants]:
    with AuthentikTenants(URL, TOKEN) as made:
        yield made


@pytest.fixture(scope="module")
def tenant(tenants: AuthentikTenants) -> Iterator[Tenant]:
    declared = Tenant(id=f"live-{secrets.token_hex(4)}", name="Live try-out")
    try:
        yield declared
    finally:
        tenants.remove(declared.id)


@pytest.fixture(scope="module")
def client(tenants: AuthentikTenants, tenant: Tenant) -> SignOnClient:
    return tenants.ensure(tenant, SITE)


@pytest.fixture(scope="module")
def discovered(client: SignOnClient) -> dict[str, object]:
    answer = httpx.get(client.discovery_url, timeout=10)
    answer.raise_for_status()
    document: dict[str, object] = answer.json()
    return document


def test_a_new_tenant_is_complete_and_a_second_time_changes_nothing(
    tenants: AuthentikTenants, tenant: Tenant, client: SignOnClient
) -> None:
    assert drift(tenants, tenant, SITE) == ()
    assert tenants.ensure(tenant, SITE) == client


def test_the_issuer_is_what_discovery_says(client: SignOnClient, discovered: dict[str, object]) -> None:
    assert discovered["issuer"] == client.issuer
    assert "S256" in str(discovered["code_challenge_methods_supported"])
    assert discovered["id_token_signing_alg_values_supported"] in (["RS256"], ["ES256"])
    supported = discovered["scopes_supported"]
    assert isinstance(supported, list)
    assert {"openid", "profile", "email", "groups"} <= set(supported)


def test_the_signing_key_is_published(discovered: dict[str, object]) -> None:
    keys = httpx.get(str(discovered["jwks_uri"]), timeout=10).json()["keys"]

    assert [key["kty"] for key in keys] in (["RSA"], ["EC"])


@pytest.mark.parametrize(
    ("redirect", "taken"),
    [
        (CALLBACK, True),
        (f"{CALLBACK}&x=1", False),
        ("https://evil.example/", False),
    ],
)
def test_only_the_sites_own_address_is_a_way_back(
    redirect: str, taken: bool, client: SignOnClient, discovered: dict[str, object]
) -> None:
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect,
        "scope": "openid profile email groups",
        "state": "s",
        "nonce": "n",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }

    answer = httpx.get(str(discovered["authorization_endpoint"]), params=asked, timeout=10)

    # One that is taken leads on to signing in; any other ends on a page that says so.
    assert answer.is_redirect is taken


def test_the_secret_is_the_clients(client: SignOnClient, discovered: dict[str, object]) -> None:
    def exchange(secret: str) -> str:
        answer = httpx.post(
            str(discovered["token_endpoint"]),
            auth=(client.client_id, secret),
            data={
                "grant_type": "authorization_code",
                "code": "none",
                "redirect_uri": CALLBACK,
                "code_verifier": "v" * 43,
            },
            timeout=10,
        )
        return str(answer.json()["error"])

    assert exchange(client.client_secret) == "invalid_grant"
    assert exchange("wrong") == "invalid_client"


def test_a_new_address_reaches_the_provider(tenants: AuthentikTenants, tenant: Tenant, client: SignOnClient) -> None:
    elsewhere = "https://elsewhere.example.com"

    assert any("redirect_uris" in each for each in drift(tenants, tenant, elsewhere))
    assert tenants.ensure(tenant, elsewhere) == client
    assert drift(tenants, tenant, elsewhere) == ()
    tenants.ensure(tenant, SITE)


def test_nobody_is_a_member_at_first(tenants: AuthentikTenants, tenant: Tenant, client: SignOnClient) -> None:
    assert tenants.members(tenant.id) == ()
    nobody = DesiredMember(f"nobody-{secrets.token_hex(8)}", Role.AUTHOR)
    assert tenants.ensure_members(tenant.id, [nobody]) == (nobody.user_name,)


@pytest.mark.skipif(not USER, reason="no person to make a member of: set AUTHENTIK_USER to a user name")
def test_a_person_becomes_a_member_and_leaves(tenants: AuthentikTenants, tenant: Tenant, client: SignOnClient) -> None:
    tenants.ensure_members(tenant.id, [DesiredMember(USER, Role.AUTHOR)])
    tenants.ensure_members(tenant.id, [DesiredMember(USER, Role.EDITOR)])
    assert [(member.user_name, member.role) for member in tenants.members(tenant.id)] == [(USER, Role.EDITOR)]

    tenants.ensure_members(tenant.id, [DesiredMember(USER, None)])

    assert tenants.members(tenant.id) == ()


def test_a_wrong_token_is_said_to_be_one() -> None:
    with AuthentikTenants(URL, "not-a-token") as tenants, pytest.raises(NotSignedIn):
        tenants.members("live-none")


def test_a_removed_tenant_leaves_nothing(tenants: AuthentikTenants) -> None:
    short = Tenant(id=f"live-{secrets.token_hex(4)}", name="Live and gone")
    client = tenants.ensure(short, SITE)

    tenants.remove(short.id)
    tenants.remove(short.id)

    with pytest.raises(TenantNotPrepared):
        tenants.members(short.id)
    assert httpx.get(client.discovery_url, timeout=10).status_code == 404
    assert "create application and provider" in " ".join(drift(tenants, short, SITE))
