"""What people do with publications; every change is conditional, so that two at once never undo one another."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import uuid_utils
from sqlalchemy import Connection, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from presswerk.content import title_of
from presswerk.database import reading, writing
from presswerk.messages import Message
from presswerk.publishing.allowance import Allowance, Charge
from presswerk.publishing.composition import Composition, Preview, composition_record
from presswerk.publishing.errors import IdempotencyKeyReused, NotPossibleNow
from presswerk.publishing.model import Manuscript, Publication, Run, State, Submitter, predecessors
from presswerk.publishing.reading import revision_of
from presswerk.publishing.records import (
    attachment_rows,
    details_record,
    manuscript_sha256,
    person_record,
    read_publication,
    source_key,
)
from presswerk.publishing.runs import FORGOTTEN, UNCLAIMED, RunStore, add_event, newest
from presswerk.publishing.tables import attachments, idempotency_keys, publications, revisions
from presswerk.wordpress.model import IfGone, OnConflict

_BEGINNING = 20_000
"""Characters that the title of an article not composed yet is looked for in."""


@dataclass(frozen=True)
class Submission:
    """A manuscript handed in by somebody.

    Attributes:
        title: It goes by it until the article is composed.
        body_sha256: Tells it from other submissions.
        composition: The article as it was confirmed; None where it is composed later.
    """

    manuscript: Manuscript
    by: Submitter
    title: str
    body_sha256: str
    composition: Composition | None = None

    @property
    def size_bytes(self) -> int:
        """What its text and attachments take up."""
        return len(self.manuscript.markdown.encode()) + sum(len(file.data) for file in self.manuscript.attachments)

    @classmethod
    def of(cls, manuscript: Manuscript, by: Submitter) -> Self:
        """A manuscript that is not composed yet."""
        title = " ".join((manuscript.title or "").split())
        title = title or title_of(manuscript.markdown[:_BEGINNING], manuscript.read_as)
        return cls(manuscript, by, title, manuscript_sha256(manuscript))

    @classmethod
    def confirmed(cls, preview: Preview, by: Submitter) -> Self:
        """A preview that its owner has confirmed."""
        return cls(preview.manuscript, by, preview.composition.title, preview.sha256, preview.composition)


@dataclass(frozen=True)
class KeyedRequest:
    """A caller's promise: the same key, from the same person to the same tenant, means the same request."""

    key: str
    by: Submitter
    tenant: str
    body_sha256: str


class PublicationStore(RunStore):
    """Publications, their revisions and events in SQLite or PostgreSQL."""

    def create(
        self,
        tenant: str,
        submission: Submission,
        requests: Sequence[KeyedRequest] = (),
        allowance: Allowance | None = None,
        record: Callable[[Publication], None] = lambda _publication: None,
    ) -> tuple[Publication, bool]:
        """Store a new publication, where the tenant may have one more.

        Args:
            tenant: Whose site it is for.
            submission: What was handed in.
            requests: What tells it from others.
            allowance: What the tenant may have.
            record: Told of it in the same transaction.

        Returns:
            The publication, and whether it was made now; with keyed requests it may have been made before.

        Raises:
            IdempotencyKeyReused: The key came before with another body.
            LimitReached: It is more than the allowance.
        """
        publication = str(uuid_utils.uuid7())
        try:
            with writing(self._engine) as database:
                for request in requests:
                    row = {**_key(request), "body_sha256": request.body_sha256}
                    database.execute(
                        insert(idempotency_keys).values(
                            publication=publication, created_at=dt.datetime.now(dt.UTC), **row
                        )
                    )
                if allowance is not None:
                    charge = Charge(tenant, submission.by, submission.size_bytes)
                    charge.check(database, allowance, counts=True)
                database.execute(insert(publications).values(_new_row(publication, tenant, submission)))
                made = _add_revision(database, publication, 0, submission)
                record(made)
        except IntegrityError:
            known = self.made_before(requests)
            if known is None:
                raise
            return known, False
        return made, True

    def made_before(self, requests: Sequence[KeyedRequest]) -> Publication | None:
        """The publication made with one of these keys, None when all are new.

        Raises:
            IdempotencyKeyReused: A key came before with another body.
        """
        for request in requests:
            same = (idempotency_keys.c[name] == value for name, value in _key(request).items())
            with reading(self._engine) as database:
                row = database.execute(select(idempotency_keys).where(*same)).first()
            if row is None:
                continue
            if row.body_sha256 != request.body_sha256:
                raise IdempotencyKeyReused(
                    Message("This Idempotency-Key came before with another body; use a new key.")
                )
            return self.get(row.publication)
        return None

    def confirmed_before(self, owner: tuple[str, str], tenants: Iterable[str], key: str) -> Publication | None:
        """The publication that one of the owner's confirmations made, in one of these tenants."""
        issuer, subject = owner
        query = select(idempotency_keys.c.publication).where(
            idempotency_keys.c.issuer == issuer,
            idempotency_keys.c.subject == subject,
            idempotency_keys.c.tenant.in_(tuple(tenants)),
            idempotency_keys.c.key == key,
        )
        with reading(self._engine) as database:
            publication = database.execute(query).scalar()
        return None if publication is None else self.get(publication)

    def revise(self, read: Publication, submission: Submission, allowance: Allowance | None = None) -> Publication:
        """Store a newer revision and forget what older ones hold: whatever still runs for them can change nothing more.

        Raises:
            NotPossibleNow: Another revision came in between.
            LimitReached: It is more than the allowance.
        """
        with writing(self._engine) as database:
            # First of all, as a run does before it writes to a revision: else the two might wait for one another.
            database.execute(select(publications.c.id).where(publications.c.id == read.id).with_for_update())
            # What it takes the place of makes room for it.
            _forget(database, revisions.c.publication == read.id)
            if allowance is not None:
                charge = Charge(read.tenant, submission.by, submission.size_bytes)
                charge.check(database, allowance, counts=_counts_anew(read))
            return _add_revision(database, read.id, read.revision, submission)

    def retry(
        self,
        publication: Publication,
        message: Message,
        *,
        on_conflict: OnConflict | None = None,
        if_gone: IfGone | None = None,
        by: Submitter | None = None,
        content: Submission | None = None,
        allowance: Allowance | None = None,
    ) -> Publication:
        """Let a publication be tried again, without `on_conflict` as before, in the right of `by` if given.

        Args:
            publication: As it was read.
            message: What its readers are told.
            on_conflict: What to do about changes made on the site; None: as before.
            if_gone: What to do about a post that is gone.
            by: In whose right it goes on.
            content: What its revision holds, where that was forgotten.
            allowance: What the tenant may have.

        Raises:
            NotPossibleNow: It is not in the state it was read in.
            LimitReached: It is more than the allowance.
        """
        scheduled = self.details(publication.run).scheduled_for
        values = {
            "attempt": publications.c.attempt + 1,
            "tries": 0,
            "step": None,
            "failure": None,
            "on_conflict": on_conflict or publication.on_conflict,
            "if_gone": if_gone,
            "accepted_at": dt.datetime.now(dt.UTC),
            "due_at": scheduled,
            **UNCLAIMED,
        }
        with writing(self._engine) as database:
            if allowance is not None:
                charge = Charge(publication.tenant, publication.creator, 0 if content is None else content.size_bytes)
                charge.check(database, allowance, counts=_counts_anew(publication))
            again = self._act(database, publication, _accepted(scheduled), values, message)
            if by is not None:
                submitted = {"submitted_by": person_record(by), "submitted_at": dt.datetime.now(dt.UTC)}
                database.execute(update(revisions).where(revision_of(publication.run)).values(submitted))
            if content is not None:
                database.execute(update(revisions).where(revision_of(publication.run)).values(_held(content)))
                _add_attachments(database, publication.run, content)
        return again

    def forget_failed(self, before: dt.datetime) -> int:
        """Forget what publications hold that failed before a moment (aware UTC); how many revisions that were."""
        failed = (publications.c.state == State.FAILED) & (publications.c.updated_at < before)
        with writing(self._engine) as database:
            return _forget(database, revisions.c.publication.in_(select(publications.c.id).where(failed)))

    def cancel(self, publication: Publication, message: Message) -> Publication:
        """Stop a publication, and forget what it holds: whoever wants it after all sends it again.

        Raises:
            NotPossibleNow: It is not in the state it was read in.
        """
        with writing(self._engine) as database:
            cancelled = self._act(database, publication, State.CANCELLED, {"due_at": None}, message)
            _forget(database, revisions.c.publication == publication.id)
        return cancelled

    def _act(
        self, database: Connection, read: Publication, state: State, values: Mapping[str, Any], message: Message
    ) -> Publication:
        step = publications.c.step.is_(None) if read.step is None else publications.c.step == read.step
        row = database.execute(
            update(publications)
            .where(
                *newest(read.run),
                publications.c.state == read.state,
                step,
                publications.c.updated_at == read.updated_at,
                publications.c.state.in_(predecessors(state)),
            )
            .values(
                state=state, updated_at=dt.datetime.now(dt.UTC), event_count=publications.c.event_count + 1, **values
            )
            .returning(publications)
        ).first()
        if row is None:
            raise NotPossibleNow(Message("The publication has just changed; look at it again."))
        add_event(database, row, "state", message)
        return read_publication(row)


def _forget(database: Connection, which: Any) -> int:
    """Drop text and attachments of revisions; what is settled for the site stays, so that it can be sent again."""
    which &= revisions.c.forgotten.is_(False)
    named = select(revisions.c.publication, revisions.c.revision).where(which)
    place = tuple_(attachments.c.publication, attachments.c.revision)
    database.execute(attachments.delete().where(place.in_(named)))
    return database.execute(update(revisions).where(which).values(**FORGOTTEN)).rowcount


def _counts_anew(read: Publication) -> bool:
    """Whether a publication counts among its month's from now on, and did not before."""
    now = dt.datetime.now(dt.UTC)
    this_month = (read.created_at.year, read.created_at.month) == (now.year, now.month)
    return this_month and read.state in {State.FAILED, State.CANCELLED} and read.post is None


def _held(submission: Submission) -> dict[str, Any]:
    """What a revision holds until its article is on the site."""
    composition = submission.composition
    return {
        "markdown": submission.manuscript.markdown,
        "composition": None if composition is None else composition_record(composition),
        "size_bytes": submission.size_bytes,
        "forgotten": False,
    }


def _add_attachments(database: Connection, run: Run, submission: Submission) -> None:
    if submission.manuscript.attachments:
        key = {"publication": run.publication, "revision": run.revision}
        rows = attachment_rows(submission.manuscript.attachments)
        database.execute(insert(attachments), [{**row, **key} for row in rows])


def _key(request: KeyedRequest) -> dict[str, str]:
    by = request.by
    return {"issuer": by.issuer, "subject": by.subject, "tenant": request.tenant, "key": request.key}


def _new_row(publication: str, tenant: str, submission: Submission) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    return {
        "id": publication,
        "tenant": tenant,
        "revision": 0,
        "attempt": 0,
        "tries": 0,
        "state": State.ACCEPTED,
        "title": submission.title,
        "target": submission.manuscript.target,
        "creator": person_record(submission.by),
        "source": dataclasses.asdict(submission.manuscript.source),
        "source_key": source_key(submission.manuscript.source),
        "created_at": now,
        "updated_at": now,
        "accepted_at": now,
        "warnings": [],
        "on_conflict": submission.manuscript.resolves_conflicts,
        "site_edits": [],
        **UNCLAIMED,
        "event_count": 0,
    }


def _add_revision(database: Connection, publication: str, after: int, submission: Submission) -> Publication:
    now = dt.datetime.now(dt.UTC)
    manuscript, scheduled = submission.manuscript, submission.manuscript.scheduled_for
    row = database.execute(
        update(publications)
        .where(publications.c.id == publication, publications.c.revision == after)
        .values(
            revision=after + 1,
            attempt=1,
            tries=0,
            state=_accepted(scheduled),
            step=None,
            title=submission.title,
            target=manuscript.target,
            updated_at=now,
            accepted_at=now,
            due_at=scheduled,
            failure=None,
            warnings=[],
            on_conflict=manuscript.resolves_conflicts,
            if_gone=None,
            site_edits=[],
            event_count=publications.c.event_count + 1,
            **UNCLAIMED,
        )
        .returning(publications)
    ).first()
    if row is None:
        raise NotPossibleNow(Message("Another version of this publication came in between; look at it again."))
    database.execute(
        insert(revisions).values(
            publication=publication,
            revision=row.revision,
            details=details_record(manuscript),
            body_sha256=submission.body_sha256,
            submitted_by=person_record(submission.by),
            submitted_at=now,
            **_held(submission),
        )
    )
    _add_attachments(database, Run(publication, row.revision, 1), submission)
    add_event(database, row, "state", _accepted_message(row.revision == 1, scheduled))
    return read_publication(row)


def _accepted_message(first: bool, scheduled: dt.datetime | None) -> Message:
    accepted = Message("Accepted") if first else Message("A newer version was accepted")
    if scheduled is None:
        return accepted.as_sentence()
    at = scheduled.astimezone(dt.UTC)
    return Message("%(accepted)s; it goes to the site on %(at)s.", accepted=accepted, at=at)


def _accepted(scheduled_for: dt.datetime | None) -> State:
    return State.ACCEPTED if scheduled_for is None else State.SCHEDULED
