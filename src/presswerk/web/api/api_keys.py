"""API keys of a tenant, for its admins."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import Field

from presswerk.declaration import Role
from presswerk.identity import Principal
from presswerk.messages import Message
from presswerk.publishing import Forbidden, NotFound
from presswerk.web.api.dependencies import Caller, CurrentHub, signed_in_router, visible_tenant
from presswerk.web.api.shapes import Input, Moment, Output, PersonOutput, Word
from presswerk.web.hub import Hub

router = signed_in_router("API keys")


class ApiKeyInput(Input):
    """A key to make."""

    tenant: Word
    role: Role
    label: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    expires_at: Moment | Literal["never"] | None = Field(
        None, description="90 days from now when left out; `never` for a key that has no end."
    )


class ApiKeyOutput(Output):
    """A key without its secret; one whose owner left the tenant works no more."""

    id: str
    tenant: str
    role: Role
    label: str
    created_by: PersonOutput
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None
    owner_left: bool

    @classmethod
    def fields_of(cls, key: Any, *, owner_left: bool = False) -> dict[str, Any]:
        """What is shown of a key."""
        names = ("id", "tenant", "role", "label", "created_at", "expires_at", "revoked_at", "last_used_at")
        by = PersonOutput(issuer=key.owner_issuer, subject=key.owner_subject, name=key.owner_name)
        return {"created_by": by, "owner_left": owner_left, **{name: getattr(key, name) for name in names}}


class NewApiKeyOutput(ApiKeyOutput):
    """A key just made: the only time its secret is shown."""

    secret: str


class ApiKeyList(Output):
    """Keys, newest first, revoked ones too."""

    items: list[ApiKeyOutput]


_NO_SUCH_KEY = Message("There is no such API key.")


@router.get("/api-keys")
def keys(caller: Caller, hub: CurrentHub, tenant: Annotated[str | None, Query(max_length=100)] = None) -> ApiKeyList:
    """List the keys of a tenant, or of all tenants I am an admin of."""
    if tenant is not None:
        _require_admin(hub, caller, tenant)
        tenants = [tenant]
    else:
        tenants = sorted(each for each in caller.roles if caller.may(Role.ADMIN, each))
        if not tenants:
            raise Forbidden(Message("Only an admin of a tenant may see its API keys."))
    found = [key for each in tenants for key in hub.api_keys.list(each)]
    return ApiKeyList(
        items=[ApiKeyOutput(**ApiKeyOutput.fields_of(key, owner_left=hub.api_keys.owner_left(key))) for key in found]
    )


@router.post("/api-keys", status_code=201)
def create(body: ApiKeyInput, caller: Caller, hub: CurrentHub, response: Response) -> NewApiKeyOutput:
    """Make a key that acts as me, in one tenant with at most one role, for 90 days; its secret is shown this once."""
    _require_admin(hub, caller, body.tenant)
    key, secret = hub.api_keys.create(body.tenant, body.role, body.label, caller, body.expires_at)
    hub.audit.record(caller, "api_key.create", key.id, {"role": key.role, "label": key.label}, tenant=key.tenant)
    response.headers["Location"] = f"/api/v1/api-keys/{key.id}"
    response.headers["Cache-Control"] = "no-store"
    return NewApiKeyOutput(**ApiKeyOutput.fields_of(key), secret=secret)


@router.delete("/api-keys/{key_id}", status_code=204)
def revoke(key_id: str, caller: Caller, hub: CurrentHub) -> None:
    """Make a key useless from now on."""
    key = hub.api_keys.get(key_id) if key_id.isalnum() else None
    if key is None or not caller.sees(key.tenant):
        raise NotFound(_NO_SUCH_KEY)
    _require_admin(hub, caller, key.tenant)
    hub.api_keys.revoke(key.id)
    hub.audit.record(caller, "api_key.revoke", key.id, tenant=key.tenant)


def _require_admin(hub: Hub, caller: Principal, tenant: str) -> None:
    visible_tenant(hub, caller, tenant)
    if not caller.may(Role.ADMIN, tenant):
        raise Forbidden(Message("Only an admin of the tenant may manage its API keys."))
