"""What the claims of every token must say, access token or ID token: its audience, its subject and its times."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from joserfc.errors import ClaimError, ExpiredTokenError, MissingClaimError
from joserfc.jwt import JWTClaimsRegistry

from presswerk.identity.errors import InvalidToken

_FOREVER_SECONDS = 365 * 24 * 3600.0
_MAX_SUBJECT_LENGTH = 255  # OpenID Connect Core 1.0, section 2
_REASONS = MappingProxyType(
    {
        "aud": "it is for another audience",
        "nbf": "it is not valid yet",
        "iat": "it was issued in the future",
        "sub": "it names no subject",
        "exp": "its expiry is no time",
    }
)


def check_claims(claims: Mapping[str, Any], audiences: Collection[str], *, now: float, leeway_seconds: int) -> float:
    """Check audience, subject and times of a token whose signature is right.

    Returns:
        When the token ends, in seconds since the epoch.

    Raises:
        InvalidToken: A claim is missing or wrong.
    """
    registry = JWTClaimsRegistry(
        now=int(now),
        leeway=leeway_seconds,
        exp={"essential": True},
        sub={"essential": True},
        aud={"essential": True, "values": sorted(audiences)},
    )
    try:
        registry.validate(dict(claims))
    except ExpiredTokenError:
        raise InvalidToken("it has expired") from None
    except MissingClaimError as error:
        raise InvalidToken(f"it lacks the claim {error.claim.partition(',')[0]}") from None
    except ClaimError as error:
        raise InvalidToken(_REASONS.get(error.claim, f"its claim {error.claim} is malformed")) from None
    if len(claims["sub"]) > _MAX_SUBJECT_LENGTH or not claims["sub"].isprintable():
        raise InvalidToken(f"its subject is not up to {_MAX_SUBJECT_LENGTH} printable characters")
    # Some providers write "never" as a number no clock can hold.
    return float(min(claims["exp"], now + _FOREVER_SECONDS))
