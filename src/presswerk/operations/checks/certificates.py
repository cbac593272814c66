"""Whether the names that a platform has on the internet are reached over https, and why not."""

import datetime as dt
import socket
import ssl

from presswerk.certificates import REMEDY, authorities, is_refused
from presswerk.operations.checks.model import NotAsItShouldBe, Silent
from presswerk.operations.checks.requests import PATIENCE_SECONDS
from presswerk.operations.checks.targets import PublicNameTarget

_RENEWED_BEFORE = dt.timedelta(days=10)
"""The entry renews after two thirds of a certificate's life: one of 90 days would have 30 left."""

_WAIT = "Wait: it is tried again by itself. `presswerk logs entry` says when."
# What an authority says (RFC 8555, section 6.7), or the entry about it: the cause, and what to do.
_CAUSES = (
    (
        ("ratelimited", "too many"),
        "The certificate authority takes no more requests for {name} for now",
        "Wait for the time it names: it is tried again by itself. Keep the directory `entry`, which would ask anew.",
    ),
    (
        (":dns", "nxdomain", "servfail", "resolve", "no valid ip", "no such host"),
        "The certificate authority finds no address of {name}",
        "Have its DNS record name this machine's public address; it is tried again by itself.",
    ),
    (
        (":caa",),
        "A CAA record forbids the certificate authority to certify {name}",
        "Let the CAA record name this authority, or declare the one it names in entry.certificate_authority.",
    ),
    (
        (":connection", "timeout during", "connection refused", "firewall"),
        "The certificate authority does not reach this machine under {name}",
        "Open ports 80 and 443 to the internet, in the machine's firewall and in its provider's.",
    ),
    (
        (":unauthorized", ":incorrectresponse", ":tls"),
        "Another machine answers the certificate authority under {name}",
        "Let its DNS records, A and AAAA, name this machine alone; it is tried again by itself.",
    ),
)


def certificate(public: PublicNameTarget) -> str:
    """A name shows a certificate of its own that browsers trust."""
    try:
        ends = _shown_until(public)
    except ssl.SSLCertVerificationError as error:
        if is_refused(error) and "expired" not in str(error):
            raise NotAsItShouldBe(f"Nobody trusts the certificate of {public.name}.", REMEDY) from None
        raise NotAsItShouldBe(*_cause(public, f"The certificate of {public.name} is not valid")) from None
    except ssl.SSLError:
        raise NotAsItShouldBe(*_cause(public, f"{public.name} has no certificate yet")) from None
    except TimeoutError:
        raise Silent(f"It does not answer within {PATIENCE_SECONDS:.0f} s.") from None
    except OSError:
        raise Silent(f"Nobody listens at port {public.port}.") from None
    if ends - dt.datetime.now(dt.UTC) < _RENEWED_BEFORE:
        raise NotAsItShouldBe(
            *_cause(public, f"The certificate of {public.name} ends on {ends:%Y-%m-%d} and was not renewed")
        )
    return f"{public.name} is reached over https; its certificate lasts until {ends:%Y-%m-%d}."


def _shown_until(public: PublicNameTarget) -> dt.datetime:
    with (
        socket.create_connection(("127.0.0.1", public.port), timeout=PATIENCE_SECONDS) as connection,
        authorities().wrap_socket(connection, server_hostname=public.name) as secured,
    ):
        shown = secured.getpeercert() or {}
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), dt.UTC)


def _cause(public: PublicNameTarget, state: str) -> tuple[str, str]:
    """What is seen and what to do: the authority's own complaint counts more than what this machine sees."""
    told = None if public.complaint is None else public.complaint()
    if told is not None:
        lowered = told.lower()
        for signs, cause, remedy in _CAUSES:
            if any(sign in lowered for sign in signs):
                return f"{state}. {cause.format(name=public.name)}: {told}.", remedy
        return f"{state}: {told}.", _WAIT
    led_elsewhere = None if public.elsewhere is None else public.elsewhere()
    if led_elsewhere is not None:
        return f"{state}. {led_elsewhere}", "Have its DNS record name this machine's public address."
    return f"{state}.", _WAIT
