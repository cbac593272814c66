"""The page behind an invitation's link: who invites where, as what; accepting binds whoever is signed in."""

from fastapi import Request
from starlette.responses import Response

from presswerk.declaration import Tenant
from presswerk.identity import Principal
from presswerk.tenants import Invitation, InvitationOver, InvitationState, UnknownTenant
from presswerk.web.api.dependencies import Caller, CurrentHub
from presswerk.web.console.rendering import render
from presswerk.web.console.visitor import OwnForm, page_router
from presswerk.web.hub import Hub

router = page_router()


@router.get("/invitations/{token}")
def show(request: Request, token: str, visitor: Caller, hub: CurrentHub) -> Response:
    """Show what is offered, or why it no longer is."""
    return _page(request, hub, visitor, hub.memberships.invitation(token))


@router.post("/invitations/{token}")
def accept(request: Request, token: str, visitor: Caller, hub: CurrentHub, _form: OwnForm) -> Response:
    """Become a member."""
    try:
        invitation = hub.memberships.accept(visitor, token)
    except InvitationOver:
        invitation = hub.memberships.invitation(token)
        if invitation.state is InvitationState.OPEN:
            raise
    return _page(request, hub, visitor, invitation)


def _page(request: Request, hub: Hub, visitor: Principal, invitation: Invitation) -> Response:
    mine = invitation.was_accepted_by(visitor)
    if visitor.may(invitation.role, invitation.tenant) or (mine and hub.memberships.has(visitor, invitation.tenant)):
        how = "member"
    elif mine:
        how = "left"
    elif invitation.state is InvitationState.OPEN:
        how = "open"
    else:
        how = "over"
    tenant = _tenant(hub, invitation)
    context = {
        "invitation": invitation,
        "how": how,
        "site": _site(hub, invitation),
        "name": invitation.tenant if tenant is None else tenant.name,
        "zone": "UTC" if tenant is None else tenant.time_zone,
    }
    return render(request, "invitation.html", context, status=410 if how in {"over", "left"} else 200)


def _tenant(hub: Hub, invitation: Invitation) -> Tenant | None:
    try:
        return hub.tenant_requests.get(invitation.tenant).tenant
    except UnknownTenant:
        return None


def _site(hub: Hub, invitation: Invitation) -> str | None:
    try:
        return hub.tenants.get(invitation.tenant).public_url
    except UnknownTenant:
        return None
