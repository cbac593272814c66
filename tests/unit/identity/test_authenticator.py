"""Reading an Authorization header."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.identity import InvalidToken, MissingCredentials
from presswerk.identity.authenticator import bearer_token

TOKENS = st.text(alphabet=string.ascii_letters + string.digits + "-._~+/=", min_size=1)
SCHEMES = st.sampled_from(["Bearer", "bearer", "BEARER", "bEaReR"])
BLANKS = st.text(alphabet=" \t", max_size=3)


@given(SCHEMES, TOKENS, BLANKS, BLANKS, BLANKS)
def test_a_bearer_token_is_found(scheme: str, token: str, before: str, between: str, after: str) -> None:
    assert bearer_token(f"{before}{scheme} {between}{token}{after}") == token


@given(st.text())
def test_any_header_is_read_or_refused(header: str) -> None:
    try:
        token = bearer_token(header)
    except (MissingCredentials, InvalidToken):
        return
    assert token
    assert token.isascii()
    assert not any(character.isspace() for character in token)
    assert token in header


@given(st.text().filter(lambda text: text.strip(" \t").partition(" ")[0].lower() != "bearer"))
def test_another_scheme_is_no_credential(header: str) -> None:
    with pytest.raises(MissingCredentials):
        bearer_token(header)


@pytest.mark.parametrize("header", [None, "", " ", "Basic YW5uYTpwdw==", "Bearertoken", "token"])
def test_no_bearer_is_no_credential(header: str | None) -> None:
    with pytest.raises(MissingCredentials):
        bearer_token(header)


@pytest.mark.parametrize("header", ["Bearer", "Bearer  ", "Bearer a b", "Bearer ü", "Bearer a\tb", "Bearer a\x00"])
def test_a_bearer_without_one_token_is_refused(header: str) -> None:
    with pytest.raises(InvalidToken):
        bearer_token(header)


@given(TOKENS, TOKENS)
def test_a_refusal_does_not_repeat_the_token(one: str, other: str) -> None:
    with pytest.raises(InvalidToken) as refused:
        bearer_token(f"Bearer secret-{one} secret-{other}")
    assert "secret-" not in str(refused.value)
