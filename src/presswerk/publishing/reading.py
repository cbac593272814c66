"""Looking at stored publications."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, select

from presswerk.database import reading
from presswerk.declaration import Role
from presswerk.messages import Message
from presswerk.publishing.composition import Composition, read_composition
from presswerk.publishing.errors import NotFound
from presswerk.publishing.model import (
    Delivery,
    Event,
    FailureCode,
    Manuscript,
    Publication,
    Run,
    State,
    Submitter,
)
from presswerk.publishing.records import (
    ID,
    read_attachments,
    read_delivery,
    read_event,
    read_manuscript,
    read_person,
    read_publication,
)
from presswerk.publishing.tables import attachments, events, publications, revisions

NO_SUCH_PUBLICATION = Message("There is no such publication.")

UNFINISHED = tuple(state for state in State if not state.final)


@dataclass(frozen=True)
class Submitted:
    """In whose right a revision goes to the site, since when, and whether that takes an editor."""

    publication: Publication
    by: Submitter
    at: dt.datetime

    @property
    def needs(self) -> Role:
        """The least role that may do it."""
        return Role.EDITOR if self.publication.target == "publish" else Role.AUTHOR


@dataclass(frozen=True)
class HeldContent:
    """What the hub holds of a revision.

    Attributes:
        composition: None while it is not composed.
        delivery: What the site gets; None while that is not settled.
        body_sha256: The hash of what was handed in.
        by: In whose right it goes to the site.
        submitted_at: Since when.
        forgotten: Whether text and attachments were dropped.
    """

    manuscript: Manuscript
    composition: Composition | None
    delivery: Delivery | None
    body_sha256: str
    by: Submitter
    submitted_at: dt.datetime
    forgotten: bool


@dataclass(frozen=True)
class Page:
    """Some publications, newest first; `next_before` is the id to go on before, None at the end."""

    items: tuple[Publication, ...]
    next_before: str | None


class PublicationReader:
    """Publications, their revisions and events as they stand."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, publication: str) -> Publication:
        """Look a publication up.

        Raises:
            NotFound: There is none.
        """
        if not ID.fullmatch(publication):
            raise NotFound(NO_SUCH_PUBLICATION)
        with reading(self._engine) as database:
            row = database.execute(select(publications).where(publications.c.id == publication)).first()
        if row is None:
            raise NotFound(NO_SUCH_PUBLICATION)
        return read_publication(row)

    def held_content(self, run: Run) -> HeldContent:
        """What is held of the run's revision."""
        with reading(self._engine) as database:
            row = database.execute(select(revisions).where(revision_of(run))).one()
            files = database.execute(
                select(attachments)
                .where(attachments.c.publication == run.publication, attachments.c.revision == run.revision)
                .order_by(attachments.c.position)
            ).all()
        return HeldContent(
            manuscript=read_manuscript(row.markdown, row.details, read_attachments(files)),
            composition=None if row.composition is None else read_composition(row.composition),
            delivery=None if row.delivery is None else read_delivery(row.delivery),
            body_sha256=row.body_sha256,
            by=read_person(row.submitted_by),
            submitted_at=row.submitted_at,
            forgotten=row.forgotten,
        )

    def manuscript(self, run: Run) -> Manuscript:
        """What the author handed in for the run's revision."""
        return self.held_content(run).manuscript

    def details(self, run: Run) -> Manuscript:
        """What the author handed in, but for text and attachments, which may be many megabytes: these are empty."""
        return read_manuscript("", self._of_revision(run, revisions.c.details), ())

    def page(
        self,
        *,
        tenants: Sequence[str] | None,
        state: State | None = None,
        source: str | None = None,
        creator: tuple[str, str] | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Publications, newest first.

        Args:
            tenants: Whose; None for everybody's.
            state: Only those in this state.
            source: Only those of this `source_key`, or of a whole chat: `chat:<chat>`.
            creator: Only those of this person, as issuer and subject.
            before: Only those older than this id.
            limit: At most so many.
        """
        query = select(publications).order_by(publications.c.id.desc()).limit(limit + 1)
        if tenants is not None:
            query = query.where(publications.c.tenant.in_(tenants))
        if state is not None:
            query = query.where(publications.c.state == state)
        if source is not None:
            # An id may hold colons itself, as that of a temporary chat does.
            of_chat = publications.c.source_key.startswith(f"{source}:", autoescape=True)
            query = query.where(of_chat | (publications.c.source_key == source))
        if creator is not None:
            issuer, subject = creator
            query = query.where(publications.c.creator["issuer"].as_string() == issuer)
            query = query.where(publications.c.creator["subject"].as_string() == subject)
        if before is not None:
            query = query.where(publications.c.id < before)
        with reading(self._engine) as database:
            found = [read_publication(row) for row in database.execute(query)]
        items = tuple(found[:limit])
        return Page(items, items[-1].id if len(found) > limit else None)

    def events_after(self, publication: str, sequence: int) -> tuple[Event, ...]:
        """What happened to a publication after an event, in order."""
        with reading(self._engine) as database:
            return tuple(
                read_event(row)
                for row in database.execute(
                    select(events)
                    .where(events.c.publication == publication, events.c.sequence > sequence)
                    .order_by(events.c.sequence)
                )
            )

    def unfinished_by(self, issuer: str, subject: str, tenant: str) -> tuple[Submitted, ...]:
        """What goes to a tenant's site in somebody's right and has not come to an end."""
        return self._submitted(
            publications.c.state.in_(UNFINISHED),
            publications.c.tenant == tenant,
            revisions.c.submitted_by["issuer"].as_string() == issuer,
            revisions.c.submitted_by["subject"].as_string() == subject,
        )

    def held(self, code: FailureCode) -> tuple[Submitted, ...]:
        """What is held for a reason."""
        return self._submitted(publications.c.state == State.HELD, publications.c.failure["code"].as_string() == code)

    def _submitted(self, *conditions: Any) -> tuple[Submitted, ...]:
        query = (
            select(publications, revisions.c.submitted_by, revisions.c.submitted_at)
            .join(
                revisions,
                (revisions.c.publication == publications.c.id) & (revisions.c.revision == publications.c.revision),
            )
            .where(*conditions)
            .order_by(publications.c.id)
        )
        with reading(self._engine) as database:
            rows = database.execute(query).all()
        return tuple(Submitted(read_publication(row), read_person(row.submitted_by), row.submitted_at) for row in rows)

    def progress(self, ids: Collection[str]) -> Mapping[str, tuple[int, State]]:
        """How many events publications have, and their states; those that are gone are missing."""
        query = select(publications.c.id, publications.c.event_count, publications.c.state)
        with reading(self._engine) as database:
            rows = database.execute(query.where(publications.c.id.in_(tuple(ids)))).all()
        return {row.id: (row.event_count, State(row.state)) for row in rows}

    def events_since(self, known: Mapping[str, int]) -> tuple[Event, ...]:
        """Events of publications after those that are known, in order.

        Args:
            known: How many events of each publication are known.
        """
        query = (
            select(events)
            .where(events.c.publication.in_(tuple(known)), events.c.sequence > min(known.values()))
            .order_by(events.c.publication, events.c.sequence)
        )
        with reading(self._engine) as database:
            found = [read_event(row) for row in database.execute(query)]
        return tuple(event for event in found if event.sequence > known[event.publication])

    def body_sha256(self, run: Run) -> str:
        """The hash of what the author handed in for the run's revision."""
        known: str = self._of_revision(run, revisions.c.body_sha256)
        return known

    def count_by_state(self) -> Mapping[State, int]:
        """How many publications are in each state."""
        with reading(self._engine) as database:
            rows = database.execute(select(publications.c.state, func.count()).group_by(publications.c.state)).all()
        found: dict[str, int] = {row[0]: row[1] for row in rows}
        return {state: found.get(state, 0) for state in State}

    def oldest_waiting(self) -> dt.datetime | None:
        """Since when the longest waiting publication could have been begun, None when none waits."""
        since = func.coalesce(publications.c.due_at, publications.c.accepted_at)
        with reading(self._engine) as database:
            row = database.execute(
                select(publications.c.due_at, publications.c.accepted_at)
                .where(publications.c.state.in_((State.ACCEPTED, State.SCHEDULED)))
                .order_by(since)
                .limit(1)
            ).first()
        return None if row is None else row.due_at or row.accepted_at

    def lacks_content(self, run: Run) -> bool:
        """Whether what the run's revision held is forgotten, and needed for what is left to do: so are images."""
        held = self.held_content(run)
        return held.forgotten and (held.delivery is None or bool(held.delivery.content.images))

    def _of_revision(self, run: Run, value: ColumnElement[Any]) -> Any:
        with reading(self._engine) as database:
            return database.execute(select(value).where(revision_of(run))).scalar_one()


def revision_of(run: Run) -> ColumnElement[bool]:
    """The row of a run's revision."""
    return (revisions.c.publication == run.publication) & (revisions.c.revision == run.revision)
