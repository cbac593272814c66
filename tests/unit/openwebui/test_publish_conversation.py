"""What the Publish action asks and tells, with the hub's answers given by hand."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, TypeVar, get_args

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswerk.openwebui.functions import publish
from presswerk.openwebui.functions.publish import (
    TEXTS,
    Cancelled,
    ChangedPreview,
    ChatPerson,
    ChatSource,
    Conversation,
    HubCalls,
    Press,
    PublishableSite,
    Stopped,
    Words,
    choices,
    choose_site,
    decide,
    differences,
    explain,
    footer,
    likely_site,
    outcome,
    summary,
)
from presswerk.wordpress.model import SiteField

Result = TypeVar("Result")

ACME = PublishableSite("acme", "Acme News", "http://acme.localhost:8101", ("draft",))
BETA = PublishableSite("beta", "Beta Post", "http://beta.localhost:8102", ("draft", "publish", "schedule"))
SOURCE = ChatSource("chat-1", "message-1")
EN, DE = Words("en-US"), Words("de")
PREVIEW: dict[str, Any] = {
    "id": "p1",
    "sha256": "a" * 64,
    "tenant": "acme",
    "target": "draft",
    "title": "My *T*",
    "excerpt": "It begins.",
    "tags": ["Bread"],
    "source": {"kind": "chat", "chat_id": "chat-1", "message_id": "message-1"},
}


def run(coroutine: Awaitable[Result]) -> Result:
    async def wait() -> Result:
        return await coroutine

    return asyncio.run(wait())


class Reader:
    """Answers dialogs with the given answers, in order; None stands for the choice that is preset."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    async def __call__(self, question: dict[str, Any]) -> Any:
        self.asked.append(question)
        answer = self.answers.pop(0)
        return question["data"]["value"] if answer is None else answer

    def options(self, number: int = 0) -> list[str]:
        return [option["value"] for option in self.asked[number]["data"]["input"]["options"]]


def hub_answering(*answers: httpx.Response | httpx.TransportError) -> tuple[HubCalls, list[httpx.Request]]:
    """A hub whose network gives these answers, in order."""
    left, seen = list(answers), []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        given = left.pop(0)
        if isinstance(given, httpx.Response):
            return given
        raise given

    return HubCalls("http://hub", "token", EN, httpx.MockTransport(answer)), seen


def pressed(site: PublishableSite, reader: Reader | None = None, *notes: str) -> Press:
    return Press(
        Conversation(None, reader), ChatPerson(None, "u", "http://hub", EN), SOURCE, "Text.", site, list(notes)
    )


def article(**changes: Any) -> dict[str, Any]:
    origin = {"kind": "chat", "chat_id": "chat-1", "message_id": "message-1"}
    return {"id": "p", "tenant": "acme", "state": "drafted", "title": "Old", "source": origin, **changes}


# The language


@pytest.mark.parametrize(
    ("page", "header", "language"),
    [
        ("de-DE", "en", "de"),
        ("de-AT Europe/Vienna", "en", "de"),
        ("fr-FR", "de", "en"),
        ("", "de-AT,de;q=0.9", "de"),
        (None, "en", "en"),
        ({"error": "x"}, "de", "de"),
    ],
)
def test_the_page_says_which_language_is_spoken(page: Any, header: str, language: str) -> None:
    async def call(_question: dict[str, Any]) -> Any:
        return page

    conversation = Conversation(None, call)
    run(conversation.find_language(SimpleNamespace(headers={"accept-language": header})))

    assert conversation.words.language == language


def test_a_page_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "LANGUAGE_SECONDS", 0.01)
    conversation = Conversation(None, lambda _question: asyncio.sleep(3600))

    run(conversation.find_language(SimpleNamespace(headers={"accept-language": "de"})))

    assert conversation.words.language == "de"


# The site


@pytest.mark.parametrize(
    ("sites", "model", "articles", "likely"),
    [
        ([ACME], "gpt", {}, ACME),
        ([ACME, BETA], "gpt", {}, None),
        ([ACME, BETA], "tenant-beta", {"acme": {}}, BETA),
        ([ACME, BETA], "tenant-gone", {"acme": {}}, ACME),
        ([ACME, BETA], "gpt", {"no-longer-mine": {}, "beta": {}, "acme": {}}, BETA),
    ],
)
def test_the_site_is_the_one_the_author_most_likely_means(
    sites: list[PublishableSite], model: str, articles: dict[str, Any], likely: PublishableSite | None
) -> None:
    assert likely_site(sites, model, articles) == likely


def test_where_nothing_tells_the_person_chooses_from_a_list() -> None:
    reader = Reader("beta")

    assert run(choose_site(Conversation(None, reader), [ACME, BETA])) == BETA
    assert reader.asked[0]["data"]["input"]["options"] == [
        {"value": "acme", "label": "Acme News (http://acme.localhost:8101)"},
        {"value": "beta", "label": "Beta Post (http://beta.localhost:8102)"},
    ]


# What may be done


PUBLIC = article(post={"post_id": 1, "status": "publish"})
DRAFT = article(post={"post_id": 1, "status": "draft"})


@pytest.mark.parametrize(
    ("site", "known", "several", "offered"),
    [
        (ACME, None, False, ["new:draft", "change"]),
        (ACME, None, True, ["new:draft", "change", "elsewhere"]),
        (BETA, None, False, ["new:draft", "new:publish", "change"]),
        (ACME, DRAFT, False, ["update:draft", "new:draft", "change"]),
        (ACME, article(state="failed"), False, ["update:draft", "new:draft", "change"]),
        (BETA, DRAFT, False, ["update:draft", "update:publish", "new:draft", "new:publish", "change"]),
        (BETA, PUBLIC, False, ["update:publish", "new:draft", "new:publish", "change"]),
        (ACME, PUBLIC, False, ["new:draft", "change"]),
    ],
)
def test_what_is_offered_depends_on_the_role_and_on_what_is_there(
    site: PublishableSite, known: dict[str, Any] | None, several: bool, offered: list[str]
) -> None:
    assert [value for value, _ in choices(site, known, EN, several=several)] == offered


@pytest.mark.parametrize(
    ("known", "title"),
    [(None, "Save draft on Acme News?"), (DRAFT, "Update “Old” on Acme News?"), (PUBLIC, "Save draft on Acme News?")],
)
def test_the_title_says_what_yes_does(known: dict[str, Any] | None, title: str) -> None:
    reader = Reader("change")

    run(decide(pressed(ACME, reader), PREVIEW, known, several=False))

    assert reader.asked[0]["data"]["title"] == title


def test_an_author_is_told_who_may_update_a_public_article() -> None:
    reader = Reader("change")

    run(decide(pressed(ACME, reader), PREVIEW, PUBLIC, several=False))

    assert "“Old” is public: only an editor of Acme News may update it." in reader.asked[0]["data"]["message"]


def test_one_yes_is_enough_for_the_usual_case() -> None:
    reader = Reader(None)

    async def go() -> Any:
        press = pressed(ACME, reader)
        hub, _ = hub_answering()

        class Known(ChatPerson):
            def hub(self) -> Any:
                return hub

        return await decide(
            Press(press.conversation, Known(None, "u", "", EN), SOURCE, "Text.", ACME, []), PREVIEW, None, several=False
        )

    assert run(go()) == ("new:draft", PREVIEW)
    assert len(reader.asked) == 1


def test_the_question_shows_the_article_as_the_hub_would_deliver_it() -> None:
    preview = {
        **PREVIEW,
        "default_category": "News",
        "proposed_tags": ["Yeast"],
        "pictures": [{"filename": "a_b.png", "featured": True}, {"filename": "c.png"}],
        "left_out": ["Sure! Here is your article."],
        "warnings": ["One.", "Two.", "Three."],
    }

    lines = summary(pressed(ACME, None, "x left out."), preview)

    assert lines[:2] == [r"**My \*T\***", "It begins."]
    assert lines[2].splitlines() == [
        "- Site: Acme News (acme.localhost:8101)",
        "- Category: News",
        "- Tags: Bread",
        "- Tags the text asks for, which the site does not get unless you choose them on the preview page: Yeast",
        r"- Picture: a\_b.png and 1 more",
    ]
    assert "Sure\\! Here is your article." in lines[3]
    assert lines[4:] == ["x left out.", "One.", "Two.", "and 1 more"]


def test_a_long_article_makes_no_long_question() -> None:
    long = {**PREVIEW, "title": "t" * 2000, "excerpt": "e " * 2000, "warnings": ["w" * 1000] * 50, "tags": ["x"] * 8}

    assert sum(map(len, summary(pressed(ACME), long))) < 1500


@pytest.mark.parametrize("answer", [False, ""])
def test_saying_no_publishes_nothing(answer: object) -> None:
    with pytest.raises(Cancelled, match=r"Nothing was published\."):
        run(decide(pressed(ACME, Reader(answer)), PREVIEW, None, several=False))


def test_an_answer_outside_the_list_publishes_nothing() -> None:
    with pytest.raises(Cancelled):
        run(choose_site(Conversation(None, Reader("gamma")), [ACME, BETA]))


@pytest.mark.parametrize("call", [None, Reader({"error": "Client session disconnected."})])
def test_a_lost_tab_is_explained(call: Reader | None) -> None:
    with pytest.raises(Stopped) as stopped:
        run(decide(pressed(ACME, call), PREVIEW, None, several=False))
    assert str(stopped.value) == EN("nobody_there")


# What a human decided on the site


def test_differences_are_told_in_words() -> None:
    failure = {
        "code": "conflict",
        "differences": [
            {"field": "title", "delivered": "A", "site": "B", "by": "Erik", "at": "2026-11-28T10:00:00Z"},
            {"field": "tags", "delivered": ["x"], "site": ["x", "y"], "by": None, "at": None},
            {
                "field": "text",
                "by": "Erik",
                "at": "2026-11-28T10:00:00Z",
                "delivered": ["Old.", "Gone."],
                "site": ["New.", None],
            },
        ],
        "opened_by": {"name": "Eva"},
    }

    assert differences(failure, EN) == [
        "Title, by Erik, 2026-11-28 10:00 UTC: “B”",
        "Tags, by somebody: “x, y”",
        "Text, by Erik, 2026-11-28 10:00 UTC",
        "Now there: “New.”",
        "No longer there: “Gone.”",
        "Eva has it open in the editor at this moment; what is saved there later would win.",
    ]
    assert differences(failure, DE)[0] == "Titel, von Erik, 28.11.2026, 10:00 Uhr UTC: „B“"
    there = Words("de-DE", "Europe/Berlin")
    assert differences(failure, there)[0] == "Titel, von Erik, 28.11.2026, 11:00 Uhr: „B“"


@given(st.text())
def test_any_zone_that_a_page_names_gives_a_time(zone: str) -> None:
    assert Words("en", zone).moment("2026-11-28T10:00:00+00:00").startswith("2026-11-2")
    assert Words("en", zone).moment(zone) == "" or zone[:1].isdigit()


# What is told


@pytest.mark.parametrize(
    ("status", "problem", "told"),
    [
        (401, {"detail": "token expired"}, EN("not_signed_on")),
        (
            403,
            {"detail": "Authors write drafts."},
            "You may not do that on this site. Ask an editor or an administrator of the site. Authors write drafts.",
        ),
        (404, {}, EN("404")),
        (409, {}, EN("409")),
        (413, {}, EN("413")),
        (
            422,
            {"errors": [{"field": "markdown", "message": "is empty"}]},
            "Presswerk cannot publish this text as it is. markdown: is empty",
        ),
        (429, {}, EN("429")),
        (500, {"detail": "Traceback (most recent call last)"}, EN("silent")),
        (418, {}, EN("strange")),
    ],
)
def test_every_refusal_reads_like_help(status: int, problem: dict[str, Any], told: str) -> None:
    assert explain(status, problem, EN) == told


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
    failure = {"reason": "the site said no", "remedy": "log in there"}

    assert outcome({"state": state, "title": "T", "failure": failure}, ACME, EN) == told


@pytest.mark.parametrize("state", ["accepted", "running"])
def test_a_site_that_is_down_is_no_failure(state: str) -> None:
    told = outcome({"state": state, "title": "T"}, ACME, EN)

    assert "is accepted and safe" in told
    assert "appear below this answer by themselves" in told


def test_german_readers_are_told_in_german() -> None:
    assert outcome({"state": "drafted", "title": "T"}, ACME, DE) == "„T“ ist ein Entwurf auf Acme News."


def test_what_an_editor_made_private_is_not_called_a_draft() -> None:
    private = {"state": "drafted", "title": "T", "post": {"status": "private", "edit_link": "http://acme/edit"}}
    assert outcome(private, ACME, EN) == "“T” is on Acme News, and its status there stays: private."
    assert outcome(private, ACME, DE) == "„T“ steht auf Acme News, und der Status dort bleibt: privat."
    assert "**Auf Acme News (privat):**" in footer(private, ACME, (), DE)


# The hub


def test_a_page_instead_of_json_is_explained() -> None:
    hub, _ = hub_answering(httpx.Response(200, html="<!doctype html>"))

    with pytest.raises(Stopped) as stopped:
        run(hub.sites())
    assert str(stopped.value) == EN("strange")


def test_a_hub_that_is_down_is_explained() -> None:
    hub, _ = hub_answering(httpx.ConnectError("refused"))

    with pytest.raises(Stopped) as stopped:
        run(hub.sites())
    assert str(stopped.value) == EN("silent")


def test_sites_without_any_right_are_none() -> None:
    site = {"tenant": "acme", "name": "Acme", "url": "http://x", "may": []}
    hub, _ = hub_answering(httpx.Response(200, json={"items": [site]}))

    assert run(hub.sites()) == []


@pytest.mark.parametrize("hiccup", [httpx.ReadTimeout("slow"), httpx.ReadError("cut"), httpx.Response(503)])
def test_sending_is_tried_once_more_under_the_same_key(hiccup: Any) -> None:
    hub, seen = hub_answering(hiccup, httpx.Response(202, json={"id": "p"}))

    assert run(hub.publish(PREVIEW, None)) == {"id": "p"}
    assert len({request.headers["Idempotency-Key"] for request in seen}) == 1
    assert len(seen) == 2


def test_two_clicks_make_one_article_and_two_decisions_two() -> None:
    hub, seen = hub_answering(*(httpx.Response(202, json={"id": "p"}) for _ in range(3)))

    async def go() -> None:
        await hub.publish(PREVIEW, None)
        await hub.publish({**PREVIEW, "id": "p2"}, None)
        await hub.publish({**PREVIEW, "id": "p3"}, None, beside="p")

    run(go())
    first, again, another = (request.headers["Idempotency-Key"] for request in seen)
    assert first == again != another


def test_a_hub_that_falls_silent_while_sending_is_told_apart() -> None:
    hub, _ = hub_answering(httpx.ReadTimeout("slow"), httpx.Response(500))

    with pytest.raises(Stopped) as stopped:
        run(hub.publish(PREVIEW, None))
    assert str(stopped.value) == EN("silent_while_sending")


def test_an_article_that_is_there_gets_a_new_revision() -> None:
    hub, seen = hub_answering(httpx.Response(202, json={"id": "p"}))

    run(hub.publish(PREVIEW, DRAFT))

    assert (seen[0].method, seen[0].url.path) == ("PUT", "/api/v1/publications/p")
    assert json.loads(seen[0].content) == {"preview": "p1", "sha256": "a" * 64, "on_conflict": "ask"}


def test_a_preview_that_has_changed_is_not_published() -> None:
    problem = {"type": "https://presswerk.dev/problems/preview-changed", "preview": {"id": "p1"}}
    hub, _ = hub_answering(httpx.Response(409, json=problem))

    with pytest.raises(ChangedPreview) as changed:
        run(hub.aim(PREVIEW, "publish"))
    assert changed.value.args == ({"id": "p1"},)


def test_an_article_that_changed_while_it_was_sent_is_looked_at_again() -> None:
    problem = {"type": "https://presswerk.dev/problems/preview-changed", "preview": {"id": "p1"}}
    for known in (None, article()):
        hub, _ = hub_answering(httpx.Response(409, json=problem))

        with pytest.raises(Stopped, match="has changed since you were asked"):
            run(hub.publish(PREVIEW, known))


def test_temporary_chats_of_a_tab_share_their_id_and_no_article() -> None:
    hub, seen = hub_answering(httpx.Response(200, json={"items": []}))

    run(hub.articles(ChatSource("temporary:tab", "message-1")))

    assert seen[0].url.params["source"] == "chat:temporary:tab:message-1"


def test_of_a_chats_articles_this_messages_own_counts_else_the_newest() -> None:
    other = {"kind": "chat", "chat_id": "chat-1", "message_id": "other"}
    found = [
        article(id="4", tenant="beta", source=other),
        article(id="3", source=other),
        article(id="2"),
        article(id="1"),
    ]
    hub, seen = hub_answering(httpx.Response(200, json={"items": found, "next_cursor": None}))

    known = run(hub.articles(SOURCE))

    assert [(tenant, item["id"]) for tenant, item in known.items()] == [("beta", "4"), ("acme", "2")]
    assert seen[0].url.params["source"] == "chat:chat-1"


# Following along


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_sent_from_the_preview_page_is_told_in_the_chat(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    words, told, kept = Words(language), [], []

    async def emit(event: dict[str, Any]) -> None:
        told.append(event)

    async def keep(_: ChatSource, line: str) -> dict[str, Any]:
        kept.append(line)
        return {"content": line}

    def found(*states: str) -> httpx.Response:
        post = {"post": {"link": "http://acme/bread", "edit_link": "http://acme/edit"}}
        due = {"due_at": "2026-11-30T08:00:00Z", "title": "Bread"}
        items = [{"id": f"p{place}", "revision": 1, "state": each, **due, **post} for place, each in enumerate(states)]
        return httpx.Response(200, json={"items": items[::-1]})

    # One of this message was there before; nothing comes, then one is scheduled, then it is published.
    hub, seen = hub_answering(
        found("drafted"),
        found("drafted"),
        found("drafted", "scheduled"),
        found("drafted", "scheduled"),
        found("drafted", "published"),
    )

    class Known(ChatPerson):
        @contextlib.asynccontextmanager
        async def hub(self) -> AsyncIterator[HubCalls]:
            yield hub

    async def go() -> None:
        conversation = Conversation(emit, None)
        conversation.words = words
        press = Press(conversation, Known(None, "u", "", words), SOURCE, "Text.", ACME, [])
        await publish.lead_to_page(press, {"title": "Bread", "page": "http://hub/previews/one"})
        await publish.LATE[SOURCE, "acme"]

    monkeypatch.setattr(publish, "keep_footer", keep)
    monkeypatch.setattr(publish, "LATE_POLL_SECONDS", (0.0, 0.0))
    run(go())

    assert [dict(request.url.params) for request in seen] == [
        {"source": "chat:chat-1:message-1", "tenant": "acme", "limit": "20"}
    ] * 5
    led, scheduled, published = kept
    assert "(http://hub/previews/one)" in led
    assert words("scheduled_on", site="Acme News") in scheduled
    assert "(http://hub/publications/p1)" in scheduled
    assert words("published_on", site="Acme News") in published
    assert "(http://acme/bread)" in published
    toasts = [event["data"]["content"] for event in told if event["type"] == "notification"]
    named = {"title": "Bread", "site": "Acme News"}
    assert toasts == [words("change_here", **named), words("scheduled", **named), words("published", **named)]
    assert [event["data"]["content"] for event in told if event["type"] == "chat:completion"] == [scheduled, published]


def test_only_the_last_press_of_a_message_is_told_about_later() -> None:
    async def never(_: HubCalls) -> None:
        raise AssertionError

    async def go() -> None:
        press = pressed(ACME)
        publish.tell_later(press, never)
        first = publish.LATE[SOURCE, "acme"]
        publish.tell_later(press, never)
        second = publish.LATE[SOURCE, "acme"]
        other = Press(press.conversation, press.person, SOURCE, "Text.", BETA, [])
        publish.tell_later(other, never)
        assert len(publish.LATE) == 2
        publish.stop_telling(press)
        assert set(publish.LATE) == {(SOURCE, "beta")}
        publish.stop_telling(other)
        ended = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(each) for each in ended] == [asyncio.CancelledError] * 2

    run(go())
    assert publish.LATE == {}


def following(monkeypatch: pytest.MonkeyPatch, *answers: httpx.Response, seconds: float) -> tuple[str, list[str]]:
    """Follow a publication through the hub's answers; its last state and what the author was told."""
    monkeypatch.setattr(publish, "FOLLOW_SECONDS", seconds)
    monkeypatch.setattr(publish, "POLL_SECONDS", 0.0)
    told: list[str] = []

    async def emit(event: dict[str, Any]) -> None:
        told.append(event["data"]["description"])

    hub, _ = hub_answering(*answers)
    start = {"id": "p", "revision": 2, "state": "accepted"}
    press = Press(Conversation(emit, None), ChatPerson(None, "u", "", EN), SOURCE, "Text.", ACME, [])
    return run(publish.follow(press, hub, start))["state"], told


def stream(*events: dict[str, Any]) -> httpx.Response:
    text = "".join(f"event: state\ndata: {json.dumps(event)}\n\n: ping\n\n" for event in events)
    return httpx.Response(200, text=text, headers={"Content-Type": "text/event-stream"})


def test_the_stream_is_told_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    events = stream(
        {"revision": 2, "state": "running", "step": "deliver", "message": "x"},
        {"revision": 2, "message": "On its way."},
        {"revision": 2, "state": "drafted", "message": "There."},
    )
    end = httpx.Response(200, json={"id": "p", "state": "drafted"})

    told = ["x", "On its way.", "There."]
    assert following(monkeypatch, events, end, seconds=60) == ("drafted", told)


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


def test_every_field_of_a_post_has_a_name() -> None:
    assert {f"field_{name}" for name in get_args(SiteField)} == {name for name in TEXTS if name.startswith("field_")}


def test_every_status_of_an_http_error_has_words() -> None:
    assert {name for name in TEXTS if name.isdigit()} == {"400", "403", "404", "409", "413", "422", "429"}


@pytest.mark.parametrize("address", ["http://[", "http://hub:port", "hub", ""])
def test_an_address_that_is_none_is_told_as_what_it_is(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def token(*_: Any) -> str:
        return "token"

    told: list[dict[str, Any]] = []

    async def emit(event: dict[str, Any]) -> None:
        told.append(event["data"])

    monkeypatch.setattr(publish, "access_token", token)
    action = publish.Action()
    action.valves = action.Valves(hub_url=address)
    body = {"id": "m", "chat_id": "c", "messages": [{"id": "m", "content": "Text."}]}

    assert run(action.action(body, {"id": "u"}, None, None, emit)) is None
    assert told[-1]["content"] in {EN("strange"), EN("silent")}


def test_links_stand_below_a_message_that_nobody_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for Open WebUI's table of chats, which is in an environment of its own: a temporary chat is in none."""

    class Chats:
        @staticmethod
        async def get_message_by_id_and_message_id(*_: str) -> None:
            return None

    monkeypatch.setitem(sys.modules, "open_webui.models.chats", SimpleNamespace(Chats=Chats))
    press = pressed(ACME)
    line = publish.footer({"state": "drafted", "post": {"edit_link": "http://x/edit"}}, ACME, (), EN)

    changed = run(publish.keep_footer(press, line))

    assert changed == {"content": f"Text.{line}"}
    assert run(publish.keep_footer(replace(press, text=changed["content"]), line)) == changed
