"""The hub as a web application."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from presswerk import __version__
from presswerk.database import migrate
from presswerk.publishing import PreviewChanged
from presswerk.web import backchannel, health, pages
from presswerk.web.access import AccessMiddleware, HttpMetrics
from presswerk.web.admission import Admission
from presswerk.web.api import api_keys, me, members, previews, publications, status, tenants
from presswerk.web.api.shapes import ProblemOutput
from presswerk.web.bodies import BodyMiddleware
from presswerk.web.console import account, invitations, sign_in
from presswerk.web.console import previews as preview_pages
from presswerk.web.console import publications as publication_pages
from presswerk.web.console.problems import add_page_handlers
from presswerk.web.health import ProviderCheck
from presswerk.web.hub import assemble, open_database
from presswerk.web.openapi import describe
from presswerk.web.problems import add_problem_handlers
from presswerk.web.rates import Rates, StrangerMiddleware
from presswerk.web.settings import Settings
from presswerk.web.watch import Watch, targets_of

_API = (me, previews, publications, api_keys, tenants, members, status, health)
_PAGES = (pages, backchannel, sign_in, account, invitations, preview_pages, publication_pages)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemOutput, "description": text}
    for status, text in {
        400: "The request cannot be read",
        401: "No token, or not a valid one",
        403: "The role is too low",
        404: "There is none, or it is another tenant's",
        405: "The address takes other methods; `Allow` names them",
        408: "The body came too slowly",
        409: "Not possible as things stand",
        413: "The body is too large, or holds too much",
        415: "The body is of another kind than the address takes",
        422: "Fields are wrong; `errors` names them",
        429: "Too many requests, or a limit of the tier is reached; `Retry-After` says until when",
        503: "The hub, the identity provider or the site is busy; `Retry-After` says until when",
    }.items()
}


def create_app(settings: Settings) -> FastAPI:
    """Make the hub; its workers run from start-up to shutdown."""
    hub = assemble(settings, open_database(settings))
    watch = () if hub.directory_watch is None else (hub.directory_watch,)
    companions = (*hub.runtime.companions, hub.departures, *watch)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(migrate, hub.engine)
        await run_in_threadpool(hub.dispatcher.start)
        app.state.launched = True
        hub.chores.start()
        for companion in companions:
            companion.start()
        try:
            yield
        finally:
            app.state.launched = False
            for companion in companions:
                await run_in_threadpool(companion.stop)
            await run_in_threadpool(hub.dispatcher.stop)
            await run_in_threadpool(hub.chores.stop)
            hub.provider_client.close()
            hub.engine.dispose()

    app = FastAPI(
        title="Presswerk hub",
        version=__version__,
        description="Takes articles and brings each to its tenant's WordPress, exactly once.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=_PROBLEMS,
    )
    app.state.hub = hub
    app.state.launched = False
    app.state.watch = Watch(lambda: targets_of(hub))
    app.state.rates = Rates(settings.rate_limits)
    app.state.admission = Admission()
    app.state.provider_check = ProviderCheck(hub.provider_client, settings.oidc_issuer)
    app.add_middleware(BodyMiddleware)
    app.add_middleware(StrangerMiddleware, rates=app.state.rates, trusted_proxies=settings.proxy_networks)
    app.add_middleware(AccessMiddleware, metrics=HttpMetrics(hub.registry))
    add_problem_handlers(app)
    app.add_exception_handler(PreviewChanged, previews.preview_changed)
    add_page_handlers(app)
    for router in (*(room.router for room in (*_API, *_PAGES)), sign_in.signed_in_router):
        app.include_router(router)
    describe(app)
    app.mount("/static", StaticFiles(directory=pages.STATIC))
    return app
