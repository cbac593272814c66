"""Verification of access tokens against an issuer over real HTTP."""

import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import structlog

from presswerk.declaration import GroupsFrom, Role
from presswerk.identity import (
    ClientCredentials,
    IdentityProviderUnavailable,
    InvalidToken,
    TokenVerifier,
    TrustedIssuer,
)
from tests.support.issuer import (
    HUB_AUDIENCE,
    WRONG_TOKENS,
    Issuer,
    SigningKey,
    ec_key,
    ed_key,
    rsa_key,
    running_issuer,
)
from tests.support.process import free_port

pytestmark = pytest.mark.integration

DISCOVERY = "/.well-known/openid-configuration"
GROUPS = ("tenant-acme-author",)


class Clock:
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_seconds


def verifier_of(
    *issuers: Issuer,
    clock: Callable[[], float] = time.time,
    groups_from: GroupsFrom = GroupsFrom.USERINFO,
    client: ClientCredentials | None = None,
) -> TokenVerifier:
    trusted = [TrustedIssuer(issuer.url, frozenset({HUB_AUDIENCE}), groups_from, client) for issuer in issuers]
    return TokenVerifier(trusted, clock=clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture
def verifier(issuer: Issuer, clock: Clock) -> Iterator[TokenVerifier]:
    with verifier_of(issuer, clock=clock) as made:
        yield made


def test_an_access_token_tells_who_calls(issuer: Issuer, verifier: TokenVerifier) -> None:
    groups = ["tenant-acme-author", "tenant-nordlicht-editor", "staff"]
    principal = verifier.verify(issuer.access_token("frida", groups=groups, name="Frida F", email="f@example.org"))
    assert (principal.issuer, principal.subject) == (issuer.url, "frida")
    assert (principal.name, principal.email) == ("Frida F", "f@example.org")
    assert principal.roles == {"acme": Role.AUTHOR, "nordlicht": Role.EDITOR}
    assert not principal.operator
    assert (principal.via, principal.api_key_id) == ("token", None)


def test_the_operators_group_makes_an_operator(issuer: Issuer, verifier: TokenVerifier) -> None:
    principal = verifier.verify(issuer.access_token("olivia", groups=["presswerk-admin"]))
    assert principal.operator
    assert principal.roles == {}


@pytest.mark.parametrize("case", WRONG_TOKENS)
def test_a_wrong_token_is_refused_however_often_it_comes(case: str, issuer: Issuer, verifier: TokenVerifier) -> None:
    token = WRONG_TOKENS[case](issuer)
    for _ in range(2):
        with pytest.raises(InvalidToken) as refused:
            verifier.verify(token)
        assert refused.value.reason


@pytest.mark.parametrize("case", WRONG_TOKENS)
def test_no_part_of_a_token_is_told_or_logged(case: str, issuer: Issuer, verifier: TokenVerifier) -> None:
    token = WRONG_TOKENS[case](issuer)
    with structlog.testing.capture_logs() as logs, pytest.raises(InvalidToken) as refused:
        verifier.verify(token)
    told = f"{refused.value.reason}{refused.value!r}{''.join(traceback.format_exception(refused.value))}{logs}"
    secrets = [part for part in token.split(".") if part] if "." in token else [token]
    assert not [part for part in secrets if part in told]


def test_every_right_audience_form_is_taken(issuer: Issuer, verifier: TokenVerifier) -> None:
    for audience in (HUB_AUDIENCE, [HUB_AUDIENCE], ["site-acme", HUB_AUDIENCE]):
        assert verifier.verify(issuer.access_token("anna", audience=audience)).subject == "anna"


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(rsa_key(), "RS256"), (rsa_key(), "PS256"), (ec_key(), "ES256"), (ed_key(), "EdDSA"), (ed_key(), "Ed25519")],
    ids=["RS256", "PS256", "ES256", "EdDSA", "Ed25519"],
)
def test_every_allowed_algorithm_is_taken(
    key: SigningKey, algorithm: str, issuer: Issuer, verifier: TokenVerifier
) -> None:
    issuer.keys = [key]
    token = issuer.sign(issuer.claims("anna"), algorithm=algorithm)
    issuer.tell(token, {"sub": "anna"})
    assert verifier.verify(token).subject == "anna"


def test_a_token_without_key_id_is_tried_with_every_key(issuer: Issuer, verifier: TokenVerifier) -> None:
    issuer.keys = [rsa_key(), rsa_key(), ec_key()]
    token = issuer.access_token("anna", header={"kid": None})
    assert verifier.verify(token).subject == "anna"


def test_a_weak_rsa_key_signs_nothing(issuer: Issuer, verifier: TokenVerifier) -> None:
    issuer.keys = [rsa_key(1024), rsa_key()]
    with pytest.raises(InvalidToken, match="does not publish"):
        verifier.verify(issuer.access_token("anna"))


def test_a_key_for_encryption_signs_nothing(issuer: Issuer, verifier: TokenVerifier) -> None:
    key = issuer.keys[0].as_dict(private=True)
    other = type(issuer.keys[0]).import_key({**key, "use": "enc"})
    token = issuer.access_token("anna")
    issuer.keys = [other, rsa_key()]
    with pytest.raises(InvalidToken, match="does not publish"):
        verifier.verify(token)


def test_a_nonce_alone_makes_no_id_token(issuer: Issuer, verifier: TokenVerifier) -> None:
    """Authentik puts the sign-in's nonce into its access tokens too; userinfo knows them."""
    assert verifier.verify(issuer.access_token("anna", nonce="n-0S6_WzA2Mj")).subject == "anna"


@pytest.mark.parametrize("path", ["/application/o/presswerk/", "/realms/presswerk", "/"])
def test_an_issuer_may_have_a_path(path: str) -> None:
    with running_issuer(path) as issuer, verifier_of(issuer) as verifier:
        assert verifier.verify(issuer.access_token("anna")).issuer == issuer.url


def test_two_issuers_do_not_mix() -> None:
    with running_issuer("/a/") as one, running_issuer("/b/") as other, verifier_of(one, other) as verifier:
        assert verifier.verify(one.access_token("anna")).issuer == one.url
        assert verifier.verify(other.access_token("anna")).issuer == other.url
        one.rotate(rsa_key())
        with pytest.raises(InvalidToken):
            verifier.verify(one.sign(other.claims("anna"), header={"kid": other.keys[0].kid}))


def test_audiences_are_each_issuers_own() -> None:
    with running_issuer("/a/") as one, running_issuer("/b/") as other:
        trusted = [TrustedIssuer(one.url, {"presswerk-hub"}), TrustedIssuer(other.url, {"presswerk-chat"})]
        with TokenVerifier(trusted) as verifier:
            verifier.verify(other.access_token("anna", audience="presswerk-chat"))
            with pytest.raises(InvalidToken, match="audience"):
                verifier.verify(one.access_token("anna", audience="presswerk-chat"))


def test_a_small_clock_difference_is_forgiven(issuer: Issuer, verifier: TokenVerifier) -> None:
    now = int(time.time())
    assert verifier.verify(issuer.access_token("anna", nbf=now + 20, iat=now + 20))
    assert verifier.verify(issuer.access_token("anna", expires_in=-10))


def test_groups_come_from_userinfo_when_the_token_has_none(issuer: Issuer, verifier: TokenVerifier) -> None:
    token = issuer.access_token("anna", groups=GROUPS, groups_in_token=False)
    assert verifier.verify(token).roles == {"acme": Role.AUTHOR}


NOTHING: tuple[dict[str, object], ...] = (
    {},
    {"groups": None},
    {"groups": []},
    {"groups": ""},
    {"groups": [""]},
    {"groups": {}},
)


@pytest.mark.parametrize("stale", [GROUPS, ("presswerk-admin",), ("presswerk-admin", "tenant-acme-admin")])
@pytest.mark.parametrize("told", NOTHING)
def test_groups_missing_in_userinfo_are_no_groups_whatever_the_token_says(
    told: dict[str, object], stale: tuple[str, ...], issuer: Issuer, verifier: TokenVerifier
) -> None:
    token = issuer.access_token("anna", groups=stale)
    issuer.tell(token, {"sub": "anna", **told})
    principal = verifier.verify(token)
    assert (dict(principal.roles), principal.operator) == ({}, False)


@pytest.mark.parametrize("said", NOTHING)
def test_groups_missing_in_the_token_are_no_groups_where_the_token_counts(said: dict[str, Any], issuer: Issuer) -> None:
    with verifier_of(issuer, groups_from=GroupsFrom.TOKEN) as verifier:
        token = issuer.sign({**issuer.claims("anna", expires_in=300), **said})
        issuer.tell(token, {"sub": "anna", "groups": ["presswerk-admin", "tenant-acme-admin"]})
        principal = verifier.verify(token)
    assert (dict(principal.roles), principal.operator) == ({}, False)


def test_where_the_token_counts_userinfos_groups_do_not(issuer: Issuer) -> None:
    with verifier_of(issuer, groups_from=GroupsFrom.TOKEN) as verifier:
        token = issuer.access_token("anna", groups=GROUPS, expires_in=300)
        issuer.tell(token, {"sub": "anna", "groups": ["presswerk-admin"]})
        principal = verifier.verify(token)
    assert (principal.roles, principal.operator) == ({"acme": Role.AUTHOR}, False)


@pytest.mark.parametrize(("seconds", "reason"), [(301, "lives longer than 300 seconds"), (3600, "lives longer")])
def test_a_token_whose_groups_count_lives_five_minutes_at_most(seconds: int, reason: str, issuer: Issuer) -> None:
    with verifier_of(issuer, groups_from=GroupsFrom.TOKEN) as verifier:
        assert verifier.verify(issuer.access_token("anna", expires_in=300))
        with pytest.raises(InvalidToken, match=reason):
            verifier.verify(issuer.access_token("anna", expires_in=seconds))
        with pytest.raises(InvalidToken, match="lacks the claim iat"):
            verifier.verify(issuer.access_token("anna", expires_in=60, iat=None))


def test_it_is_known_how_late_a_removal_is_noticed(issuer: Issuer) -> None:
    late = {
        groups_from: TrustedIssuer(issuer.url, {HUB_AUDIENCE}, groups_from).removal_noticed_seconds
        for groups_from in GroupsFrom
    }
    assert late == {GroupsFrom.USERINFO: 30, GroupsFrom.TOKEN: 330}


@pytest.mark.parametrize("groups_from", GroupsFrom)
def test_a_locked_accounts_token_ends(groups_from: GroupsFrom, issuer: Issuer, clock: Clock) -> None:
    with verifier_of(issuer, clock=clock, groups_from=groups_from) as verifier:
        token = issuer.access_token("anna", groups=GROUPS, expires_in=300)
        verifier.verify(token)
        issuer.revoke(token)
        clock.ahead_seconds = 31
        with pytest.raises(InvalidToken, match="no longer"):
            verifier.verify(token)


def test_a_lost_membership_is_noticed_before_the_token_ends(
    issuer: Issuer, verifier: TokenVerifier, clock: Clock
) -> None:
    token = issuer.access_token("anna", groups=GROUPS)
    verifier.verify(token)
    issuer.tell(token, {"sub": "anna"})
    clock.ahead_seconds = 31
    assert verifier.verify(token).roles == {}


def test_a_person_whose_answers_are_forgotten_is_asked_about_anew(issuer: Issuer, verifier: TokenVerifier) -> None:
    token, other = issuer.access_token("anna", groups=GROUPS), issuer.access_token("nora", groups=GROUPS)
    verifier.verify(token)
    verifier.verify(other)
    issuer.tell(token, {"sub": "anna"})
    verifier.forget(issuer.url, "anna")
    assert verifier.verify(token).roles == {}
    verifier.verify(other)
    assert issuer.requests["/userinfo"] == 3


def test_who_was_vouched_for_is_told_once_an_answer(issuer: Issuer, clock: Clock) -> None:
    told: list[tuple[str, float]] = []
    trusted = TrustedIssuer(issuer.url, {HUB_AUDIENCE})
    with TokenVerifier(
        [trusted], clock=clock, verified=lambda principal, at: told.append((principal.subject, at))
    ) as verifier:
        token = issuer.access_token("anna")
        verifier.verify(token)
        verifier.verify(token)
        issuer.down = True
        clock.ahead_seconds = 40
        verifier.verify(token)
    assert [subject for subject, _ in told] == ["anna"]


def test_groups_that_are_no_list_of_names_give_no_role(issuer: Issuer, verifier: TokenVerifier) -> None:
    for number, groups in enumerate(({"tenant-acme-admin": True}, [["tenant-acme-admin"], 7, None], 7, True)):
        token = issuer.access_token(f"anna{number}", groups=None, nested=1)
        issuer.tell(token, {"sub": f"anna{number}", "groups": groups})
        assert verifier.verify(token).roles == {}


def test_userinfo_about_somebody_else_is_refused(issuer: Issuer, verifier: TokenVerifier) -> None:
    token = issuer.access_token("anna")
    issuer.tell(token, {"sub": "olivia", "groups": ["presswerk-admin"]})
    with pytest.raises(InvalidToken, match="somebody else"):
        verifier.verify(token)


def test_a_name_is_found_where_there_is_one(issuer: Issuer, verifier: TokenVerifier) -> None:
    nameless = issuer.access_token("anna")
    issuer.tell(nameless, {"sub": "anna", "name": "", "email": None})
    principal = verifier.verify(nameless)
    assert (principal.name, principal.email) == ("anna", None)
    preferred = issuer.access_token("nora")
    issuer.tell(preferred, {"sub": "nora", "preferred_username": "Nora\n N"})
    assert verifier.verify(preferred).name == "Nora N"


def test_an_answer_is_remembered_for_half_a_minute(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    token = issuer.access_token("anna")
    for _ in range(5):
        verifier.verify(token)
    assert issuer.requests == {DISCOVERY: 1, "/jwks": 1, "/userinfo": 1}
    clock.ahead_seconds = 31
    verifier.verify(token)
    assert issuer.requests["/userinfo"] == 2


def test_a_refusal_is_remembered_too(issuer: Issuer, verifier: TokenVerifier) -> None:
    token = issuer.id_token("anna")
    for _ in range(5):
        with pytest.raises(InvalidToken):
            verifier.verify(token)
    assert issuer.requests["/userinfo"] == 1


def test_a_remembered_token_still_ends_when_it_expires(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    token = issuer.access_token("anna", expires_in=20)
    verifier.verify(token)
    clock.ahead_seconds = 51
    with pytest.raises(InvalidToken, match="expired"):
        verifier.verify(token)


def test_a_revoked_token_is_noticed(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    token = issuer.access_token("anna")
    verifier.verify(token)
    issuer.revoke(token)
    clock.ahead_seconds = 61
    with pytest.raises(InvalidToken, match="no longer"):
        verifier.verify(token)


def test_a_new_key_is_found_when_the_issuer_rotates(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    verifier.verify(issuer.access_token("anna"))
    issuer.rotate(ec_key())
    clock.ahead_seconds = 11
    assert verifier.verify(issuer.access_token("nora")).subject == "nora"
    assert issuer.requests["/jwks"] == 2


def test_a_withdrawn_key_stops_counting(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    before = issuer.access_token("anna")
    other = issuer.access_token("nora")
    verifier.verify(before)
    issuer.rotate()
    clock.ahead_seconds = 601
    with pytest.raises(InvalidToken, match="does not publish"):
        verifier.verify(other)


def test_unknown_keys_do_not_make_the_provider_be_asked_each_time(issuer: Issuer, verifier: TokenVerifier) -> None:
    for number in range(10):
        token = issuer.sign(issuer.claims("mallory"), header={"kid": f"made-up-{number}"})
        with pytest.raises(InvalidToken):
            verifier.verify(token)
    assert issuer.requests["/jwks"] == 1


@pytest.mark.parametrize("case", ["wrong issuer", "unsigned", "signed with the public key", "not a JWT"])
def test_a_token_that_cannot_be_right_costs_the_provider_nothing(
    case: str, issuer: Issuer, verifier: TokenVerifier
) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(WRONG_TOKENS[case](issuer))
    assert issuer.requests == {}


def test_a_herd_asks_once(issuer: Issuer, verifier: TokenVerifier) -> None:
    token = issuer.access_token("anna")
    with ThreadPoolExecutor(16) as pool:
        with issuer.held():
            waiting = [pool.submit(verifier.verify, token) for _ in range(16)]
        people = {future.result().subject for future in waiting}
    assert people == {"anna"}
    assert issuer.requests == {DISCOVERY: 1, "/jwks": 1, "/userinfo": 1}


def test_a_herd_of_different_people_shares_the_keys(issuer: Issuer, verifier: TokenVerifier) -> None:
    tokens = [issuer.access_token(f"person-{number}") for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        with issuer.held():
            waiting = [pool.submit(verifier.verify, token) for token in tokens]
        people = {future.result().subject for future in waiting}
    assert len(people) == 16
    assert issuer.requests == {DISCOVERY: 1, "/jwks": 1, "/userinfo": 16}


def test_no_provider_at_all_is_said_so() -> None:
    port = free_port()
    with running_issuer() as elsewhere:
        issuer = Issuer(f"http://127.0.0.1:{port}", elsewhere.keys)
        with verifier_of(issuer) as verifier, pytest.raises(IdentityProviderUnavailable, match="could not be reached"):
            verifier.verify(issuer.access_token("anna"))


def test_a_provider_that_comes_back_is_asked_again(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    token = issuer.access_token("anna")
    issuer.down = True
    for _ in range(3):
        with pytest.raises(IdentityProviderUnavailable, match="503"):
            verifier.verify(token)
    assert issuer.requests == {DISCOVERY: 1}
    issuer.down = False
    clock.ahead_seconds = 2
    assert verifier.verify(token).subject == "anna"


def test_a_token_seen_before_outlives_a_short_outage(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    token = issuer.access_token("anna", groups=GROUPS)
    verifier.verify(token)
    issuer.down = True
    clock.ahead_seconds = 55
    assert verifier.verify(token).roles == {"acme": Role.AUTHOR}
    clock.ahead_seconds = 61
    with pytest.raises(IdentityProviderUnavailable):
        verifier.verify(token)
    issuer.down = False
    assert verifier.verify(token).roles == {"acme": Role.AUTHOR}


def test_a_refused_token_stays_refused_in_an_outage(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    token = WRONG_TOKENS["revoked"](issuer)
    with pytest.raises(InvalidToken):
        verifier.verify(token)
    issuer.down = True
    clock.ahead_seconds = 40
    with pytest.raises(InvalidToken):
        verifier.verify(token)


def test_an_outage_is_tried_again_only_every_few_seconds(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    token = issuer.access_token("anna")
    verifier.verify(token)
    issuer.down = True
    clock.ahead_seconds = 40
    for _ in range(5):
        verifier.verify(token)
    assert issuer.requests["/userinfo"] == 2


def test_a_typed_access_token_counts_alone_where_the_token_counts(issuer: Issuer) -> None:
    with verifier_of(issuer, groups_from=GroupsFrom.TOKEN) as verifier:
        verifier.verify(issuer.access_token("anna", expires_in=300))
        issuer.down = True
        typed = issuer.access_token("nora", groups=GROUPS, expires_in=300, header={"typ": "at+jwt"})
        assert verifier.verify(typed).roles == {"acme": Role.AUTHOR}


def test_in_an_outage_nothing_else_is_believed(issuer: Issuer, verifier: TokenVerifier) -> None:
    verifier.verify(issuer.access_token("anna"))
    issuer.down = True
    typed = issuer.access_token("nora", groups=GROUPS, header={"typ": "at+jwt"})
    for token in (typed, issuer.access_token("nora", groups=GROUPS), issuer.id_token("nora")):
        with pytest.raises(IdentityProviderUnavailable):
            verifier.verify(token)


def test_without_userinfo_there_is_nowhere_to_read_groups_from(issuer: Issuer, verifier: TokenVerifier) -> None:
    issuer.with_userinfo = False
    with pytest.raises(InvalidToken, match="declare groups_from: token"):
        verifier.verify(issuer.access_token("anna", groups=GROUPS, header={"typ": "at+jwt"}))


def test_an_issuer_without_userinfo_must_type_its_access_tokens(issuer: Issuer) -> None:
    issuer.with_userinfo = False
    with verifier_of(issuer, groups_from=GroupsFrom.TOKEN) as verifier:
        typed = issuer.access_token("anna", groups=GROUPS, expires_in=300, header={"typ": "AT+JWT"})
        assert verifier.verify(typed).roles == {"acme": Role.AUTHOR}
        with pytest.raises(InvalidToken, match="ID token"):
            verifier.verify(issuer.access_token("anna", expires_in=300))


HUB_CLIENT = ClientCredentials("presswerk-hub", "hub-secret")


@pytest.mark.parametrize("left_out", ["aud", "exp", "iss", "iat"])
def test_an_opaque_token_is_what_its_issuer_says(left_out: str, issuer: Issuer, clock: Clock) -> None:
    token = issuer.opaque_token("anna", groups=GROUPS, **{left_out: None})
    with verifier_of(issuer, clock=clock, client=HUB_CLIENT) as verifier:
        assert verifier.verify(token).roles == {"acme": Role.AUTHOR}
        verifier.verify(token)
        assert issuer.requests["/introspect"] == 1
        issuer.tell(token, {"sub": "anna"})
        clock.ahead_seconds = 31
        assert verifier.verify(token).roles == {}


@pytest.mark.parametrize(
    "said",
    [
        {"active": False},
        {"active": "true"},
        {"aud": "site-acme"},
        {"aud": None, "client_id": "site-acme"},
        {"iss": "https://other.example"},
        {"sub": "olivia"},
        {"sub": None},
        {"exp": 1},
    ],
)
def test_an_opaque_token_is_checked_as_any_other(said: dict[str, Any], issuer: Issuer) -> None:
    token = issuer.opaque_token("anna", groups=GROUPS, **said)
    with verifier_of(issuer, client=HUB_CLIENT) as verifier:
        for _ in range(2):
            with pytest.raises(InvalidToken):
                verifier.verify(token)
    assert issuer.requests["/introspect"] == 1


def test_an_opaque_token_that_userinfo_refuses_is_none(issuer: Issuer) -> None:
    """A refresh token is active too, where it is asked about."""
    token = issuer.opaque_token("anna", groups=GROUPS)
    issuer.revoke(token)
    with verifier_of(issuer, client=HUB_CLIENT) as verifier, pytest.raises(InvalidToken, match="no longer"):
        verifier.verify(token)


def test_without_credentials_of_its_own_the_hub_takes_no_opaque_token(issuer: Issuer, verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken, match="not a signed JWT"):
        verifier.verify(issuer.opaque_token("anna", groups=GROUPS))
    assert issuer.requests == {}


def test_a_provider_that_does_not_know_the_hub_says_nothing_of_the_token(issuer: Issuer) -> None:
    token = issuer.opaque_token("anna", groups=GROUPS)
    with (
        verifier_of(issuer, client=ClientCredentials("presswerk-hub", "wrong")) as verifier,
        pytest.raises(IdentityProviderUnavailable, match="introspection answered 401"),
    ):
        verifier.verify(token)


def test_a_discovery_document_of_another_issuer_is_not_believed(issuer: Issuer, verifier: TokenVerifier) -> None:
    issuer.named = issuer.url + "/"
    with pytest.raises(IdentityProviderUnavailable, match="names another issuer"):
        verifier.verify(issuer.access_token("anna"))


@pytest.mark.parametrize("subject", ["anna\x00", "a" * 256, "anna\nroot"])
def test_a_subject_no_database_would_take_is_refused(subject: str, issuer: Issuer, verifier: TokenVerifier) -> None:
    with pytest.raises(InvalidToken, match="printable"):
        verifier.verify(issuer.access_token(subject))


def test_what_is_shown_of_a_person_is_printable(issuer: Issuer, verifier: TokenVerifier) -> None:
    token = issuer.access_token("anna")
    issuer.tell(token, {"sub": "anna", "name": "Anna\x00\x1b[31m" + "a" * 300, "email": "a\r\nBcc: b@example.org"})
    principal = verifier.verify(token)
    assert principal.name.startswith("Anna [31maaa")
    assert (len(principal.name), principal.email) == (200, None)


@pytest.mark.parametrize("expiry", [10**30, 10**400, 1e300])
def test_an_expiry_beyond_every_clock_is_taken(expiry: float, issuer: Issuer, verifier: TokenVerifier) -> None:
    assert verifier.verify(issuer.access_token("anna", exp=expiry)).subject == "anna"


def test_a_new_key_in_an_outage_is_not_called_wrong(issuer: Issuer, verifier: TokenVerifier, clock: Clock) -> None:
    verifier.verify(issuer.access_token("anna"))
    issuer.rotate(ec_key())
    issuer.down = True
    clock.ahead_seconds = 11
    with pytest.raises(IdentityProviderUnavailable, match="503"):
        verifier.verify(issuer.access_token("nora"))


def test_no_issuer_or_audience_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one trusted issuer"):
        TokenVerifier([])
    for audiences in ("presswerk-hub", frozenset[str]()):
        with pytest.raises(ValueError, match="audience"):
            TrustedIssuer("https://id.example.org", audiences)
