"""Nothing is lost and nothing is doubled when the site misbehaves; on both databases."""

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from presswerk.database import connect, writing
from presswerk.declaration import Tenant, TierName
from presswerk.publishing.tables import publications
from presswerk.wordpress import Connection
from tests.support.issuer import Issuer
from tests.support.press import Press, running_press
from tests.support.site_double import PASSWORD, Fault
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, database_url: str, issuer: Issuer) -> Iterator[Press]:
    with running_press(tmp_path_factory.mktemp("hub"), database_url, issuer) as press:
        yield press


@pytest.fixture
def press(running: Press) -> Iterator[Press]:
    yield running
    running.heal()


@pytest.mark.parametrize("kind", ["500", "drop", "half", "503"])
def test_a_moment_of_trouble_goes_unnoticed(press: Press, kind: str) -> None:
    press.acme.faults = [Fault(kind)]
    done = press.anna.await_state(press.anna.publish("acme", f"{kind}.")["id"])
    assert done["state"] == "drafted"
    assert press.acme.faults == []
    # The answer of the second request is what was read back.
    assert press.acme.count("PUT", f"/publications/{done['id']}") == 2
    assert press.acme.count("GET", f"/publications/{done['id']}") == 0
    assert done["post"]["post_id"] == press.acme.posts[done["id"]].post_id


def test_a_longer_outage_is_waited_out_without_holding_a_worker(press: Press) -> None:
    press.acme.down = True
    client = press.anna
    made = client.publish("acme", "Patience.")["id"]
    waiting = client.await_that(made, lambda found: found["state"] == "running" and found["due_at"] is not None)
    assert waiting["step"] == "deliver"
    press.acme.down = False
    assert client.await_state(made)["state"] == "drafted"
    assert any("Trying again in" in data["message"] for _, _, data in client.events(made))


def test_a_site_that_stays_away_fails_with_a_remedy_and_can_be_tried_again(press: Press) -> None:
    press.acme.down = True
    client = press.anna
    made = client.publish("acme", "Long.")["id"]
    client.await_that(made, lambda found: found["due_at"] is not None)
    _hand_in_earlier(press, made, dt.timedelta(hours=25))
    failed = client.await_state(made)
    assert failed["state"] == "failed"
    assert failed["failure"]["step"] == "deliver"
    assert failed["failure"]["retryable"] is True
    assert "tries did not help" in failed["failure"]["reason"]
    press.acme.down = False
    again = client.act(failed["id"], "retry")
    assert again["state"] == "accepted"
    assert again["failure"] is None
    done = client.await_state(failed["id"])
    assert (done["state"], done["revision"]) == ("drafted", 1)


def _hand_in_earlier(press: Press, publication: str, by: dt.timedelta) -> None:
    """Let a publication have been accepted so long ago as if it had waited all the time."""
    engine = connect(press.environment["PRESSWERK_DATABASE_URL"])
    row = publications.c.id == publication
    with writing(engine) as database:
        database.execute(update(publications).where(row).values(accepted_at=dt.datetime.now(dt.UTC) - by))
    engine.dispose()


def test_refused_credentials_fail_at_once_and_work_after_they_are_mended(press: Press) -> None:
    good = press.acme.connection
    tenant = Tenant(id="acme", name="Acme News", tier=TierName.ENTERPRISE)
    press.registry.put(tenant, Connection(good.public_url, good.internal_url, "presswerk", "wrong"))
    try:
        failed = press.anna.await_state(press.anna.publish("acme", "Locked out.")["id"])
        assert failed["state"] == "failed"
        assert failed["failure"]["retryable"] is False
        assert PASSWORD not in str(failed)
    finally:
        press.registry.put(tenant, good)
    press.anna.act(failed["id"], "retry")
    assert press.anna.await_state(failed["id"])["state"] == "drafted"


def test_only_a_failed_publication_can_be_tried_again(press: Press) -> None:
    done = press.anna.await_state(press.anna.publish("acme", "Fine.")["id"])
    assert press.anna.request("POST", f"/publications/{done['id']}/retry").status_code == 409
    assert press.anna.request("POST", f"/publications/{done['id']}/cancel").status_code == 409


def test_a_deleted_post_is_not_made_again(press: Press) -> None:
    done = press.anna.await_state(press.anna.publish("acme", "Here.")["id"])
    press.acme.posts[done["id"]].trashed = True
    press.anna.revise(done["id"], "acme", "Here again.")
    failed = press.anna.await_that(done["id"], lambda found: found["state"] == "failed")
    assert failed["failure"]["step"] == "deliver"
    assert failed["failure"]["retryable"] is False


def test_an_older_version_never_wins(press: Press) -> None:
    press.acme.faults = [Fault("hang")]
    press.acme.hanging.clear()
    press.acme.release.clear()
    client = press.anna
    made = client.publish("acme", "Old.")["id"]
    assert press.acme.hanging.wait(PATIENCE_SECONDS)
    client.revise(made, "acme", "New.")
    newer = client.await_that(made, lambda found: found["revision"] == 2 and found["state"] == "drafted")
    press.acme.release.set()
    # The old request now reaches the site, which refuses it; nothing of it shows.
    client.await_that(made, lambda _: press.acme.count("PUT", f"/publications/{made}") >= 2)
    assert client.get(made)["revision"] == 2
    assert client.get(made)["post"] == newer["post"]
    assert press.acme.posts[made].revision == 2
    assert press.acme.posts[made].payload["title"] == "New"
    states = [data["state"] for _, kind, data in client.events(made) if kind == "state"]
    assert states == ["accepted", "accepted", "drafted"]


def test_what_is_on_its_way_to_the_site_cannot_be_cancelled_but_what_waits_can(press: Press) -> None:
    press.acme.faults = [Fault("hang")]
    press.acme.hanging.clear()
    press.acme.release.clear()
    client = press.anna
    made = client.publish("acme", "Too late.")["id"]
    assert press.acme.hanging.wait(PATIENCE_SECONDS)
    assert client.request("POST", f"/publications/{made}/cancel").status_code == 409
    press.acme.release.set()
    assert client.await_state(made)["state"] == "drafted"

    press.acme.down = True
    other = client.publish("acme", "In time.")["id"]
    client.await_that(other, lambda found: found["due_at"] is not None)
    # Between two tries; during one it is on its way.
    until(lambda: client.request("POST", f"/publications/{other}/cancel").status_code == 202)
    assert client.get(other)["state"] == "cancelled"
    press.acme.down = False
    follower = client.publish("acme", "Afterwards.")["id"]
    client.await_state(follower)
    assert client.get(other)["state"] == "cancelled"
    assert other not in press.acme.posts


def test_a_dead_site_does_not_delay_other_tenants(press: Press) -> None:
    press.acme.faults = [Fault("hang", path="/publications/") for _ in range(50)]
    press.acme.release.clear()
    anna, bert = press.anna, press.bert
    stuck = [anna.publish("acme", f"Stuck {number}.")["id"] for number in range(50)]
    assert press.acme.hanging.wait(PATIENCE_SECONDS)
    done = [bert.await_state(bert.publish("beta", f"Free {number}.")["id"], seconds=30) for number in range(3)]
    assert {each["state"] for each in done} == {"drafted"}
    assert not any(each in press.acme.posts for each in stuck)
    press.heal()
    assert {anna.await_state(each)["state"] for each in stuck} == {"drafted"}
    assert len({post.post_id for name, post in press.acme.posts.items() if name in stuck}) == 50


def test_many_at_once_all_arrive_once(press: Press) -> None:
    clients = [press.anna, press.bert]
    made: list[tuple[int, str]] = []
    lock = threading.Lock()

    def publish(which: int) -> None:
        for number in range(10):
            tenant = "acme" if which == 0 else "beta"
            publication = clients[which].publish(tenant, f"Many {which} {number}.")["id"]
            with lock:
                made.append((which, publication))

    threads = [threading.Thread(target=publish, args=(number % 2,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 40
    for which, publication in made:
        assert clients[which].await_state(publication)["state"] == "drafted"
        posts = press.acme.posts if which == 0 else press.beta.posts
        assert publication in posts
