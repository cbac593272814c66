"""One installation as declared, and the declaration the demonstration runs on."""

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from presswerk.spec.roles import Role
from presswerk.spec.tenant import Person, Tenant


class Platform(BaseModel):
    """One installation: its tenants, and for one machine the people of its identity provider."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenants: tuple[Tenant, ...]
    people: tuple[Person, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.tenants:
            raise ValueError("tenants: at least one is needed; add one with an id and a name")
        ids = [tenant.id for tenant in self.tenants]
        if len(set(ids)) != len(ids):
            raise ValueError("tenants: every id must be used once; remove or rename the repeated one")
        names = [person.user_name for person in self.people]
        if len(set(names)) != len(names):
            raise ValueError("people: every user_name must be used once; remove or rename the repeated one")
        for person in self.people:
            unknown = sorted(set(person.memberships) - set(ids))
            if unknown:
                raise ValueError(
                    f"people.{person.user_name}.memberships: no tenant {', '.join(unknown)}; declare it under tenants"
                )
        return self


def demo_platform() -> Platform:
    """The two tenants and eight people that `presswerk up` declares when it is given no file."""
    tenants = (
        Tenant(id="acme", name="Acme News"),
        Tenant(id="nordlicht", name="Verlag Nordlicht"),
    )
    people = [
        Person(
            user_name="olivia",
            given_name="Olivia",
            family_name="Ops",
            email="olivia@presswerk.localhost",
            operator=True,
        ),
        Person(
            user_name="frida",
            given_name="Frida",
            family_name="Freelance",
            email="frida@presswerk.localhost",
            memberships={"acme": Role.AUTHOR, "nordlicht": Role.EDITOR},
        ),
    ]
    names = {
        "acme": {Role.ADMIN: ("Ada", "Adler"), Role.EDITOR: ("Emil", "Engel"), Role.AUTHOR: ("Anna", "Albers")},
        "nordlicht": {Role.ADMIN: ("Nils", "Nissen"), Role.EDITOR: ("Nora", "Noll"), Role.AUTHOR: ("Nele", "Nagel")},
    }
    for tenant in tenants:
        people.extend(
            Person(
                user_name=f"{tenant.id}-{role}",
                given_name=names[tenant.id][role][0],
                family_name=names[tenant.id][role][1],
                email=f"{role}@{tenant.id}.localhost",
                memberships={tenant.id: role},
            )
            for role in (Role.ADMIN, Role.EDITOR, Role.AUTHOR)
        )
    return Platform(tenants=tenants, people=tuple(people))
