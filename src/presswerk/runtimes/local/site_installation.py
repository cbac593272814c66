"""Whether sites are as they were installed: each is asked once it serves, since only that tells what it has lost."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import httpx

from presswerk.certificates import authorities
from presswerk.runtimes.local.progress import Progress
from presswerk.runtimes.local.wordpress import LocalSite
from presswerk.wordpress.model import Connection

_READY_SECONDS = 60.0
_POLL_SECONDS = 0.05
_ASKED_AT_ONCE = 4
_WITHOUT_PAUSE = 20
_A_SECOND = 10
"""Further sites: each keeps the PHP process that answered for some seconds, and 200 would take more than a gigabyte."""
_STARTING = frozenset({httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT})


def not_as_installed(
    sites: Iterable[tuple[LocalSite, Connection]], progress: Progress
) -> tuple[tuple[LocalSite, Connection], ...]:
    """Those whose installation is to run again: their database, tables, user or password are gone, or another's.

    Args:
        sites: Open ones, each with its managed connection; they are served from now on, or soon.
        progress: Told of each that is as it was installed.
    """
    began, every = time.monotonic(), tuple(sites)
    with (
        httpx.Client(timeout=30.0, verify=authorities(), trust_env=False) as http,
        ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as asking,
    ):

        def asked(place: int, each: tuple[LocalSite, Connection]) -> bool:
            time.sleep(max(0.0, began + earliest_seconds(place) - time.monotonic()))
            return _tells(*each, http) == each[0].installation_digest()

        lost = []
        for each, fine in zip(every, asking.map(asked, range(len(every)), every), strict=True):
            if fine:
                progress(f"site-{each[0].tenant.id} is ready ({time.monotonic() - began:.1f} s)")
            else:
                lost.append(each)
    return tuple(lost)


def earliest_seconds(place: int) -> float:
    """When a site may be asked, counted from the first, by its place among all."""
    return max(0, place - _WITHOUT_PAUSE + 1) / _A_SECOND


def _tells(site: LocalSite, connection: Connection, http: httpx.Client) -> str | None:
    """What the connector says it was installed by; None where there is no such answer."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = http.get(
                site.internal_url,
                params={"rest_route": "/presswerk/v1/status"},
                headers={"Host": site.host},
                auth=httpx.BasicAuth(connection.user_name, connection.application_password),
            )
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code not in _STARTING:
            return _installation(answer)
        time.sleep(_POLL_SECONDS)
    return None


def _installation(answer: httpx.Response) -> str | None:
    try:
        told = answer.json()
    except ValueError:
        return None
    return told.get("installation") if answer.is_success and isinstance(told, dict) else None
