"""A tenant's members and invitations, for its admins, by their own sign-on, and for operators."""

import datetime as dt
from typing import Annotated

from fastapi import Path, Response
from pydantic import StringConstraints

from presswerk.declaration import Role
from presswerk.identity import Principal
from presswerk.messages import Message
from presswerk.publishing import Forbidden
from presswerk.tenants import Invitation, InvitationState, Member
from presswerk.web.api.dependencies import Caller, CurrentHub, signed_in_router
from presswerk.web.api.shapes import Input, Output, PersonOutput
from presswerk.web.api.tenants import seen_tenant
from presswerk.web.hub import Hub

router = signed_in_router("Members")


class MemberInput(Input):
    """A person's role in a tenant; names and address make an account for somebody new, or change them."""

    role: Role
    given_name: Annotated[str, StringConstraints(max_length=100)] = ""
    family_name: Annotated[str, StringConstraints(max_length=100)] = ""
    email: Annotated[str, StringConstraints(max_length=254)] = ""


class MemberOutput(Output):
    """A person's role in a tenant; an address that is not the tenant's to know is null."""

    user_name: str
    given_name: str
    family_name: str
    email: str | None
    role: Role


class MemberList(Output):
    """A tenant's members by name."""

    items: list[MemberOutput]


class PutMemberOutput(MemberList):
    """The members after a change; of an account just made, this once, the first password."""

    first_password: str | None


class InvitationInput(Input):
    """An invitation to make; `email` says where its link is sent, and nothing about who may accept it."""

    role: Role
    email: Annotated[str, StringConstraints(max_length=254)] | None = None


class InvitationOutput(Output):
    """An invitation without its link."""

    id: str
    tenant: str
    role: Role
    email: str | None
    state: InvitationState
    invited_by: PersonOutput
    accepted_by: PersonOutput | None
    created_at: dt.datetime
    expires_at: dt.datetime


class NewInvitationOutput(InvitationOutput):
    """An invitation just made: the only time its link is shown."""

    link: str


class InvitationList(Output):
    """A tenant's invitations, newest first."""

    items: list[InvitationOutput]


_UserName = Annotated[str, Path(max_length=40)]
_InvitationId = Annotated[str, Path(max_length=16)]


@router.get("/tenants/{tenant_id}/members")
def members(tenant_id: str, caller: Caller, hub: CurrentHub) -> MemberList:
    """Name a tenant's members with their roles; the address of somebody who is known elsewhere too is null."""
    return MemberList(items=_members(hub, caller, seen_tenant(hub, caller, tenant_id).id))


@router.put("/tenants/{tenant_id}/members/{user_name}", status_code=202)
def put_member(
    *, tenant_id: str, user_name: _UserName, body: MemberInput, caller: Caller, hub: CurrentHub, response: Response
) -> PutMemberOutput:
    """Change a member's role, or make an account for somebody new; whoever has an account is invited instead."""
    _require_manager(hub, caller, tenant_id)
    member = Member(tenant_id, user_name, body.role, body.given_name, body.family_name, body.email)
    made = hub.memberships.put(caller, member).made
    response.headers["Cache-Control"] = "no-store"
    return PutMemberOutput(
        items=_members(hub, caller, tenant_id), first_password=hub.runtime.first_password(user_name) if made else None
    )


@router.delete("/tenants/{tenant_id}/members/{user_name}", status_code=202)
def delete_member(tenant_id: str, user_name: _UserName, caller: Caller, hub: CurrentHub) -> MemberList:
    """Take a person out of a tenant; what they wrote stays. An account that belongs nowhere any more is removed."""
    _require_manager(hub, caller, tenant_id)
    hub.memberships.remove(caller, tenant_id, user_name)
    return MemberList(items=_members(hub, caller, tenant_id))


@router.get("/tenants/{tenant_id}/invitations")
def invitations(tenant_id: str, caller: Caller, hub: CurrentHub) -> InvitationList:
    """List a tenant's invitations, newest first; their links are not shown again."""
    known = seen_tenant(hub, caller, tenant_id)
    return InvitationList(items=[InvitationOutput(**_shown(each)) for each in hub.memberships.invitations(known.id)])


@router.post("/tenants/{tenant_id}/invitations", status_code=201)
def invite(
    tenant_id: str, body: InvitationInput, caller: Caller, hub: CurrentHub, response: Response
) -> NewInvitationOutput:
    """Make a link that lets whoever opens it, signed in, join once within seven days; it is shown this once."""
    _require_manager(hub, caller, tenant_id)
    made, token = hub.memberships.invite(caller, tenant_id, body.role, body.email)
    response.headers["Location"] = f"/api/v1/tenants/{tenant_id}/invitations/{made.id}"
    response.headers["Cache-Control"] = "no-store"
    return NewInvitationOutput(**_shown(made), link=f"{hub.settings.public_url}/invitations/{token}")


@router.delete("/tenants/{tenant_id}/invitations/{invitation_id}", status_code=204)
def revoke(tenant_id: str, invitation_id: _InvitationId, caller: Caller, hub: CurrentHub) -> None:
    """Make an invitation's link useless."""
    _require_manager(hub, caller, tenant_id)
    hub.memberships.revoke(caller, tenant_id, invitation_id)


def _members(hub: Hub, caller: Principal, tenant_id: str) -> list[MemberOutput]:
    return [
        MemberOutput(
            user_name=member.user_name,
            given_name=member.given_name,
            family_name=member.family_name,
            email=member.email or None,
            role=member.role,
        )
        for member in hub.memberships.shown_to(caller, tenant_id)
        if member.role is not None
    ]


def _shown(invitation: Invitation) -> dict[str, object]:
    accepted_by = None
    if invitation.accepted_issuer and invitation.accepted_subject:
        accepted_by = PersonOutput(
            issuer=invitation.accepted_issuer,
            subject=invitation.accepted_subject,
            name=invitation.accepted_name or invitation.accepted_subject,
        )
    return {
        "id": invitation.id,
        "tenant": invitation.tenant,
        "role": invitation.role,
        "email": invitation.email,
        "state": invitation.state,
        "invited_by": PersonOutput(
            issuer=invitation.inviter_issuer, subject=invitation.inviter_subject, name=invitation.inviter_name
        ),
        "accepted_by": accepted_by,
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
    }


def _require_manager(hub: Hub, caller: Principal, tenant_id: str) -> None:
    seen_tenant(hub, caller, tenant_id)
    if caller.via == "api-key":
        # A key that is lost must not let anybody in who stays when it is revoked.
        raise Forbidden(Message("Sign in yourself to change who belongs to a tenant; an API key may not."))
