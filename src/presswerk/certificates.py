"""Whose certificates are trusted, such as those of a company's own authority, and how a refusal is told.

Only the standard library is imported: this runs at every start of every service.
"""

import os
import ssl
from collections.abc import Mapping
from functools import cache

VARIABLE = "SSL_CERT_FILE"
"""Names a file with the authorities to trust; OpenSSL's own variable, which Python and uv read."""

REMEDY = f"If your network has an authority of its own, set {VARIABLE} to the file with its certificate and try again."
_DIRECTORY_VARIABLE = "SSL_CERT_DIR"
# What other programs read instead.
_OTHERS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
# What OpenSSL, rustls and Node say of a certificate that nobody they trust has signed, or that has ended.
_SIGNS = (
    "certificate_verify_failed",
    "certificate verify failed",
    "invalid peer certificate",
    "unknownissuer",
    "self-signed certificate",
    "self_signed_cert",
    "unable_to_get_issuer_cert",
    "unable_to_verify_leaf_signature",
    "unable to get local issuer certificate",
    "unable to verify the first certificate",
    "cert_has_expired",
    "err_tls_cert_altname_invalid",
)


@cache
def authorities() -> ssl.SSLContext:
    """Whom all our clients trust; read once, since it takes 40 ms.

    What `SSL_CERT_FILE` or `SSL_CERT_DIR` names and nobody else; without them whom this machine trusts, and the public
    authorities of certifi, since a small container has none of its own.
    """
    import certifi  # noqa: PLC0415  what starts a service needs none of it

    trusted = ssl.create_default_context()
    if not (os.environ.get(VARIABLE) or os.environ.get(_DIRECTORY_VARIABLE)):
        trusted.load_verify_locations(certifi.where())
    return trusted


def with_authorities(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which every program finds the authorities that `SSL_CERT_FILE` names; what is set stays."""
    file = environment.get(VARIABLE)
    return {**(dict.fromkeys(_OTHERS, file) if file else {}), **environment}


def is_refused(said: object) -> bool:
    """Whether an error, or what a program printed, tells of a certificate that is not trusted."""
    lowered = str(said).lower()
    return any(sign in lowered for sign in _SIGNS)


def not_trusted(address: str) -> str:
    """What is said of a server whose certificate is refused."""
    return f"the certificate of {address} is not trusted here. {REMEDY}"
