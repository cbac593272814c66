"""API keys of a tenant, for its admins."""

from typing import Annotated

from fastapi import Query, Response

from presswerk.identity import Principal
from presswerk.publishing import Forbidden, NotFound
from presswerk.spec import Role
from presswerk.web.api.dependencies import Caller, CurrentHub, signed_in_router, visible_tenant
from presswerk.web.api.shapes import ApiKeyInput, ApiKeyList, ApiKeyOutput, NewApiKeyOutput
from presswerk.web.hub import Hub

router = signed_in_router("API keys")

_NO_SUCH_KEY = "There is no such API key."


@router.get("/api-keys")
def keys(caller: Caller, hub: CurrentHub, tenant: Annotated[str | None, Query(max_length=100)] = None) -> ApiKeyList:
    """List the keys of a tenant, or of all tenants I am an admin of."""
    if tenant is not None:
        _require_admin(hub, caller, tenant)
        tenants = [tenant]
    else:
        tenants = sorted(each for each in caller.roles if caller.may(Role.ADMIN, each))
        if not tenants:
            raise Forbidden("Only an admin of a tenant may see its API keys.")
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
        raise Forbidden("Only an admin of the tenant may manage its API keys.")
