"""What is kept of articles, for how long, and the space that is given back after it."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, insert, or_, select, tuple_

from presswerk.database import give_space_back, writing
from presswerk.declaration import Retention
from presswerk.publishing.model import State
from presswerk.publishing.runs import FORGOTTEN
from presswerk.publishing.store import PublicationStore
from presswerk.publishing.tables import events, publications, revisions

_EVERY = dt.timedelta(hours=1)
_BATCH = 200
"""Publications in one transaction: whoever accepts one meanwhile waits for no more."""
_DELIVERED = (State.DRAFTED, State.PUBLISHED, State.CANCELLED)


@dataclass
class RetentionChore:
    """Forgets what nobody needs any more, once an hour.

    Attributes:
        engine: The hub's database.
        kept: For how long what is kept.
    """

    engine: Engine
    kept: Retention
    _due_at: dt.datetime | None = None

    def run(self) -> None:
        """Do it if an hour has gone."""
        now = dt.datetime.now(dt.UTC)
        if self._due_at is not None and now < self._due_at:
            return
        self._due_at = now + _EVERY
        PublicationStore(self.engine).forget_failed(now - dt.timedelta(days=self.kept.failed_days))
        before = now - dt.timedelta(days=self.kept.delivered_days)
        while forget_delivered(self.engine, before):
            pass
        give_space_back(self.engine)


def forget_delivered(engine: Engine, before: dt.datetime) -> int:
    """Forget text, settled content and course of some articles that came to their end before a moment (aware UTC).

    Which post an article became, who made it, and what tells a repeated request from another stays.

    Returns:
        How many articles; there may be more.
    """
    whole = or_(revisions.c.forgotten.is_(False), revisions.c.delivery.is_not(None))
    ended = and_(publications.c.state.in_(_DELIVERED), publications.c.updated_at < before)
    query = (
        select(publications.c.id)
        .join(revisions, revisions.c.publication == publications.c.id)
        .where(ended, whole)
        .distinct()
        .limit(_BATCH)
    )
    with writing(engine) as database:
        found = database.execute(query).scalars().all()
        if found:
            _forget_content(database, revisions.c.publication.in_(found))
            last = (
                select(events.c.publication, func.max(events.c.sequence))
                .where(events.c.publication.in_(found))
                .group_by(events.c.publication)
            )
            place = tuple_(events.c.publication, events.c.sequence)
            database.execute(delete(events).where(events.c.publication.in_(found), place.not_in(last)))
    return len(found)


def _forget_content(database: Connection, which: ColumnElement[bool]) -> None:
    """Write rows anew without their content: SQLite leaves a row that gets smaller alone on its page."""
    kept = [column for column in revisions.c if column.name not in FORGOTTEN and column is not revisions.c.delivery]
    rows = database.execute(select(*kept).where(which)).mappings().all()
    database.execute(delete(revisions).where(which))
    database.execute(insert(revisions), [{**row, **FORGOTTEN, "delivery": None} for row in rows])
