"""Where the identity provider says that somebody has signed out (OpenID Connect Back-Channel Logout 1.0)."""

from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from presswerk.identity import InvalidToken
from presswerk.web.api.dependencies import CurrentHub
from presswerk.web.hub import Hub

router = APIRouter(include_in_schema=False)

PATH = "/auth/backchannel-logout"
_NO_STORE = {"Cache-Control": "no-store"}

log = structlog.get_logger(__name__)


@router.post(PATH)
async def backchannel_logout(request: Request, hub: CurrentHub) -> Response:
    """End the person's sessions at the hub, and let the provider be asked anew about all their tokens.

    Where no directory says who belongs to what, nothing vouches for them until they are seen again.
    """
    form = parse_qs((await request.body()).decode("ascii", "replace"))
    tokens = form.get("logout_token", [])
    try:
        if len(tokens) != 1:
            raise InvalidToken("send exactly one logout_token")
        await run_in_threadpool(_end, hub, tokens[0])
    except InvalidToken as refusal:
        told = {"error": "invalid_request", "error_description": f"The logout token was refused: {refusal.reason}."}
        return JSONResponse(told, 400, headers=_NO_STORE)
    return Response(status_code=200, headers=_NO_STORE)


def _end(hub: Hub, token: str) -> None:
    issuer, subject = hub.settings.oidc_issuer, hub.logout_tokens.verify(token)
    ended = hub.sessions.end_of_person(issuer, subject)
    if hub.directory_watch is None:
        hub.departures.signed_out(issuer, subject)
    else:
        hub.verifier.forget(issuer, subject)
    log.info("backchannel_logout", subject=subject, sessions=ended)
