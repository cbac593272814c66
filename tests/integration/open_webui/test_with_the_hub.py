"""From the chat through the real hub: real Open WebUI, real sign-on, real hub; only the sites are doubles."""

import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from presswerk.openwebui.client import OpenWebUIClient
from presswerk.openwebui.provision import FUNCTION_ID, provision
from presswerk.openwebui.session import PersonSession, Question, StoredAnswer, accept, sign_in
from tests.integration.open_webui.conftest import OpenWebUI
from tests.support.ai_double import ARTICLE, MODEL, AiDouble
from tests.support.chat import Chat, update_chat, upload_image
from tests.support.hub import HubProcess, hub_environment, register, running_hub
from tests.support.identity import Identity
from tests.support.site_double import SiteDouble, running_site_double
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.integration

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class House:
    """Everything the tests of this module share."""

    chat: Chat
    identity: Identity
    ai: AiDouble
    hub: HubProcess
    acme: SiteDouble
    nordlicht: SiteDouble


@pytest.fixture(scope="module")
def house(
    open_webui: OpenWebUI, administrator: OpenWebUIClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    state = tmp_path_factory.mktemp("hub")
    with running_site_double() as acme, running_site_double() as nordlicht:
        environment = hub_environment(f"sqlite:///{state}/hub.db", open_webui.identity.issuer)
        register(environment, {"acme": acme.connection, "nordlicht": nordlicht.connection})
        with running_hub(state, environment) as hub:
            provision(administrator, hub.url)
            yield House(open_webui.chat, open_webui.identity, open_webui.ai, hub, acme, nordlicht)


@pytest.fixture(scope="module")
def token(house: House) -> str:
    return sign_in(house.chat.url, house.identity.login("acme-author"))


@pytest.fixture
def anna(house: House, token: str) -> Iterator[PersonSession]:
    house.ai.answer = ARTICLE
    house.acme.down = False
    house.acme.posts.clear()
    with PersonSession(house.chat.url, token) as session:
        yield session


def article(session: PersonSession) -> StoredAnswer:
    return session.ask("Write about a walk in Berlin.", model=MODEL)


def rewrite(session: PersonSession, message: StoredAnswer, old: str, new: str) -> None:
    """Edit a message as the page does when its author presses Save."""
    chat = session.client.chat(message.chat_id)
    stored = chat["history"]["messages"][message.message_id]
    stored["content"] = stored["content"].replace(old, new)
    for part in stored.get("output") or []:
        for piece in part.get("content") or []:
            piece["text"] = piece["text"].replace(old, new)
    update_chat(session.client, message.chat_id, chat)


def test_a_message_becomes_a_draft_of_blocks_on_the_authors_site(anna: PersonSession, house: House) -> None:
    message = article(anna)

    run = anna.run_action(FUNCTION_ID, message)

    assert run.statuses[-1] == "“A walk in Berlin” is a draft on Acme News."
    [post] = house.acme.posts.values()
    assert post.payload["title"] == "A walk in Berlin"
    assert post.payload["status"] == "draft"
    assert post.payload["content"].startswith("<!-- wp:paragraph -->")
    assert post.payload["author"]["subject"] == "acme-author"
    assert "[Edit in WordPress](" in anna.message(message.chat_id, message.message_id).content


def test_an_edited_message_updates_the_same_post(anna: PersonSession, house: House) -> None:
    message = article(anna)
    anna.run_action(FUNCTION_ID, message)
    rewrite(anna, message, "It is cold.", "It is warm.")

    again = anna.run_action(FUNCTION_ID, anna.message(message.chat_id, message.message_id))

    assert again.questions[0].title == "Update “A walk in Berlin” on Acme News?"
    [post] = house.acme.posts.values()
    assert post.revision == 2
    assert "It is warm." in post.payload["content"]
    assert "presswerk" not in post.payload["content"]
    assert "Edit in WordPress" not in post.payload["content"]


def test_publishing_an_unchanged_message_again_makes_no_revision(anna: PersonSession, house: House) -> None:
    message = article(anna)
    anna.run_action(FUNCTION_ID, message)

    again = anna.run_action(FUNCTION_ID, message)

    assert again.statuses[-1] == "“A walk in Berlin” is a draft on Acme News."
    assert [post.revision for post in house.acme.posts.values()] == [1]


def test_pictures_of_the_chat_reach_the_site(anna: PersonSession, house: House, tmp_path: Path) -> None:
    (tmp_path / "berlin.png").write_bytes(PIXEL)
    picture = upload_image(anna, tmp_path / "berlin.png", "image/png")
    house.ai.answer = f"# With a picture\n\n![Berlin](/api/v1/files/{picture['id']}/content)\n\nText."

    run = anna.run_action(FUNCTION_ID, article(anna))

    assert run.statuses[-1] == "“With a picture” is a draft on Acme News."
    [post] = house.acme.posts.values()
    assert "wp:image" in post.payload["content"]
    assert "/api/v1/files/" not in post.payload["content"]
    assert post.payload["featured_media"]


def test_only_ones_own_sites_are_offered(house: House) -> None:
    asked: list[Question] = []

    def decline(question: Question) -> bool:
        asked.append(question)
        return False

    with PersonSession(house.chat.url, sign_in(house.chat.url, house.identity.login("frida"))) as frida:
        frida.run_action(FUNCTION_ID, article(frida), decline)
    with PersonSession(house.chat.url, sign_in(house.chat.url, house.identity.login("nordlicht-author"))) as nele:
        nele.run_action(FUNCTION_ID, article(nele), decline)

    assert [value for value, _ in asked[0].options] == ["acme", "nordlicht"]
    assert "Nordlicht News" in asked[1].message


def test_an_operator_is_told_that_operators_write_for_no_site(house: House) -> None:
    with PersonSession(house.chat.url, sign_in(house.chat.url, house.identity.login("olivia"))) as olivia:
        run = olivia.run_action(FUNCTION_ID, article(olivia))

    assert run.statuses[-1].startswith("There is no site you may publish to yet.")


def test_a_site_and_a_hub_that_come_back_finish_what_was_begun(anna: PersonSession, house: House) -> None:
    message = article(anna)
    house.acme.down = True
    agreed = threading.Event()

    def agree(question: Question) -> str | bool:
        agreed.set()
        return accept(question)

    press = threading.Thread(target=anna.run_action, args=(FUNCTION_ID, message, agree))
    press.start()
    assert agreed.wait(PATIENCE_SECONDS)
    wait_for_status(anna, message, "Trying again in")
    house.hub.kill()
    house.acme.down = False
    house.hub.start()
    press.join(PATIENCE_SECONDS)

    assert anna.statuses(message.chat_id, message.message_id)[-1] == "“A walk in Berlin” is a draft on Acme News."
    assert len(house.acme.posts) == 1


def wait_for_status(session: PersonSession, message: StoredAnswer, words: str) -> None:
    """Wait until the chat shows a status with these words."""

    def statuses() -> list[str]:
        return session.statuses(message.chat_id, message.message_id)

    until(lambda: any(words in status for status in statuses()), statuses)
