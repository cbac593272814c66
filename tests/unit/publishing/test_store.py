import dataclasses
import datetime as dt
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import event

from presswerk.database import connect, migrate
from presswerk.declaration import Role
from presswerk.messages import Message
from presswerk.publishing.errors import IdempotencyKeyReused, NotFound, NotPossibleNow, Superseded
from presswerk.publishing.model import (
    Attachment,
    Delivery,
    Failure,
    Manuscript,
    PostReference,
    Publication,
    Run,
    Source,
    State,
    Step,
    Submitter,
)
from presswerk.publishing.records import manuscript_sha256
from presswerk.publishing.runs import WaitingRun
from presswerk.publishing.store import KeyedRequest, PublicationStore, Submission
from presswerk.wordpress import PostAuthor, PostContent
from presswerk.wordpress.model import Difference, OnConflict, OpenedBy

ANNA = Submitter("http://issuer", "anna", "Anna", "anna@example.org", Role.AUTHOR)
POST = PostReference(7, "l", "p", "e", "Anna", "draft")
FAILURE = Failure(Step.DELIVER, Message("it is away"), Message("wait"), retryable=True)


@pytest.fixture
def store(tmp_path: Path) -> PublicationStore:
    engine = connect(f"sqlite:///{tmp_path}/hub.db")
    migrate(engine)
    return PublicationStore(engine)


def _create(store: PublicationStore, **fields: object) -> Publication:
    manuscript = Manuscript(**{"markdown": "Text.", **fields})  # type: ignore[arg-type]  # fields by name
    return store.create("acme", Submission.of(manuscript, ANNA))[0]


def _messages(store: PublicationStore, publication: str) -> list[tuple[int, str]]:
    return [(event.sequence, str(event.message)) for event in store.events_after(publication, 0)]


def test_a_manuscript_comes_back_as_it_was_handed_in(store: PublicationStore) -> None:
    manuscript = Manuscript(
        markdown="# Ä",
        target="publish",
        title="T",
        scheduled_for=dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
        categories=("a",),
        tags=(),
        attachments=(Attachment("a.png", "image/png", b"\0\xff", "ref", "alt"),),
        source=Source("chat", "c", "m"),
    )
    made, _ = store.create("acme", Submission.of(manuscript, ANNA))
    assert store.manuscript(made.run) == manuscript
    assert made.state is State.SCHEDULED
    assert made.creator == ANNA


def test_a_run_goes_through_its_steps_to_the_end(store: PublicationStore) -> None:
    run = _create(store).run
    for step in Step:
        store.enter(run, step, Message(f"{step}."))
        assert store.get(run.publication).step is step
    store.set_post(run, POST)
    store.finish(run, State.DRAFTED, Message("Done."))
    done = store.get(run.publication)
    assert (done.state, done.step, done.post) == (State.DRAFTED, None, POST)
    assert [number for number, _ in _messages(store, run.publication)] == [1, 2, 3, 4, 5, 6, 7]


def test_finishing_twice_changes_and_tells_nothing(store: PublicationStore) -> None:
    run = _create(store).run
    store.enter(run, Step.ANNOUNCE, Message("x"))
    store.finish(run, State.DRAFTED, Message("Done."))
    before = _messages(store, run.publication)
    store.finish(run, State.DRAFTED, Message("Done."))
    assert _messages(store, run.publication) == before


def test_an_older_revisions_run_can_change_nothing(store: PublicationStore) -> None:
    old = _create(store)
    store.enter(old.run, Step.DELIVER, Message("x"))
    new = store.revise(store.get(old.id), Submission.of(Manuscript("Newer."), ANNA))
    for attempt in (
        lambda: store.enter(old.run, Step.CONFIRM, Message("x")),
        lambda: store.warn(old.run, Message("x")),
        lambda: store.set_post(old.run, POST),
        lambda: store.finish(old.run, State.DRAFTED, Message("x")),
        lambda: store.fail(old.run, FAILURE),
        lambda: store.postpone(old.run, dt.datetime.now(dt.UTC), Message("x")),
    ):
        with pytest.raises(Superseded):
            attempt()
    assert store.get(old.id) == new


def test_two_revisions_of_the_same_version_cannot_both_be_the_next(store: PublicationStore) -> None:
    read = _create(store)
    store.revise(read, Submission.of(Manuscript("A."), ANNA))
    with pytest.raises(NotPossibleNow):
        store.revise(read, Submission.of(Manuscript("B."), ANNA))


def test_a_cancelled_run_stops(store: PublicationStore) -> None:
    made = _create(store)
    store.cancel(made, Message("Cancelled."))
    with pytest.raises(Superseded):
        store.enter(made.run, Step.PREPARE, Message("x"))
    assert store.get(made.id).state is State.CANCELLED


def test_cancelling_what_has_changed_since_it_was_read_is_refused(store: PublicationStore) -> None:
    read = _create(store)
    store.enter(read.run, Step.DELIVER, Message("x"))
    with pytest.raises(NotPossibleNow):
        store.cancel(read, Message("Cancelled."))


def test_postponing_twice_gives_the_same_next_attempt(store: PublicationStore) -> None:
    run = _create(store).run
    store.enter(run, Step.DELIVER, Message("x"))
    due = dt.datetime.now(dt.UTC)
    following = store.postpone(run, due, Message("Later."))
    assert following == Run(run.publication, 1, 2)
    assert store.postpone(run, due, Message("Later.")) == following
    assert store.get(run.publication).tries == 1
    assert store.waiting(due, 10) == (WaitingRun("acme", following),)


def test_a_retry_begins_a_new_attempt_and_forgets_the_failure(store: PublicationStore) -> None:
    run = _create(store).run
    store.enter(run, Step.DELIVER, Message("x"))
    store.fail(run, FAILURE)
    failed = store.get(run.publication)
    assert failed.failure == FAILURE
    again = store.retry(failed, Message("Again."))
    assert (again.state, again.attempt, again.failure, again.tries) == (State.ACCEPTED, 2, None, 0)
    with pytest.raises(NotPossibleNow):
        store.retry(failed, Message("Again."))


def test_the_same_warning_is_told_once_a_revision(store: PublicationStore) -> None:
    made = _create(store)
    for _ in range(3):
        store.warn(made.run, Message("Careful."))
    assert store.get(made.id).warnings == (Message("Careful."),)
    assert [message for _, message in _messages(store, made.id)].count("Careful.") == 1
    assert store.revise(store.get(made.id), Submission.of(Manuscript("B."), ANNA)).warnings == ()


def test_the_first_delivery_kept_stays(store: PublicationStore) -> None:
    run = _create(store).run
    author = PostAuthor("i", "anna", "Anna", None, Role.AUTHOR)
    first = Delivery(PostContent(1, "T", "<p>1</p>", "", "t", "draft", author, tags=("a",)))
    second = Delivery(PostContent(1, "T", "<p>2</p>", "", "t", "draft", author))
    assert store.held_content(run).delivery is None
    assert store.keep_delivery(run, first) == first
    assert store.keep_delivery(run, second) == first
    assert store.held_content(run).delivery == first


def test_attachments_are_dropped_once_the_site_has_them(store: PublicationStore) -> None:
    made = _create(store, attachments=(Attachment("a.png", "image/png", b"x"),))
    store.enter(made.run, Step.ANNOUNCE, Message("x"))
    store.finish(made.run, State.DRAFTED, Message("Done."))
    assert store.manuscript(made.run).attachments == ()


def test_a_keyed_request_is_known_again_and_refused_with_another_body(store: PublicationStore) -> None:
    submission = Submission.of(Manuscript("Text."), ANNA)
    request = KeyedRequest("k", ANNA, "acme", manuscript_sha256(submission.manuscript))
    made, new = store.create("acme", submission, [request])
    again, new_again = store.create("acme", submission, [request])
    assert (new, new_again, again.id) == (True, False, made.id)
    with pytest.raises(IdempotencyKeyReused):
        store.create("acme", submission, [KeyedRequest("k", ANNA, "acme", "other")])
    assert store.made_before([KeyedRequest("k", ANNA, "beta", "other")]) is None


def test_an_unknown_or_malformed_id_is_not_found(store: PublicationStore) -> None:
    for strange in ("", "x", "\0", "../", "01a20723-5c42-7051-8187-1ba2300570df"):
        with pytest.raises(NotFound):
            store.get(strange)


def test_equal_manuscripts_have_equal_hashes_whatever_their_time_zone() -> None:
    utc = dt.datetime(2030, 1, 1, 12, tzinfo=dt.UTC)
    berlin = utc.astimezone(dt.timezone(dt.timedelta(hours=1)))
    assert manuscript_sha256(Manuscript("a", scheduled_for=utc)) == manuscript_sha256(
        Manuscript("a", scheduled_for=berlin)
    )
    assert manuscript_sha256(Manuscript("a")) != manuscript_sha256(Manuscript("a", tags=("x",)))
    assert manuscript_sha256(Manuscript("a", attachments=(Attachment("f", "t", b"1"),))) != manuscript_sha256(
        Manuscript("a", attachments=(Attachment("f", "t", b"2"),))
    )


@pytest.mark.parametrize(
    ("kind", "asked", "held"),
    [
        ("chat", None, "ask"),
        ("api", None, "keep"),
        ("cli", None, "keep"),
        ("mcp", None, "keep"),
        ("chat", "merge", "merge"),
        ("api", "ask", "ask"),
    ],
)
def test_what_is_done_about_changes_on_the_site_is_the_callers_to_say(
    store: PublicationStore, kind: Literal["chat", "cli", "api", "mcp"], asked: OnConflict | None, held: OnConflict
) -> None:
    made = _create(store, source=Source(kind), on_conflict=asked)
    assert (made.on_conflict, made.if_gone) == (held, None)


def test_what_is_done_about_changes_on_the_site_is_no_part_of_the_article() -> None:
    assert manuscript_sha256(Manuscript("Text.", on_conflict="replace")) == manuscript_sha256(Manuscript("Text."))


def test_another_try_may_say_otherwise_and_the_next_version_begins_anew(store: PublicationStore) -> None:
    made = _create(store, source=Source("chat"))
    store.fail(made.run, FAILURE)
    again = store.retry(store.get(made.id), Message("again"), on_conflict="merge", if_gone="restore")
    assert (again.on_conflict, again.if_gone) == ("merge", "restore")
    store.fail(again.run, FAILURE)
    once_more = store.retry(store.get(made.id), Message("again"))
    assert (once_more.on_conflict, once_more.if_gone) == ("merge", None)
    revised = store.revise(once_more, Submission.of(Manuscript("Other."), ANNA))
    assert revised.on_conflict == "keep"


def test_a_conflict_comes_back_as_it_was_stored(store: PublicationStore) -> None:
    now = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
    failure = Failure(
        Step.DELIVER,
        Message("it was changed"),
        Message("say what to do"),
        retryable=False,
        code="conflict",
        differences=(
            Difference("title", "Old", "New", "Erik Editor", now),
            Difference("text", ("One.", None), ("Two.", "Three."), None, None),
        ),
        opened_by=OpenedBy("Erik Editor", now),
    )
    made = _create(store)
    store.fail(made.run, failure)
    assert store.get(made.id).failure == failure


def test_to_try_again_needs_no_text_and_no_files(store: PublicationStore) -> None:
    due = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    made = _create(store, attachments=(Attachment("a.png", "image/png", b"\x89" * 100),), scheduled_for=due)
    store.enter(made.run, Step.DELIVER, Message("x"))
    store.fail(made.run, FAILURE)
    asked: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))

    again = store.retry(store.get(made.id), Message("Again."))

    assert again.due_at == due
    assert [statement for statement in asked if "markdown" in statement or "publication_attachments" in statement] == []
    assert store.details(made.run) == dataclasses.replace(store.manuscript(made.run), markdown="", attachments=())
