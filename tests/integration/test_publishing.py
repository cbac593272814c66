"""The way of an article through the hub, on both databases, to a site that does as it should."""

import base64
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.issuer import Issuer
from tests.support.press import PNG, Press, running_press

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory, database_url: str, issuer: Issuer) -> Iterator[Press]:
    with running_press(tmp_path_factory.mktemp("hub"), database_url, issuer) as press:
        yield press


def test_an_article_becomes_one_draft_with_its_author(press: Press) -> None:
    accepted = press.anna.publish("acme", "# Hello\n\nWorld **bold**.", categories=["News"])
    assert accepted["state"] == "accepted"
    assert accepted["title"] == "Hello"

    done = press.anna.await_state(accepted["id"])

    assert done["state"] == "drafted"
    assert done["post"]["status"] == "draft"
    sent = press.acme.posts[accepted["id"]].payload
    assert sent["title"] == "Hello"
    assert sent["categories"] == ["News"]
    assert "<strong>bold</strong>" in sent["content"]
    assert sent["author"]["subject"] == "anna"
    assert sent["author"]["role"] == "author"


def test_an_editor_publishes(press: Press) -> None:
    done = press.emil.await_state(press.emil.publish("acme", "Words.", target="publish")["id"])
    assert (done["state"], done["post"]["status"]) == ("published", "publish")


def test_an_author_may_not_publish(press: Press) -> None:
    answer = press.anna.request("POST", "/publications", json={"tenant": "acme", "markdown": "x", "target": "publish"})
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/forbidden")


def test_the_stream_tells_every_step_and_ends(press: Press) -> None:
    publication = press.anna.publish("acme", "Words.")["id"]
    events = press.anna.events(publication)
    assert [number for number, _, _ in events] == list(range(1, len(events) + 1))
    steps = [data["step"] for _, kind, data in events if kind == "step"]
    assert steps == ["prepare", "deliver"]
    assert events[-1][1:2] == ("state",)
    assert events[-1][2]["state"] == "drafted"
    assert events[-1][2]["post"]["post_id"] == press.acme.posts[publication].post_id


def test_a_stream_resumes_after_the_last_event_seen(press: Press) -> None:
    publication = press.anna.publish("acme", "Words.")["id"]
    first = press.anna.events(publication, limit=2)
    rest = press.anna.events(publication, after=first[-1][0])
    assert [*first, *rest] == press.anna.events(publication)
    assert press.anna.events(publication, after=rest[-1][0]) == []


def test_images_come_from_attachments_and_data_addresses_and_the_first_is_featured(press: Press) -> None:
    data = base64.b64encode(PNG).decode()
    other = base64.b64encode(PNG + b"x").decode()
    done = press.anna.await_state(
        press.anna.publish(
            "acme",
            f"# Pictures\n\n![one](photo.png)\n\nText\n\n![two](data:image/png;base64,{other})",
            attachments=[{"reference": "photo.png", "filename": "photo.png", "media_type": "image/png", "data": data}],
        )["id"]
    )
    assert (done["state"], done["warnings"]) == ("drafted", [])
    sent = press.acme.posts[done["id"]].payload
    numbers = [each["attachment_id"] for each in press.acme.media.values()]
    assert len(numbers) == 2
    assert sent["featured_media"] == numbers[0]
    assert all(f"wp-image-{number}" in sent["content"] for number in numbers)
    assert press.acme.count("PUT", f"/publications/{done['id']}") == 1
    assert press.acme.count("PUT", "/media/") == 0


def test_a_connector_that_reads_no_form_gets_images_one_by_one(press: Press) -> None:
    data = base64.b64encode(PNG + b"alone").decode()
    press.beta.reads_forms = False
    try:
        made = press.bert.publish("beta", f"# Pictures\n\n![one](data:image/png;base64,{data})")
        done = press.bert.await_state(made["id"])
    finally:
        press.beta.reads_forms = True
    assert (done["state"], done["warnings"]) == ("drafted", [])
    sent = press.beta.posts[done["id"]].payload
    (image,) = press.beta.media.values()
    assert sent["featured_media"] == image["attachment_id"]
    assert image["url"] in sent["content"]
    assert press.beta.resized == [image["attachment_id"]]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("http://127.0.0.1:8080/secret.png", "not on the public internet"),
        ("http://169.254.169.254:80/latest", "not on the public internet"),
        ("http://[::1]:8080/x.png", "not on the public internet"),
        ("ftp://example.org/x.png", "only http and https"),
    ],
)
def test_an_image_that_cannot_be_had_is_told_and_left_out(press: Press, source: str, why: str) -> None:
    done = press.anna.await_state(press.anna.publish("acme", f"Text.\n\n![alt]({source})")["id"])
    assert done["state"] == "drafted"
    assert len(done["warnings"]) == 1
    assert why in done["warnings"][0]
    assert "<img" not in press.acme.posts[done["id"]].payload["content"]
    assert any(kind == "warning" for _, kind, _ in press.anna.events(done["id"]))


def test_the_same_key_and_body_give_the_same_publication_however_many_at_once(press: Press) -> None:
    key, client = uuid.uuid4().hex, press.anna
    barrier = threading.Barrier(12)

    def send(_: int) -> str:
        barrier.wait()
        return str(client.publish("acme", "Once.", key=key)["id"])

    with ThreadPoolExecutor(12) as pool:
        made = set(pool.map(send, range(12)))
    assert len(made) == 1
    client.await_state(made.pop())


def test_the_same_key_with_another_body_is_refused(press: Press) -> None:
    key = uuid.uuid4().hex
    press.anna.publish("acme", "One.", key=key)
    answer = press.anna.request(
        "POST", "/publications", json={"tenant": "acme", "markdown": "Two."}, headers={"Idempotency-Key": key}
    )
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/idempotency-key-reused")
    # Another person's key is another key.
    assert press.emil.publish("acme", "Two.", key=key)["title"]


def test_a_newer_version_updates_the_same_post(press: Press) -> None:
    first = press.anna.await_state(press.anna.publish("acme", "# One\n\nA.")["id"])
    second = press.anna.revise(first["id"], "acme", "# Two\n\nB.")
    assert second["revision"] == 2
    done = press.anna.await_that(first["id"], lambda found: found["state"] == "drafted")
    assert done["revision"] == 2
    assert done["post"]["post_id"] == first["post"]["post_id"]
    assert press.acme.posts[first["id"]].payload["title"] == "Two"


def test_an_equal_version_makes_no_new_revision(press: Press) -> None:
    first = press.anna.await_state(press.anna.publish("acme", "Same.")["id"])
    again = press.anna.revise(first["id"], "acme", "Same.")
    assert (again["revision"], again["state"]) == (1, "drafted")


@pytest.mark.parametrize("kind_of_chat", ["", "temporary:"])
@pytest.mark.parametrize("message", ["", ":m1"])
def test_a_publication_is_found_by_its_chat_and_message(press: Press, kind_of_chat: str, message: str) -> None:
    source = {"kind": "chat", "chat_id": f"{kind_of_chat}{uuid.uuid4().hex}", "message_id": "m1"}
    made = press.anna.publish("acme", "From the chat.", source=source)
    query = {"tenant": "acme", "source": f"chat:{source['chat_id']}{message}"}
    found = press.anna.request("GET", "/publications", params=query).json()["items"]
    assert [each["id"] for each in found] == [made["id"]]
    assert found[0]["source"] == source


def test_a_cancelled_publication_runs_again_when_it_is_asked_for_again(press: Press) -> None:
    key = uuid.uuid4().hex
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    first = press.emil.publish("acme", "Later.", key=key, target="publish", scheduled_for=later)
    assert first["state"] == "scheduled"
    assert press.emil.act(first["id"], "cancel")["state"] == "cancelled"
    assert press.emil.act(first["id"], "cancel")["state"] == "cancelled"
    again = press.emil.revise(first["id"], "acme", "Later.", target="publish", scheduled_for=later)
    assert (again["revision"], again["state"]) == (1, "scheduled")
    assert press.emil.act(first["id"], "cancel")["state"] == "cancelled"
    second = press.emil.publish("acme", "Later.", key=key, target="publish", scheduled_for=later)
    assert (second["id"], second["state"]) == (first["id"], "scheduled")
    press.emil.act(second["id"], "cancel")
    assert first["id"] not in press.acme.posts


def test_a_publication_is_found_by_the_chat_message_of_its_own_creator_only(press: Press) -> None:
    source = {"kind": "chat", "chat_id": uuid.uuid4().hex, "message_id": "m1"}
    press.client("mallory", "tenant-acme-author").publish("acme", "Forged.", source=source)
    query = {"tenant": "acme", "source": f"chat:{source['chat_id']}:m1"}

    assert press.anna.request("GET", "/publications", params=query).json()["items"] == []


def test_a_scheduled_publication_waits_for_its_time(press: Press) -> None:
    due = datetime.now(UTC) + timedelta(seconds=8)
    made = press.emil.publish("acme", "Soon.", target="publish", scheduled_for=due.isoformat())
    assert made["state"] == "scheduled"
    events = press.emil.events(made["id"])
    began = next(data for _, kind, data in events if kind == "step")
    assert datetime.fromisoformat(began["at"]) >= due
    assert events[-1][2]["state"] == "published"


def test_pages_lead_through_all_publications_once(press: Press) -> None:
    client = press.client("paula", "tenant-beta-author")
    made = {client.publish("beta", f"Number {number}.")["id"] for number in range(7)}
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"tenant": "beta", "limit": 3, **({"cursor": cursor} if cursor else {})}
        page = client.request("GET", "/publications", params=query).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert made <= set(seen)
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen, reverse=True)


def test_another_tenants_publication_is_as_if_it_were_not(press: Press) -> None:
    made = press.anna.publish("acme", "Ours.")["id"]
    nobody = str(uuid.uuid4())
    for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/retry"), ("POST", "/cancel")):
        foreign = press.bert.request(method, f"/publications/{made}{path}")
        missing = press.bert.request(method, f"/publications/{nobody}{path}")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json()["detail"] == missing.json()["detail"]
    assert press.bert.request("GET", "/publications", params={"tenant": "acme"}).status_code == 404
    assert press.bert.request("POST", "/publications", json={"tenant": "acme", "markdown": "x"}).status_code == 404
    listed = press.bert.request("GET", "/publications").json()["items"]
    assert all(each["tenant"] == "beta" for each in listed)


def test_an_operator_reads_everything_and_writes_for_nobody(press: Press) -> None:
    made = press.anna.publish("acme", "Ours.")["id"]
    assert press.olivia.get(made)["tenant"] == "acme"
    assert press.olivia.request("GET", "/publications").json()["items"]
    body = {"tenant": "acme", "markdown": "x"}
    assert press.olivia.request("POST", "/publications", json=body).status_code == 403
    assert press.olivia.request("PUT", f"/publications/{made}", json=body).status_code == 403
    assert press.olivia.request("POST", "/publications", json={**body, "tenant": "nosuch"}).status_code == 404


def test_an_author_changes_only_their_own_and_nothing_published(press: Press) -> None:
    published = press.emil.await_state(press.emil.publish("acme", "Live.", target="publish")["id"])["id"]
    own = press.anna.await_state(press.anna.publish("acme", "Mine.")["id"])["id"]
    body = {"tenant": "acme", "markdown": "Changed."}
    assert press.anna.request("PUT", f"/publications/{published}", json=body).status_code == 403
    assert press.emil.request("PUT", f"/publications/{published}", json=body).status_code == 409
    released = press.emil.revise(own, "acme", "Mine.", target="publish")
    assert press.emil.await_state(released["id"])["state"] == "published"
    assert press.anna.request("PUT", f"/publications/{own}", json=body).status_code == 403
    assert press.acme.posts[own].payload["author"]["subject"] == "anna"


def test_what_the_site_changes_while_saving_is_told(press: Press) -> None:
    press.acme.filter_content = lambda content: content.replace("<p>", '<p class="x">')
    try:
        done = press.anna.await_state(press.anna.publish("acme", "Text.")["id"])
    finally:
        press.heal()
    assert done["state"] == "drafted"
    assert "changed the text's markup" in done["warnings"][0]
