"""Verification of real tokens of the identity provider one machine runs."""

from collections.abc import Iterator

import httpx
import pytest

from presswerk.declaration import Role
from presswerk.identity import InvalidToken, TokenVerifier, TrustedIssuer
from presswerk.identity.clients import CHAT_CLIENT, CLI_CLIENT, site_client_id
from presswerk.runtimes.local.identity import clients_of
from tests.support.identity import Identity, identity_running

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    with identity_running(tmp_path_factory.mktemp("identity")) as running:
        yield running


@pytest.fixture
def verifier(identity: Identity) -> Iterator[TokenVerifier]:
    trusted = TrustedIssuer(identity.issuer, {"presswerk-chat", "presswerk-hub", "presswerk-cli"})
    with TokenVerifier([trusted], cache_seconds=0) as made:
        yield made


@pytest.mark.parametrize("client", [CLI_CLIENT, CHAT_CLIENT])
def test_a_real_access_token_tells_who_calls(client: str, identity: Identity, verifier: TokenVerifier) -> None:
    principal = verifier.verify(identity.tokens("frida", client).access_token)
    assert (principal.issuer, principal.subject, principal.name) == (identity.issuer, "frida", "Frida Freelance")
    assert principal.email == "frida@presswerk.localhost"
    assert principal.roles == {"acme": Role.AUTHOR, "nordlicht": Role.EDITOR}
    assert not principal.operator


def test_a_real_operator_is_one(identity: Identity, verifier: TokenVerifier) -> None:
    principal = verifier.verify(identity.tokens("olivia").access_token)
    assert principal.operator
    assert principal.roles == {}


def test_a_real_id_token_is_refused(identity: Identity, verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(identity.tokens("acme-admin").id_token)


def test_a_real_token_for_a_site_is_refused(identity: Identity, verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken, match="audience"):
        verifier.verify(identity.tokens("acme-editor", site_client_id("acme")).access_token)


def test_a_really_revoked_token_is_noticed(identity: Identity, verifier: TokenVerifier) -> None:
    chat = next(
        client
        for client in clients_of(identity.layout, identity.platform, identity.secrets)
        if client.client_id == CHAT_CLIENT
    )
    token = identity.tokens("acme-author", CHAT_CLIENT).access_token
    assert verifier.verify(token).subject == "acme-author"
    endpoint = httpx.get(f"{identity.issuer}/.well-known/openid-configuration").json()["revocation_endpoint"]
    answer = httpx.post(endpoint, data={"token": token}, auth=(chat.client_id, chat.secret or ""))
    assert answer.status_code == 200, answer.text
    with pytest.raises(InvalidToken, match="no longer"):
        verifier.verify(token)
