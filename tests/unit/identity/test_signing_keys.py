"""Taking tokens and key sets apart, whatever they hold."""

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws

from presswerk.identity.errors import InvalidToken
from presswerk.identity.signing_keys import MAX_TOKEN_LENGTH, SigningKeys, UnknownSigningKey, parse
from tests.support.issuer import ec_key

KEY = ec_key()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)

BROKEN_KEYS = st.dictionaries(st.sampled_from(["kty", "n", "e", "k", "crv", "x", "y", "use", "alg", "kid"]), JSON)


def encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidToken):
        parse(text)


@given(JSON, JSON, st.binary(max_size=8))
def test_any_json_is_parsed_or_refused(header: object, claims: object, signature: bytes) -> None:
    end = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    with contextlib.suppress(InvalidToken):
        parse(f"{encoded(header)}.{encoded(claims)}.{end}")


@given(
    st.fixed_dictionaries({"alg": st.just("ES256")}, optional={"kid": JSON, "crit": JSON, "typ": JSON, "b64": JSON}),
    st.dictionaries(st.text(max_size=5), JSON, max_size=3),
)
def test_any_header_is_verified_or_refused(header: dict[str, object], claims: dict[str, object]) -> None:
    with contextlib.suppress(InvalidToken, UnknownSigningKey):
        keys = SigningKeys.from_jwks({"keys": [KEY.as_dict(private=False)]})
        keys.verify(parse(f"{encoded(header)}.{encoded(claims)}.AAAA"))
        raise AssertionError("a token nobody signed was taken")


@given(st.dictionaries(st.sampled_from(["keys", "other"]), JSON | st.lists(JSON)))
def test_any_key_set_is_read(document: dict[str, object]) -> None:
    assert len(SigningKeys.from_jwks(document)) == 0


@given(st.lists(BROKEN_KEYS, max_size=3))
def test_unusable_keys_do_not_spoil_a_good_one(entries: list[dict[str, object]]) -> None:
    keys = SigningKeys.from_jwks({"keys": [*entries, KEY.as_dict(private=False)]})
    header = {"alg": "ES256", "kid": KEY.kid}
    keys.verify(parse(jws.serialize_compact(header, b"{}", KEY, algorithms=["ES256"])))


def test_a_shared_secret_in_a_key_set_signs_nothing() -> None:
    assert len(SigningKeys.from_jwks({"keys": [{"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQ"}]})) == 0


def test_a_very_long_token_is_refused_unread() -> None:
    with pytest.raises(InvalidToken, match="longer than"):
        parse("a" * MAX_TOKEN_LENGTH + ".b.c")
