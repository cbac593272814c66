"""The way from what a tenant has at Authentik to what it shall have, as requests; nothing is sent here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from presswerk.identity.providers.authentik_wanted import DesiredSignOn

PROVIDER_MODEL = "authentik_providers_oauth2.oauth2provider"

_BINDING = MappingProxyType({"enabled": True, "negate": False, "timeout": 30, "failure_result": False})
_UNORDERED = frozenset({"property_mappings", "grant_types", "jwt_federation_sources", "jwt_federation_providers"})


@dataclass(frozen=True)
class Made:
    """Stands in a request for the key of an object that an earlier operation makes.

    Attributes:
        name: As the operation's `makes`.
    """

    name: str


@dataclass(frozen=True)
class FreshSecret:
    """Stands in a request for a secret nobody has seen yet."""


@dataclass(frozen=True)
class Operation:
    """One request that changes something.

    Attributes:
        does: What, in words; holds no secret.
        method: HTTP method.
        path: Below `/api/v3`.
        permission: Which permission it needs, as Authentik names it.
        body: Its JSON, which may hold `Made` and `FreshSecret`.
        makes: Under which name later operations know the key of what it makes.
    """

    does: str
    method: str
    path: str
    permission: str
    body: Mapping[str, Any] | None = None
    makes: str | None = None


@dataclass(frozen=True)
class FoundGroup:
    """A group of the tenant."""

    pk: str
    name: str
    is_superuser: bool = False


@dataclass(frozen=True)
class FoundApplication:
    """The site's application; `provider` is the key of the provider it has."""

    pk: str
    provider: int | None
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class FoundProvider:
    """The site's OAuth2 provider; its secret is kept out of every text, and None when Authentik does not show it."""

    pk: int
    attributes: Mapping[str, Any]
    client_secret: str | None = field(repr=False, default=None)


@dataclass(frozen=True)
class FoundBinding:
    """Who may sign in to the application: one of a group, a user or a policy."""

    pk: str
    order: int
    group: str | None = None
    user: int | None = None
    policy: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=lambda: _BINDING)


@dataclass(frozen=True)
class Found:
    """What a tenant has at Authentik now.

    Attributes:
        groups: By name; those of the tenant only.
        application: None when there is none.
        provider: None when there is none.
        bindings: Of the application.
    """

    groups: Mapping[str, FoundGroup] = field(default_factory=dict)
    application: FoundApplication | None = None
    provider: FoundProvider | None = None
    bindings: tuple[FoundBinding, ...] = ()


def plan(wanted: DesiredSignOn, found: Found, known_groups: Mapping[str, str]) -> tuple[Operation, ...]:
    """Compute what is to be done; nothing when all is as wanted.

    Args:
        wanted: As it shall be.
        found: As it is.
        known_groups: Keys of groups by name that are bound but not the tenant's own.
    """
    keys: dict[str, str | Made] = {
        **known_groups,
        **{name: found.groups[name].pk if name in found.groups else Made(name) for name in wanted.groups},
    }
    return (*_groups(wanted, found), *_client(wanted, found, keys))


def removal(client_id: str, groups: tuple[FoundGroup, ...], found: Found) -> tuple[Operation, ...]:
    """Compute how a tenant goes: first nobody can sign in, then the tokens go, then the memberships.

    Deleting an application takes its bindings with it.
    """
    operations = []
    if found.application is not None:
        operations.append(
            Operation(
                f"remove application {client_id}",
                "DELETE",
                f"/core/applications/{client_id}/",
                "authentik_core.delete_application",
            )
        )
    if found.provider is not None:
        operations.append(
            Operation(
                f"remove provider {client_id}",
                "DELETE",
                f"/providers/oauth2/{found.provider.pk}/",
                "authentik_providers_oauth2.delete_oauth2provider",
            )
        )
    operations.extend(
        Operation(f"remove group {group.name}", "DELETE", f"/core/groups/{group.pk}/", "authentik_core.delete_group")
        for group in groups
    )
    return tuple(operations)


def resolved(operation: Operation, made: Mapping[str, object], fresh_secret: Callable[[], str]) -> Operation:
    """Put real keys and a real secret into a request.

    Args:
        operation: As planned.
        made: Keys of what was made so far, by `makes`.
        fresh_secret: Makes a secret.
    """

    def real(value: Any) -> Any:
        if isinstance(value, Made):
            return made[value.name]
        if isinstance(value, FreshSecret):
            return fresh_secret()
        if isinstance(value, Mapping):
            return {name: real(each) for name, each in value.items()}
        return [real(each) for each in value] if isinstance(value, list) else value

    return operation if operation.body is None else replace(operation, body=real(operation.body))


def _groups(wanted: DesiredSignOn, found: Found) -> Iterator[Operation]:
    for name in wanted.groups:
        group = found.groups.get(name)
        if group is None:
            body = {"name": name, "is_superuser": False}
            yield Operation(
                f"create group {name}", "POST", "/core/groups/", "authentik_core.add_group", body, makes=name
            )
        elif group.is_superuser:
            yield Operation(
                f"take superuser status from group {name}",
                "PATCH",
                f"/core/groups/{group.pk}/",
                "authentik_core.disable_group_superuser",
                {"is_superuser": False},
            )


def _client(wanted: DesiredSignOn, found: Found, keys: Mapping[str, str | Made]) -> Iterator[Operation]:
    if found.application is None and found.provider is None:
        yield Operation(
            f"create application and provider {wanted.client_id}",
            "PUT",
            "/core/transactional/applications/",
            "authentik_core.add_application",
            {
                "app": dict(wanted.application),
                "provider_model": PROVIDER_MODEL,
                "provider": dict(wanted.provider),
                "policy_bindings": [
                    {"group": keys[name], "order": order, **_BINDING} for order, name in enumerate(wanted.bound)
                ],
            },
        )
        return
    yield from _provider(wanted, found.provider)
    yield from _application(wanted, found)
    yield from _bindings(wanted, found, keys)


def _provider(wanted: DesiredSignOn, found: FoundProvider | None) -> Iterator[Operation]:
    if found is None:
        yield Operation(
            f"create provider {wanted.client_id}",
            "POST",
            "/providers/oauth2/",
            "authentik_providers_oauth2.add_oauth2provider",
            dict(wanted.provider),
            makes="provider",
        )
        return
    changes: dict[str, Any] = _changes(wanted.provider, found.attributes)
    # One that is not shown may well be there: making another would shut the site's people out at each look.
    if found.client_secret == "":
        changes["client_secret"] = FreshSecret()
    if changes:
        yield Operation(
            f"correct provider {wanted.client_id}: {', '.join(changes)}",
            "PATCH",
            f"/providers/oauth2/{found.pk}/",
            "authentik_providers_oauth2.change_oauth2provider",
            changes,
        )


def _application(wanted: DesiredSignOn, found: Found) -> Iterator[Operation]:
    provider = Made("provider") if found.provider is None else found.provider.pk
    if found.application is None:
        yield Operation(
            f"create application {wanted.client_id}",
            "POST",
            "/core/applications/",
            "authentik_core.add_application",
            {**wanted.application, "provider": provider},
            makes="application",
        )
        return
    changes: dict[str, Any] = _changes(wanted.application, found.application.attributes)
    if found.application.provider != provider:
        changes["provider"] = provider
    if changes:
        yield Operation(
            f"correct application {wanted.client_id}: {', '.join(changes)}",
            "PATCH",
            f"/core/applications/{wanted.client_id}/",
            "authentik_core.change_application",
            changes,
        )


def _bindings(wanted: DesiredSignOn, found: Found, keys: Mapping[str, str | Made]) -> Iterator[Operation]:
    target = Made("application") if found.application is None else found.application.pk
    names = {keys[name]: name for name in wanted.bound}
    kept: dict[str, FoundBinding] = {}
    for binding in sorted(found.bindings, key=lambda each: (each.order, each.pk)):
        name = None if binding.group is None else names.get(binding.group)
        if name is None or name in kept:
            # Any one binding lets its people in, so one more opens the site to more people.
            yield Operation(
                f"remove from application {wanted.client_id} the binding of {_whose(binding, name)}",
                "DELETE",
                f"/policies/bindings/{binding.pk}/",
                "authentik_policies.delete_policybinding",
            )
        else:
            kept[name] = binding
    for order, name in enumerate(wanted.bound):
        if name not in kept:
            yield Operation(
                f"bind group {name} to application {wanted.client_id}",
                "POST",
                "/policies/bindings/",
                "authentik_policies.add_policybinding",
                {"target": target, "group": keys[name], "order": order, **_BINDING},
            )
        elif changes := _changes({"order": order, **_BINDING}, {"order": kept[name].order, **kept[name].attributes}):
            yield Operation(
                f"correct the binding of group {name} to application {wanted.client_id}: {', '.join(changes)}",
                "PATCH",
                f"/policies/bindings/{kept[name].pk}/",
                "authentik_policies.change_policybinding",
                changes,
            )


def _whose(binding: FoundBinding, name: str | None) -> str:
    if name is not None:
        return f"group {name}, which has one already"
    if binding.user is not None:
        return f"user {binding.user}"
    return f"group {binding.group}" if binding.group is not None else f"policy {binding.policy}"


def _changes(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if _plain(name, found.get(name)) != _plain(name, value)}


def _plain(name: str, value: Any) -> Any:
    """A value in the one form in which equal ones are equal; Authentik keeps no order in sets."""
    if name == "redirect_uris":
        return sorted(
            (str(each["url"]), str(each["matching_mode"]), str(each.get("redirect_uri_type") or "authorization"))
            for each in value or ()
        )
    if name in _UNORDERED:
        return sorted(str(each) for each in value or ())
    return value
