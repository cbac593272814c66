"""The real Open WebUI with real single sign-on: provisioning, and the Publish action as a person presses it."""

import base64
import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.errors import OpenWebUIError
from presswerk.openwebui.model import Grant, ModelRecord
from presswerk.openwebui.provision import EVERYBODY, FUNCTION_ID, provision, publish_source
from presswerk.openwebui.session import (
    ActionRun,
    PersonSession,
    Question,
    StoredAnswer,
    accept,
    sign_in,
)
from tests.integration.open_webui.conftest import NOBODYS_MEMBER, OpenWebUI
from tests.support.ai_double import ARTICLE, MODEL, AiDouble
from tests.support.chat import Chat, already_signed_in, changed, delete_function, update_chat, upload_image
from tests.support.hub_double import ACME, NORDLICHT, HubDouble, hub_double
from tests.support.identity import Identity
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.integration

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


ANNA = "acme-author"
FRIDA = "frida"  # author at Acme, editor at Nordlicht


@dataclass(frozen=True)
class House:
    """Everything the tests of this module share."""

    chat: Chat
    identity: Identity
    ai: AiDouble
    hub: HubDouble


@pytest.fixture(scope="module")
def house(open_webui: OpenWebUI, administrator: OpenWebUIClient) -> Iterator[House]:
    with hub_double() as hub:
        provision(administrator, hub.url)
        yield House(open_webui.chat, open_webui.identity, open_webui.ai, hub)


@pytest.fixture(scope="module")
def token_of(house: House) -> Callable[[str], str]:
    tokens: dict[str, str] = {}

    def of(name: str) -> str:
        if name not in tokens:
            tokens[name] = sign_in(house.chat.url, house.identity.login(name))
        return tokens[name]

    return of


@pytest.fixture
def anna(house: House, token_of: Callable[[str], str]) -> Iterator[PersonSession]:
    with PersonSession(house.chat.url, token_of(ANNA)) as session:
        yield session


@pytest.fixture
def frida(house: House, token_of: Callable[[str], str]) -> Iterator[PersonSession]:
    with PersonSession(house.chat.url, token_of(FRIDA)) as session:
        yield session


@pytest.fixture
def hub(house: House) -> HubDouble:
    house.hub.reset()
    house.hub.sites |= {ANNA: [ACME], FRIDA: [ACME, NORDLICHT]}
    house.ai.answer, house.ai.reasoning = ARTICLE, ""
    return house.hub


def article(session: PersonSession) -> StoredAnswer:
    return session.ask("Write about a walk in Berlin.", model=MODEL)


def press(session: PersonSession, message: StoredAnswer, *answers: str | bool) -> ActionRun:
    left = list(answers)

    def answer(question: Question) -> str | bool:
        return left.pop(0) if left else accept(question)

    return session.run_action(FUNCTION_ID, message, answer)


# Provisioning


def test_provisioning_again_changes_nothing(administrator: OpenWebUIClient, hub: HubDouble) -> None:
    assert not changed(provision(administrator, hub.url))


def drift_content(client: OpenWebUIClient) -> None:
    client.update_function(FUNCTION_ID, name="Publish", description="x", content="class Action:\n    pass\n")


def drift_inactive(client: OpenWebUIClient) -> None:
    client.flip_function(FUNCTION_ID, "toggle")


def drift_not_global(client: OpenWebUIClient) -> None:
    client.flip_function(FUNCTION_ID, "toggle/global")


def drift_valve(client: OpenWebUIClient) -> None:
    client.set_valves(FUNCTION_ID, {"hub_url": "http://elsewhere.example"})


def drift_gone(client: OpenWebUIClient) -> None:
    delete_function(client, FUNCTION_ID)


def drift_model(client: OpenWebUIClient) -> None:
    client.grant_model(MODEL, [])


@pytest.mark.parametrize(
    "drift", [drift_content, drift_inactive, drift_not_global, drift_valve, drift_gone, drift_model]
)
def test_drift_is_repaired(
    administrator: OpenWebUIClient, hub: HubDouble, drift: Callable[[OpenWebUIClient], None]
) -> None:
    drift(administrator)

    report = provision(administrator, hub.url)

    assert changed(report)
    assert not changed(provision(administrator, hub.url))
    function = administrator.function(FUNCTION_ID)
    assert function is not None
    assert (function.is_active, function.is_global, function.type) == (True, True, "action")
    assert administrator.valves(FUNCTION_ID) == {"hub_url": hub.url}


def test_what_others_made_is_left_alone(administrator: OpenWebUIClient, hub: HubDouble) -> None:
    group = administrator.create_group("editors-of-something", description="made by hand")
    theirs = Grant("group", group.id, "read")
    administrator.grant_model(MODEL, [theirs])
    administrator.create_function("theirs", name="Theirs", description="", content="class Action:\n    pass\n")

    provision(administrator, hub.url)

    assert "theirs" in {function.id for function in administrator.functions()}
    stored = next(record for record in administrator.model_records() if record.id == MODEL)
    assert stored.grants == {theirs, EVERYBODY}
    delete_function(administrator, "theirs")


def test_a_preset_is_made_changed_and_removed(administrator: OpenWebUIClient) -> None:
    preset = ModelRecord("house-style", "House style", MODEL, {"system": "Be brief."}, {}, frozenset(), is_active=True)

    administrator.create_model(preset)
    assert "house-style" in administrator.available_models()
    administrator.update_model(ModelRecord("house-style", "Style", MODEL, {}, {}, frozenset({EVERYBODY}), True))
    changed = next(record for record in administrator.model_records() if record.id == "house-style")
    administrator.delete_model("house-style")

    assert (changed.name, changed.grants, changed.base_model_id) == ("Style", frozenset({EVERYBODY}), MODEL)
    assert "house-style" not in administrator.available_models()


# Signing in


def test_an_author_comes_in_by_single_sign_on_as_a_user_of_their_groups(anna: PersonSession) -> None:
    session = anna.client.session()

    assert (session.name, session.role) == ("Anna Albers", "user")
    assert [group.name for group in anna.client.groups()] == ["tenant-acme-author"]
    assert MODEL in anna.models()


def test_an_operator_is_no_administrator_of_open_webui(house: House, token_of: Callable[[str], str]) -> None:
    with OpenWebUIClient(house.chat.url) as olivia:
        olivia.use_token(token_of("olivia"))

        assert olivia.session().role == "user"
        with pytest.raises(OpenWebUIError):
            olivia.functions()


def test_who_is_signed_in_at_the_provider_is_not_asked_again(house: House) -> None:
    with httpx.Client(timeout=30.0) as browser:
        sign_in(house.chat.url, house.identity.login(FRIDA), browser=browser)
        # Canaille cannot give one person two tokens of the same second.
        time.sleep(1.1)

        assert sign_in(house.chat.url, already_signed_in, browser=browser)


def test_nobody_signs_up_by_password(house: House) -> None:
    form = {"name": "Eve", "email": "eve@example.org", "password": "eve-password-1"}
    answer = httpx.post(f"{house.chat.url}/api/v1/auths/signup", json=form)

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/json"


def test_the_sign_in_page_offers_the_single_sign_on_only(house: House) -> None:
    config = httpx.get(f"{house.chat.url}/api/config").json()

    assert config["features"]["enable_login_form"] is False
    assert config["features"]["enable_signup"] is False
    assert config["oauth"]["auto_redirect"] is True
    assert list(config["oauth"]["providers"]) == ["oidc"]


def test_sign_on_uses_pkce(house: House) -> None:
    start = httpx.get(f"{house.chat.url}/oauth/oidc/login")
    query = httpx.URL(start.headers["location"]).params

    assert query["code_challenge_method"] == "S256"
    assert query["code_challenge"]
    assert "offline_access" in query["scope"].split()


def test_a_wrong_password_is_a_clear_error(house: House) -> None:
    with OpenWebUIClient(house.chat.url) as client, pytest.raises(OpenWebUIError) as refused:
        client.sign_in(house.chat.admin_email, "not-the-password")

    assert "asked for a sign-in: 400" in str(refused.value)
    assert "not-the-password" not in str(refused.value)


def test_a_path_it_does_not_have_is_not_taken_for_an_answer(administrator: OpenWebUIClient) -> None:
    with pytest.raises(OpenWebUIError, match="text/html"):
        administrator.request("GET", "/api-of-another-version", "something")


# Publishing


def test_an_article_is_published_in_the_authors_own_name(anna: PersonSession, hub: HubDouble) -> None:
    message = article(anna)

    run = press(anna, message)

    assert message.content == ARTICLE
    [asked], [sent] = hub.previewed, hub.sent("POST")
    assert (sent.subject, asked["tenant"], asked["markdown"]) == (ANNA, "acme", ARTICLE)
    assert asked["source"] == {"kind": "chat", "chat_id": message.chat_id, "message_id": message.message_id}
    shown = hub.previews["preview-1"]
    assert sent.body == {"preview": "preview-1", "sha256": shown["sha256"], "on_conflict": "ask"}
    [question] = run.questions
    assert question.title == "Save draft on Acme News?"
    assert "**Title by the hub**" in question.message
    assert "Acme News (acme.localhost:8101)" in question.message
    assert "Tags: Berlin" in question.message
    assert [value for value, _ in question.options] == ["new:draft", "change"]
    assert run.statuses == (
        "Looking at the article …",
        "“Title by the hub” is on its way to Acme News …",
        "Putting it on the site.",
        "It has ended.",
        "“Title by the hub” is a draft on Acme News.",
    )
    assert run.notifications == (
        ("info", "“Title by the hub” is on its way to Acme News …"),
        ("success", "“Title by the hub” is a draft on Acme News."),
    )


def test_whoever_reads_german_is_asked_and_told_in_german(anna: PersonSession, hub: HubDouble) -> None:
    message = article(anna)

    run = anna.run_action(FUNCTION_ID, message, language="de-DE")

    assert run.questions[0].title == "Als Entwurf auf Acme News speichern?"
    assert run.statuses[-1] == "„Title by the hub“ ist ein Entwurf auf Acme News."
    assert "**Entwurf auf Acme News:**" in anna.message(message.chat_id, message.message_id).content


def test_progress_and_links_stay_in_the_chat(anna: PersonSession, hub: HubDouble) -> None:
    message = article(anna)

    run = press(anna, message)

    assert anna.statuses(message.chat_id, message.message_id) == list(run.statuses)
    shown = anna.message(message.chat_id, message.message_id).content
    assert shown == (
        f"{ARTICLE}\n\n---\n\n[//]: # (presswerk)\n**Draft on Acme News:** "
        "[Edit in WordPress](http://acme.localhost:8101/wp-admin/post.php?post=41&action=edit) · "
        "[Preview](http://acme.localhost:8101/?p=41&preview=true)"
    )


def test_saying_no_sends_nothing(anna: PersonSession, hub: HubDouble) -> None:
    message = article(anna)

    run = press(anna, message, False)

    assert hub.sent("POST") == []
    assert run.statuses[-1] == "Nothing was published."
    assert anna.message(message.chat_id, message.message_id).content == ARTICLE


def test_with_several_sites_the_person_chooses_and_may_think_again(frida: PersonSession, hub: HubDouble) -> None:
    message = article(frida)

    run = press(frida, message, "acme", "elsewhere", "nordlicht", "new:publish")

    assert [value for value, _ in run.questions[0].options] == ["acme", "nordlicht"]
    assert [value for value, _ in run.questions[1].options] == ["new:draft", "change", "elsewhere"]
    assert [value for value, _ in run.questions[3].options] == ["new:draft", "new:publish", "change", "elsewhere"]
    assert [(each["tenant"], each["target"]) for each in hub.publications.values()] == [("nordlicht", "publish")]
    assert run.statuses[-1] == "“Title by the hub” is published on Verlag Nordlicht."


def test_publishing_twice_updates_the_same_post_with_the_same_text(anna: PersonSession, hub: HubDouble) -> None:
    message = article(anna)

    press(anna, message)
    again = press(anna, message)

    assert (len(hub.sent("POST")), len(hub.sent("PUT"))) == (1, 1)
    # The hub leaves the line with the links out; this button hands the message over as it is.
    assert [text["markdown"].partition("\n\n---")[0] for text in hub.previewed] == [ARTICLE, ARTICLE]
    assert again.questions[0].title == "Update “Title by the hub” on Acme News?"
    shown = anna.message(message.chat_id, message.message_id).content
    assert shown.count("[//]: # (presswerk)") == 1
    assert "?p=41&preview=true" in shown


def test_another_answer_of_the_chat_updates_its_article_or_becomes_a_new_one(
    anna: PersonSession, hub: HubDouble
) -> None:
    first = article(anna)
    press(anna, first)
    shorter = StoredAnswer(first.chat_id, "another-answer", first.model, "")
    chat = anna.client.chat(first.chat_id)
    stored = chat["history"]["messages"]
    stored["another-answer"] = {
        **stored[first.message_id],
        "id": "another-answer",
        "parentId": first.message_id,
        "childrenIds": [],
        "content": "# Shorter\n\nText.",
        "output": [],
    }
    stored[first.message_id]["childrenIds"] = ["another-answer"]
    update_chat(anna.client, first.chat_id, chat)

    updated = press(anna, shorter)
    made = press(anna, shorter, "new:draft")

    assert updated.questions[0].preset == "update:draft"
    assert [label for _, label in updated.questions[0].options][:2] == [
        "Update “Title by the hub”",
        "Save as a new article, as a draft",
    ]
    assert hub.publications["publication-1"]["revision"] == 2
    assert made.statuses[-1] == "“Title by the hub” is a draft on Acme News."
    assert len(hub.publications) == 2


def test_what_a_dialog_cannot_change_is_changed_on_the_page_below_the_message(
    anna: PersonSession, hub: HubDouble
) -> None:
    message = article(anna)

    run = press(anna, message, "change")

    assert hub.sent("POST") == []
    assert run.statuses[-1].startswith("Open the preview page by the link below this answer")
    shown = anna.message(message.chat_id, message.message_id).content
    assert f"[change and publish]({hub.url}/previews/preview-1)" in shown


def test_a_preview_that_changed_meanwhile_is_asked_about_again(anna: PersonSession, hub: HubDouble) -> None:
    hub.changed_previews = 1

    run = press(anna, article(anna))

    assert run.statuses[-1] == "It has changed since you were asked: please look at it again."
    assert hub.publications == {}


CONFLICT = {
    "step": "deliver",
    "code": "conflict",
    "reason": "Somebody changed the article on the site.",
    "remedy": "Decide what becomes of it.",
    "retryable": True,
    "differences": [{"field": "title", "delivered": "A", "site": "Theirs", "by": "Erik", "at": "2026-11-28T10:00:00Z"}],
}


@pytest.mark.parametrize("decision", ["keep", "merge", "replace"])
def test_what_somebody_changed_on_the_site_is_asked_about(anna: PersonSession, hub: HubDouble, decision: str) -> None:
    hub.failure = CONFLICT

    run = press(anna, article(anna), "new:draft", decision)

    assert run.questions[1].title == "“Title by the hub” was changed on Acme News"
    assert "Title, by Erik, 2026-11-28 10:00 UTC: “Theirs”" in run.questions[1].message
    assert [value for value, _ in run.questions[1].options] == ["keep", "merge", "replace", "new"]
    assert [each.body for each in hub.requests if each.path.endswith("/retry")] == [{"on_conflict": decision}]
    assert run.statuses[-1] == "“Title by the hub” is a draft on Acme News."


def test_no_success_is_told_for_what_was_left_alone(anna: PersonSession, hub: HubDouble) -> None:
    hub.failure = CONFLICT

    run = press(anna, article(anna), "new:draft", False)

    assert run.statuses[-1] == "Nothing was changed: what is on Acme News stayed as it was."
    assert all(kind != "success" for kind, _ in run.notifications)


@pytest.mark.parametrize(("presence", "offered"), [("trash", ["restore", "anew", "new"]), ("deleted", ["anew", "new"])])
def test_a_post_that_is_gone_is_asked_about(
    anna: PersonSession, hub: HubDouble, presence: str, offered: list[str]
) -> None:
    hub.failure = {**CONFLICT, "code": "gone", "presence": presence}

    run = press(anna, article(anna), "new:draft", offered[0])

    assert [value for value, _ in run.questions[1].options] == offered
    assert [each.body for each in hub.requests if each.path.endswith("/retry")] == [{"if_gone": offered[0]}]


def test_a_double_click_publishes_once(
    anna: PersonSession, house: House, hub: HubDouble, token_of: Callable[[str], str]
) -> None:
    message = article(anna)
    both_asked = threading.Barrier(2, timeout=PATIENCE_SECONDS)

    def hurry(question: Question) -> str | bool:
        both_asked.wait()
        return accept(question)

    with PersonSession(house.chat.url, token_of(ANNA)) as second_tab:
        clicks = [
            threading.Thread(target=session.run_action, args=(FUNCTION_ID, message, hurry))
            for session in (anna, second_tab)
        ]
        for click in clicks:
            click.start()
        for click in clicks:
            click.join()

    assert len(hub.sent("POST")) == 2
    assert len({entry.idempotency_key for entry in hub.sent("POST")}) == 1
    assert len(hub.publications) == 1


def test_what_arrives_later_appears_in_the_chat_by_itself(
    anna: PersonSession, administrator: OpenWebUIClient, hub: HubDouble
) -> None:
    impatient = (
        publish_source().replace("FOLLOW_SECONDS = 60.0", "FOLLOW_SECONDS = 0.5").replace("(5.0, 120.0)", "(0.2, 0.2)")
    )
    administrator.update_function(FUNCTION_ID, name="Publish", description="x", content=impatient)
    hub.site_is_up = False
    message = article(anna)
    try:
        run = press(anna, message)
        assert "is accepted and safe" in run.statuses[-1]
        assert "Draft on" not in anna.message(message.chat_id, message.message_id).content

        hub.site_is_up = True

        until(lambda: "**Draft on Acme News:**" in anna.message(message.chat_id, message.message_id).content)
        until(
            lambda: (
                anna.statuses(message.chat_id, message.message_id)[-1] == "“Title by the hub” is a draft on Acme News."
            ),
            lambda: anna.statuses(message.chat_id, message.message_id),
        )
    finally:
        provision(administrator, hub.url)


def test_what_the_ai_thought_is_neither_published_nor_lost(anna: PersonSession, house: House, hub: HubDouble) -> None:
    house.ai.reasoning = "Nobody shall read this."
    message = article(anna)

    press(anna, message)
    press(anna, message)

    assert [text["markdown"].partition("\n\n---")[0] for text in hub.previewed] == [ARTICLE, ARTICLE]
    stored = anna.client.chat(message.chat_id)["history"]["messages"][message.message_id]
    assert [part["type"] for part in stored["output"]] == ["reasoning", "message"]
    assert anna.message(message.chat_id, message.message_id).content.startswith(f"{ARTICLE}\n\n---")
    assert "Nobody shall read this." not in stored["content"]


def test_pictures_go_along(anna: PersonSession, house: House, hub: HubDouble, tmp_path: Path) -> None:
    for name in ("mine.png", "named.png"):
        (tmp_path / name).write_bytes(PIXEL)
    mine, named = (upload_image(anna, tmp_path / name, "image/png") for name in ("mine.png", "named.png"))
    reference = f"/api/v1/files/{named['id']}/content"
    house.ai.answer = f"# Pictures\n\n![A named one]({reference})\n\n![Far](https://pictures.example/a.png)"
    message = anna.ask("About this picture.", model=MODEL, files=[mine])

    run = press(anna, message)

    attachments = hub.previewed[0]["attachments"]
    assert [(entry["reference"], entry["filename"], entry["alt"]) for entry in attachments] == [
        (reference, "named.png", "A named one"),
        (None, "mine.png", ""),
    ]
    assert [base64.b64decode(entry["data"]) for entry in attachments] == [PIXEL, PIXEL]
    assert "Picture: named.png and 1 more" in run.questions[0].message


def test_a_file_of_the_author_reaches_the_ai_and_stays_in_the_chat(
    anna: PersonSession, house: House, hub: HubDouble
) -> None:
    notes = anna.client.request_object(
        "POST",
        "/api/v1/files/",
        "an upload",
        params={"process_in_background": "false"},
        files={"file": ("notes.txt", b"The secret ingredient is nutmeg.", "text/plain")},
    )
    attached = {"type": "file", "id": notes["id"], "url": notes["id"], "name": "notes.txt", "file": notes}

    press(anna, anna.ask("Write about my notes.", model=MODEL, files=[attached]))

    assert "nutmeg" in json.dumps(house.ai.prompts[-1])
    assert hub.previewed[0]["attachments"] == []


def test_somebody_elses_picture_does_not_go_along(
    anna: PersonSession, frida: PersonSession, house: House, hub: HubDouble, tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes(PIXEL)
    theirs = upload_image(frida, tmp_path / "secret.png", "image/png")
    house.ai.answer = f"# Stolen\n\n![secret](/api/v1/files/{theirs['id']}/content)"

    run = press(anna, article(anna))

    assert hub.previewed[0]["attachments"] == []
    assert "The image secret could not be read and was left out." in run.questions[0].message
    assert any("could not be read" in status for status in run.statuses)


def test_polling_tells_the_end_when_there_is_no_stream(anna: PersonSession, hub: HubDouble) -> None:
    hub.streams = False

    assert press(anna, article(anna)).statuses[-1] == "“Title by the hub” is a draft on Acme News."


def test_warnings_are_shown(anna: PersonSession, hub: HubDouble) -> None:
    hub.warnings = ["The picture has no text for people who cannot see it."]

    message = article(anna)

    run = press(anna, message)

    assert "Note: The picture has no text for people who cannot see it." in run.statuses
    shown = anna.message(message.chat_id, message.message_id).content
    assert shown.endswith(" *The picture has no text for people who cannot see it.*")


# Failures read like help


@pytest.mark.parametrize(
    ("where", "status", "told"),
    [
        (("GET", "sites"), 401, "Sign out, sign in again with the single sign-on"),
        (("GET", "sites"), 500, "Nothing was published: Presswerk does not answer right now."),
        (("POST", "previews"), 403, "You may not do that on this site."),
        (("POST", "previews"), 404, "is not (or no longer) yours to publish to"),
        (("POST", "previews"), 409, "Something newer is already on its way"),
        (("POST", "previews"), 413, "The article is too large"),
        (("POST", "previews"), 422, "Presswerk cannot publish this text as it is. markdown: is too short"),
        (("POST", "publications"), 503, "Press Publish again in a minute: Presswerk stopped answering"),
    ],
)
def test_a_refusal_of_the_hub_is_explained(
    anna: PersonSession, hub: HubDouble, where: tuple[str, str], status: int, told: str
) -> None:
    errors = [{"field": "markdown", "message": "is too short"}] if status == 422 else []
    hub.refusals[where] = (status, {"type": "about:blank", "status": status, "errors": errors})

    run = press(anna, article(anna))

    assert told in run.statuses[-1]
    assert run.notifications[-1] == ("error", run.statuses[-1])


def test_a_hub_that_is_down_is_explained(anna: PersonSession, administrator: OpenWebUIClient, hub: HubDouble) -> None:
    administrator.set_valves(FUNCTION_ID, {"hub_url": "http://127.0.0.1:9"})
    try:
        run = press(anna, article(anna))
    finally:
        provision(administrator, hub.url)

    assert run.statuses[-1].startswith("Nothing was published: Presswerk does not answer right now.")


def test_a_wrong_address_of_the_hub_is_explained(
    anna: PersonSession, administrator: OpenWebUIClient, hub: HubDouble, house: House
) -> None:
    """Open WebUI itself answers every path with 200 and its page."""
    administrator.set_valves(FUNCTION_ID, {"hub_url": house.chat.url})
    try:
        run = press(anna, article(anna))
    finally:
        provision(administrator, hub.url)

    assert run.statuses[-1].startswith(
        "Tell your administrator: Presswerk gave an answer that this button does not understand."
    )


def test_somebody_without_a_site_is_told_whom_to_ask(
    house: House, hub: HubDouble, token_of: Callable[[str], str]
) -> None:
    with PersonSession(house.chat.url, token_of(NOBODYS_MEMBER.user_name)) as gesa:
        run = press(gesa, article(gesa))

    assert run.statuses[-1].startswith("There is no site you may publish to yet.")


def test_a_password_account_is_sent_to_the_single_sign_on(house: House, hub: HubDouble) -> None:
    """Other tests' articles may still be looked for meanwhile, but in their authors' names."""
    with OpenWebUIClient(house.chat.url) as client:
        token = client.sign_in(house.chat.admin_email, house.chat.admin_password).token
    with PersonSession(house.chat.url, token) as admin:
        run = press(admin, article(admin))

    assert run.statuses[-1].startswith("Sign out, sign in again with the single sign-on")
    assert [entry for entry in hub.requests if entry.subject is None] == []


def test_a_token_about_to_end_is_renewed_and_publishing_goes_on(
    house: House, hub: HubDouble, token_of: Callable[[str], str]
) -> None:
    hub.sites["acme-editor"] = [ACME]
    with PersonSession(house.chat.url, token_of("acme-editor")) as emil:
        message = article(emil)
        press(emil, message)
        let_tokens_end(house)
        time.sleep(1.1)  # Canaille cannot give one person two tokens of the same second.
        press(emil, message)
        run = press(emil, message)

    issued = [entry.issued_at for entry in hub.requests if "/sites" in entry.path]
    assert run.statuses[-1] == "“Title by the hub” is a draft on Acme News."
    assert len(issued) == 3
    assert issued[0] != issued[1]


def let_tokens_end(house: House) -> None:
    """Make Open WebUI believe that every stored access token ends now."""
    with closing(sqlite3.connect(house.identity.layout.chat / "webui.db", timeout=30)) as database, database:
        database.execute("UPDATE oauth_session SET expires_at = ?", (int(time.time()),))


def test_an_ai_endpoint_that_fails_is_a_clear_error(anna: PersonSession) -> None:
    with pytest.raises(OpenWebUIError, match="Model not found"):
        anna.ask("Hello", model="no-such-model")


# What a person sees


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    with sync_playwright() as playwright:
        # The system's own browser where there is one, else the one Playwright installs.
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(base_url=house.chat.url).new_page()
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def sign_in_and_ask(page: Page, house: House, name: str) -> None:
    page.goto("/")
    for field, value in (("login", name), ("password", house.identity.password(name))):
        page.fill(f"input[name={field}]", value)
        page.keyboard.press("Enter")
    page.click("#chat-input")
    page.keyboard.type("Write about a walk in Berlin.")
    page.keyboard.press("Enter")
    page.click('button[aria-label="Publish"]')


def test_in_a_browser_an_author_signs_in_once_publishes_and_finds_the_links(
    page: Page, house: House, hub: HubDouble
) -> None:
    contacted: set[str] = set()
    page.on("request", lambda request: contacted.add(urlsplit(request.url).netloc))

    sign_in_and_ask(page, house, ANNA)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Save draft on Acme News?")
    expect(dialog).to_contain_text("Acme News (acme.localhost:8101)")
    dialog.get_by_role("button", name="Confirm").click()

    expect(page.get_by_text("“Title by the hub” is a draft on Acme News.").first).to_be_visible()
    for _ in ("at once", "after a reload"):
        edit = page.get_by_role("link", name="Edit in WordPress")
        expect(edit).to_have_attribute("href", "http://acme.localhost:8101/wp-admin/post.php?post=41&action=edit")
        expect(edit).to_have_attribute("target", "_blank")
        expect(page.get_by_text("[//]: #")).to_have_count(0)
        page.reload()
    assert contacted == {urlsplit(house.chat.url).netloc, urlsplit(house.identity.issuer).netloc}


def test_in_a_browser_an_editor_chooses_site_and_target(page: Page, house: House, hub: HubDouble) -> None:
    sign_in_and_ask(page, house, FRIDA)
    page.get_by_role("dialog").get_by_role("combobox").select_option(
        "Verlag Nordlicht (http://nordlicht.localhost:8102)"
    )
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("dialog")).to_contain_text("Save draft on Verlag Nordlicht?")
    page.get_by_role("dialog").get_by_role("combobox").select_option("Publish now: everybody sees it")
    page.get_by_role("button", name="Confirm").click()

    expect(page.get_by_role("link", name="View")).to_have_attribute("href", "http://nordlicht.localhost:8101/?p=41")
    assert [(each["tenant"], each["target"]) for each in hub.publications.values()] == [("nordlicht", "publish")]


def test_in_a_browser_a_german_reader_is_asked_in_german(house: House, hub: HubDouble) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(base_url=house.chat.url, locale="de-DE").new_page()
        page.set_default_timeout(60_000)
        sign_in_and_ask(page, house, ANNA)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Als Entwurf auf Acme News speichern?")
        dialog.get_by_role("button", name="Bestätigen").click()

        expect(page.get_by_role("link", name="In WordPress bearbeiten")).to_be_visible()
        browser.close()


def test_in_a_browser_a_cancelled_dialog_publishes_nothing(page: Page, house: House, hub: HubDouble) -> None:
    sign_in_and_ask(page, house, ANNA)
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    expect(page.get_by_text("Nothing was published.").first).to_be_visible()
    assert hub.sent("POST") == []


# What must not break


def test_no_secret_is_in_the_log(house: House) -> None:
    text = house.chat.log.read_text(errors="replace")

    assert [secret for secret in house.chat.secrets if secret in text] == []
    assert "code=" not in text  # an authorization code
    assert "eyJ" not in text  # the beginning of every token


def test_every_user_may_read_the_functions_manifest_and_finds_nothing_there(anna: PersonSession) -> None:
    rows = anna.client.request_list("GET", "/api/v1/functions/", "what any user sees")

    assert [row["id"] for row in rows] == [FUNCTION_ID]
    assert "hub_url" not in json.dumps(rows)
