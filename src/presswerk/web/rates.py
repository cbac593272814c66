"""How often somebody may ask: counted by person, by tenant, and by address for those who are nobody yet.

Counts are kept in this process. Where several hubs serve, each counts what it sees: the limits are per hub, which
bounds what a hub does, and need no shared store that could fail.
"""

import hashlib
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from presswerk.identity import Principal
from presswerk.messages import Message
from presswerk.web.problems import TooManyRequests, told

_WINDOW_SECONDS = 60
_REMEMBERED_CREDENTIALS = 10_000
_IPV6_SITE = 64  # one customer's network has at least so many bits: https://www.rfc-editor.org/rfc/rfc6177
_UNCOUNTED_PATHS = ("/health/", "/metrics", "/static/")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class RateLimits:
    """Requests a minute."""

    person: int = 600
    tenant: int = 3_000
    stranger: int = 600
    failed_sign_in: int = 60


@dataclass(frozen=True)
class _Quota:
    """One limit after a request: how many are left, and in how many seconds it begins anew."""

    name: str
    limit: int
    left: int
    seconds: int
    exceeded: bool


class Rates:
    """Counts requests in windows of a minute; its methods belong to the event loop."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits
        self._windows = FixedWindowRateLimiter(MemoryStorage())
        self._accepted: OrderedDict[bytes, None] = OrderedDict()

    async def count(self, principal: Principal) -> Mapping[str, str]:
        """Count a request of somebody who is known.

        Returns:
            Headers that say what is left (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/).

        Raises:
            TooManyRequests: The person has asked too often, or the people of each of their tenants together.
        """
        person = await self._hit("person", self._limits.person, principal.issuer, principal.subject)
        tenants = [await self._hit("tenant", self._limits.tenant, tenant) for tenant in sorted(principal.roles)]
        # Somebody may belong to many: the one that has most left decides.
        tenant = max(tenants, key=lambda quota: quota.left, default=None)
        quotas = [person] if tenant is None else [person, tenant]
        headers = _headers(quotas)
        for quota, whose in zip(quotas, (Message("You"), Message("Everybody of your tenant together")), strict=False):
            if quota.exceeded:
                raise TooManyRequests(
                    Message(
                        "%(whose)s may send %(limit)s requests a minute; wait %(wait)s.",
                        whose=whose,
                        limit=quota.limit,
                        wait=_seconds(quota),
                    ),
                    quota.seconds,
                    headers,
                )
        return headers

    async def count_stranger(self, address: str) -> None:
        """Count a request without credentials.

        Raises:
            TooManyRequests: This address has asked too often.
        """
        quota = await self._hit("address", self._limits.stranger, address)
        if quota.exceeded:
            raise TooManyRequests(
                Message(
                    "Without signing in, one address may send %(limit)s requests a minute; wait %(wait)s.",
                    limit=quota.limit,
                    wait=_seconds(quota),
                ),
                quota.seconds,
                _headers([quota]),
            )

    async def check_sign_in(self, address: str, credentials: str) -> None:
        """Refuse to look at credentials where an address has sent too many wrong ones, unless they were good lately.

        Raises:
            TooManyRequests: See above.
        """
        if _digest(credentials) in self._accepted:
            return
        item = RateLimitItemPerMinute(self._limits.failed_sign_in)
        if not await self._windows.test(item, "failed", address):
            quota = await self._quota("failed", item, False, address)
            raise TooManyRequests(
                Message("Too many wrong tokens or keys came from this address; wait %(wait)s.", wait=_seconds(quota)),
                quota.seconds,
                _headers([quota]),
            )

    async def count_failure(self, address: str) -> None:
        """Count wrong credentials."""
        await self._hit("failed", self._limits.failed_sign_in, address)

    def accept(self, credentials: str) -> None:
        """Remember credentials that were good: others behind the same address may not lock them out."""
        digest = _digest(credentials)
        self._accepted[digest] = None
        self._accepted.move_to_end(digest)
        if len(self._accepted) > _REMEMBERED_CREDENTIALS:
            self._accepted.popitem(last=False)

    async def _hit(self, name: str, limit: int, *key: str) -> _Quota:
        item = RateLimitItemPerMinute(limit)
        return await self._quota(name, item, await self._windows.hit(item, name, *key), *key)

    async def _quota(self, name: str, item: RateLimitItem, within: bool, *key: str) -> _Quota:
        window = await self._windows.get_window_stats(item, name, *key)
        seconds = max(1, round(window.reset_time - time.time()))
        return _Quota(name, item.amount, max(0, window.remaining), seconds, exceeded=not within)


class StrangerMiddleware:
    """Bounds what one address may ask without credentials; a route that takes credentials counts by itself."""

    def __init__(self, app: ASGIApp, rates: Rates, trusted_proxies: Iterable[Network]) -> None:
        self._app = app
        self._rates = rates
        self._trusted = tuple(trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = client_address(scope, self._trusted)
        scope.setdefault("state", {})["client_address"] = address
        path: str = scope["path"]
        has_credentials = path.startswith("/api/") and "authorization" in Headers(scope=scope)
        if not has_credentials and not path.startswith(_UNCOUNTED_PATHS):
            try:
                await self._rates.count_stranger(address)
            except TooManyRequests as refusal:
                await told(Request(scope), refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def client_address(scope: Scope, trusted: Iterable[Network]) -> str:
    """Who is at the other end: the last address that a proxy of ours names, a whole network for IPv6.

    `X-Forwarded-For` counts from the right and only as far as the proxies that added to it are trusted: everything to
    the left of them anybody could have sent.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    networks = tuple(trusted)
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    found = peer
    for named in reversed([name.strip() for name in forwarded.split(",") if name.strip()]):
        if not _is_in(found, networks) or _parsed(named) is None:
            break
        found = named
    address = _parsed(found)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_SITE), strict=False))
    return found if address is None else str(address)


def _is_in(text: str, networks: tuple[Network, ...]) -> bool:
    address = _parsed(text)
    return address is not None and any(address in network for network in networks)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _seconds(quota: _Quota) -> Message:
    return Message.counted("%(num)s second", "%(num)s seconds", num=quota.seconds)


def _headers(quotas: Iterable[_Quota]) -> Mapping[str, str]:
    named = list(quotas)
    return {
        "RateLimit-Policy": ", ".join(f'"{each.name}";q={each.limit};w={_WINDOW_SECONDS}' for each in named),
        "RateLimit": ", ".join(f'"{each.name}";r={each.left};t={each.seconds}' for each in named),
    }


def _digest(credentials: str) -> bytes:
    return hashlib.sha256(credentials.encode("utf-8", "surrogatepass")).digest()
