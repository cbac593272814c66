"""The secrets of an installation: made once, kept from others."""

import json
import stat
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from joserfc.jwk import RSAKey

from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.secrets import (
    CHAT_SESSION_KEY,
    ENCRYPTION_KEY,
    FILE_NAME,
    IDENTITY_SIGNING_KEY,
    Secrets,
    UnreadableSecrets,
    client_secret,
    person_password,
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(state=tmp_path / "state", cache=tmp_path / "cache")


def test_a_secret_never_changes_once_made(layout: Layout) -> None:
    first = Secrets.open(layout).get(CHAT_SESSION_KEY)

    again = Secrets.open(layout)
    again.get(person_password("anna"))

    assert again.get(CHAT_SESSION_KEY) == first
    assert Secrets.open(layout).get(CHAT_SESSION_KEY) == first


def test_secrets_are_for_their_owner_alone(layout: Layout) -> None:
    secrets = Secrets.open(layout)
    secrets.get(CHAT_SESSION_KEY)

    assert [stat.S_IMODE(path.stat().st_mode) for path in layout.state.iterdir()] == [0o600, 0o600]
    assert stat.S_IMODE(layout.state.stat().st_mode) == 0o700


def test_no_secret_is_in_its_representation(layout: Layout) -> None:
    secrets = Secrets.open(layout)
    value = secrets.get(CHAT_SESSION_KEY)

    assert value not in repr(secrets)


def test_each_secret_is_another(layout: Layout) -> None:
    secrets = Secrets.open(layout)

    made = {secrets.get(name) for name in (CHAT_SESSION_KEY, person_password("anna"), client_secret("presswerk-hub"))}

    assert len(made) == 3
    assert min(map(len, made)) >= 16
    assert secrets.all_values() == made


def test_the_encryption_key_is_one_for_fernet(layout: Layout) -> None:
    assert Fernet(Secrets.open(layout).get(ENCRYPTION_KEY))


def test_the_signing_key_is_a_private_rsa_key_whose_exponent_counts_as_secret(layout: Layout) -> None:
    secrets = Secrets.open(layout)
    described = json.loads(secrets.get(IDENTITY_SIGNING_KEY))

    key = RSAKey.import_key(described)

    assert key.is_private
    assert described["kid"]
    assert described["d"] in secrets.all_values()


def test_two_that_ask_at_once_get_the_same(layout: Layout) -> None:
    found: list[str] = []
    barrier = threading.Barrier(8)

    def ask() -> None:
        secrets = Secrets.open(layout)
        barrier.wait()
        found.append(secrets.get(CHAT_SESSION_KEY))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_damaged_file_is_never_overwritten(layout: Layout) -> None:
    layout.state.mkdir()
    (layout.state / FILE_NAME).write_text("{half")

    with pytest.raises(UnreadableSecrets, match="is damaged") as raised:
        Secrets.open(layout)

    assert "backup" in raised.value.remedy
    assert (layout.state / FILE_NAME).read_text() == "{half"
