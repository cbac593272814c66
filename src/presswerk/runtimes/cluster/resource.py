"""The custom resource `Tenant` and the Tenant of the declaration, each made from the other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from presswerk.declaration import Role, Tenant
from presswerk.errors import PresswerkError
from presswerk.identity.providers.authentik import DesiredMember
from presswerk.kubernetes.kinds import TENANT

NO_ROLE = "none"
"""In `spec.members`: somebody who is to be nothing in the tenant."""
MOST_MEMBERS = 500
"""How many people's roles one Tenant may carry."""
NOT_OF_THE_DECLARATION = frozenset({"suspended", "members"})
"""Fields of the resource that a `Tenant` has not."""


class InvalidResource(PresswerkError):
    """A custom resource is no Tenant.

    Attributes:
        problems: One line each: `spec.timeZone: what is wrong`.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class TenantResource:
    """What a custom resource says.

    Attributes:
        tenant: The declaration.
        suspended: Whether the site is to be closed, with everything kept.
        members: Who was given a role, or had theirs taken away, here and not at the identity provider.
    """

    tenant: Tenant
    suspended: bool = False
    members: tuple[DesiredMember, ...] = ()


def tenant_spec(tenant: Tenant, *, suspended: bool = False) -> dict[str, Any]:
    """The `spec` that declares a tenant; defaults are left out, so that a later default reaches it."""
    written = tenant.model_dump(mode="json", exclude={"id"}, exclude_defaults=True)
    spec = {camel(name): _camelled(value) for name, value in written.items()}
    # The tier is what a reader looks for first, and the tier decides what everything else may be.
    spec = {"name": spec.pop("name"), "tier": tenant.tier.value, **{k: v for k, v in spec.items() if k != "tier"}}
    return {**spec, "suspended": True} if suspended else spec


def tenant_body(tenant: Tenant, *, suspended: bool = False) -> dict[str, Any]:
    """The whole custom resource, to be applied."""
    return {
        "apiVersion": TENANT.api_version,
        "kind": TENANT.name,
        "metadata": {"name": tenant.id},
        "spec": tenant_spec(tenant, suspended=suspended),
    }


def tenant_of(body: Mapping[str, Any]) -> TenantResource:
    """Read a custom resource.

    Args:
        body: The whole object, as the API server gives it.

    Raises:
        InvalidResource: A field is missing, unknown or wrong; each is named as it stands in the resource.
    """
    spec = body.get("spec")
    if not isinstance(spec, Mapping):
        raise InvalidResource(("spec: is missing; declare at least a name",))
    suspended = spec.get("suspended", False)
    problems = [] if isinstance(suspended, bool) else ["spec.suspended: must be true or false"]
    try:
        members = tuple(_member(each) for each in spec.get("members", ()))
    except (AttributeError, KeyError, TypeError, ValueError):
        members = ()
        problems.append("spec.members: each is a userName with a role of author, editor, admin or none")
    declared = {key: value for key, value in spec.items() if key not in NOT_OF_THE_DECLARATION}
    problems.extend(_misspelt(declared, "spec"))
    try:
        tenant = Tenant.model_validate({**_snaked(declared), "id": body.get("metadata", {}).get("name")})
    except ValidationError as error:
        problems.extend(_problems(error))
        raise InvalidResource(tuple(problems)) from None
    if problems:
        raise InvalidResource(tuple(problems))
    return TenantResource(tenant, bool(suspended), members)


def member_entry(member: DesiredMember) -> dict[str, str]:
    """One of `spec.members`."""
    entry = {"userName": member.user_name, "role": NO_ROLE if member.role is None else member.role.value}
    return {**entry, "subject": member.subject} if member.subject else entry


def _member(entry: Mapping[str, Any]) -> DesiredMember:
    role = None if entry["role"] == NO_ROLE else Role(entry["role"])
    return DesiredMember(str(entry["userName"]), role, str(entry.get("subject", "")))


def _problems(error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False, include_input=False):
        path = [str(part) if isinstance(part, int) else camel(part) for part in item["loc"]]
        where = "metadata.name" if path == ["id"] else ".".join(("spec", *path))
        yield f"{where}: {item['msg'].removeprefix('Value error, ')}"


def _misspelt(value: object, path: str) -> Iterator[str]:
    """Names written with an underscore, which the resource does not know: they would pass for the model's own."""
    if not isinstance(value, Mapping):
        return
    for key, inner in value.items():
        if "_" in str(key):
            yield f"{path}.{key}: is no field of a Tenant; write {camel(str(key))}"
        yield from _misspelt(inner, f"{path}.{key}")


def camel(name: str) -> str:
    """A field's name as Kubernetes spells it."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda found: f"_{found[0]}", name).lower()


def _camelled(value: Any) -> Any:
    return {camel(key): _camelled(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _snaked(value: Any) -> Any:
    return {_snake(str(key)): _snaked(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value
