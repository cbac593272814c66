"""What workers note of the runs they carry out; a run that is not the newest any more can change nothing."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, case, func, insert, literal, select, update

from presswerk.database import UtcDateTime, reading, writing
from presswerk.messages import Message, message_record, sentences
from presswerk.publishing.claims import Claims
from presswerk.publishing.composition import Composition, composition_record, read_composition
from presswerk.publishing.errors import Superseded
from presswerk.publishing.model import (
    Delivery,
    EventKind,
    Failure,
    PostReference,
    Publication,
    Run,
    State,
    Step,
    predecessors,
)
from presswerk.publishing.reading import UNFINISHED, PublicationReader, revision_of
from presswerk.publishing.records import delivery_record, failure_record, read_delivery, read_publication
from presswerk.publishing.tables import attachments, events, publications, revisions
from presswerk.wordpress.model import SiteEdit
from presswerk.wordpress.records import site_edit_record

_RUN = (
    publications.c.tenant,
    publications.c.id,
    publications.c.revision,
    publications.c.attempt,
    publications.c.beginnings,
)
FORGOTTEN = {"markdown": "", "composition": None, "size_bytes": 0, "forgotten": True}
"""Of a revision whose text and attachments are dropped."""


UNCLAIMED = {"claimed_by": None, "beginnings": 0}
"""Of a run that nobody has begun yet."""


class WaitingRun(NamedTuple):
    """A run that may begin, and how often it has begun before."""

    tenant: str
    run: Run
    beginnings: int = 0


class RunStore(PublicationReader):
    """Runs of publications in SQLite or PostgreSQL; a run that another living process has cannot be changed.

    Args:
        engine: The hub's database.
        claims: Which runs are this process's; without, a process of its own that has claimed nothing.
    """

    def __init__(self, engine: Engine, claims: Claims | None = None) -> None:
        super().__init__(engine)
        self._claims = claims or Claims(engine)

    def together(self) -> AbstractContextManager[object]:
        """What is written in the block is written at once or not at all.

        A publication's row comes before those of its revisions, as everywhere: else two might wait for one another.
        """
        return writing(self._engine)

    def waiting(self, now: dt.datetime, most_of_tenant: int) -> tuple[WaitingRun, ...]:
        """Runs that are due and that no other process has begun, oldest first, so many of each tenant at most."""
        place = func.row_number().over(partition_by=publications.c.tenant, order_by=publications.c.id)
        due = publications.c.due_at.is_(None) | (publications.c.due_at <= now)
        found = (
            select(*_RUN, place.label("place"))
            .where(publications.c.state.in_(UNFINISHED), due, self._claims.free)
            .subquery()
        )
        query = select(found).where(found.c.place <= most_of_tenant).order_by(found.c.place, found.c.id)
        with reading(self._engine) as database:
            return tuple(
                WaitingRun(row.tenant, Run(row.id, row.revision, row.attempt), row.beginnings)
                for row in database.execute(query)
            )

    def enter(self, run: Run, step: Step, message: Message) -> Publication:
        """Begin a step, and claim the run for this process.

        Raises:
            Superseded: The run is no longer the newest, was cancelled, or another process has it.
        """
        # What was scheduled could not be worked on before: its automatic tries count from now.
        scheduled, now = publications.c.state == State.SCHEDULED, literal(dt.datetime.now(dt.UTC), UtcDateTime())
        accepted_at = case((scheduled, now), else_=publications.c.accepted_at)
        values: dict[str, Any] = {
            "step": step,
            "due_at": None,
            "accepted_at": accepted_at,
            "claimed_by": self._claims.executor,
        }
        if step is Step.PREPARE:
            values["beginnings"] = publications.c.beginnings + 1
        with writing(self._engine) as database:
            return read_publication(self._change(database, run, State.RUNNING, values, ("step", message)))

    def warn(self, run: Run, message: Message) -> None:
        """Tell the author something that is not as it should be; the same message is told once a revision.

        Raises:
            Superseded: The run is no longer the newest, or was cancelled.
        """
        with writing(self._engine) as database:
            row = self._change(database, run, State.RUNNING, {}, None)
            record = message_record(message)
            if record in row.warnings:
                return
            self._change(database, run, State.RUNNING, {"warnings": [*row.warnings, record]}, ("warning", message))

    def keep_composition(self, run: Run, composition: Composition) -> Composition:
        """Keep the article composed for this revision; the first one kept stays.

        Returns:
            What was kept first.
        """
        mine = update(revisions).where(revision_of(run), revisions.c.composition.is_(None))
        with writing(self._engine) as database:
            if database.execute(mine.values(composition=composition_record(composition))).rowcount:
                return composition
            first = database.execute(select(revisions.c.composition).where(revision_of(run))).scalar_one()
        return read_composition(first)

    def keep_delivery(self, run: Run, delivery: Delivery) -> Delivery:
        """Keep what the site will get for this revision; the first one kept stays.

        Returns:
            What was kept first.
        """
        mine = update(revisions).where(revision_of(run), revisions.c.delivery.is_(None))
        with writing(self._engine) as database:
            if database.execute(mine.values(delivery=delivery_record(delivery))).rowcount:
                return delivery
            first = database.execute(select(revisions.c.delivery).where(revision_of(run))).scalar_one()
        return read_delivery(first)

    def replace_delivery(self, run: Run, delivery: Delivery) -> None:
        """Keep what the site will get instead of what it refused, of which it wrote nothing.

        Raises:
            Superseded: The run is no longer the newest, or was cancelled.
        """
        with writing(self._engine) as database:
            self._change(database, run, State.RUNNING, {}, None)
            database.execute(update(revisions).where(revision_of(run)).values(delivery=delivery_record(delivery)))

    def set_title(self, run: Run, title: str) -> None:
        """Note the article's final title."""
        with writing(self._engine) as database:
            database.execute(update(publications).where(*newest(run), self._claims.free).values(title=title))

    def set_post(self, run: Run, post: PostReference, site_edits: tuple[SiteEdit, ...] | None = None) -> Publication:
        """Note the post the run made, and what it met that somebody had changed; None leaves what was noted.

        Raises:
            Superseded: The run is no longer the newest, or was cancelled.
        """
        values: dict[str, Any] = {"post": dataclasses.asdict(post)}
        if site_edits is not None:
            values["site_edits"] = [site_edit_record(edit) for edit in site_edits]
        with writing(self._engine) as database:
            return read_publication(self._change(database, run, State.RUNNING, values, None))

    def finish(self, run: Run, state: State, message: Message) -> None:
        """End a run well; repeating it does nothing.

        Raises:
            Superseded: The run is no longer the newest, or was cancelled.
        """

        def forget(database: Connection) -> None:
            # The site has them now. Its text stays; those of older revisions, and what was sent for them, do not.
            own = revisions.c.publication == run.publication
            database.execute(attachments.delete().where(attachments.c.publication == run.publication))
            database.execute(update(revisions).where(own).values(size_bytes=0, composition=None))
            if run.revision == 1:
                return
            older = own & (revisions.c.revision < run.revision)
            database.execute(update(revisions).where(older).values(delivery=None, **FORGOTTEN))

        self._end(run, state, {"step": None, "due_at": None, "failure": None}, message, forget)

    def fail(self, run: Run, failure: Failure) -> None:
        """Give a run up; repeating it does nothing.

        Raises:
            Superseded: The run is no longer the newest, or was cancelled.
        """
        values: dict[str, Any] = {"step": failure.step, "due_at": None, "failure": failure_record(failure)}
        if failure.code == "gone":
            # Its links lead nowhere.
            values["post"] = None
        self._end(run, State.FAILED, values, sentences(failure.reason, failure.remedy))

    def hold(self, run: Run, failure: Failure) -> None:
        """Stop a run until somebody takes it over; repeating it does nothing.

        Raises:
            Superseded: The run is no longer the newest, or has ended.
        """
        values = {"step": None, "failure": failure_record(failure)}
        self._end(run, State.HELD, values, sentences(failure.reason, failure.remedy))

    def postpone(self, run: Run, until: dt.datetime, message: Message) -> Run:
        """Hand over to a next attempt; repeating it does nothing.

        Returns:
            The next attempt.

        Raises:
            Superseded: A newer revision has taken over, or it was cancelled.
        """
        following = dataclasses.replace(run, attempt=run.attempt + 1)
        values = {
            "attempt": following.attempt,
            "tries": publications.c.tries + 1,
            "due_at": until,
            **UNCLAIMED,
        }
        try:
            with writing(self._engine) as database:
                self._change(database, run, State.RUNNING, values, ("step", message))
        except Superseded:
            if self.get(run.publication).run != following:
                raise
        return following

    def _end(
        self,
        run: Run,
        state: State,
        values: Mapping[str, Any],
        message: Message,
        also: Callable[[Connection], None] = lambda _database: None,
    ) -> None:
        try:
            with writing(self._engine) as database:
                self._change(database, run, state, values, ("state", message))
                also(database)
        except Superseded:
            current = self.get(run.publication)
            if (current.run, current.state) != (run, state):
                raise

    def _change(
        self,
        database: Connection,
        run: Run,
        state: State,
        values: Mapping[str, Any],
        tell: tuple[EventKind, Message] | None,
    ) -> Any:
        row = database.execute(
            update(publications)
            .where(
                *newest(run),
                self._claims.free,
                publications.c.state.in_(predecessors(state) & {*UNFINISHED}),
            )
            .values(
                state=state,
                updated_at=dt.datetime.now(dt.UTC),
                event_count=publications.c.event_count + (0 if tell is None else 1),
                **values,
            )
            .returning(publications)
        ).first()
        if row is None:
            raise Superseded(f"revision {run.revision}, attempt {run.attempt} is no longer the one to run")
        if tell is not None:
            add_event(database, row, *tell)
        return row


def newest(run: Run) -> tuple[Any, ...]:
    """The row of a publication whose newest run this is."""
    return (
        publications.c.id == run.publication,
        publications.c.revision == run.revision,
        publications.c.attempt == run.attempt,
    )


def add_event(database: Connection, row: Any, kind: EventKind, message: Message) -> None:
    """Note what has just become of a publication, whose row this is."""
    database.execute(
        insert(events).values(
            publication=row.id,
            sequence=row.event_count,
            kind=kind,
            revision=row.revision,
            state=row.state,
            step=row.step,
            message=message,
            at=row.updated_at,
            post=row.post if State(row.state) in {State.DRAFTED, State.PUBLISHED} else None,
        )
    )
