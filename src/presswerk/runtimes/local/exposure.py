"""What would be unsafe, or could not work, with this machine on the internet: found before anything is started."""

import errno
import ipaddress
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from presswerk.declaration import Platform
from presswerk.declaration.platform import LETS_ENCRYPT
from presswerk.languages import SOURCE
from presswerk.messages import Message
from presswerk.runtimes.local.configured_ai import ConfiguredAi
from presswerk.runtimes.local.entry import SERVICE_NAME, Host, hosts_of
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.layout import Layout
from presswerk.runtimes.local.listeners import exposed_listeners, listeners_on
from presswerk.runtimes.local.supervisor_config import state_mark

_NEVER_PUBLIC = (".localhost", ".local", ".internal", ".test", ".example", ".invalid", ".lan")
"""Where no public authority certifies a name (RFC 6761, RFC 6762, and what ICANN reserved)."""
_DEMONSTRATION = ".localhost"
_ASKED_AT_ONCE = 16


@dataclass(frozen=True)
class Finding:
    """One thing that is in the way.

    Attributes:
        field: What to change: a field of the declaration, a variable or an option.
        problem: What is wrong, as a sentence.
        remedy: What to do about it, as a sentence.
        refused: Whether nothing is started because of it.
        of_asker: Whether it may be otherwise for the user that the system's service runs as.
    """

    field: str
    problem: Message
    remedy: Message
    refused: bool = True
    of_asker: bool = False

    def worded(self, language: str = SOURCE) -> str:
        """Problem and remedy in a language of the catalogues."""
        return f"{self.problem.worded(language)} {self.remedy.worded(language)}"


class UnsafeOnTheInternet(LocalRuntimeError):
    """Nothing was started.

    Attributes:
        fields: (field, what is wrong and what to do).
    """

    def __init__(self, findings: Iterable[Finding], language: str = SOURCE) -> None:
        self.fields = tuple((found.field, found.worded(language)) for found in findings)
        problem = Message("This platform cannot go on the internet as it is; nothing was started.")
        super().__init__(problem.worded(language))


def refuse(findings: Iterable[Finding], language: str = SOURCE) -> None:
    """Go no further where something is in the way.

    Raises:
        UnsafeOnTheInternet: Something is.
    """
    refused = [found for found in findings if found.refused]
    if refused:
        raise UnsafeOnTheInternet(refused, language)


def findings(
    layout: Layout,
    platform: Platform,
    places: Mapping[str, int],
    ai: ConfiguredAi,
    *,
    stand_in_is_meant: bool = False,
    entry_runs: bool = False,
) -> tuple[Finding, ...]:
    """Everything that is in the way of a platform with a domain.

    Args:
        layout: Its names and ports.
        platform: What is declared.
        places: Each tenant's place in the row of site ports.
        ai: Who writes.
        stand_in_is_meant: Whether somebody said that the stand-in may.
        entry_runs: Whether the entry's ports are its own already.
    """
    hosts = hosts_of(layout, platform, places)
    return (
        *declared_findings(platform),
        *ai_findings(ai.base_url, is_stand_in=ai.is_stand_in, stand_in_is_meant=stand_in_is_meant),
        *machine_findings(layout, platform, hosts, entry_runs=entry_runs),
    )


def declared_findings(platform: Platform) -> Iterator[Finding]:
    """What a declaration itself says; the platform has a domain."""
    domain = f".{platform.domain}"
    if platform.entry.certificate_authority == LETS_ENCRYPT and domain.endswith(_NEVER_PUBLIC):
        yield Finding(
            "domain",
            Message("No public authority certifies %(domain)s.", domain=domain[1:]),
            Message("Give a domain that is yours, or name an authority of your own in entry.certificate_authority."),
        )
    for person in platform.people:
        if person.email.lower().endswith(_DEMONSTRATION):
            yield Finding(
                f"people.{person.user_name}.email",
                Message("%(name)s is an account for demonstrations on one machine.", name=person.user_name),
                Message("Remove it, or give the address of a person."),
            )
    if platform.people and not any(person.operator for person in platform.people):
        yield Finding(
            "people",
            Message("Nobody may operate the platform."),
            Message("Give one of the people `operator: true`."),
            refused=False,
        )


def moved(former: Layout, layout: Layout) -> Iterator[Finding]:
    """An installation under another address than it was made for."""
    if former.hub_url != layout.hub_url and former.public != layout.public:
        yield Finding(
            "domain",
            Message(
                "This installation was made for %(former)s. Its articles, people and passwords belong to that address"
                " and do not follow to %(now)s.",
                former=former.hub_url,
                now=layout.hub_url,
            ),
            Message("Name another --state-dir for the new one, or put the former domain back."),
        )


def ai_findings(base_url: str, *, is_stand_in: bool, stand_in_is_meant: bool) -> Iterator[Finding]:
    """What is wrong with who writes.

    Args:
        base_url: The endpoint's.
        is_stand_in: Whether it is the offline stand-in.
        stand_in_is_meant: Whether somebody said so.
    """
    if is_stand_in and not stand_in_is_meant:
        yield Finding(
            "PRESSWERK_AI_API_KEY",
            Message("It is not set, so the offline stand-in, which is no AI, would write the articles."),
            Message("Set it to your endpoint's key; if the stand-in is meant, say so: `presswerk up --stand-in`."),
            of_asker=True,
        )
    if not is_stand_in and urlsplit(base_url).scheme == "http" and not _is_near(urlsplit(base_url).hostname or ""):
        yield Finding(
            "ai.base_url",
            Message("%(url)s is not encrypted: the key and every article could be read on the way.", url=base_url),
            Message("Give an address that begins with https."),
        )


def _is_near(host: str) -> bool:
    """Whether what is sent there stays on this machine or in its own network."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def machine_findings(
    layout: Layout, platform: Platform, hosts: Sequence[Host], *, entry_runs: bool = False
) -> Iterator[Finding]:
    """Why this machine cannot serve the names, as far as it can see by itself.

    Args:
        layout: Where the entry listens and keeps its certificates.
        platform: What is declared.
        hosts: The names.
        entry_runs: Whether its ports are its own already.
    """
    if not entry_runs:
        for port, option in ((layout.ports.http, "--http-port"), (layout.ports.https, "--https-port")):
            yield from _port(layout, port, option)
    yield from exposed_services(layout)
    asked = [host for host in hosts if stored_certificate(layout, host.name) is None]
    reserved = None if platform.entry.address is None else str(platform.entry.address)
    with ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as asking:
        for host, problem in zip(asked, asking.map(lambda host: elsewhere(host.name, reserved), asked), strict=True):
            if problem is not None:
                # A customer's own domain may come weeks later, and keeps nobody else waiting.
                yield Finding(host.name, problem, DNS_REMEDY, refused=_is_own(host.name, platform))


def exposed_services(layout: Layout) -> Iterator[Finding]:
    """Running services, other than the entry, that listen where other machines reach them."""
    for listener, address in exposed_listeners(state_mark(layout)):
        if listener.service != SERVICE_NAME:
            yield Finding(
                listener.service,
                Message("It listens at %(address)s, where the internet reaches it past the entry.", address=address),
                Message("Run `presswerk down`, and report it: only the entry is meant to listen there."),
            )


def _is_own(name: str, platform: Platform) -> bool:
    return not any(name in tenant.domains for tenant in platform.tenants)


DNS_REMEDY = Message(
    "Have its DNS record name this machine's public address. Where that address is translated before it reaches this"
    " machine, declare it as entry.address."
)


def elsewhere(name: str, reserved: str | None) -> Message | None:
    """Why a name does not lead to this machine; None where it does.

    Args:
        name: A host's.
        reserved: A public address that is this machine's, though the machine does not know it.
    """
    try:
        answers = socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return Message("%(name)s has no address.", name=name)
    others = sorted({str(answer[4][0]) for answer in answers if not _is_here(answer[0], str(answer[4][0]), reserved)})
    if not others:
        return None
    return Message(
        "%(name)s leads to %(address)s, which is no address of this machine.", name=name, address=", ".join(others)
    )


def _is_here(family: int, address: str, reserved: str | None) -> bool:
    if address == reserved:
        return True
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            # Only an address of this machine can be bound.
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _port(layout: Layout, port: int, option: str) -> Iterator[Finding]:
    with socket.socket() as probe:
        # As servers do: a connection that lingers after its server has gone is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except PermissionError:
            yield Finding(
                option,
                Message("An ordinary user may not listen at port %(port)s.", port=str(port)),
                Message(
                    "Let the system's service do it, which gets that right alone: `presswerk service install`; or allow"
                    " it to everybody: `sudo sysctl net.ipv4.ip_unprivileged_port_start=80`."
                ),
                of_asker=True,
            )
        except OSError as error:
            holder = listeners_on({port}).get(port)
            if error.errno != errno.EADDRINUSE or (holder is not None and holder.state == state_mark(layout)):
                return
            by = "?" if holder is None else f"{holder.command[:60]} ({holder.pid})"
            yield Finding(
                option,
                Message("Port %(port)s is in use by another program: %(by)s.", port=str(port), by=by),
                Message("End it, such as a web server that came with the system: `sudo systemctl disable --now NAME`."),
            )


def stored_certificate(layout: Layout, name: str) -> Path | None:
    """The certificate that the entry keeps for a name, if it has got one."""
    return next(layout.entry.glob(f"certificates/*/{name}/{name}.crt"), None)
