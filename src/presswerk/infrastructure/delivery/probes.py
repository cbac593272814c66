"""What people use, asked as they ask it: over https, by its public name; and why it does not answer."""

import contextlib
import json
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from presswerk.certificates import authorities
from presswerk.declaration import Platform
from presswerk.declaration.addresses import addresses_of
from presswerk.identity.providers.authentik_wanted import issuer
from presswerk.kubernetes.api import ClusterApi
from presswerk.kubernetes.clock import Deadline
from presswerk.kubernetes.errors import ClusterError
from presswerk.kubernetes.kinds import CERTIFICATE, GATEWAY, Body, Ref
from presswerk.kubernetes.rollout import Tell
from presswerk.runtimes.cluster.cluster import Entry
from presswerk.runtimes.cluster.names import PLATFORM_NAMESPACE

_POLL_SECONDS = 2.0
_TIMEOUT_SECONDS = 10.0
_LEAST_SECONDS = 2.0
_MOST_BYTES = 2**20
# Two hundred sites that all hang are each asked within 40 s.
_AT_A_TIME = 64
_GOOD_PAGE = (200, 301, 302, 303, 307, 308)
Resolver = Callable[[str], tuple[str, int] | None]
"""A host's name -> where to connect; None for what DNS says."""


@dataclass(frozen=True)
class Endpoint:
    """One address that must answer.

    Attributes:
        name: `hub`, `chat`, `identity`, or `site <tenant>`.
        url: Of it.
        statuses: Which answers are good.
        told: What its JSON must say, if it is JSON at all; an empty mapping asks for any JSON, None for any page.
        tenant: Whose site it is; empty for the platform's own.
    """

    name: str
    url: str
    statuses: Sequence[int] = (200,)
    told: Mapping[str, Any] | None = None
    tenant: str = ""


@dataclass(frozen=True)
class ProbeAnswer:
    """What an endpoint said."""

    endpoint: Endpoint
    good: bool
    said: str


def platform_endpoints(platform: Platform) -> tuple[Endpoint, ...]:
    """The platform's own.

    Raises:
        NoDomain: The platform has none.
    """
    names = addresses_of(platform)
    discovery = {"issuer": issuer(names.identity_url)}
    return (
        Endpoint("identity", f"{names.identity_url}/.well-known/openid-configuration", told=discovery),
        # Open WebUI answers an unknown path with its page: only JSON counts.
        Endpoint("chat", f"{names.chat_url}/health", told={}),
        Endpoint("hub", f"{names.hub_url}/health/ready", told={}),
    )


def site_endpoint(platform: Platform, tenant: str) -> Endpoint:
    """A tenant's site."""
    return Endpoint(f"site {tenant}", f"https://{tenant}.{platform.domain}/", statuses=_GOOD_PAGE, tenant=tenant)


def from_dns(_host: str) -> tuple[str, int] | None:
    """Connect where DNS says."""
    return None


class Prober:
    """Asks endpoints.

    Args:
        resolver: Where to connect.
        trust: Whose certificates are good; the system's by default.
        transport: Carries the requests; httpx's own by default.
    """

    def __init__(
        self,
        resolver: Resolver = from_dns,
        trust: ssl.SSLContext | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._resolver = resolver
        verify = trust if trust is not None else authorities()
        self._client = httpx.Client(verify=verify, transport=transport)

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def ask(self, endpoint: Endpoint, deadline: Deadline | None = None) -> ProbeAnswer:
        """Ask once; shorter than usual when there is not much time left."""
        seconds = _TIMEOUT_SECONDS
        if deadline is not None:
            seconds = min(seconds, max(deadline.left_seconds, _LEAST_SECONDS))
        url = httpx.URL(endpoint.url)
        where = self._resolver(url.host)
        at = url if where is None else url.copy_with(host=where[0], port=where[1])
        request = self._client.build_request(
            "GET",
            at,
            headers={"Host": url.netloc.decode()},
            extensions={"sni_hostname": url.host},
            timeout=seconds,
        )
        try:
            answer = self._client.send(request, stream=True)
            with contextlib.closing(answer):
                return _judged(endpoint, answer, time.monotonic() + seconds)
        except httpx.HTTPError as error:
            return ProbeAnswer(endpoint, good=False, said=_explained(error, url.host))

    def ask_all(self, endpoints: Sequence[Endpoint], deadline: Deadline | None = None) -> tuple[ProbeAnswer, ...]:
        """Ask each once, several at a time: sites that do not answer take their time."""
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            return tuple(pool.map(lambda endpoint: self.ask(endpoint, deadline), endpoints))

    def until_good(self, endpoints: Sequence[Endpoint], deadline: Deadline, tell: Tell) -> tuple[ProbeAnswer, ...]:
        """The last answers: all good, or what they are when the deadline is over."""
        told: dict[str, str] = {}
        answers = {endpoint.name: ProbeAnswer(endpoint, good=False, said="not asked") for endpoint in endpoints}
        while True:
            silent = [answer.endpoint for answer in answers.values() if not answer.good]
            for answer in self.ask_all(silent, deadline):
                answers[answer.endpoint.name] = answer
            for name, answer in answers.items():
                if told.get(name) != answer.said:
                    tell(f"    {name}: {answer.said}")
                    told[name] = answer.said
            if all(each.good for each in answers.values()) or not deadline.allows_another_look(_POLL_SECONDS):
                return tuple(answers.values())


def _judged(endpoint: Endpoint, answer: httpx.Response, until: float) -> ProbeAnswer:
    if answer.status_code not in endpoint.statuses:
        return ProbeAnswer(endpoint, good=False, said=f"{answer.status_code} {answer.reason_phrase}".strip())
    if endpoint.told is None:
        return ProbeAnswer(endpoint, good=True, said=str(answer.status_code))
    try:
        told = json.loads(_content(answer, until))
    except ValueError:
        return ProbeAnswer(endpoint, good=False, said=f"{answer.status_code}, but not the JSON it should be")
    wrong = [name for name, value in endpoint.told.items() if not isinstance(told, dict) or told.get(name) != value]
    if wrong:
        meant = ", ".join(f"{name} {endpoint.told[name]}" for name in wrong)
        return ProbeAnswer(endpoint, good=False, said=f"{answer.status_code}, but it does not say {meant}")
    return ProbeAnswer(endpoint, good=True, said=str(answer.status_code))


def _content(answer: httpx.Response, until: float) -> bytes:
    """What it says, unless that never ends: a client's own limit counts for each piece anew."""
    content = b""
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > _MOST_BYTES or time.monotonic() > until:
            raise httpx.ReadTimeout("its answer does not come to an end")
    return content


def _explained(error: httpx.HTTPError, host: str) -> str:
    said = str(error) or type(error).__name__
    if "Name or service not known" in said or "No address associated" in said or "Name does not resolve" in said:
        return f"{host} has no address in DNS"
    if "CERTIFICATE_VERIFY_FAILED" in said:
        reason = said.partition("certificate verify failed:")[2].partition("(_ssl")[0].strip()
        return f"its certificate is not good: {reason or said}"
    return said


_GATEWAY = Ref(GATEWAY, PLATFORM_NAMESPACE, Entry().gateway)


def entry_problems(connection: ClusterApi) -> tuple[str, ...]:
    """Sentences on the Gateway's address and on certificates that are not there; none when nothing is known."""
    try:
        gateway = connection.get(_GATEWAY)
        certificates, _ = connection.list(CERTIFICATE, namespace=PLATFORM_NAMESPACE)
    except ClusterError:
        return ()
    return (*_address(gateway), *(told for each in certificates if (told := _certificate(each))))


def _address(gateway: Body | None) -> tuple[str, ...]:
    if gateway is None:
        return ()
    found = [each["value"] for each in gateway.get("status", {}).get("addresses", [])]
    if not found:
        return ("the Gateway has no address yet: the cloud has given it no load balancer",)
    return (f"the Gateway's address is {', '.join(found)}: DNS must lead there",)


def _certificate(body: Body) -> str:
    ready = [each for each in body.get("status", {}).get("conditions", []) if each.get("type") == "Ready"]
    if not ready or ready[0].get("status") == "True":
        return ""
    return f"Certificate {body['metadata']['name']} is not ready: {ready[0].get('message', 'no reason given')}"
