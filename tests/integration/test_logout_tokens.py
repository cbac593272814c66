"""Verification of logout tokens (OpenID Connect Back-Channel Logout 1.0) against an issuer over real HTTP."""

import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from presswerk.database import connect, migrate
from presswerk.identity import InvalidToken
from presswerk.identity.logout_tokens import EVENT, LogoutTokens
from presswerk.identity.provider import Provider
from tests.support.issuer import HUB_AUDIENCE, Issuer, rsa_key, running_issuer

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture(scope="module")
def engine(database_url: str) -> Engine:
    made = connect(database_url)
    migrate(made)
    return made


@pytest.fixture
def tokens(issuer: Issuer, engine: Engine) -> Iterator[LogoutTokens]:
    with httpx.Client() as http:
        yield LogoutTokens(engine, Provider(issuer.url, http, time.time), issuer.url, HUB_AUDIENCE)


another_hubs = tokens


def logout_token(issuer: Issuer, **changes: Any) -> str:
    """A good one; a claim given as None is left out."""
    claims = {**issuer.claims("anna", expires_in=120), "sid": "s-1", "events": {EVENT: {}}, **changes}
    return issuer.sign(claims, header={"typ": "logout+jwt"})


def test_a_logout_token_says_whose_sessions_end(issuer: Issuer, tokens: LogoutTokens) -> None:
    assert tokens.verify(logout_token(issuer)) == "anna"
    assert tokens.verify(logout_token(issuer, aud=[HUB_AUDIENCE], sid=None)) == "anna"


def test_each_counts_once_at_whichever_hub_it_arrives(
    issuer: Issuer, tokens: LogoutTokens, another_hubs: LogoutTokens
) -> None:
    token = logout_token(issuer)
    tokens.verify(token)
    for hub in (tokens, another_hubs):
        with pytest.raises(InvalidToken, match="came before"):
            hub.verify(token)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"events": None}, "no logout token"),
        ({"events": {}}, "no logout token"),
        ({"events": {EVENT: True}}, "no logout token"),
        ({"events": [EVENT]}, "no logout token"),
        ({"events": {"https://schemas.openid.net/event/other": {}}}, "no logout token"),
        ({"nonce": "n-1"}, "nonce"),
        ({"sub": None}, "lacks the claim sub"),
        ({"aud": "presswerk-chat"}, "audience"),
        ({"iss": "https://other.example"}, "issuer"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "lacks the claim exp"),
        ({"iat": None}, "too old"),
        ({"iat": int(time.time()) - 400}, "too old"),
        ({"iat": int(time.time()) + 3600}, "future"),
        ({"jti": None}, "lacks the claim jti"),
        ({"jti": ""}, "lacks the claim jti"),
        ({"jti": 7}, "claim jti is malformed"),
    ],
)
def test_a_wrong_logout_token_ends_nothing(
    changes: Mapping[str, Any], reason: str, issuer: Issuer, tokens: LogoutTokens
) -> None:
    with pytest.raises(InvalidToken, match=reason):
        tokens.verify(logout_token(issuer, **changes))


def test_no_other_token_of_the_provider_ends_anything(issuer: Issuer, tokens: LogoutTokens) -> None:
    for token in (issuer.access_token("anna"), issuer.id_token("anna"), uuid.uuid4().hex, "a.b.c"):
        with pytest.raises(InvalidToken):
            tokens.verify(token)


def test_nobody_else_can_make_one(issuer: Issuer, tokens: LogoutTokens) -> None:
    claims = {**issuer.claims("anna"), "events": {EVENT: {}}}
    with pytest.raises(InvalidToken):
        tokens.verify(issuer.sign(claims, key=rsa_key()))
