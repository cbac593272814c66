"""What a tenant may make and have stored is exact on both databases, whoever asks at the same time."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select, update

from presswerk.database import connect, migrate
from presswerk.declaration import DEFAULT_TIERS, Role, TierName
from presswerk.messages import Message
from presswerk.publishing.allowance import LEAST_OF_A_PERSON_BYTES, MEBIBYTE, VERSIONS_PER_PUBLICATION, Allowance
from presswerk.publishing.errors import LimitReached
from presswerk.publishing.model import (
    Attachment,
    Failure,
    Manuscript,
    PostReference,
    Publication,
    State,
    Step,
    Submitter,
)
from presswerk.publishing.store import KeyedRequest, PublicationStore, Submission
from presswerk.publishing.tables import attachments, publications, revisions

pytestmark = pytest.mark.integration

ANNA = Submitter("http://issuer", "anna", "Anna", None, Role.AUTHOR)
EMIL = Submitter("http://issuer", "emil", "Emil", None, Role.EDITOR)
FAILURE = Failure(Step.DELIVER, Message("it is away"), Message("wait"), retryable=True)
POST = PostReference(7, "l", "p", "e", "Anna", "draft")
PLENTY = Allowance(1000, 1000 * MEBIBYTE)
tenants = (f"tenant-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def engines(database_url: str) -> Iterator[tuple[Engine, Engine]]:
    """Those of two hubs on one database."""
    two = connect(database_url), connect(database_url)
    migrate(two[0])
    yield two
    for engine in two:
        engine.dispose()


@pytest.fixture
def store(engines: tuple[Engine, Engine]) -> PublicationStore:
    return PublicationStore(engines[0])


@pytest.fixture
def tenant() -> str:
    return next(tenants)


def submission(megabytes: float = 0, by: Submitter = ANNA, text: str = "Text.") -> Submission:
    files = (Attachment("a.png", "image/png", bytes(int(megabytes * MEBIBYTE))),) if megabytes else ()
    return Submission.of(Manuscript(text, attachments=files), by)


def fail(store: PublicationStore, publication: Publication) -> Publication:
    store.fail(publication.run, FAILURE)
    return store.get(publication.id)


def deliver(store: PublicationStore, publication: Publication) -> Publication:
    store.enter(publication.run, Step.DELIVER, Message("Sending."))
    store.set_post(publication.run, POST)
    store.finish(publication.run, State.DRAFTED, Message("Done."))
    return store.get(publication.id)


def cancel(store: PublicationStore, publication: Publication) -> Publication:
    return store.cancel(publication, Message("Cancelled."))


def kept(store: PublicationStore, publication: Publication) -> tuple[int, int, list[str]]:
    """Files, counted bytes, and the revisions' texts."""
    with store._engine.connect() as database:
        files = database.execute(
            select(func.count()).select_from(attachments).where(attachments.c.publication == publication.id)
        ).scalar_one()
        rows = database.execute(
            select(revisions.c.size_bytes, revisions.c.markdown)
            .where(revisions.c.publication == publication.id)
            .order_by(revisions.c.revision)
        ).all()
    return files, sum(row.size_bytes for row in rows), [row.markdown for row in rows]


def test_of_many_at_once_as_many_are_taken_as_are_left(engines: tuple[Engine, Engine], tenant: str) -> None:
    stores = [PublicationStore(engine) for engine in engines]
    allowance = Allowance(25, 1000 * MEBIBYTE)

    def create(number: int) -> bool:
        try:
            return stores[number % 2].create(tenant, submission(), allowance=allowance)[1]
        except LimitReached:
            return False

    with ThreadPoolExecutor(max_workers=16) as pool:
        taken = list(pool.map(create, range(60)))

    assert sum(taken) == 25
    assert stores[0].create(next(tenants), submission(), allowance=allowance)[1]


@pytest.mark.parametrize("end", [fail, cancel])
def test_what_failed_or_was_cancelled_makes_room(
    store: PublicationStore, tenant: str, end: Callable[[PublicationStore, Publication], Publication]
) -> None:
    allowance = Allowance(2, 1000 * MEBIBYTE)
    first, second = (store.create(tenant, submission(), allowance=allowance)[0] for _ in range(2))
    with pytest.raises(LimitReached, match="2 new articles a month") as refused:
        store.create(tenant, submission(), allowance=allowance)
    assert refused.value.again_at > dt.datetime.now(dt.UTC)

    ended = end(store, first)
    third, _ = store.create(tenant, submission(), allowance=allowance)

    # It counts again when it goes on, and not where its article is on the site already.
    with pytest.raises(LimitReached):
        store.retry(ended, Message("Again."), allowance=allowance)
    with pytest.raises(LimitReached):
        store.revise(ended, submission(text="New."), allowance)
    end(store, third)
    assert store.retry(ended, Message("Again."), content=submission(), allowance=allowance).state is State.ACCEPTED
    deliver(store, second)


def test_a_failed_version_of_an_article_on_the_site_makes_no_room(store: PublicationStore, tenant: str) -> None:
    allowance = Allowance(1, 1000 * MEBIBYTE)
    made, _ = store.create(tenant, submission(), allowance=allowance)
    revised = store.revise(deliver(store, made), submission(text="Newer."), allowance)
    failed = fail(store, revised)

    with pytest.raises(LimitReached):
        store.create(tenant, submission(), allowance=allowance)
    assert store.retry(failed, Message("Again."), allowance=allowance).state is State.ACCEPTED


def moved(store: PublicationStore, made: Publication, to: dt.datetime) -> None:
    """Let a publication have been made at another time."""
    then = f"{int(to.timestamp() * 1000):012x}"
    with store._engine.begin() as database:
        database.exec_driver_sql("DELETE FROM publication_revisions")
        database.exec_driver_sql("DELETE FROM publication_events")
        row = update(publications).where(publications.c.id == made.id)
        database.execute(row.values(id=f"{then[:8]}-{then[8:]}{made.id[13:]}", created_at=to))


def test_articles_of_former_months_do_not_count(store: PublicationStore, tenant: str) -> None:
    allowance = Allowance(1, 1000 * MEBIBYTE)
    made, _ = store.create(tenant, submission(), allowance=allowance)
    moved(store, made, dt.datetime.now(dt.UTC) - dt.timedelta(days=40))

    assert store.create(tenant, submission(), allowance=allowance)[1]


@pytest.mark.parametrize("seconds", [0, 0.001, 1, 60])
def test_articles_of_a_months_first_moments_count(store: PublicationStore, tenant: str, seconds: float) -> None:
    allowance = Allowance(1, 1000 * MEBIBYTE)
    made, _ = store.create(tenant, submission(), allowance=allowance)
    month = dt.datetime.now(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    moved(store, made, month + dt.timedelta(seconds=seconds))

    with pytest.raises(LimitReached):
        store.create(tenant, submission(), allowance=allowance)


def test_versions_that_nobody_delivers_end_somewhere(store: PublicationStore, tenant: str) -> None:
    allowance = Allowance(1, 1000 * MEBIBYTE)
    current, _ = store.create(tenant, submission(), allowance=allowance)
    for number in range(VERSIONS_PER_PUBLICATION - 1):
        current = store.revise(current, submission(text=f"Version {number}."), allowance)

    with pytest.raises(LimitReached, match="20 articles and newer versions"):
        store.revise(current, submission(text="One more."), allowance)
    assert kept(store, current)[2] == [""] * (VERSIONS_PER_PUBLICATION - 1) + [f"Version {number}."]


def test_bytes_on_their_way_are_bounded_for_a_person_and_a_tenant(store: PublicationStore, tenant: str) -> None:
    allowance = Allowance(1000, 80 * MEBIBYTE)
    assert allowance.pending_bytes_of_a_person == 40 * MEBIBYTE
    waiting = [store.create(tenant, submission(15), allowance=allowance)[0] for _ in range(2)]

    with pytest.raises(LimitReached, match=r"Your articles .* 40 MiB, and 30 MiB are taken; this one needs 15 MiB"):
        store.create(tenant, submission(15), allowance=allowance)
    for _ in range(2):
        store.create(tenant, submission(15, EMIL), allowance=allowance)
    with pytest.raises(LimitReached, match=r"This tenant's articles .* 80 MiB, and 60 MiB are taken"):
        store.create(tenant, submission(21, Submitter("http://issuer", "ada", "Ada", None, Role.ADMIN)), (), allowance)
    assert store.create(next(tenants), submission(15), allowance=allowance)[1]
    cancel(store, waiting[0])
    deliver(store, waiting[1])
    assert store.create(tenant, submission(30), allowance=allowance)[1]


def test_an_article_of_the_largest_size_fits_every_tier() -> None:
    for tier in DEFAULT_TIERS.values():
        allowance = Allowance.of(tier.limits)
        assert allowance.pending_bytes_of_a_person >= LEAST_OF_A_PERSON_BYTES > 27 * MEBIBYTE
    assert Allowance.of(DEFAULT_TIERS[TierName.FREE].limits).pending_bytes == 102 * MEBIBYTE


def test_cancelling_all_the_time_keeps_nothing(store: PublicationStore, tenant: str) -> None:
    for _ in range(5):
        cancelled = cancel(store, store.create(tenant, submission(30), allowance=Allowance(1000, 64 * MEBIBYTE))[0])
        assert kept(store, cancelled) == (0, 0, [""])
        assert store.lacks_content(cancelled.run)


def test_a_newer_version_takes_the_place_of_the_one_before(store: PublicationStore, tenant: str) -> None:
    allowance = Allowance(1000, 64 * MEBIBYTE)
    current, _ = store.create(tenant, submission(20), allowance=allowance)
    for number in range(3):
        current = store.revise(current, submission(20, text=f"Version {number}."), allowance)

    files, size, texts = kept(store, current)
    assert (files, size) == (1, 20 * MEBIBYTE + len("Version 2."))
    assert texts == ["", "", "", "Version 2."]


def test_what_goes_on_after_a_cancellation_has_everything_again(store: PublicationStore, tenant: str) -> None:
    whole = submission(1, text="Whole.")
    made, _ = store.create(tenant, whole, allowance=PLENTY)
    cancelled = cancel(store, made)

    again = store.retry(cancelled, Message("Again."), content=whole, allowance=PLENTY)

    assert store.manuscript(again.run) == whole.manuscript
    assert not store.lacks_content(again.run)


def test_what_failed_is_kept_for_a_while_and_then_forgotten(store: PublicationStore, tenant: str) -> None:
    made = fail(store, store.create(tenant, submission(1), allowance=PLENTY)[0])
    waiting, _ = store.create(tenant, submission(1), allowance=PLENTY)
    now = dt.datetime.now(dt.UTC)

    store.forget_failed(now - dt.timedelta(days=7))
    assert kept(store, made)[0] == 1
    store.forget_failed(now + dt.timedelta(minutes=1))

    assert kept(store, made) == (0, 0, [""])
    assert store.lacks_content(made.run)
    assert kept(store, waiting)[0] == 1
    assert store.forget_failed(now + dt.timedelta(minutes=1)) == 0


def test_what_is_delivered_keeps_its_text_only(store: PublicationStore, tenant: str) -> None:
    made, _ = store.create(tenant, submission(1, text="First."), allowance=PLENTY)
    revised = store.revise(deliver(store, made), submission(1, text="Second."), PLENTY)

    deliver(store, revised)

    assert kept(store, revised) == (0, 0, ["", "Second."])


def test_a_refused_article_leaves_no_key_behind(store: PublicationStore, tenant: str) -> None:
    request = KeyedRequest("key", ANNA, tenant, "0" * 64)
    with pytest.raises(LimitReached):
        store.create(tenant, submission(), (request,), Allowance(0, MEBIBYTE))

    assert store.create(tenant, submission(), (request,), PLENTY)[1]
