"""What happens to what somebody handed in who may not any more."""

import datetime as dt
from types import MappingProxyType

import pytest
from sqlalchemy import Engine, update

from presswerk.declaration import Role
from presswerk.identity import Departure, KnownPeople, KnownPerson
from presswerk.messages import Message
from presswerk.publishing.errors import Superseded
from presswerk.publishing.holding import Releases, SchedulesPlace, SubmissionRights
from presswerk.publishing.model import Manuscript, Publication, State, Step, Submitter, Target
from presswerk.publishing.reading import Submitted
from presswerk.publishing.records import manuscript_sha256
from presswerk.publishing.store import PublicationStore, Submission
from presswerk.publishing.tables import revisions

EMIL = Submitter("https://id.example", "emil", "Emil", None, Role.EDITOR)
NORA = Submitter("https://id.example", "nora", "Nora", None, Role.EDITOR)


@pytest.fixture
def store(engine: Engine) -> PublicationStore:
    return PublicationStore(engine)


@pytest.fixture
def people(engine: Engine) -> KnownPeople:
    return KnownPeople(engine)


@pytest.fixture
def rights(store: PublicationStore, people: KnownPeople) -> SubmissionRights:
    return SubmissionRights(store, people)


def handed_in(store: PublicationStore, target: Target = "draft", by: Submitter = EMIL) -> Publication:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=2) if target == "publish" else None
    manuscript = Manuscript("x", target=target, scheduled_for=later)
    return store.create("acme", Submission(manuscript, by, "x", manuscript_sha256(manuscript)), ())[0]


def known(people: KnownPeople, role: Role | None, *, hours_ago: float = 0) -> None:
    roles: dict[str, Role] = {} if role is None else {"acme": role}
    at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours_ago)
    people.record([KnownPerson(EMIL.issuer, EMIL.subject, "Emil", MappingProxyType(roles), False, at, "token")])


def submitted(store: PublicationStore, publication: Publication) -> Submitted:
    held = store.held_content(publication.run)
    return Submitted(publication, held.by, held.submitted_at)


def left(role: Role | None) -> Departure:
    return Departure(EMIL.issuer, EMIL.subject, None, "acme", role)


@pytest.mark.parametrize("target", ["draft", "publish"])
@pytest.mark.parametrize("role", [None, *Role])
def test_a_run_goes_on_while_its_submitter_may_do_it(
    target: Target, role: Role | None, store: PublicationStore, people: KnownPeople, rights: SubmissionRights
) -> None:
    publication = handed_in(store, target)
    known(people, role)
    store.enter(publication.run, Step.PREPARE, Message("x"))
    may = role is not None and role.includes(Role.EDITOR if target == "publish" else Role.AUTHOR)
    if may:
        rights.check(submitted(store, publication))
        assert store.get(publication.id).state is State.RUNNING
        return
    with pytest.raises(Superseded):
        rights.check(submitted(store, publication))
    held = store.get(publication.id)
    assert held.state is State.HELD
    assert held.failure is not None
    assert (held.failure.code, held.failure.retryable) == ("owner-left", False)
    assert "Emil" in str(held.failure.reason)


@pytest.mark.parametrize("role", [None, *Role])
def test_who_leaves_leaves_nothing_under_way_that_they_may_not_do(role: Role | None, store: PublicationStore) -> None:
    draft, scheduled, others = handed_in(store), handed_in(store, "publish"), handed_in(store, "publish", NORA)
    place = SchedulesPlace(store)
    for _ in range(2):
        place.end(left(role))
    states = [store.get(each.id).state for each in (draft, scheduled, others)]
    assert states == [
        State.HELD if role is None else State.ACCEPTED,
        State.HELD if role in {None, Role.AUTHOR} else State.SCHEDULED,
        State.SCHEDULED,
    ]


def test_what_the_site_is_getting_at_this_moment_goes_on(store: PublicationStore) -> None:
    publication = handed_in(store)
    store.enter(publication.run, Step.DELIVER, Message("x"))
    SchedulesPlace(store).end(left(None))
    assert store.get(publication.id).state is State.RUNNING


def test_what_is_held_because_nobody_saw_its_submitter_goes_on_when_somebody_does(
    store: PublicationStore, people: KnownPeople, rights: SubmissionRights
) -> None:
    publication = handed_in(store, "publish")
    known(people, Role.EDITOR, hours_ago=25)
    with pytest.raises(Superseded):
        rights.check(submitted(store, publication))
    held = store.get(publication.id)
    assert (held.state, held.failure and held.failure.code) == (State.HELD, "owner-unseen")
    woken: list[dt.datetime | None] = []
    releases = Releases(store, rights, woken.append)
    assert releases.release() == 0

    known(people, Role.EDITOR)

    assert (releases.release(), releases.release()) == (1, 0)
    again = store.get(publication.id)
    assert (again.state, again.failure, woken) == (State.SCHEDULED, None, [again.due_at])


def test_of_somebody_never_noted_down_what_they_handed_in_counts_for_a_day(
    engine: Engine, store: PublicationStore, rights: SubmissionRights
) -> None:
    publication = handed_in(store, "publish")
    rights.check(submitted(store, publication))
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(hours=25)
    with engine.begin() as database:
        database.execute(update(revisions).values(submitted_at=yesterday))
    with pytest.raises(Superseded):
        rights.check(submitted(store, publication))


def test_who_takes_over_answers_for_it_from_then_on(
    store: PublicationStore, people: KnownPeople, rights: SubmissionRights
) -> None:
    publication = handed_in(store, "publish")
    known(people, None)
    SchedulesPlace(store).end(left(None))
    taken = store.retry(store.get(publication.id), Message("Nora took it over."), by=NORA)
    assert (taken.state, taken.creator, taken.run.attempt) == (State.SCHEDULED, EMIL, 2)
    rights.check(submitted(store, taken))
    SchedulesPlace(store).end(left(None))
    assert store.get(publication.id).state is State.SCHEDULED
