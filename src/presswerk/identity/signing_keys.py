"""A provider's public keys, and the signature check of a token against them."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jws import CompactSignature, JWSRegistry

from presswerk.errors import PresswerkError
from presswerk.identity.errors import InvalidToken

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
"""Public-key signatures only: with HS256 everybody who verifies could also sign, and `none` signs nothing."""

MAX_TOKEN_LENGTH = 16 * 1024
_MIN_RSA_BITS = 2048
_PARTS = 3

SigningKey = RSAKey | ECKey | OKPKey


_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
# RFC 9864 renames EdDSA to Ed25519; providers still send the old name for the same signature.
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)


class UnknownSigningKey(PresswerkError):
    """No key of the set fits the token; the provider may have published a new one."""


@dataclass(frozen=True)
class SignedToken:
    """A token taken apart, its signature not yet checked."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signature: CompactSignature

    @property
    def key_id(self) -> str | None:
        """The key the header names."""
        key_id = self.header.get("kid")
        return key_id if isinstance(key_id, str) else None


def is_opaque(token: str) -> bool:
    """Whether a token is no JWT at all, so that only its issuer can read it."""
    return token.count(".") != _PARTS - 1


def parse(token: str) -> SignedToken:
    """Take a token apart (RFC 7519, JWS compact form).

    Raises:
        InvalidToken: It is no signed JWT, or is signed with an algorithm that is not accepted.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvalidToken(f"it is longer than {MAX_TOKEN_LENGTH} characters")
    if not token.isascii() or token.count(".") != _PARTS - 1:
        raise InvalidToken("it is not a signed JWT")
    try:
        signature = jws.extract_compact(token.encode(), registry=_REGISTRY)
        header = signature.headers()
        claims = json.loads(signature.payload)
        if not isinstance(claims, dict) or not isinstance(header["alg"], str):
            raise InvalidToken("it is not a signed JWT")
        _REGISTRY.check_header(header)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidToken("it is not a signed JWT") from None
    if header["alg"] not in ALGORITHMS:
        raise InvalidToken(f"its signature algorithm is not one of {', '.join(ALGORITHMS)}")
    return SignedToken(header=header, claims=claims, signature=signature)


class SigningKeys:
    """The keys of one JWK set (RFC 7517) that may sign tokens; all others are passed over."""

    def __init__(self, keys: tuple[SigningKey, ...]) -> None:
        self._keys = keys

    @classmethod
    def from_jwks(cls, document: Mapping[str, Any]) -> "SigningKeys":
        """Read a JWK set; unusable members do not spoil the others."""
        entries = document.get("keys")
        found = (
            (_signing_key(entry) for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()
        )
        return cls(tuple(key for key in found if key is not None))

    def __len__(self) -> int:
        return len(self._keys)

    def verify(self, token: SignedToken) -> None:
        """Check a token's signature.

        Raises:
            UnknownSigningKey: No key fits what the header names.
            InvalidToken: The signature does not fit.
        """
        candidates = [key for key in self._keys if _fits(key, token)]
        if not candidates:
            raise UnknownSigningKey
        if not any(_signed(token, key) for key in candidates):
            raise InvalidToken("its signature does not fit")


def _signing_key(entry: dict[str, Any]) -> SigningKey | None:
    if entry.get("use", "sig") != "sig":
        return None
    try:
        key = import_key(entry)
        # A shared secret in a public document is everybody's secret.
        if not isinstance(key, RSAKey | ECKey | OKPKey):
            return None
        if isinstance(key, RSAKey) and key.raw_value.key_size < _MIN_RSA_BITS:
            return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key


def _signed(token: SignedToken, key: SigningKey) -> bool:
    try:
        return jws.validate_compact(token.signature, key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError):
        return False


def _fits(key: SigningKey, token: SignedToken) -> bool:
    if token.key_id is not None and key.kid != token.key_id:
        return False
    try:
        _REGISTRY.get_alg(token.header["alg"]).check_key(key)
    except JoseError:
        return False
    return True
