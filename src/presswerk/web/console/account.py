"""The page of whoever is signed in: who they are here, and which sites are theirs."""

from fastapi import Request
from starlette.responses import Response

from presswerk.web.api.dependencies import Caller, CurrentHub
from presswerk.web.console.rendering import render
from presswerk.web.console.visitor import page_router

router = page_router()


@router.get("/account")
def account(request: Request, visitor: Caller, hub: CurrentHub) -> Response:
    """Who I am, and where I have which role."""
    sites = [
        {"name": known.tenant.name, "url": known.public_url, "role": visitor.roles[known.id]}
        for known in hub.tenants.list()
        if known.id in visitor.roles
    ]
    return render(request, "account.html", {"sites": sites})
