"""What the Publish action asks and tells, with the hub's answers given by hand."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any, TypeVar

import httpx
import pytest

from presswerk.openwebui.functions import publish
from presswerk.openwebui.functions.publish import (
    HUB_SILENT,
    HUB_SILENT_WHILE_SENDING,
    HUB_STRANGE,
    NO_SITES,
    NOBODY_THERE,
    NOT_SIGNED_ON,
    Cancelled,
    Conversation,
    Hub,
    Image,
    Site,
    Source,
    Stopped,
    agree,
    choose_site,
    explain,
    outcome,
)

Result = TypeVar("Result")

ACME = Site("acme", "Acme News", "http://acme.localhost:8101", ("draft",))
BETA = Site("beta", "Beta Post", "http://beta.localhost:8102", ("draft", "publish", "schedule"))
SOURCE = Source("chat-1", "message-1")
ARTICLE: dict[str, Any] = {"tenant": "acme", "markdown": "# T"}


def run(coroutine: Awaitable[Result]) -> Result:
    async def wait() -> Result:
        return await coroutine

    return asyncio.run(wait())


class Person:
    """Answers dialogs with the given answers, in order."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    async def __call__(self, question: dict[str, Any]) -> Any:
        self.asked.append(question)
        return self.answers.pop(0)


def hub_answering(*answers: httpx.Response | httpx.TransportError) -> tuple[Hub, list[httpx.Request]]:
    """A hub whose network gives these answers, in order."""
    left, seen = list(answers), []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        given = left.pop(0)
        if isinstance(given, httpx.Response):
            return given
        raise given

    return Hub("http://hub", "token", httpx.MockTransport(answer)), seen


def test_one_site_is_not_asked_about() -> None:
    person = Person()

    assert run(choose_site(Conversation(None, person), [ACME], [])) == ACME
    assert person.asked == []


def test_of_several_sites_the_person_chooses_from_a_list() -> None:
    person = Person("beta")

    assert run(choose_site(Conversation(None, person), [ACME, BETA], [])) == BETA
    assert person.asked[0]["type"] == "input"
    assert person.asked[0]["data"]["input"] == {
        "type": "select",
        "options": [
            {"value": "acme", "label": "Acme News (http://acme.localhost:8101)"},
            {"value": "beta", "label": "Beta Post (http://beta.localhost:8102)"},
        ],
    }


def test_the_site_of_the_last_time_is_preset() -> None:
    person = Person("beta")

    run(choose_site(Conversation(None, person), [ACME, BETA], ["no-longer-mine", "beta", "acme"]))

    assert person.asked[0]["data"]["value"] == "beta"


@pytest.mark.parametrize("sites", [[], [Site("acme", "Acme", "http://x", ())]])
def test_without_a_site_one_is_told_whom_to_ask(sites: list[Site]) -> None:
    with pytest.raises(Stopped, match="no site you may publish to"):
        run(choose_site(Conversation(None, Person()), sites, []))
    assert "administrator" in NO_SITES


@pytest.mark.parametrize("answer", [False, None, ""])
def test_saying_no_publishes_nothing(answer: object) -> None:
    with pytest.raises(Cancelled, match=r"Nothing was published\."):
        run(agree(Conversation(None, Person(answer)), ACME, "T", images=[], notes=[], known=None))


def test_an_answer_outside_the_list_publishes_nothing() -> None:
    with pytest.raises(Cancelled):
        run(choose_site(Conversation(None, Person("gamma")), [ACME, BETA], []))


@pytest.mark.parametrize("call", [None, Person({"error": "Client session disconnected."})])
def test_a_lost_tab_is_explained(call: Person | None) -> None:
    with pytest.raises(Stopped) as stopped:
        run(agree(Conversation(None, call), ACME, "T", images=[], notes=[], known=None))
    assert str(stopped.value) == NOBODY_THERE


def test_an_author_agrees_to_a_draft_on_a_named_site() -> None:
    person = Person(True)
    pictures = [Image("a_b.png", "image/png", b"x")]

    target = run(agree(Conversation(None, person), ACME, "My *T*", images=pictures, notes=["x left out."], known=None))

    message = person.asked[0]["data"]["message"]
    assert target == "draft"
    assert person.asked[0]["type"] == "confirmation"
    assert r"**My \*T\*** goes to **Acme News** (http://acme.localhost:8101)." in message
    assert r"Images that go along: a\_b.png." in message
    assert "x left out." in message
    assert "It will be a **draft**" in message


def test_an_editor_may_publish_but_a_draft_is_preset() -> None:
    person = Person("publish")

    assert run(agree(Conversation(None, person), BETA, "T", images=[], notes=[], known=None)) == "publish"
    assert person.asked[0]["data"]["value"] == "draft"


PUBLIC = {"id": "p", "state": "published", "post": {"post_id": 1, "status": "publish"}}


def test_an_update_of_a_public_article_stays_public() -> None:
    person = Person(True)

    assert run(agree(Conversation(None, person), BETA, "T", images=[], notes=[], known=PUBLIC)) == "publish"
    assert "the same article is updated" in person.asked[0]["data"]["message"]
    assert "readers see the new version at once" in person.asked[0]["data"]["message"]


def test_an_author_does_not_change_a_public_article() -> None:
    with pytest.raises(Stopped, match="Ask an editor"):
        run(agree(Conversation(None, Person(True)), ACME, "T", images=[], notes=[], known=PUBLIC))


def test_what_never_arrived_is_not_called_an_update() -> None:
    person = Person(True)

    run(agree(Conversation(None, person), ACME, "T", images=[], notes=[], known={"state": "failed", "post": None}))

    assert "updated" not in person.asked[0]["data"]["message"]


@pytest.mark.parametrize(
    ("status", "problem", "told"),
    [
        (401, {"detail": "token expired"}, NOT_SIGNED_ON),
        (
            403,
            {"detail": "Authors write drafts."},
            "You may not do that on this site. Ask an editor or an administrator of the site. Authors write drafts.",
        ),
        (
            404,
            {},
            "This site or article is not (or no longer) yours to publish to. "
            "If you were given access just now, sign out and in again.",
        ),
        (409, {}, "Something newer is already on its way for this article. Wait a moment and press Publish again."),
        (413, {}, "The article is too large: at most 1 MiB of text, 10 MiB for an image and 25 MiB for all of them."),
        (
            422,
            {"errors": [{"field": "markdown", "message": "is empty"}]},
            "Presswerk cannot publish this text as it is. markdown: is empty",
        ),
        (429, {}, "That was a lot in a short time, or the site's allowance is used up. Try again later."),
        (500, {"detail": "Traceback (most recent call last)"}, HUB_SILENT),
        (418, {}, HUB_STRANGE),
    ],
)
def test_every_refusal_reads_like_help(status: int, problem: dict[str, Any], told: str) -> None:
    assert explain(status, problem) == told


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("drafted", "“T” is a draft on Acme News."),
        ("published", "“T” is published on Acme News."),
        ("cancelled", "“T” was cancelled before it reached Acme News."),
        ("failed", "“T” did not reach Acme News. The site said no. Log in there."),
    ],
)
def test_every_end_is_told(state: str, told: str) -> None:
    failure = {"reason": "The site said no.", "remedy": "Log in there."}

    assert outcome({"state": state, "title": "T", "failure": failure}, ACME, "other") == told


@pytest.mark.parametrize("state", ["accepted", "scheduled", "running"])
def test_a_site_that_is_down_is_no_failure(state: str) -> None:
    assert "is accepted and safe" in outcome({"state": state}, ACME, "T")


def test_a_page_instead_of_json_is_explained() -> None:
    hub, _ = hub_answering(httpx.Response(200, html="<!doctype html>"))

    with pytest.raises(Stopped) as stopped:
        run(hub.sites())
    assert str(stopped.value) == HUB_STRANGE


def test_a_hub_that_is_down_is_explained() -> None:
    hub, _ = hub_answering(httpx.ConnectError("refused"))

    with pytest.raises(Stopped) as stopped:
        run(hub.sites())
    assert str(stopped.value) == HUB_SILENT


@pytest.mark.parametrize("hiccup", [httpx.ReadTimeout("slow"), httpx.ReadError("cut"), httpx.Response(503)])
def test_sending_is_tried_once_more_under_the_same_key(hiccup: Any) -> None:
    hub, seen = hub_answering(hiccup, httpx.Response(202, json={"id": "p"}))

    assert run(hub.send(ARTICLE, None)) == {"id": "p"}
    keys = [request.headers["Idempotency-Key"] for request in seen]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_a_hub_that_falls_silent_while_sending_is_told_apart() -> None:
    hub, _ = hub_answering(httpx.ReadTimeout("slow"), httpx.Response(500))

    with pytest.raises(Stopped) as stopped:
        run(hub.send(ARTICLE, None))
    assert str(stopped.value) == HUB_SILENT_WHILE_SENDING


def test_a_known_publication_gets_a_new_revision() -> None:
    hub, seen = hub_answering(httpx.Response(202, json={"id": "p"}))

    run(hub.send(ARTICLE, {"id": "p"}))

    assert (seen[0].method, seen[0].url.path) == ("PUT", "/api/v1/publications/p")


def publication(**changes: Any) -> dict[str, Any]:
    origin = {"kind": "chat", "chat_id": "chat-1", "message_id": "message-1"}
    return {"id": "p", "tenant": "acme", "state": "drafted", "source": origin, **changes}


@pytest.mark.parametrize(
    "item",
    [
        publication(source={"chat_id": "chat-1", "message_id": "other"}),
        publication(source={"chat_id": "other", "message_id": "message-1"}),
        publication(source=None),
    ],
)
def test_a_publication_of_something_else_is_not_known(item: dict[str, Any]) -> None:
    hub, _ = hub_answering(httpx.Response(200, json={"items": [item], "next_cursor": None}))

    assert run(hub.known(SOURCE)) == {}


def test_the_newest_publication_of_this_very_message_is_known_for_each_site() -> None:
    newest = [publication(id="3", tenant="beta"), publication(id="2"), publication(id="1")]
    hub, seen = hub_answering(httpx.Response(200, json={"items": newest, "next_cursor": None}))

    known = run(hub.known(SOURCE))

    assert [(tenant, item["id"]) for tenant, item in known.items()] == [("beta", "3"), ("acme", "2")]
    assert seen[0].url.params["source"] == "chat:chat-1:message-1"


def following(monkeypatch: pytest.MonkeyPatch, *answers: httpx.Response, seconds: float) -> tuple[str, list[str]]:
    """Follow a publication through the hub's answers; its last state and what the author was told."""
    monkeypatch.setattr(publish, "FOLLOW_SECONDS", seconds)
    monkeypatch.setattr(publish, "POLL_SECONDS", 0.0)
    told: list[str] = []

    async def emit(event: dict[str, Any]) -> None:
        told.append(event["data"]["description"])

    hub, _ = hub_answering(*answers)
    start = {"id": "p", "revision": 2, "state": "accepted"}
    return run(publish.follow(Conversation(emit, None), hub, start))["state"], told


def stream(*events: dict[str, Any]) -> httpx.Response:
    text = "".join(f"event: state\ndata: {json.dumps(event)}\n\n: ping\n\n" for event in events)
    return httpx.Response(200, text=text, headers={"Content-Type": "text/event-stream"})


def test_the_stream_is_told_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    events = stream({"revision": 2, "message": "On its way."}, {"revision": 2, "state": "drafted", "message": "There."})
    end = httpx.Response(200, json={"id": "p", "state": "drafted"})

    assert following(monkeypatch, events, end, seconds=60) == ("drafted", ["On its way.", "There."])


def test_events_of_an_older_revision_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    events = stream({"revision": 1, "state": "drafted", "message": "Old."}, {"revision": 2, "message": "New."})
    end = httpx.Response(200, json={"id": "p", "state": "drafted"})

    assert following(monkeypatch, events, end, seconds=60) == ("drafted", ["New."])


def test_a_hub_that_restarts_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = (
        httpx.Response(502),
        httpx.Response(502),
        httpx.Response(200, json={"id": "p", "state": "running"}),
        httpx.Response(200, json={"id": "p", "state": "published"}),
    )

    assert following(monkeypatch, *answers, seconds=60) == ("published", [])


def test_waiting_ends_while_a_site_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = (stream({"revision": 2, "message": "The site is down."}), httpx.Response(200, json={"state": "running"}))

    assert following(monkeypatch, *answers, seconds=0.0)[0] in {"accepted", "running"}
