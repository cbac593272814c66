"""What was last known of people: their roles, who said so, and when."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from presswerk.database import reading, writing
from presswerk.declaration import Role
from presswerk.identity.principal import Principal, limited_roles
from presswerk.identity.tables import departures, people

Source = Literal["token", "directory", "removal", "key", "logout"]

LONGEST_UNSEEN = dt.timedelta(hours=24)
"""How long what was last known of somebody counts; then their keys and schedules pause."""

_WRITTEN_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class KnownPerson:
    """Somebody as last known.

    Attributes:
        issuer: Of the identity provider, with `subject`.
        name: For display.
        roles: By tenant.
        operator: Whether an operator of the platform.
        locked: Whether the provider's directory says that the account is; only the directory says it is no more.
        seen_at: When the source said so.
        source: The person's own token, the provider's directory, a removal through Presswerk, a key made before people
            were noted down, or the end of their sign-on (by its time or the provider's word): nothing vouches for them.
    """

    issuer: str
    subject: str
    name: str
    roles: Mapping[str, Role]
    operator: bool
    seen_at: dt.datetime
    source: Source
    locked: bool = False

    def is_unseen(self, now: dt.datetime) -> bool:
        """Whether what is known counts no more until they are seen again."""
        return self.source == "logout" or now - self.seen_at > LONGEST_UNSEEN

    def role_on_site(self, tenant: str) -> Role | None:
        """The role on a tenant's site; an operator is admin of each."""
        return Role.ADMIN if self.operator else self.roles.get(tenant)


@dataclass(frozen=True)
class Loss:
    """Somebody has less than before: `role` is what is left in the tenant; no tenant is an operator who is none now."""

    issuer: str
    subject: str
    tenant: str | None
    role: Role | None


Noticed = Callable[[Connection, tuple[Loss, ...]], None]


class KnownPeople:
    """Stores what is known of people; an older answer never overwrites a newer one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, issuer: str, subject: str) -> KnownPerson | None:
        """What somebody may, as far as is known; None for a stranger.

        Whoever was removed through Presswerk has no more than that leaves, also while the provider says otherwise.
        """
        with reading(self._engine) as database:
            row = database.execute(select(people).where(*_is(issuer, subject))).mappings().first()
            caps = {} if row is None else _caps(database, issuer, subject)
        if row is None:
            return None
        known = _known(row)
        return replace(known, roles=limited_roles(known.roles, caps), operator=known.operator and None not in caps)

    def caps(self, issuer: str, subject: str) -> Mapping[str | None, Role | None]:
        """The most a person has where a removal through Presswerk has not come through everywhere yet."""
        with reading(self._engine) as database:
            return _caps(database, issuer, subject)

    def said(self, issuer: str, subject: str) -> KnownPerson | None:
        """What was last said of a person, whatever was removed here; None for a stranger."""
        with reading(self._engine) as database:
            row = database.execute(select(people).where(*_is(issuer, subject))).mappings().first()
        return None if row is None else _known(row)

    def is_locked(self, issuer: str, subject: str) -> bool:
        """Whether the provider's directory says that a person's account is locked."""
        query = select(people.c.subject).where(*_is(issuer, subject), people.c.locked)
        with reading(self._engine) as database:
            return database.execute(query).first() is not None

    def list(self, issuer: str) -> Mapping[str, KnownPerson]:
        """Everybody of one provider, by subject."""
        with reading(self._engine) as database:
            rows = database.execute(select(people).where(people.c.issuer == issuer)).mappings()
            return {row["subject"]: _known(row) for row in rows}

    def saw(
        self, principal: Principal, asked_at: dt.datetime, noticed: Noticed = lambda _database, _losses: None
    ) -> tuple[Loss, ...]:
        """Note what a person's own token says.

        Args:
            principal: As the provider has just vouched for.
            asked_at: When it was asked.
            noticed: Told of losses.

        Returns:
            What the person has lost since.
        """
        seen = KnownPerson(
            principal.issuer, principal.subject, principal.name, principal.roles, principal.operator, asked_at, "token"
        )
        known = self.said(principal.issuer, principal.subject)
        if known is not None and _same(known, seen) and asked_at - known.seen_at < _WRITTEN_EVERY:
            return ()
        return self.record([seen], noticed)

    def record(
        self, found: Iterable[KnownPerson], noticed: Noticed = lambda _database, _losses: None
    ) -> tuple[Loss, ...]:
        """Note what a source says of people.

        Args:
            found: As the source has them.
            noticed: Told of each one's losses, in the transaction that notes them: whoever is killed in between leaves
                both undone, and the next answer tells.

        Returns:
            What they have lost since they were last known.
        """
        losses: list[Loss] = []
        for person in found:
            try:
                with writing(self._engine) as database:
                    if lost := _record(database, person):
                        noticed(database, lost)
                losses.extend(lost)
            except IntegrityError:
                # Another process has just stored the same stranger, whose next answer is recorded.
                continue
        return tuple(losses)

    def confirm(self, issuer: str, subjects: Iterable[str], at: dt.datetime) -> None:
        """Note that the provider's directory still says the same of people."""
        wanted = sorted(subjects)
        with writing(self._engine) as database:
            for start in range(0, len(wanted), 500):
                database.execute(
                    update(people)
                    .where(
                        people.c.issuer == issuer,
                        people.c.subject.in_(wanted[start : start + 500]),
                        people.c.seen_at < at,
                    )
                    .values(seen_at=at, source="directory")
                )

    def signed_out(self, issuer: str, subject: str, seen_until: dt.datetime, at: dt.datetime) -> KnownPerson | None:
        """Note that what somebody's last token said is the provider's word no more.

        Returns:
            Who that is; None for a stranger, or somebody who has been seen after `seen_until`.
        """
        ended = update(people).where(*_is(issuer, subject), people.c.seen_at <= seen_until, people.c.source != "logout")
        with writing(self._engine) as database:
            if not database.execute(ended.values(seen_at=at, source="logout")).rowcount:
                return None
        return self.said(issuer, subject)

    def unseen(self, now: dt.datetime) -> tuple[KnownPerson, ...]:
        """Everybody whom nothing was heard of for too long, and of whom that is not noted yet."""
        query = select(people).where(people.c.seen_at < now - LONGEST_UNSEEN, people.c.source != "logout")
        with reading(self._engine) as database:
            return tuple(_known(row) for row in database.execute(query).mappings())

    def paused(self, now: dt.datetime) -> int:
        """How many members and operators nobody vouches for at the moment, so that their keys and schedules pause."""
        with reading(self._engine) as database:
            rows = database.execute(select(people)).mappings()
            return sum(1 for row in rows if (row["roles"] or row["operator"]) and _known(row).is_unseen(now))

    def lower(self, issuer: str, subject: str, tenant: str | None, role: Role | None, at: dt.datetime) -> None:
        """Note at once what a removal through Presswerk leaves somebody; a stranger has nothing to lose."""
        with writing(self._engine) as database:
            row = database.execute(select(people).where(*_is(issuer, subject)).with_for_update()).mappings().first()
            if row is None:
                return
            roles = {name: held for name, held in row["roles"].items() if name != tenant}
            if tenant is not None and role is not None:
                roles[tenant] = str(role)
            left = {"roles": roles, "operator": row["operator"] and tenant is not None, "source": "removal"}
            # Also where an answer from just after it came first: the provider has not heard of the removal yet.
            left["seen_at"] = max(at, row["seen_at"])
            database.execute(update(people).where(*_is(issuer, subject)).values(left))


def forget_tenant(engine: Engine, tenant: str, issuer: str, leaving: Collection[str]) -> None:
    """Remove what is known of a removed tenant's people, and what was still to be told of it.

    Args:
        engine: The hub's database.
        tenant: Its id; its site and keys are gone, so there is nobody left to tell.
        issuer: Of the people, with the subjects `leaving`: those who belong to no other tenant.
    """
    with engine.begin() as database:
        database.execute(delete(departures).where(departures.c.tenant == tenant))
        for subject in leaving:
            database.execute(delete(people).where(*_is(issuer, subject)))


def _caps(database: Connection, issuer: str, subject: str) -> Mapping[str | None, Role | None]:
    query = select(departures.c.tenant, departures.c.role).where(
        departures.c.issuer == issuer, departures.c.subject == subject, departures.c.pushed
    )
    rows = database.execute(query.order_by(departures.c.id)).all()
    return {row.tenant: None if row.role is None else Role(row.role) for row in rows}


def losses_between(before: KnownPerson, after: KnownPerson) -> tuple[Loss, ...]:
    """What somebody has lost."""
    own = (before.issuer, before.subject)
    return (
        *(
            Loss(*own, tenant, after.roles.get(tenant))
            for tenant, held in before.roles.items()
            if (now := after.roles.get(tenant)) is None or not now.includes(held)
        ),
        *((Loss(*own, None, None),) if before.operator and not after.operator else ()),
    )


def _record(database: Connection, person: KnownPerson) -> tuple[Loss, ...]:
    key = _is(person.issuer, person.subject)
    row = database.execute(select(people).where(*key)).mappings().first()
    values: dict[str, Any] = {**vars(person), "roles": {tenant: str(role) for tenant, role in person.roles.items()}}
    if row is None:
        database.execute(insert(people).values(values))
        return ()
    before = _known(row)
    if before.locked and person.source == "token":
        return ()
    # As read: whoever changed it meanwhile knows something newer.
    as_read = (people.c.seen_at == before.seen_at, people.c.seen_at <= person.seen_at)
    changed = database.execute(update(people).where(*key, *as_read).values(values))
    return losses_between(before, person) if changed.rowcount else ()


def _is(issuer: str, subject: str) -> tuple[Any, ...]:
    return people.c.issuer == issuer, people.c.subject == subject


def _same(one: KnownPerson, token: KnownPerson) -> bool:
    """Whether a token says nothing new of somebody."""
    said = dict(one.roles), one.operator, one.name
    return said == (dict(token.roles), token.operator, token.name) and one.source != "logout"


def _known(row: RowMapping) -> KnownPerson:
    roles = MappingProxyType({tenant: Role(role) for tenant, role in row["roles"].items()})
    return KnownPerson(**{**row, "roles": roles})
