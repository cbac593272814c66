"""Tenants of a hub somewhere else, over its API."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from presswerk.declaration import Allotment, DatabaseKind, Feature, Limits, Role, Tenant
from presswerk.operations.hub_client import HubClient, HubRefused
from presswerk.operations.tenants.access import InvitationLink, MemberChange, Progress, TenantAccess, follow
from presswerk.tenants import (
    ChangedMeanwhile,
    DeclaredTenant,
    DesiredState,
    InvalidTenant,
    Member,
    Origin,
    Phase,
    TenantService,
    UnknownTenant,
)
from presswerk.tenants.checking import TenantCheck


def of_a_hub(hub: HubClient, progress: Progress) -> TenantAccess:
    """Those of a hub, as whoever is signed in there."""
    runtime = HubTenants(hub)
    return TenantAccess(
        TenantService(runtime),
        HubPeople(hub),
        lambda known: follow(runtime, known, progress),
        runtime.allotment,
        runtime.check,
    )


class HubTenants:
    """A runtime whose tenants are kept by a hub; what is refused there is refused here, in the hub's words.

    Args:
        hub: Signed in as an operator, or as a tenant's admin, who may look at it.
    """

    def __init__(self, hub: HubClient) -> None:
        self._hub = hub

    def list(self) -> tuple[DeclaredTenant, ...]:
        """As `TenantRuntime.list`."""
        return tuple(_declared(each) for each in self._hub.call("GET", "/tenants")["items"])

    def get(self, tenant_id: str) -> DeclaredTenant:
        """As `TenantRuntime.get`."""
        return _declared(self._call("GET", tenant_id))

    def apply(self, tenant: Tenant, known: DeclaredTenant | None = None) -> DeclaredTenant:
        """As `TenantRuntime.apply`; only what differs is sent, so that what somebody else changed meanwhile stays."""
        if known is None:
            declared = tenant.model_dump(mode="json", exclude_none=True)
            return _declared(self._hub.call("POST", "/tenants", json=declared))
        before, wanted = known.tenant.model_dump(mode="json"), tenant.model_dump(mode="json")
        changes = {name: value for name, value in wanted.items() if value != before[name]}
        return known if not changes else _declared(self._call("PATCH", tenant.id, json=changes))

    def suspend(self, known: DeclaredTenant) -> DeclaredTenant:
        """As `TenantRuntime.suspend`."""
        return _declared(self._call("POST", known.id, "/suspend"))

    def resume(self, known: DeclaredTenant) -> DeclaredTenant:
        """As `TenantRuntime.resume`."""
        return _declared(self._call("POST", known.id, "/resume"))

    def remove(self, known: DeclaredTenant, at: dt.datetime, final_backup: str | None = None) -> DeclaredTenant:
        """As `TenantRuntime.remove`."""
        if final_backup is not None:
            told = "is written only by a command on the machine itself; make a backup before"
            raise InvalidTenant("The tenant cannot be deleted like this.", (("final_backup", told),))
        days = max(0.0, (at - dt.datetime.now(dt.UTC)).total_seconds() / 86_400)
        return _declared(self._call("DELETE", known.id, params={"in_days": f"{days:.6f}"}))

    def members(self, tenant_id: str) -> tuple[Member, ...]:
        """As `TenantRuntime.members`."""
        return HubPeople(self._hub).list(tenant_id)

    def allotment(self, known: DeclaredTenant) -> Allotment:
        """What a tenant has in the end."""
        found = self._call("GET", known.id)
        features = frozenset(Feature(each) for each in found["features"])
        return Allotment(DatabaseKind(found["database"]), Limits.model_validate(found["limits"]), features)

    def check(self, tenant_id: str) -> Iterator[TenantCheck]:
        """Have the hub try every link of a tenant."""
        for each in self._call("POST", tenant_id, "/test")["checks"]:
            yield TenantCheck(each["name"], each["passed"], each["detail"], each["milliseconds"])

    def _call(self, method: str, tenant_id: str, act: str = "", **request: Any) -> Any:
        try:
            return self._hub.call(method, f"/tenants/{quote(tenant_id, safe='')}{act}", **request)
        except HubRefused as refused:
            if refused.slug == "not-found":
                raise UnknownTenant(f"There is no tenant {tenant_id!r}; `presswerk tenant list` names them.") from None
            if refused.slug == "changed-meanwhile":
                raise ChangedMeanwhile(str(refused)) from None
            raise


def _declared(body: Any) -> DeclaredTenant:
    phase = Phase(body["phase"])
    try:
        tenant = Tenant.model_validate(dict(body["tenant"]))
    except ValidationError:
        raise HubRefused("The hub is of another version than this command; use the one of its installation.") from None
    return DeclaredTenant(
        tenant=tenant,
        origin=Origin(body["declared_in"]),
        wanted=DesiredState(body["wanted"]),
        # Which ones it counts is the hub's own; here it is told apart whether all is done.
        generation=1,
        applied=0 if phase is Phase.PENDING else 1,
        remove_at=_time(body["remove_at"]),
        final_backup=None,
        problem=body["problem"],
        created_at=dt.datetime.fromisoformat(body["created_at"]),
        updated_at=dt.datetime.fromisoformat(body["updated_at"]),
        url=body["url"],
        version=body["updated_at"],
        declared_by=body["declared_by"],
    )


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


@dataclass(frozen=True)
class HubPeople:
    """Of a hub somewhere else, over its API."""

    hub: HubClient

    def list(self, tenant_id: str) -> tuple[Member, ...]:
        """As `TenantPeople.list`."""
        items = self.hub.call("GET", f"/tenants/{quote(tenant_id, safe='')}/members")["items"]
        return tuple(
            Member(
                tenant_id,
                each["user_name"],
                Role(each["role"]),
                each["given_name"],
                each["family_name"],
                each["email"] or "",
            )
            for each in items
        )

    def put(self, member: Member) -> MemberChange:
        """As `TenantPeople.put`."""
        before = self.list(member.tenant)
        given = {name: getattr(member, name) for name in ("given_name", "family_name", "email")}
        answer = self.hub.call("PUT", self._path(member.tenant, member.user_name), json={"role": member.role, **given})
        return MemberChange(self.list(member.tenant) != before, answer["first_password"])

    def remove(self, tenant_id: str, user_name: str) -> bool:
        """As `TenantPeople.remove`."""
        was_there = any(member.user_name == user_name for member in self.list(tenant_id))
        self.hub.call("DELETE", self._path(tenant_id, user_name))
        return was_there

    def invite(self, tenant_id: str, role: Role, email: str | None) -> InvitationLink:
        """As `TenantPeople.invite`."""
        body = {"role": role, "email": email}
        made = self.hub.call("POST", f"/tenants/{quote(tenant_id, safe='')}/invitations", json=body)
        return InvitationLink(made["id"], dt.datetime.fromisoformat(made["expires_at"]), made["link"])

    def _path(self, tenant_id: str, user_name: str) -> str:
        return f"/tenants/{quote(tenant_id, safe='')}/members/{quote(user_name, safe='')}"
