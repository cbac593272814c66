import pytest

from presswerk.web.logs import hide_secrets


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghijklmnop",
        "Basic cHJlc3N3ZXJrOnRvcHNlY3JldA==",
        "the key pwk_abcdefghijkl_topsecret",
        "token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl",
        "postgresql://user:topsecret@host/name",
        "GET /x?access_token=topsecret",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    shown = str(hide_secrets(None, "info", {"event": text})["event"])
    assert "hidden" in shown
    for secret in ("topsecret", "abcdefghijklmnop", "cHJlc3N3ZXJr", "eyJhbGci"):
        assert secret not in shown


def test_what_is_named_like_a_secret_is_hidden() -> None:
    assert hide_secrets(None, "info", {"api_key": "x", "Password": 5, "event": "fine", "n": 1}) == {
        "api_key": "[hidden]",
        "Password": "[hidden]",
        "event": "fine",
        "n": 1,
    }
