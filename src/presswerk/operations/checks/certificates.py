"""Whether the names that a platform has on the internet are reached over https, and why not."""

import datetime as dt
import socket
import ssl

from presswerk.certificates import REMEDY, authorities, is_refused
from presswerk.messages import Message
from presswerk.operations.checks.model import Cause, Check, NotAsItShouldBe, Remedy, Silent
from presswerk.operations.checks.requests import PATIENCE_SECONDS
from presswerk.operations.checks.targets import PublicNameTarget

_RENEWED_BEFORE = dt.timedelta(days=10)
"""The entry renews after two thirds of a certificate's life: one of 90 days would have 30 left."""

_WAIT = Message("Wait: it is tried again by itself. `presswerk logs entry` says when.")
# What an authority says (RFC 8555, section 6.7), or the entry about it: the cause, and what to do.
_CAUSES = (
    (
        ("ratelimited", "too many"),
        Message("The certificate authority takes no more requests for %(name)s for now", name="NAME"),
        Message(
            "Wait for the time it names: it is tried again by itself. Keep the directory `entry`, which would ask anew."
        ),
    ),
    (
        (":dns", "nxdomain", "servfail", "resolve", "no valid ip", "no such host"),
        Message("The certificate authority finds no address of %(name)s", name="NAME"),
        Message("Have its DNS record name this machine's public address; it is tried again by itself."),
    ),
    (
        (":caa",),
        Message("A CAA record forbids the certificate authority to certify %(name)s", name="NAME"),
        Message("Let the CAA record name this authority, or declare the one it names in entry.certificate_authority."),
    ),
    (
        (":connection", "timeout during", "connection refused", "firewall"),
        Message("The certificate authority does not reach this machine under %(name)s", name="NAME"),
        Message("Open ports 80 and 443 to the internet, in the machine's firewall and in its provider's."),
    ),
    (
        (":unauthorized", ":incorrectresponse", ":tls"),
        Message("Another machine answers the certificate authority under %(name)s", name="NAME"),
        Message("Let its DNS records, A and AAAA, name this machine alone; it is tried again by itself."),
    ),
)


def certificate(public: PublicNameTarget) -> Message:
    """A name shows a certificate of its own that browsers trust."""
    try:
        ends = _shown_until(public)
    except ssl.SSLCertVerificationError as error:
        if is_refused(error) and "expired" not in str(error):
            raise NotAsItShouldBe(
                Message("Nobody trusts the certificate of %(name)s.", name=public.name), Message.verbatim(REMEDY)
            ) from None
        raise NotAsItShouldBe(
            *_cause(public, Message("The certificate of %(name)s is not valid", name=public.name))
        ) from None
    except ssl.SSLError:
        raise NotAsItShouldBe(*_cause(public, Message("%(name)s has no certificate yet", name=public.name))) from None
    except TimeoutError:
        raise Silent(Message("It does not answer within %(seconds)s s.", seconds=round(PATIENCE_SECONDS))) from None
    except OSError:
        raise Silent(Message("Nobody listens at port %(port)s.", port=str(public.port))) from None
    if ends - dt.datetime.now(dt.UTC) < _RENEWED_BEFORE:
        raise NotAsItShouldBe(
            *_cause(
                public,
                Message(
                    "The certificate of %(name)s ends on %(day)s and was not renewed",
                    name=public.name,
                    day=f"{ends:%Y-%m-%d}",
                ),
            )
        )
    return Message(
        "%(name)s is reached over https; its certificate lasts until %(day)s.",
        name=public.name,
        day=f"{ends:%Y-%m-%d}",
    )


def _shown_until(public: PublicNameTarget) -> dt.datetime:
    with (
        socket.create_connection(("127.0.0.1", public.port), timeout=PATIENCE_SECONDS) as connection,
        authorities().wrap_socket(connection, server_hostname=public.name) as secured,
    ):
        shown = secured.getpeercert() or {}
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), dt.UTC)


def _cause(public: PublicNameTarget, state: Message) -> tuple[Message, Message]:
    """What is seen and what to do: the authority's own complaint counts more than what this machine sees."""
    told = None if public.complaint is None else public.complaint()
    if told is not None:
        lowered = told.lower()
        for signs, cause, remedy in _CAUSES:
            if any(sign in lowered for sign in signs):
                named = cause.but(name=public.name)
                return Message("%(state)s. %(cause)s: %(told)s.", state=state, cause=named, told=told), remedy
        return Message("%(state)s: %(told)s.", state=state, told=told), _WAIT
    led_elsewhere = None if public.elsewhere is None else public.elsewhere()
    if led_elsewhere is not None:
        remedy = Message("Have its DNS record name this machine's public address.")
        return Message("%(state)s. %(told)s", state=state, told=led_elsewhere), remedy
    return Message("%(state)s.", state=state), _WAIT


CHECKS: tuple[Check, ...] = (
    Check(
        "certificate",
        Message("Does every name on the internet have a certificate that browsers trust?"),
        Remedy(Message("Read `presswerk logs entry`; it is tried again by itself.")),
        PublicNameTarget,
        certificate,
        causes=(Cause("process", "entry"), Cause("process-stays", "entry"), Cause("clock")),
        threshold=Message("%(number)s days left", number=_RENEWED_BEFORE.days),
    ),
)
