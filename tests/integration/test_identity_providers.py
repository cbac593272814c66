"""Sign-on, verification, removal and logout against real providers of different makes: the same suite for each.

`npm oidc-provider` is the matrix of what providers may do. Authentik's column is `authentik`, from its source: `groups`
is an empty list for nobody's member, subjects are hashed, `aud` is a string. Its access tokens are JWTs that its
userinfo takes, which `oidc-provider` never gives; Canaille does.
"""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from presswerk.declaration import GroupsFrom, Role
from presswerk.identity import ClientCredentials, InvalidToken, Principal, TokenVerifier, TrustedIssuer
from presswerk.identity.relying_party import RelyingParty, SignIn
from tests.support.lemonldap import running_provider
from tests.support.providers import (
    AUDIENCES,
    PEOPLE,
    PROVIDERS,
    SITE,
    Column,
    IdentityProvider,
    running_oidc_provider,
)

pytestmark = pytest.mark.integration


class Clock:
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_seconds


@pytest.fixture(scope="module", params=PROVIDERS)
def provider(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    with running_provider(request.param, tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture(autouse=True)
def everybody_is_back(provider: IdentityProvider) -> Iterator[None]:
    yield
    for name in _changed:
        provider.set_groups(name, PEOPLE[name])
    _changed.clear()


_changed: set[str] = set()


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(provider: IdentityProvider, http: httpx.Client, clock: Clock) -> TokenVerifier:
    trusted = TrustedIssuer(provider.issuer, AUDIENCES, provider.groups_from, provider.hub)
    return TokenVerifier([trusted], client=http, cache_seconds=0.001, clock=clock)


@pytest.fixture
def party(provider: IdentityProvider, http: httpx.Client) -> RelyingParty:
    return RelyingParty(provider.issuer, provider.hub, provider.redirect_uri, client=http)


def signed_in(
    provider: IdentityProvider, party: RelyingParty, user_name: str, browser: httpx.Client | None = None
) -> SignIn:
    """Sign somebody in at an application; Canaille makes no two tokens for one person and client within a second."""
    for last in (False, False, True):
        with httpx.Client(timeout=30, trust_env=False) as fresh:
            begun = party.begin()
            back = httpx.URL(provider.sign_in(browser or fresh, begun.url, user_name)).params
            assert back.get("state") == begun.state, back
            try:
                return party.complete(back["code"], begun.nonce, begun.verifier)
            except Exception:
                if last:
                    raise
                time.sleep(1.1)
    raise AssertionError("never")


def lose(provider: IdentityProvider, user_name: str) -> None:
    _changed.add(user_name)
    provider.set_groups(user_name, ())


def roles_of(verify: Callable[[], Principal]) -> tuple[dict[str, Role], bool] | None:
    """Roles and whether an operator; None where the token ended."""
    try:
        principal = verify()
    except InvalidToken:
        return None
    return dict(principal.roles), principal.operator


@pytest.mark.parametrize(
    ("user_name", "may"),
    [
        ("anna", ({"acme": Role.AUTHOR}, False)),
        ("ada", ({"acme": Role.ADMIN, "nordlicht": Role.EDITOR}, False)),
        ("olivia", ({}, True)),
        ("gast", ({}, False)),
    ],
)
def test_sign_on_tells_who_somebody_is(
    user_name: str,
    may: tuple[dict[str, Role], bool],
    provider: IdentityProvider,
    party: RelyingParty,
    verifier: TokenVerifier,
) -> None:
    done = signed_in(provider, party, user_name)
    principal = verifier.verify(done.tokens.access_token)
    assert (dict(principal.roles), principal.operator) == may
    assert (principal.issuer, principal.subject) == (provider.issuer, done.claims["sub"])
    assert principal.name


def test_an_id_token_opens_nothing(provider: IdentityProvider, party: RelyingParty, verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(signed_in(provider, party, "ada").tokens.id_token)


def test_a_refresh_token_opens_nothing(
    provider: IdentityProvider, party: RelyingParty, verifier: TokenVerifier
) -> None:
    token = signed_in(provider, party, "ada").tokens.refresh_token
    assert token
    with pytest.raises(InvalidToken):
        verifier.verify(token)


def test_a_sites_token_opens_nothing(provider: IdentityProvider, http: httpx.Client, verifier: TokenVerifier) -> None:
    site = ClientCredentials(SITE, provider.secret(SITE))
    party = RelyingParty(provider.issuer, site, provider.redirect_of(SITE), client=http)
    with pytest.raises(InvalidToken, match="audience"):
        verifier.verify(signed_in(provider, party, "ada").tokens.access_token)


def test_tokens_are_renewed(provider: IdentityProvider, party: RelyingParty, verifier: TokenVerifier) -> None:
    done = signed_in(provider, party, "anna")
    before = verifier.verify(done.tokens.access_token)
    time.sleep(1.1)  # Canaille's tokens of one second are equal, and refused
    renewed = party.refresh(done.tokens)
    assert renewed.access_token != done.tokens.access_token
    assert verifier.verify(renewed.access_token) == before


@pytest.mark.parametrize("user_name", ["ada", "olivia"])
def test_whoever_is_removed_is_out(
    user_name: str, provider: IdentityProvider, party: RelyingParty, verifier: TokenVerifier, clock: Clock
) -> None:
    tokens = signed_in(provider, party, user_name).tokens
    assert roles_of(lambda: verifier.verify(tokens.access_token)) not in (None, ({}, False))

    lose(provider, user_name)

    if provider.groups_from is GroupsFrom.TOKEN:
        # As late as `TrustedIssuer.removal_noticed_seconds` says; what comes after it has no groups.
        renewed = party.refresh(tokens)
        assert roles_of(lambda: verifier.verify(renewed.access_token)) == ({}, False)
        clock.ahead_seconds = 331
    assert roles_of(lambda: verifier.verify(tokens.access_token)) in (None, ({}, False))


def test_a_deleted_accounts_token_ends(
    provider: IdentityProvider, party: RelyingParty, verifier: TokenVerifier, clock: Clock
) -> None:
    tokens = signed_in(provider, party, "anna").tokens
    verifier.verify(tokens.access_token)
    _changed.add("anna")

    provider.delete("anna")

    if provider.groups_from is GroupsFrom.TOKEN:
        clock.ahead_seconds = 331
    with pytest.raises(InvalidToken):
        verifier.verify(tokens.access_token)
    with pytest.raises(InvalidToken):
        party.refresh(tokens)


def test_signing_out_ends_the_providers_session(provider: IdentityProvider, party: RelyingParty) -> None:
    with httpx.Client(timeout=30, trust_env=False) as browser:
        done = signed_in(provider, party, "ada", browser)
        begun = party.begin()
        assert _comes_back(browser, begun.url, provider.redirect_uri), "a second application must not ask again"

        address = party.end_session_url(done.tokens.id_token, provider.logged_out)
        assert address is not None
        provider.sign_out(browser, address)

        assert not _comes_back(browser, party.begin().url, provider.redirect_uri)


def _comes_back(browser: httpx.Client, address: str, redirect_uri: str) -> bool:
    """Whether somebody is let in without being asked."""
    answer = browser.get(address)
    while answer.is_redirect:
        target = str(answer.url.join(answer.headers["location"]))
        if target.startswith(redirect_uri):
            return True
        answer = browser.get(target)
    return False


def test_a_person_with_a_subject_for_each_client_is_somebody_else_at_each(http: httpx.Client) -> None:
    """So a platform's clients have to share one sector (OpenID Connect Core 1.0, section 8.1)."""
    with running_oidc_provider(Column(pairwise_by="client")) as provider:
        verifier = TokenVerifier([TrustedIssuer(provider.issuer, AUDIENCES, client=provider.hub)], client=http)
        subjects = {
            verifier.verify(
                signed_in(
                    provider,
                    RelyingParty(
                        provider.issuer,
                        type(provider.hub)(each, provider.secret(each)),
                        provider.redirect_uri,
                        client=http,
                    ),
                    "ada",
                ).tokens.access_token
            ).subject
            for each in AUDIENCES
        }
    assert len(subjects) == len(AUDIENCES)
