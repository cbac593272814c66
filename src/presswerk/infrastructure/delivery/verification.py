"""Whether people can use what was delivered: which endpoints must answer, and what each said last."""

from collections.abc import Sequence
from dataclasses import dataclass

from presswerk.declaration import Platform
from presswerk.errors import PresswerkError
from presswerk.infrastructure.delivery.probes import Endpoint, ProbeAnswer, entry_problems, site_endpoint
from presswerk.infrastructure.delivery.tools import Steps, Tools
from presswerk.kubernetes.kinds import TENANT, Ref


class NotAnswering(PresswerkError):
    """An endpoint that answered before, or that the platform is made of, does not answer."""


@dataclass(frozen=True)
class SiteEndpoints:
    """The declared tenants' sites.

    Attributes:
        proven: Those that answered before; they must afterwards.
        down: Those that were there and did not answer; nothing is held against a delivery for them.
        new: Those of tenants that are new.
    """

    proven: tuple[Endpoint, ...] = ()
    down: tuple[Endpoint, ...] = ()
    new: tuple[Endpoint, ...] = ()


class Verification:
    """Asks endpoints, and keeps what they said.

    Args:
        platform: As declared.
        tools: To ask with.
        steps: Times it.
    """

    def __init__(self, platform: Platform, tools: Tools, steps: Steps) -> None:
        self._platform = platform
        self._tools = tools
        self._steps = steps
        self.answers: tuple[ProbeAnswer, ...] = ()

    def sites(self, *, first: bool) -> SiteEndpoints:
        """Ask every site there is before anything changes, so that only what worked is expected to work.

        Args:
            first: Whether the platform has never been whole; then no site counts as one that is down anyway.
        """
        there: list[Endpoint] = []
        new: list[Endpoint] = []
        for tenant in self._platform.tenants:
            live = self._tools.connection.get(tenant_ref(tenant.id))
            if live is not None and (live["spec"].get("suspended") or "deletionTimestamp" in live["metadata"]):
                continue
            (new if live is None else there).append(site_endpoint(self._platform, tenant.id))
        answers = self._tools.prober.ask_all(there)
        silent = tuple(each.endpoint for each in answers if not each.good)
        return SiteEndpoints(
            proven=tuple(each.endpoint for each in answers if each.good),
            down=() if first else silent,
            new=(*new, *(silent if first else ())),
        )

    def prove(self, name: str, endpoints: Sequence[Endpoint], patience_seconds: float) -> None:
        """See that all answer.

        Raises:
            NotAnswering: Some do not.
        """
        bad = [each for each in self.ask(name, endpoints, patience_seconds) if not each.good]
        if bad:
            told = [f"{each.endpoint.name} ({each.endpoint.url}): {each.said}" for each in bad]
            raise NotAnswering("; ".join([*told, *entry_problems(self._tools.connection)]))

    def ask(self, name: str, endpoints: Sequence[Endpoint], patience_seconds: float) -> tuple[ProbeAnswer, ...]:
        """The answers: all good, or what they are when patience is over."""
        if not endpoints:
            return ()
        tools, answers = self._tools, list[ProbeAnswer]()
        tools.tell(f"{name} ...")

        def asked() -> str:
            deadline = tools.deadline(patience_seconds)
            answers.extend(tools.prober.until_good(endpoints, deadline, tools.tell))
            return f"{sum(each.good for each in answers)} of {len(answers)} answer"

        self._steps.take(name, asked)
        self.answers = (*self.answers, *answers)
        return tuple(answers)

    def explained(self, answer: ProbeAnswer, since: str = "") -> str:
        """What a site said that does not answer, since when, and what its Tenant says of it."""
        return f"{answer.endpoint.name}: {answer.said}{since}; {self._tenant_says(answer.endpoint.tenant)}"

    def _tenant_says(self, tenant: str) -> str:
        live = self._tools.connection.get(tenant_ref(tenant))
        conditions = (live or {}).get("status", {}).get("conditions", [])
        bad = [each for each in conditions if each.get("status") != "True" and each.get("type") != "Ready"]
        if not bad:
            return "its Tenant says nothing of it" if conditions else "the operator has not looked at its Tenant yet"
        return f"its Tenant says {bad[0].get('type')}: {bad[0].get('message', '')}"

    def ask_once(self, endpoints: Sequence[Endpoint]) -> tuple[ProbeAnswer, ...]:
        """The answers as they are."""
        answers = self._tools.prober.ask_all(endpoints)
        self.answers = (*self.answers, *answers)
        return answers


def tenant_ref(tenant: str) -> Ref:
    """A tenant's object."""
    return Ref(TENANT, None, tenant)
