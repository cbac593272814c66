"""Who looks at a page: found by their session before anything else, and before a form counts it must be ours."""

import contextlib
import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute, APIRouter
from starlette.concurrency import run_in_threadpool

from presswerk.identity import InvalidToken, Principal
from presswerk.web.admission import Admission
from presswerk.web.answers import held
from presswerk.web.api.dependencies import hub
from presswerk.web.console.errors import ForgedRequest, MalformedForm, SignInNeeded
from presswerk.web.console.sessions import Session
from presswerk.web.hub import Hub
from presswerk.web.rates import Rates

FORM_TOKEN = "form_token"  # noqa: S105 - a field's name, not a secret
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_FIELDS = 500
_FORM = "application/x-www-form-urlencoded"


class PageRoute(APIRoute):
    """A page whose visitor is identified, and whose request is known to come from our own pages, before its body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route's own handler."""
        handle = super().get_route_handler()

        async def handle_visited(request: Request) -> Response:
            if request.method not in _READING:
                refuse_other_sites(request)
            session = await run_in_threadpool(find_session, request)
            if session is None:
                raise SignInNeeded
            principal = await run_in_threadpool(_identify, hub(request), session)
            request.state.session, request.state.principal = session, principal
            rates: Rates = request.app.state.rates
            admission: Admission = request.app.state.admission
            request.state.rate_limit = await rates.count(principal)
            async with contextlib.AsyncExitStack() as turn:
                await turn.enter_async_context(admission.turn(principal))
                if request.method not in _READING:
                    request.state.form = await _own_form(request, session)
                async with admission.work(principal):
                    response = await handle(request)
                return await held(response, turn)

        return handle_visited


def page_router() -> APIRouter:
    """A router of pages for people who are signed in."""
    return APIRouter(include_in_schema=False, route_class=PageRoute)


def cookie_name(public_url: str) -> str:
    """The session cookie's; cookies know hosts and no ports, so on one machine it must differ from everybody's."""
    return "__Host-presswerk_hub" if public_url.startswith("https:") else "presswerk_hub_session"


def find_session(request: Request) -> Session | None:
    """The session of a request; None where nobody is signed in."""
    found = hub(request)
    session_id = request.cookies.get(cookie_name(found.settings.public_url))
    return found.sessions.find(session_id) if session_id else None


def refuse_other_sites(request: Request) -> None:
    """Refuse a request that another site's page made, even one on another port of this host.

    Raises:
        ForgedRequest: The browser says so, or says nothing.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise ForgedRequest
        return
    own = urlsplit(hub(request).settings.public_url)
    if request.headers.get("origin") != f"{own.scheme}://{own.netloc}":
        raise ForgedRequest


def _identify(hub: Hub, session: Session) -> Principal:
    try:
        return hub.sessions.principal(session)
    except InvalidToken:
        raise SignInNeeded from None


async def _own_form(request: Request, session: Session) -> "Form":
    """The form that was sent.

    Raises:
        ForgedRequest: It was not made for this session.
        MalformedForm: It is none.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise MalformedForm
    try:
        pairs = parse_qsl(
            (await request.body()).decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"
        )
    except ValueError:
        raise MalformedForm from None
    form = Form(pairs)
    given = form.text(FORM_TOKEN)
    if not hmac.compare_digest(given.encode(), session.form_token.encode()):
        raise ForgedRequest
    return form


class Form:
    """The fields of a form, as the browser sent them."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def text(self, name: str) -> str:
        """A field's value; of several the last, empty where there is none."""
        return next((value for field, value in reversed(self._pairs) if field == name), "")

    def texts(self, name: str) -> list[str]:
        """All values of a field that may stand there many times."""
        return [value for field, value in self._pairs if field == name]


def _form(request: Request) -> Form:
    found: Form = request.state.form
    return found


OwnForm = Annotated[Form, Depends(_form)]
