"""The secrets of one local installation: made once, kept in one file that only its owner can read."""

import json
import secrets as randomness
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet
from joserfc.jwk import RSAKey

from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.private_files import DamagedFile, only_one, read_object, write_private

FILE_NAME = "secrets.json"
_RSA_BITS = 2048
_PASSWORD_BYTES = 12
_KEY_BYTES = 32

CHAT_SESSION_KEY = "chat-session-key"
CHAT_ADMIN_PASSWORD = "chat-admin-password"  # noqa: S105 - a secret's name, not a secret
IDENTITY_SESSION_KEY = "identity-session-key"
IDENTITY_SIGNING_KEY = "identity-signing-key"
ENCRYPTION_KEY = "encryption-key"


def person_password(user_name: str) -> str:
    """The name of a person's password."""
    return f"person-{user_name}"


def client_secret(client_id: str) -> str:
    """The name of a confidential client's secret."""
    return f"client-{client_id}"


def database_password(user: str) -> str:
    """The name of the password of a user of the database server; a tenant has two, which alternate."""
    return f"database-{user}"


class UnreadableSecrets(LocalRuntimeError):
    """The secrets file is there but cannot be used."""


@dataclass(frozen=True)
class Secrets:
    """Gives secrets by name and makes those that are not there yet; a value never changes once made.

    Attributes:
        file: Where they are kept, mode 0600.
    """

    file: Path
    _values: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, layout: Layout) -> "Secrets":
        """Read the secrets of an installation; there are none in a new one.

        Raises:
            UnreadableSecrets: The file is damaged or somebody else's.
        """
        layout.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = layout.state / FILE_NAME
        return cls(file, dict(_read(file)))

    def get(self, name: str) -> str:
        """A secret by its name, such as `encryption-key` or what `person_password` gives.

        Raises:
            UnreadableSecrets: The file is damaged or cannot be written.
        """
        if name not in self._values:
            with only_one(self.file.with_suffix(".lock")):
                # Another process may have made it since this one read the file.
                stored = dict(_read(self.file))
                if name not in stored:
                    stored[name] = _maker(name)()
                    write_private(self.file, json.dumps(stored, indent=2, sort_keys=True) + "\n")
                self._values.update(stored)
        return self._values[name]

    def has(self, name: str) -> bool:
        """Whether a secret was made before."""
        return name in self._values

    def forget(self, names: Collection[str]) -> None:
        """Remove secrets that nobody needs any more; those that are not there are passed over.

        Raises:
            UnreadableSecrets: The file is damaged or cannot be written.
        """
        with only_one(self.file.with_suffix(".lock")):
            stored = dict(_read(self.file))
            kept = {name: value for name, value in stored.items() if name not in names}
            if kept != stored:
                write_private(self.file, json.dumps(kept, indent=2, sort_keys=True) + "\n")
            for name in names:
                self._values.pop(name, None)

    def all_values(self) -> frozenset[str]:
        """Every secret there is now: what must occur in no log; of a private key, its private exponent."""
        return frozenset(
            json.loads(value)["d"] if name == IDENTITY_SIGNING_KEY else value for name, value in self._values.items()
        )


def _maker(name: str) -> Callable[[], str]:
    if name == ENCRYPTION_KEY:
        return lambda: Fernet.generate_key().decode()
    if name == IDENTITY_SIGNING_KEY:
        return _signing_key
    if name.startswith("person-"):
        return lambda: randomness.token_urlsafe(_PASSWORD_BYTES)
    return lambda: randomness.token_urlsafe(_KEY_BYTES)


def _signing_key() -> str:
    """A private key as a JSON Web Key; its `kid` stays the same for as long as it is kept."""
    return json.dumps(RSAKey.generate_key(_RSA_BITS, auto_kid=True).as_dict(private=True), sort_keys=True)


def _read(file: Path) -> Mapping[str, str]:
    remedy = "Put it back from a backup, or start anew with `presswerk down --purge`."
    try:
        values = read_object(file, remedy)
    except FileNotFoundError:
        return {}
    except DamagedFile as problem:
        raise UnreadableSecrets(problem.problem, problem.remedy) from None
    except OSError as error:
        raise UnreadableSecrets(
            f"{file} cannot be read: {error.strerror}.", "Run it as the user it belongs to."
        ) from None
    if not all(isinstance(value, str) for value in values.values()):
        raise UnreadableSecrets(f"{file} is damaged.", remedy)
    return values
