"""The tags and categories that sites have, remembered for a while."""

import math
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import structlog

from presswerk.tenants import CannotOpen, TenantRegistry
from presswerk.wordpress import Connection, SiteClient, SiteError, SiteTerms

MAX_AGE_SECONDS = 600.0
SILENCE_SECONDS = 30.0
"""After a failed question a site is left alone so long: one that hangs must not hold up every preview."""
TIMEOUT_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass
class _KnownTerms:
    """What a site answered, good until a moment; whoever holds `asking` may ask it again."""

    asking: threading.Lock
    until: float = -math.inf
    terms: SiteTerms | None = None


class TermCache:
    """What sites answered about their terms; an answer is never older than ten minutes.

    Args:
        tenants: Where sites are.
        open_site: Opens a site; it should give up soon.
        now: Seconds that only go forward.
    """

    def __init__(
        self,
        tenants: TenantRegistry,
        open_site: Callable[[Connection], AbstractContextManager[SiteClient]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tenants = tenants
        self._open_site = open_site
        self._now = now
        # By connection, not by tenant: a tenant that is made anew under an old id has other credentials.
        self._answers: dict[Connection, _KnownTerms] = {}
        self._lock = threading.Lock()

    def of(self, tenant: str) -> SiteTerms | None:
        """The terms of a tenant's site, None while it does not answer."""
        try:
            connection = self._tenants.connection(tenant)
        except CannotOpen:
            return None
        with self._lock:
            self._forget_old()
            answer = self._answers.setdefault(connection, _KnownTerms(threading.Lock()))
        with answer.asking:
            if answer.until <= self._now():
                answer.terms = self._ask(connection)
                answer.until = self._now() + (SILENCE_SECONDS if answer.terms is None else MAX_AGE_SECONDS)
            return answer.terms

    def _ask(self, connection: Connection) -> SiteTerms | None:
        try:
            with self._open_site(connection) as site:
                return site.terms()
        except SiteError as error:
            log.info("terms_unknown", site=connection.public_url, reason=str(error.reason))
            return None

    def _forget_old(self) -> None:
        now = self._now()
        for connection, answer in tuple(self._answers.items()):
            if answer.until <= now and not answer.asking.locked():
                del self._answers[connection]
