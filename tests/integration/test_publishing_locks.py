"""Who writes to a publication and its revisions at once waits for one another in one order, and never in a circle."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from presswerk.database import connect, migrate
from presswerk.declaration import Role
from presswerk.messages import Message
from presswerk.publishing.errors import Superseded
from presswerk.publishing.model import Delivery, Manuscript, Run, Step, Submitter
from presswerk.publishing.store import PublicationStore, Submission
from presswerk.wordpress import PostAuthor, PostContent
from tests.support.postgres import PostgresServer
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.integration

ANNA = Submitter("http://issuer", "anna", "Anna", None, Role.AUTHOR)
AUTHOR = PostAuthor("http://issuer", "anna", "Anna", None, Role.AUTHOR)


def test_a_newer_version_and_a_delivery_do_not_wait_for_each_other(postgres: PostgresServer) -> None:
    engine = connect(postgres.new_database())
    migrate(engine)
    store = PublicationStore(engine)
    made, _ = store.create("acme", Submission.of(Manuscript("Old."), ANNA))
    entered, go_on = threading.Event(), threading.Event()

    def deliver(run: Run) -> None:
        with store.together():
            store.enter(run, Step.DELIVER, Message("Sending."))
            entered.set()
            assert go_on.wait(PATIENCE_SECONDS)
            store.keep_delivery(run, Delivery(PostContent(1, "T", "<p>Old.</p>", "", "t", "draft", AUTHOR)))

    with ThreadPoolExecutor(2) as pool:
        delivering = pool.submit(deliver, made.run)
        assert entered.wait(PATIENCE_SECONDS)
        revising = pool.submit(store.revise, made, Submission.of(Manuscript("New."), ANNA))
        until(lambda: _waiting(engine) == 1)
        go_on.set()
        delivering.result(PATIENCE_SECONDS)
        assert revising.result(PATIENCE_SECONDS).revision == 2
    with pytest.raises(Superseded):
        store.enter(made.run, Step.DELIVER, Message("Too late."))
    engine.dispose()


def _waiting(engine: Engine) -> int:
    """How many transactions of the database wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with engine.connect() as database:
        return int(database.execute(text(query)).scalar_one())
