"""An ID token for everything that can be wrong with one, as a provider that misbehaves would send it."""

import base64
import hashlib
import hmac
import json
import time
import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.jwk import RSAKey

from tests.support.issuer import ec_key, rsa_key
from tests.support.sign_on import Claims, SignOnProvider

STRANGER = rsa_key()


def _part(document: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _unsigned(_provider: SignOnProvider, claims: Claims) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def _signed_with_public_key(provider: SignOnProvider, claims: Claims) -> str:
    key = provider.issuer.keys[0]
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': key.kid})}.{_part(claims)}"
    signature = hmac.new(key.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _signed_with_client_secret(provider: SignOnProvider, claims: Claims) -> str:
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.new(provider.client.client_secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _signed_by_somebody_else(provider: SignOnProvider, claims: Claims) -> str:
    return provider.sign(claims, key=STRANGER, header={"kid": provider.issuer.keys[0].kid})


def _with_its_own_key(provider: SignOnProvider, claims: Claims) -> str:
    key = ec_key()
    return provider.sign(claims, key=key, header={"jwk": key.as_dict(private=False)})


def _tampered(provider: SignOnProvider, claims: Claims) -> str:
    header, _, signature = provider.sign(claims).split(".")
    return f"{header}.{_part({**claims, 'groups': ['presswerk-admin']})}.{signature}"


def _with_a_critical_header(provider: SignOnProvider, claims: Claims) -> str:
    key = provider.issuer.keys[0]
    assert isinstance(key, RSAKey)
    assert key.private_key is not None
    signed = f"{_part({'alg': 'RS256', 'kid': key.kid, 'crit': ['x'], 'x': 1})}.{_part(claims)}"
    signature = key.private_key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _with_a_short_key(provider: SignOnProvider, claims: Claims) -> str:
    with warnings.catch_warnings(action="ignore"):
        small = rsa_key(1024)
    provider.issuer.keys.append(small)
    return provider.sign(claims, key=small)


def _with(**changes: Any) -> Callable[[SignOnProvider, Claims], str]:
    return lambda provider, claims: provider.sign({**claims, **changes})


BAD_TOKENS: Mapping[str, Callable[[SignOnProvider, Claims], str | None]] = MappingProxyType(
    {
        "there is none": lambda _provider, _claims: None,
        "not a token": lambda _provider, _claims: "opaque",
        "unsigned": _unsigned,
        "signed with the public key": _signed_with_public_key,
        "signed with the client's secret": _signed_with_client_secret,
        "signed by somebody else": _signed_by_somebody_else,
        "unknown key": lambda provider, claims: provider.sign(claims, key=STRANGER),
        "its own key in the header": _with_its_own_key,
        "a key too short": _with_a_short_key,
        "an algorithm nobody chose": lambda provider, claims: provider.sign(claims, algorithm="RS512"),
        "a critical header": _with_a_critical_header,
        "tampered": _tampered,
        "cut off": lambda provider, claims: provider.sign(claims)[:-8],
        "wrong issuer": _with(iss="http://127.0.0.1:1"),
        "issuer with another slash": lambda provider, claims: provider.sign({**claims, "iss": claims["iss"] + "/"}),
        "without issuer": _with(iss=None),
        "wrong audience": _with(aud="site-other"),
        "wrong audiences": _with(aud=["site-other", "presswerk-cli"]),
        "audience contains ours": lambda provider, claims: provider.sign({**claims, "aud": f"x{claims['aud']}x"}),
        "without audience": _with(aud=None),
        "for several, given to another": lambda provider, claims: provider.sign(
            {**claims, "aud": [claims["aud"], "site-other"], "azp": "site-other"}
        ),
        "for several, given to nobody": lambda provider, claims: provider.sign(
            {**claims, "aud": [claims["aud"], "site-other"]}
        ),
        "given to another": _with(azp="site-other"),
        "expired": _with(exp=int(time.time()) - 3600),
        "without expiry": _with(exp=None),
        "expiry is no time": _with(exp="tomorrow"),
        "not valid yet": _with(nbf=int(time.time()) + 7200),
        "issued in the future": _with(iat=int(time.time()) + 7200),
        "wrong nonce": _with(nonce="another"),
        "without nonce": _with(nonce=None),
        "nonce is a list": lambda provider, claims: provider.sign({**claims, "nonce": [claims["nonce"]]}),
        "without subject": _with(sub=None),
        "empty subject": _with(sub=""),
        "subject is a number": _with(sub=7),
    }
)
