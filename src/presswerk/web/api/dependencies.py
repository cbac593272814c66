"""Who calls and what the routes work with; every API route signs its caller in before anything else."""

import contextlib
import datetime as dt
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response, Security
from fastapi.routing import APIRoute, APIRouter
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool

from presswerk.identity import InvalidToken, MissingCredentials, Principal
from presswerk.messages import Message
from presswerk.publishing import LimitReached, NotFound
from presswerk.tenants import RegisteredTenant, UnknownTenant
from presswerk.web.admission import Admission
from presswerk.web.answers import held
from presswerk.web.api.receiving import received, takes_json, validated
from presswerk.web.hub import Hub
from presswerk.web.rates import Rates

_BEARER = HTTPBearer(auto_error=False, description="An OpenID Connect access token, or an API key `pwk_...`.")
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,18}[a-z0-9]")


def hub(request: Request) -> Hub:
    """The hub this application serves."""
    found: Hub = request.app.state.hub
    return found


class SignedInRoute(APIRoute):
    """A route whose caller is identified before the body is read: strangers learn nothing and fill no memory.

    Every caller is counted, waits for no more than the own share of the hub, and has the body validated in a thread.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route's own handler."""
        handle = super().get_route_handler()
        field = self.body_field

        async def handle_signed_in(request: Request) -> Response:
            rates: Rates = request.app.state.rates
            admission: Admission = request.app.state.admission
            principal = await _authenticated(request, rates)
            request.state.principal = principal
            request.state.rate_limit = await rates.count(principal)
            async with contextlib.AsyncExitStack() as turn:
                await turn.enter_async_context(admission.turn(principal))
                return await held(await handle_in_turn(request, principal, admission), turn)

        async def handle_in_turn(request: Request, principal: Principal, admission: Admission) -> Response:
            async with admission.work(principal):
                if principal.via == "api-key":
                    await run_in_threadpool(_count, hub(request), principal)
                if field is None or not takes_json(field):
                    return await handle(request)
            async with (
                received(request, principal, admission) as body,
                admission.work(principal),
                validated(request, body, field, principal, admission) as received_request,
            ):
                return await handle(received_request)

        return handle_signed_in


async def _authenticated(request: Request, rates: Rates) -> Principal:
    """Who calls.

    Raises:
        TooManyRequests: Too many wrong tokens came from the same address.
    """
    address: str = request.state.client_address
    credentials = request.headers.get("authorization", "")
    await rates.check_sign_in(address, credentials)
    try:
        principal = await run_in_threadpool(hub(request).authenticator.authenticate, credentials)
    except (InvalidToken, MissingCredentials):
        await rates.count_failure(address)
        raise
    rates.accept(credentials)
    return principal


def _count(hub: Hub, principal: Principal) -> None:
    """Count what a program asks, and refuse what is beyond the tier.

    Raises:
        LimitReached: The tenant's keys have made as many requests today as its tier allows.
    """
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for tenant in principal.roles:
        try:
            limit = hub.allotment(hub.tenants.declared(tenant)).limits.api_requests_per_day
        except UnknownTenant:
            continue
        if hub.api_usage.count(tenant, today.date()) > limit:
            raise LimitReached(
                Message(
                    "This tenant's tier allows %(limit)s requests with API keys a day (UTC), and today's are used up.",
                    limit=limit,
                ),
                today + dt.timedelta(days=1),
            )


def signed_in_router(tag: str) -> APIRouter:
    """A router of the API."""
    return APIRouter(prefix="/api/v1", tags=[tag], route_class=SignedInRoute, dependencies=[Security(_BEARER)])


def _principal(request: Request) -> Principal:
    found: Principal = request.state.principal
    return found


CurrentHub = Annotated[Hub, Depends(hub)]
Caller = Annotated[Principal, Depends(_principal)]


def is_tenant_id(text: str) -> bool:
    """Whether a tenant could have this id."""
    return _TENANT.fullmatch(text) is not None


def visible_tenant(hub: Hub, caller: Principal, tenant_id: str) -> RegisteredTenant:
    """A tenant the caller may know of.

    Raises:
        NotFound: It is not the caller's, or nobody's.
    """
    try:
        if not is_tenant_id(tenant_id) or not caller.sees(tenant_id):
            raise NotFound(Message("There is no such tenant."))
        return hub.tenants.get(tenant_id)
    except UnknownTenant:
        raise NotFound(Message("There is no such tenant.")) from None
