"""Tenants at Authentik: groups, sign-on of their sites, members; made, kept right, and removed."""

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Any, Self

import httpx
import stamina
import structlog

from presswerk.declaration import OPERATOR_GROUP, Role, Tenant, group_name
from presswerk.identity.clients import site_client_id
from presswerk.identity.providers import authentik_observed as observed
from presswerk.identity.providers.authentik_api import AuthentikApi
from presswerk.identity.providers.authentik_plan import Found, Operation, plan, removal, resolved
from presswerk.identity.providers.authentik_wanted import Foundation, discovery_url, issuer, tenant_groups, wanted
from presswerk.identity.providers.errors import (
    AuthentikRefused,
    AuthentikUnavailable,
    DidNotConverge,
    TenantNotPrepared,
    UnexpectedAnswer,
)

_ROUNDS = 5
_FOUNDATION_SECONDS = 300.0
_SECRET_BYTES = 48
_PERMISSIONS = MappingProxyType(
    {"add_user": "authentik_core.add_user_to_group", "remove_user": "authentik_core.remove_user_from_group"}
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SignOnClient:
    """What a site needs to sign people in.

    Attributes:
        issuer: `PRESSWERK_OIDC_ISSUER`.
        discovery_url: Where the discovery document is that names this client's own place to sign out.
        client_id: `PRESSWERK_OIDC_CLIENT_ID`.
        client_secret: `PRESSWERK_OIDC_CLIENT_SECRET`.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    discovery_url: str = ""


@dataclass(frozen=True)
class TenantMember:
    """A person of a tenant, as Authentik knows them.

    Attributes:
        user_name: Theirs at Authentik.
        name: As people read it.
        email: Empty when it has none.
        subject: `sub` of their tokens, the same at every client.
        role: The highest they have in this tenant.
        active: Whether they can sign in at all.
    """

    user_name: str
    name: str
    email: str
    subject: str
    role: Role
    active: bool


@dataclass(frozen=True)
class DesiredMember:
    """What somebody is to be in a tenant.

    Attributes:
        user_name: Theirs at Authentik.
        role: None where they are to be nothing in it.
        subject: Who that must be, since a name may become another's; empty for whoever has the name.
    """

    user_name: str
    role: Role | None
    subject: str = ""


@dataclass(frozen=True)
class ProviderAccount:
    """Somebody who has an account at Authentik; the fields are those of a `TenantMember`."""

    user_name: str
    name: str
    email: str
    subject: str


class AuthentikTenants:
    """Brings Authentik to what tenants shall have; every call may be repeated, also after a crash half-way.

    It may be called from many threads, and several processes may do so at once.

    Args:
        url: Authentik's address as this process reaches it.
        token: An API token with the permissions docs/identity-authentik.md lists.
        public_url: Its address as browsers and sites see it; `url` when None.
        client: Does the requests; one of its own if not given.
        attempts: How often a request is tried in all.
        timeout_seconds: How long one try may take.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        public_url: str | None = None,
        client: httpx.Client | None = None,
        attempts: int = 5,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._api = AuthentikApi(url, token, client=client, attempts=attempts, timeout_seconds=timeout_seconds)
        self._public_url = public_url or self._api.url
        self._known: tuple[float, Foundation] | None = None

    def __repr__(self) -> str:
        return f"AuthentikTenants({self._api.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close connections."""
        self._api.close()

    def ensure(self, tenant: Tenant, site_url: str) -> SignOnClient:
        """Make what is missing and correct what differs; a second time writes nothing.

        Args:
            tenant: The declaration.
            site_url: The site as browsers see it.

        Raises:
            IdentityAdministrationError: One of its kinds; what was done so far stays, and a repeat goes on.
            ValueError: The site's address is none.
        """
        found = self._converge(tenant.id, lambda: self._look(tenant, site_url))
        if found.provider is None or not found.provider.client_secret:
            raise UnexpectedAnswer(
                f"Authentik shows no client secret of {site_client_id(tenant.id)}; "
                "its token needs the permission authentik_providers_oauth2.view_oauth2provider"
            )
        client_id = site_client_id(tenant.id)
        return SignOnClient(
            issuer(self._public_url),
            client_id,
            found.provider.client_secret,
            discovery_url(self._public_url, client_id),
        )

    def remove(self, tenant_id: str) -> None:
        """Take away everything of a tenant; people stay, and so does everybody else's.

        Raises:
            IdentityAdministrationError: One of its kinds; a repeat goes on.
        """
        client_id = site_client_id(tenant_id)

        def look() -> tuple[Found, tuple[Operation, ...]]:
            found = observed.tenant_state(self._api, tenant_id)
            return found, removal(client_id, tuple(found.groups.values()), found)

        self._converge(tenant_id, look)

    def members(self, tenant_id: str) -> tuple[TenantMember, ...]:
        """A tenant's people by name; who is in several of its groups has the highest role.

        Raises:
            TenantNotPrepared: It has no groups.
        """
        highest: dict[str, TenantMember] = {}
        for role, group in self._groups_with_people(tenant_id).items():
            for user in group.get("users_obj") or ():
                member = TenantMember(
                    user_name=user["username"],
                    name=user["name"],
                    email=user.get("email") or "",
                    subject=user["uid"],
                    role=role,
                    active=user.get("is_active") is not False,
                )
                held = highest.get(member.user_name)
                if held is None or member.role.includes(held.role):
                    highest[member.user_name] = member
        return tuple(highest[name] for name in sorted(highest))

    def ensure_members(self, tenant_id: str, wanted: Iterable[DesiredMember]) -> tuple[str, ...]:
        """Give people exactly these roles in a tenant; whoever is not named keeps what they have.

        Returns:
            User names of those whom Authentik does not have.

        Raises:
            TenantNotPrepared: The tenant has not all its groups.
        """
        groups, unknown = self._groups_with_people(tenant_id), []
        for member in wanted:
            held = {role: key for role, group in groups.items() if (key := _key_in(group, member)) is not None}
            if member.role is not None and member.role not in held:
                user = next(iter(held.values()), None) or self._key_of(member)
                if user is None:
                    unknown.append(member.user_name)
                    continue
                # First the new role, so that at no time they have none.
                self._change_membership(groups[member.role], "add_user", user)
            for role, user in held.items():
                if role is not member.role:
                    self._change_membership(groups[role], "remove_user", user)
        return tuple(unknown)

    def find(self, *, user_name: str | None = None, subject: str | None = None) -> ProviderAccount | None:
        """Somebody who has an account, by their name or by what their tokens call them; None where nobody is it."""
        # Authentik finds nobody by the subject, which it computes.
        filters = {} if user_name is None else {"username": user_name}
        for user in self._api.pages("/core/users/", "authentik_core.view_user", **filters):
            if user_name in {None, user.get("username")} and subject in {None, user.get("uid")}:
                return ProviderAccount(user["username"], user["name"], user.get("email") or "", user["uid"])
        return None

    def _look(self, tenant: Tenant, site_url: str) -> tuple[Found, tuple[Operation, ...]]:
        foundation = self._foundation()
        found = observed.tenant_state(self._api, tenant.id)
        shall_be = wanted(tenant, site_url, foundation)
        return found, plan(shall_be, found, {OPERATOR_GROUP: foundation.operators})

    def _foundation(self) -> Foundation:
        # Read once: another thread may forget it meanwhile.
        known = self._known
        if known is None or time.monotonic() - known[0] > _FOUNDATION_SECONDS:
            known = self._known = (time.monotonic(), observed.foundation(self._api))
        return known[1]

    def _converge(self, tenant_id: str, look: Callable[[], tuple[Found, tuple[Operation, ...]]]) -> Found:
        """Look, do what is to be done, and look again, until there is nothing left to do.

        A refusal is looked at once more, since somebody else may have been faster; the same one twice is final.
        """
        refusals: set[str] = set()

        def again(error: Exception) -> bool:
            if isinstance(error, AuthentikRefused):
                self._known = None
                new = str(error) not in refusals
                refusals.add(str(error))
                return new
            return isinstance(error, DidNotConverge) or (isinstance(error, AuthentikUnavailable) and error.uncertain)

        for attempt in stamina.retry_context(on=again, attempts=_ROUNDS, timeout=None, wait_initial=0.2):
            with attempt:
                found, operations = look()
                if not operations:
                    return found
                self._apply(tenant_id, operations)
                found, left = look()
                if left:
                    remaining = tuple(operation.does for operation in left)
                    raise DidNotConverge(
                        f"{tenant_id}: after all was done, Authentik still needs: {'; '.join(remaining)}; see who else "
                        "changes these objects, and that the token may view them",
                        remaining,
                    )
                return found
        raise AssertionError("stamina ends with an answer or an error")

    def _apply(self, tenant_id: str, operations: tuple[Operation, ...]) -> None:
        made: dict[str, object] = {}
        for planned in operations:
            operation = resolved(planned, made, lambda: secrets.token_urlsafe(_SECRET_BYTES))
            answer = self._send(operation)
            if planned.makes is not None:
                if "pk" not in answer:
                    raise UnexpectedAnswer(f"{planned.does}: Authentik's answer names no key of what it made")
                made[planned.makes] = answer["pk"]
            log.info("authentik_changed", tenant=tenant_id, did=planned.does)

    def _send(self, operation: Operation) -> dict[str, Any]:
        try:
            answer = self._api.send(operation.method, operation.path, operation.permission, body=operation.body)
        except AuthentikRefused as refusal:
            if operation.method == "DELETE" and refusal.status == httpx.codes.NOT_FOUND:
                return {}  # somebody else was faster
            # Several operations send to one path; which of them was refused also tells whether it is the same again.
            raise type(refusal)(f"{operation.does}: {refusal}", refusal.status, refusal.fields) from None
        if answer.get("applied") is False:
            raise AuthentikRefused(
                f"{operation.does}: Authentik did not apply it and gives no reason; its log does", httpx.codes.OK
            )
        return answer

    def _groups_with_people(self, tenant_id: str) -> dict[Role, dict[str, Any]]:
        site_client_id(tenant_id)
        found = {}
        for role in reversed(Role):
            name = group_name(tenant_id, role)
            for group in self._api.pages("/core/groups/", "authentik_core.view_group", name=name, include_users="true"):
                if group.get("name") == name:
                    found[role] = group
        if len(found) != len(tenant_groups(tenant_id)):
            missing = sorted(group_name(tenant_id, role) for role in Role if role not in found)
            raise TenantNotPrepared(f"Authentik has no {', '.join(missing)}; prepare the tenant first")
        return found

    def _key_of(self, member: DesiredMember) -> int | None:
        for user in self._api.pages("/core/users/", "authentik_core.view_user", username=member.user_name):
            if user.get("username") == member.user_name and member.subject in {"", user.get("uid")}:
                return int(user["pk"])
        return None

    def _change_membership(self, group: dict[str, Any], action: str, user: int) -> None:
        self._api.send("POST", f"/core/groups/{group['pk']}/{action}/", _PERMISSIONS[action], body={"pk": user})


def _key_in(group: dict[str, Any], member: DesiredMember) -> int | None:
    field, value = ("uid", member.subject) if member.subject else ("username", member.user_name)
    return next((user["pk"] for user in group.get("users_obj") or () if user[field] == value), None)
