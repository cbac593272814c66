"""Whose certificates are trusted, such as those of a company's own authority, and how a refusal is told.

Only the standard library is imported: this runs at every start of every service.
"""

import ssl
from collections.abc import Mapping
from functools import cache

VARIABLE = "SSL_CERT_FILE"
"""Names a file with the authorities to trust; OpenSSL's own variable, which Python and uv read."""

REMEDY = f"If your network has an authority of its own, set {VARIABLE} to the file with its certificate and try again."
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
    """Whom to trust, for clients that take nothing else from the environment; read once, since it takes 40 ms."""
    import httpx  # noqa: PLC0415  what starts a service needs none of it

    return httpx.create_ssl_context()


def with_authorities(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which every program finds the authorities that `SSL_CERT_FILE` names; what is set stays."""
    file = environment.get(VARIABLE)
    return {**(dict.fromkeys(_OTHERS, file) if file else {}), **environment}


def is_refused(said: object) -> bool:
    """Whether an error, or what a program printed, tells of a certificate that is not trusted."""
    lowered = str(said).lower()
    return any(sign in lowered for sign in _SIGNS)
