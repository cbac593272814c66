"""How the platform is, for the hub's page: asked as `presswerk status` asks, but no oftener than it may cost."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

from sqlalchemy.exc import SQLAlchemyError

from presswerk.operations.checks import CHECKS, WORST_FIRST, Memory, Outcome, Result, Target, ask, by_service
from presswerk.operations.checks.targets import AiTarget, ChatTarget, DatabaseTarget, QueueTarget, SignOnTarget
from presswerk.operations.checks.tenant_targets import site_service, tenants_and_sites
from presswerk.tenants import TenantsUnavailable
from presswerk.web.hub import Hub

_LEAST_SECONDS = 20.0
# A site is asked four times, a quarter of a second of CPU: so however often the page is read, that stays below a tenth
# of one core.
_SECONDS_A_TARGET = 1.5
_PATIENCE_SECONDS = 12.0
_SITES = "sites"
_QUESTIONS = {check.id: check.question for check in CHECKS}


@dataclass(frozen=True)
class ShownService:
    """A line of the page; it names no tenant and shows no answer, since anybody may read it.

    Attributes:
        name: A service; all tenants' sites are one.
        outcome: The worst of its answers.
        said: What anybody may know of it.
    """

    name: str
    outcome: Outcome
    said: str


class Watch:
    """Asks when somebody looks; one at a time, and whoever comes meanwhile gets what was known before.

    Args:
        targets: What there is to ask.
    """

    def __init__(self, targets: Callable[[], Sequence[Target]]) -> None:
        self._targets = targets
        self._memory = Memory()
        self._asking = Lock()
        self._results: tuple[Result, ...] = ()
        self._asked_at = float("-inf")
        self._age_limit_seconds = 0.0

    def services(self) -> tuple[ShownService, ...]:
        """Every service, what does not work first; empty while it is asked for the first time."""
        return tuple(sorted(_shown(self.results()), key=lambda line: WORST_FIRST.index(line.outcome)))

    def results(self) -> tuple[Result, ...]:
        """Every answer, asked again where the last ones are old; empty while it is asked for the first time."""
        if time.monotonic() - self._asked_at > self._age_limit_seconds and self._asking.acquire(blocking=False):
            try:
                targets = self._targets()
                self._results = ask(CHECKS, targets, memory=self._memory, patience_seconds=_PATIENCE_SECONDS)
                self._asked_at = time.monotonic()
                self._age_limit_seconds = max(_LEAST_SECONDS, _SECONDS_A_TARGET * len(targets))
            finally:
                self._asking.release()
        return self._results

    def age_seconds(self) -> int:
        """How long ago it was asked."""
        return round(time.monotonic() - self._asked_at)


def targets_of(hub: Hub) -> Sequence[Target]:
    """Everything to ask of the installation, or else what a hub knows to ask, wherever it runs."""
    found = hub.runtime.targets()
    return _targets(hub) if found is None else found


def _targets(hub: Hub) -> tuple[Target, ...]:
    settings = hub.settings
    key = "" if settings.ai_api_key is None else settings.ai_api_key.get_secret_value()
    return (
        *_tenants(hub),
        SignOnTarget(service="identity", address=settings.oidc_issuer),
        DatabaseTarget(service="hub", engine=hub.engine),
        QueueTarget(service="hub", engine=hub.engine),
        *(() if settings.chat_url is None else (ChatTarget(service="chat", address=settings.chat_url),)),
        AiTarget(service="ai", base_url=settings.ai_base_url, api_key=key, is_stand_in=settings.ai_is_stand_in),
    )


def _tenants(hub: Hub) -> tuple[Target, ...]:
    try:
        return tenants_and_sites(hub.runtime.tenants, hub.tenants, hub.settings.oidc_issuer)
    except (SQLAlchemyError, TenantsUnavailable):
        # The checks of the database and of the cluster tell it.
        return ()


def _shown(results: Sequence[Result]) -> Iterator[ShownService]:
    lines = by_service(results)
    sites = [line for line in lines if line.service.startswith(site_service(""))]
    for line in lines:
        if line not in sites:
            yield ShownService(line.service, line.outcome, _said(line.results[0]))
    if sites:
        good = sum(line.outcome is Outcome.OK for line in sites)
        yield ShownService(_SITES, sites[0].outcome, f"{good} of {len(sites)} work.")


def _said(worst: Result) -> str:
    return "" if worst.outcome is Outcome.OK else f"{_QUESTIONS[worst.check]} {_NO[worst.outcome]}"


_NO = {Outcome.FAILED: "No.", Outcome.UNKNOWN: "It could not be asked."}
