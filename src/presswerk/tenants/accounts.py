"""People that commands and the API made accounts for; those of `platform.yaml` stand there."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from presswerk.declaration import Person, Role
from presswerk.tenants.errors import ChangedMeanwhile
from presswerk.tenants.members import Member
from presswerk.tenants.tables import tenant_accounts


@dataclass(frozen=True)
class Account:
    """Somebody an account was made for.

    Attributes:
        person: Names and address, without memberships.
        home: The tenant it was made for.
        by_operator: Whether an operator made it, and no tenant's admin.
    """

    person: Person
    home: str
    by_operator: bool


class Accounts:
    """Stores accounts; no two of them share an address."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self) -> tuple[Account, ...]:
        """All of them by user name."""
        with self._engine.connect() as database:
            rows = database.execute(select(tenant_accounts).order_by(tenant_accounts.c.user_name)).mappings()
            return tuple(_account(row) for row in rows)

    def add(self, account: Account) -> None:
        """Store a new account.

        Raises:
            ChangedMeanwhile: Somebody stored one of this name or address just now.
        """
        person = account.person
        values = {
            **_values(person),
            "user_name": person.user_name,
            "home": account.home,
            "by_operator": account.by_operator,
            "created_at": dt.datetime.now(dt.UTC),
        }
        try:
            with self._engine.begin() as database:
                database.execute(insert(tenant_accounts).values(values))
        except IntegrityError:
            raise ChangedMeanwhile("Somebody made an account just now; look and try again.") from None

    def change(self, person: Person) -> None:
        """Give an account other names or another address.

        Raises:
            ChangedMeanwhile: Somebody stored one of this address just now.
        """
        query = update(tenant_accounts).where(tenant_accounts.c.user_name == person.user_name)
        try:
            with self._engine.begin() as database:
                database.execute(query.values(_values(person)))
        except IntegrityError:
            raise ChangedMeanwhile("Somebody made an account just now; look and try again.") from None

    def forget(self, user_name: str) -> None:
        """Remove an account from what is stored."""
        with self._engine.begin() as database:
            database.execute(delete(tenant_accounts).where(tenant_accounts.c.user_name == user_name))


def effective_people(
    declared: Iterable[Person], accounts: Iterable[Account], members: Iterable[Member]
) -> tuple[Person, ...]:
    """Everybody with all memberships: the declared ones, and over them what commands gave and took."""
    people = {account.person.user_name: account.person for account in accounts}
    people |= {person.user_name: person for person in declared}
    for member in members:
        person = people.get(member.user_name)
        if person is None:
            continue
        others = {tenant: role for tenant, role in person.memberships.items() if tenant != member.tenant}
        own: Mapping[str, Role] = {} if member.role is None else {member.tenant: member.role}
        people[member.user_name] = person.model_copy(update={"memberships": {**others, **own}})
    return tuple(people.values())


def _values(person: Person) -> dict[str, str]:
    names = {"given_name": person.given_name, "family_name": person.family_name}
    return {**names, "email": person.email, "address_key": person.address_key}


def _account(row: RowMapping) -> Account:
    # What was stored before it had to be valid is read as it is.
    fields = {name: row[name] for name in ("user_name", "given_name", "family_name", "email")}
    return Account(Person.model_construct(**fields, operator=False, memberships={}), row["home"], row["by_operator"])
