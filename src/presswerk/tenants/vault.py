"""Secrets at rest: sealed with Fernet (AES-128-CBC and HMAC-SHA-256), with keys that can be rotated."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from presswerk.errors import PresswerkError

_VARIABLE = "PRESSWERK_ENCRYPTION_KEYS"


class BadEncryptionKey(PresswerkError):
    """The configured keys cannot be used; the message says which and how to make one, and never shows a key."""


class CannotOpen(PresswerkError):
    """A sealed secret was changed, or its key is no longer among the configured ones."""


class Vault:
    """Seals and opens secrets.

    Args:
        keys: URL-safe base64 of 32 bytes each, newest first: the first seals, all open.

    Raises:
        BadEncryptionKey: There is no key, or one is malformed.
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        if not keys:
            raise BadEncryptionKey(f"{_VARIABLE}: no key given; {_REMEDY}")
        self._fernet = MultiFernet([_key(text, place) for place, text in enumerate(keys, start=1)])

    @classmethod
    def from_setting(cls, text: str) -> "Vault":
        """Read keys separated by commas, newest first."""
        return cls(tuple(key.strip() for key in text.split(",") if key.strip()))

    def seal(self, secret: str) -> str:
        """Encrypt and sign; the result is printable."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Undo `seal`.

        Raises:
            CannotOpen: No configured key fits, or the text was changed.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise CannotOpen(f"no key in {_VARIABLE} opens this secret; put the key it was sealed with back") from None

    def reseal(self, sealed: str) -> str:
        """Seal again with the newest key.

        Raises:
            CannotOpen: No configured key fits, or the text was changed.
        """
        return self.seal(self.open(sealed))


_REMEDY = 'make one with `python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"`'


def _key(text: str, place: int) -> Fernet:
    try:
        return Fernet(text)
    except ValueError:
        raise BadEncryptionKey(f"{_VARIABLE}: key {place} is not 32 bytes in URL-safe base64; {_REMEDY}") from None
