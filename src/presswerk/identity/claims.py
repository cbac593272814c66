"""What the claims of every token must say, access token or ID token, and whom those of an access token name."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from joserfc.errors import ClaimError, ExpiredTokenError, MissingClaimError
from joserfc.jwt import JWTClaimsRegistry

from presswerk.declaration import OPERATOR_GROUP, GroupsFrom, parse_groups
from presswerk.identity.errors import InvalidToken
from presswerk.identity.principal import Principal

_FOREVER_SECONDS = 365 * 24 * 3600.0
_MAX_NAME_LENGTH = 200
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


def principal_of(claims: Mapping[str, Any], told: Mapping[str, Any], groups_from: GroupsFrom) -> Principal:
    """Who an access token speaks for.

    Args:
        claims: The token's, verified: `iss` and `sub` are there.
        told: What userinfo said of its owner; empty where it was not asked.
        groups_from: Which of the two has the groups; a claim that is missing there, null or empty is no groups, since
            the other source may be older.
    """
    profile = {**claims, **{name: value for name, value in told.items() if value not in (None, "")}}
    groups = _groups((told if groups_from is GroupsFrom.USERINFO else claims).get("groups"))
    email = profile.get("email")
    return Principal(
        issuer=claims["iss"],
        subject=claims["sub"],
        name=_text(profile.get("name")) or _text(profile.get("preferred_username")) or claims["sub"],
        email=email if isinstance(email, str) and email and email.isprintable() else None,
        roles=MappingProxyType(parse_groups(groups)),
        operator=OPERATOR_GROUP in groups,
    )


def _groups(claim: object) -> tuple[str, ...]:
    if isinstance(claim, str):
        return (claim,)
    return tuple(group for group in claim if isinstance(group, str)) if isinstance(claim, list) else ()


def _text(claim: object) -> str:
    if not isinstance(claim, str):
        return ""
    # Databases and headers take no control characters.
    return " ".join("".join(each if each.isprintable() else " " for each in claim).split())[:_MAX_NAME_LENGTH]
