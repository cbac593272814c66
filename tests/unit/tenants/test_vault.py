import pytest
from cryptography.fernet import Fernet

from presswerk.tenants import BadEncryptionKey, CannotOpen, Vault


def _key() -> str:
    return Fernet.generate_key().decode()


def test_what_is_sealed_opens_and_shows_nothing() -> None:
    vault = Vault((_key(),))
    sealed = vault.seal("a secret")
    assert "secret" not in sealed
    assert vault.open(sealed) == "a secret"
    assert sealed != vault.seal("a secret")


def test_an_older_key_opens_and_a_new_one_seals() -> None:
    old, new = _key(), _key()
    sealed = Vault((old,)).seal("x")
    resealed = Vault.from_setting(f" {new} , {old},").reseal(sealed)
    assert Vault((new,)).open(resealed) == "x"
    with pytest.raises(CannotOpen, match="PRESSWERK_ENCRYPTION_KEYS"):
        Vault((new,)).open(sealed)


def test_a_changed_secret_does_not_open() -> None:
    vault = Vault((_key(),))
    sealed = vault.seal("x")
    with pytest.raises(CannotOpen):
        vault.open(sealed[:-4] + "AAA=")


@pytest.mark.parametrize("text", ["", " , ", "short", "x" * 44, "ü" * 44])
def test_a_bad_key_is_named_and_never_shown(text: str) -> None:
    with pytest.raises(BadEncryptionKey) as caught:
        Vault.from_setting(text)
    assert "PRESSWERK_ENCRYPTION_KEYS" in str(caught.value)
    assert "generate_key" in str(caught.value)
    assert "x" * 44 not in str(caught.value)


def test_the_bad_one_of_several_is_counted() -> None:
    with pytest.raises(BadEncryptionKey, match="key 2 "):
        Vault((_key(), "bad"))
