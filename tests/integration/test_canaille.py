"""The real Canaille, seeded as on one machine: what its tokens say, and what it refuses."""

import dataclasses
import stat
import time
from collections.abc import Iterator
from http import HTTPStatus

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from presswerk.declaration import OPERATOR_GROUP, Platform, Role, group_name
from presswerk.identity.clients import CHAT_CLIENT, CLI_CLIENT, CLI_REDIRECT_URI, HUB_CLIENT, site_client_id
from presswerk.identity.provider import ClientCredentials
from presswerk.identity.relying_party import RelyingParty, challenge
from presswerk.runtimes.local.identity import clients_of, seed
from presswerk.runtimes.local.login import SignInRefused, access_token, sign_in
from tests.support.identity import Identity, identity_running

pytestmark = pytest.mark.integration

VERIFIER = "v" * 64


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    with identity_running(tmp_path_factory.mktemp("identity")) as running:
        yield running


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30.0) as client:
        yield client


def discovered(identity: Identity) -> dict[str, str]:
    return dict(httpx.get(f"{identity.issuer}/.well-known/openid-configuration").json())


def claims(identity: Identity, token: str) -> dict[str, object]:
    """The token's claims, its signature verified with the keys the provider publishes."""
    keys = KeySet.import_key_set(httpx.get(discovered(identity)["jwks_uri"]).json())
    decoded = jwt.decode(token, keys, algorithms=["RS256"])
    JWTClaimsRegistry(leeway=30).validate(decoded.claims)
    return dict(decoded.claims)


def request_for(identity: Identity, **other: str) -> str:
    parameters = {
        "response_type": "code",
        "client_id": CLI_CLIENT,
        "redirect_uri": CLI_REDIRECT_URI,
        "scope": "openid groups",
        "state": "state-of-a-test",
        "nonce": "nonce-of-a-test",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
        **other,
    }
    return str(httpx.URL(discovered(identity)["authorization_endpoint"]).copy_merge_params(parameters))


def code_for(identity: Identity, browser: httpx.Client, user_name: str) -> str:
    back = sign_in(browser, request_for(identity), user_name, identity.password(user_name))
    return httpx.URL(back).params["code"]


def redeem(identity: Identity, code: str, verifier: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CLI_REDIRECT_URI,
        "client_id": CLI_CLIENT,
        "code_verifier": verifier,
    }
    return httpx.post(discovered(identity)["token_endpoint"], data=form)


@pytest.mark.parametrize("client_id", [CLI_CLIENT, CHAT_CLIENT, HUB_CLIENT, site_client_id("acme")])
def test_an_access_token_says_who_for_whom_and_which_groups(identity: Identity, client_id: str) -> None:
    said = claims(identity, identity.tokens("frida", client_id).access_token)

    assert said["iss"] == identity.issuer
    assert said["aud"] == [client_id]
    assert said["sub"] == "frida"
    assert said["name"] == "Frida Freelance"
    assert sorted(said["groups"]) == ["tenant-acme-author", "tenant-nordlicht-editor"]  # type: ignore[call-overload]  # a JSON list
    assert int(str(said["exp"])) - int(str(said["iat"])) == 3600


def test_everybody_declared_gets_exactly_their_groups(identity: Identity) -> None:
    for person in identity.platform.people:
        expected = {group_name(tenant, role) for tenant, role in person.memberships.items()}
        expected |= {OPERATOR_GROUP} if person.operator else set()

        said = claims(identity, identity.tokens(person.user_name).access_token)

        assert set(said.get("groups", ())) == expected, person.user_name  # type: ignore[call-overload]  # a JSON list


def test_userinfo_takes_an_access_token_and_no_id_token(identity: Identity) -> None:
    tokens = identity.tokens("acme-author")
    endpoint = discovered(identity)["userinfo_endpoint"]

    answer = httpx.get(endpoint, headers={"Authorization": f"Bearer {tokens.access_token}"})
    refused = httpx.get(endpoint, headers={"Authorization": f"Bearer {tokens.id_token}"})

    assert answer.json()["groups"] == ["tenant-acme-author"]
    assert refused.status_code == HTTPStatus.UNAUTHORIZED


def test_a_refresh_token_gives_a_new_access_token(identity: Identity, browser: httpx.Client) -> None:
    tokens = identity.tokens("acme-editor")
    assert tokens.refresh_token is not None
    party = RelyingParty(identity.issuer, ClientCredentials(CLI_CLIENT), CLI_REDIRECT_URI, client=browser)
    time.sleep(1.1)  # in one second Canaille makes the same token twice

    renewed = party.refresh(tokens)

    assert claims(identity, renewed.access_token)["sub"] == "acme-editor"


def test_a_wrong_verifier_is_refused(identity: Identity, browser: httpx.Client) -> None:
    answer = redeem(identity, code_for(identity, browser, "nordlicht-editor"), "w" * 64)

    assert (answer.status_code, answer.json()["error"]) == (HTTPStatus.BAD_REQUEST, "invalid_grant")


def test_a_code_works_once(identity: Identity, browser: httpx.Client) -> None:
    code = code_for(identity, browser, "nordlicht-author")

    first, second = redeem(identity, code, VERIFIER), redeem(identity, code, VERIFIER)

    assert first.status_code == HTTPStatus.OK
    assert second.status_code == HTTPStatus.BAD_REQUEST


def test_a_public_client_gets_no_token_without_a_code_challenge(identity: Identity, browser: httpx.Client) -> None:
    asked = httpx.URL(request_for(identity))
    bare = asked.copy_remove_param("code_challenge").copy_remove_param("code_challenge_method")
    back = sign_in(browser, str(bare), "acme-author", identity.password("acme-author"))

    for verifier in ("", VERIFIER):
        answer = redeem(identity, httpx.URL(back).params["code"], verifier)
        assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_a_foreign_redirect_address_gets_no_code(identity: Identity, browser: httpx.Client) -> None:
    address = request_for(identity, redirect_uri="http://evil.localhost:8400/callback")

    with pytest.raises(SignInRefused):
        sign_in(browser, address, "acme-author", identity.password("acme-author"))


def test_a_wrong_password_is_refused_without_naming_it(identity: Identity, browser: httpx.Client) -> None:
    with pytest.raises(SignInRefused) as refused:
        sign_in(browser, request_for(identity), "nordlicht-admin", "not-the-password")

    assert "nordlicht-admin" in str(refused.value)
    assert "not-the-password" not in str(refused.value)


def test_a_wrong_client_secret_is_refused(identity: Identity) -> None:
    client = next(c for c in clients_of(identity.layout, identity.platform, identity.secrets) if c.secret)

    with pytest.raises(SignInRefused, match="does not take this application's secret"):
        access_token(
            identity.issuer, "acme-admin", identity.password("acme-admin"), dataclasses.replace(client, secret="wrong")
        )


def test_who_is_signed_in_is_not_asked_again(identity: Identity, browser: httpx.Client) -> None:
    code_for(identity, browser, "acme-admin")

    back = sign_in(browser, request_for(identity), "acme-admin", "never asked for")

    assert "code" in httpx.URL(back).params


def test_nobody_makes_a_group_of_our_names(identity: Identity, browser: httpx.Client) -> None:
    code_for(identity, browser, "acme-author")

    page = browser.get(f"{identity.issuer}/groups/add", follow_redirects=True)

    assert page.status_code == HTTPStatus.FORBIDDEN


def test_seeding_again_changes_nothing(identity: Identity) -> None:
    report = seed(identity.layout, identity.platform, identity.secrets, identity.python)

    assert (report.created, report.updated) == ((), ())
    assert "person frida" in report.unchanged
    assert "client site-nordlicht" in report.unchanged


def test_a_changed_declaration_is_taken_over_by_the_running_provider(identity: Identity) -> None:
    people = tuple(
        person.model_copy(update={"memberships": {"acme": Role.EDITOR}}) if person.user_name == "frida" else person
        for person in identity.platform.people
    )
    changed = Platform(tenants=identity.platform.tenants, people=people)

    report = seed(identity.layout, changed, identity.secrets, identity.python)
    said = claims(identity, identity.tokens("frida").access_token)
    seed(identity.layout, identity.platform, identity.secrets, identity.python)

    assert set(report.updated) == {
        "group tenant-acme-author",
        "group tenant-acme-editor",
        "group tenant-nordlicht-editor",
    }
    assert said["groups"] == ["tenant-acme-editor"]


def test_its_files_belong_to_their_owner_alone(identity: Identity) -> None:
    for directory in (identity.layout.state / "identity", identity.layout.state / "secrets.json"):
        assert stat.S_IMODE(directory.stat().st_mode) & 0o077 == 0, directory


def test_no_secret_is_in_its_log(identity: Identity) -> None:
    tokens = identity.tokens("olivia")
    log = (identity.layout.logs / "identity.log").read_text()

    assert "olivia" in log
    for secret in (*identity.secrets.all_values(), tokens.access_token, tokens.id_token, str(tokens.refresh_token)):
        assert secret not in log
