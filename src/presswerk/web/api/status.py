"""How the platform is: everything for an operator, for others their own sites."""

import datetime as dt

from fastapi import Request

from presswerk.identity import Principal
from presswerk.operations.checks import Outcome, Severity
from presswerk.operations.checks.tenant_targets import site_service
from presswerk.operations.doctor import report
from presswerk.web.api.dependencies import Caller, CurrentHub, signed_in_router
from presswerk.web.api.shapes import Output
from presswerk.web.languages import language_of
from presswerk.web.watch import Watch

router = signed_in_router("Operations")


class AnswerOutput(Output):
    """What came of one check; `page` explains it, and `command` mends it where that is nobody's decision."""

    check: str
    outcome: Outcome
    severity: Severity
    seen: str
    remedy: str
    command: str | None
    page: str
    code: int | None
    seconds: float
    asked_at: dt.datetime
    age_seconds: int


class ServiceOutput(Output):
    """A service with everything that it was asked."""

    name: str
    address: str | None
    healthy: bool
    checks: list[AnswerOutput]


class SilenceOutput(Output):
    """Why a finding counts for nothing, and until when."""

    reason: str
    until: dt.datetime


class FindingOutput(AnswerOutput):
    """A root cause; `consequences` are the ids of what comes of it."""

    id: str
    service: str
    consequences: list[str]
    silenced: SilenceOutput | None


class StatusOutput(Output):
    """How everything is that the caller may know of; `verdict` is `works`, `warned` or `failed`."""

    healthy: bool
    verdict: str
    services: list[ServiceOutput]
    findings: list[FindingOutput]


@router.get("/status")
def status(request: Request, caller: Caller, hub: CurrentHub) -> StatusOutput:
    """How the platform is, as a user would find it: each answer with its age, root causes before their consequences.

    Operators see everything, others the sites of their tenants. It is asked again when somebody looks, but no oftener
    than every twenty seconds.
    """
    watch: Watch = request.app.state.watch
    shown = [result for result in watch.results() if _may_see(caller, result.service)]
    return StatusOutput.model_validate(report(shown, hub.runtime.silenced, language_of(request)))


def _may_see(caller: Principal, service: str) -> bool:
    prefix = site_service("")
    return caller.operator or (service.startswith(prefix) and caller.sees(service.removeprefix(prefix)))
