"""Where a person's sign-ins are kept."""

import os
from pathlib import Path

import pytest

from presswerk.operations.sign_in import Login, LoginFile


def a_login(hub: str, token: str) -> Login:
    return Login(hub=hub, issuer="https://id.example", access_token=token, refresh_token=None, expires_at=0.0)


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LoginFile(tmp_path / "logins" / "logins.json")
    file.put(a_login("https://one", "first"))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        file.put(a_login("https://two", "second"))

    assert [each.name for each in (tmp_path / "logins").iterdir()] == ["logins.json"]
    assert file.get("https://one") == a_login("https://one", "first")
    assert file.get("https://two") is None
    assert (tmp_path / "logins" / "logins.json").stat().st_mode & 0o777 == 0o600
